"""How long the long lists are: counted once, and again when what was counted has become more."""

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable

from app.store.nouns import Noun
from app.store.scopes import Range, Scope
from app.store.transaction import Store

REMEMBERED = 1_000

Count = Callable[[], Awaitable[int]]


class Tallies:
    """Counts of one noun, none older than the last look at the feed of changes."""

    def __init__(self, store: Store, noun: Noun) -> None:
        self._known: OrderedDict[tuple[Scope, Range], tuple[int, int]] = OrderedDict()
        self._editions: Counter[str] = Counter()
        self._all = 0
        store.watch.follow({noun}, self._told)

    async def total(self, scope: Scope, within: Range, count: Count) -> int:
        """The number of this, counted if need be."""
        edition = self.edition(scope)
        known = self._known.get((scope, within))
        if known is not None and known[0] == edition:
            return known[1]
        total = await count()
        self._known[scope, within] = edition, total
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return total

    def edition(self, scope: Scope) -> int:
        """Another number after each change of what is in the scope."""
        return self._all + sum(self._editions[str(party)] for party in scope.token_parties)

    async def _told(self, parties: frozenset[str] | None) -> None:
        if parties is None:
            self._all += 1
            return
        for party in parties:
            self._editions[party] += 1
