"""Who may call us, kept in memory: partners by the tokens they present, and our own operators.

Nothing here is older than the last look at the feed of changes (`store.watch`), so a token that is
revoked anywhere is refused by the next request that looks, or glances.
"""

from collections import OrderedDict

from app.domain.operators import Operator
from app.domain.partners import Partner
from app.store.nouns import Noun
from app.store.transaction import Store

STRANGERS = 1_000
"""How many tokens are remembered to be nobody's."""


class Directory:
    """Partners and operators as of the last look."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._partners: dict[str, Partner] = {}
        self._by_id: dict[str, Partner] = {}
        self._strangers: OrderedDict[str, None] = OrderedDict()
        self._operators: tuple[Operator, ...] | None = None
        self._edition = 0
        store.watch.follow({Noun.PARTNER}, self._forget_partners)
        store.watch.follow({Noun.OPERATOR}, self._forget_operators)

    async def look(self) -> None:
        """Be no older than what was committed before."""
        await self._store.watch.look()

    async def glance(self) -> bool:
        """Be no older than what was answered before; whether it took a look."""
        return await self._store.watch.glance()

    async def by_token(self, fingerprint: str) -> Partner | None:
        """Whose token this is the fingerprint of; None when nobody's."""
        known = self._partners.get(fingerprint)
        if known is not None or fingerprint in self._strangers:
            return known
        edition = self._edition
        async with self._store.reading() as tx:
            partner = await tx.partners.by_token(fingerprint)
        if edition == self._edition:  # else it may be older already than what was told meanwhile
            self._remember(fingerprint, partner)
        return partner

    def _remember(self, fingerprint: str, partner: Partner | None) -> None:
        if partner is not None:
            self._partners[fingerprint] = partner
            return
        self._strangers[fingerprint] = None
        if len(self._strangers) > STRANGERS:
            self._strangers.popitem(last=False)

    async def by_id(self, partner_id: str) -> Partner:
        """The partner; raises NotFound."""
        known = self._by_id.get(partner_id)
        if known is None:
            edition = self._edition
            async with self._store.reading() as tx:
                known = await tx.partners.need(partner_id)
            if edition == self._edition:
                self._by_id[partner_id] = known
        return known

    async def operators(self) -> tuple[Operator, ...]:
        """All operators, the oldest first."""
        known = self._operators
        if known is None:
            edition = self._edition
            async with self._store.reading() as tx:
                known = tuple(await tx.operators.list())
            if edition == self._edition:
                self._operators = known
        return known

    async def _forget_partners(self, ids: frozenset[str] | None) -> None:
        self._edition += 1
        self._strangers.clear()
        self._by_id = {i: p for i, p in self._by_id.items() if ids is not None and i not in ids}
        kept = {f: p for f, p in self._partners.items() if ids is not None and p.id not in ids}
        self._partners = kept

    async def _forget_operators(self, _parties: frozenset[str] | None) -> None:
        self._edition += 1
        self._operators = None
