"""What a roaming partner may pull: pages of our objects that are its business, and no others.

An eMSP sees published locations, the tariffs, and sessions and CDRs of its own tokens; a CPO sees
our drivers' cards. Lists are in the order of creation, so an update moves nothing between pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.domain.cdrs import Cdr
from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import Location
from app.domain.partners import Partner, Role
from app.domain.sessions import Session
from app.domain.tariffs import Tariff
from app.domain.tokens import Token
from app.queries.pages import Page
from app.queries.shelves import Room, Shelf
from app.queries.tallies import Tallies
from app.store.nouns import Noun
from app.store.scopes import Cut, Range, Scope
from app.store.transaction import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A page, and how many objects match in all.

    Where lists go by places: the place of its last object, and whether more objects follow.
    """

    items: Sequence[T]
    total: int
    last: str | None = None
    more: bool | None = None


class Roaming:
    """Our objects as partners may see them; `ours` are the parties of ours that are asked."""

    def __init__(self, store: Store) -> None:
        """`locations` are the published ones, `tariffs` all, those no connector names too.

        `tokens` are our drivers' cards; what the app makes up for one session is not among them.
        """
        self._store, room = store, Room()
        self.locations = Shelf[Location](store, Noun.LOCATION, lambda tx: tx.locations, room)
        self.tariffs = Shelf[Tariff](store, Noun.TARIFF, lambda tx: tx.tariffs, room)
        self.tokens = Shelf[Token](store, Noun.TOKEN, lambda tx: tx.tokens, room)
        self._ended, self._issued = Tallies(store, Noun.SESSION), Tallies(store, Noun.CDR)

    async def location(self, ours: Sequence[PartyId], location_id: str) -> Location:
        """One published location of whichever of the parties has it; raises NotFound."""
        async with self._store.reading() as tx:
            for party in ours:
                found = await tx.locations.get(party, location_id)
                if found is not None and found.own and found.publish:
                    return found
        raise NotFound("location", location_id)

    async def tariff(self, ours: Sequence[PartyId], tariff_id: str) -> Tariff:
        """One tariff of whichever of the parties has it; raises NotFound."""
        async with self._store.reading() as tx:
            for party in ours:
                found = await tx.tariffs.get(party, tariff_id)
                if found is not None and found.own:
                    return found
        raise NotFound("tariff", tariff_id)

    async def sessions(
        self, ours: Sequence[PartyId], partner: Partner, page: Page
    ) -> Listing[Session]:
        """Sessions of the partner's own tokens (C-144).

        What is over is counted once; what runs, and may change with any meter value, each time.
        """
        scope, within, cut = _asked(ours, partner, page)

        async def over() -> int:
            async with self._store.reading() as tx:
                return await tx.sessions.count(scope, within, running=False)

        total = await self._ended.total(scope, within, over)
        async with self._store.reading() as tx:
            total += await tx.sessions.count(scope, within, running=True)
            items = await tx.sessions.page(scope, within, cut)
        return _listing([(session.id, session) for session in items], total, page)

    async def session(self, ours: Sequence[PartyId], partner: Partner, session_id: str) -> Session:
        """One session of a token of the partner's; raises NotFound."""
        async with self._store.reading() as tx:
            found = await tx.sessions.get(session_id.casefold())
        theirs = partner.parties(Role.EMSP)
        if (
            found is None
            or not found.own
            or found.party not in ours
            or found.token is None
            or found.token.party not in theirs
        ):
            raise NotFound("session", session_id)
        return found

    async def cdrs(self, ours: Sequence[PartyId], partner: Partner, page: Page) -> Listing[Cdr]:
        """CDRs of the partner's own tokens (C-170)."""
        scope, within, cut = _asked(ours, partner, page)

        async def all_of_them() -> int:
            async with self._store.reading() as tx:
                return await tx.cdrs.count(scope, within)

        total = await self._issued.total(scope, within, all_of_them)
        async with self._store.reading() as tx:
            found = await tx.cdrs.page(scope, within, cut)
        return _listing(found, total, page)


def _asked(ours: Sequence[PartyId], partner: Partner, page: Page) -> tuple[Scope, Range, Cut]:
    """The page as the store knows it, with one object more, which shows whether more follow."""
    scope = Scope(tuple(ours), tuple(partner.parties(Role.EMSP)))
    within = Range(page.changed_from, page.changed_before)
    return scope, within, Cut(page.offset, page.limit + 1, page.after)


def _listing(found: Sequence[tuple[str, T]], total: int, page: Page) -> Listing[T]:
    shown = found[: page.limit]
    last = shown[-1][0] if shown else None
    items = [item for _, item in shown]
    return Listing(items, total, last=last, more=len(found) > len(shown))
