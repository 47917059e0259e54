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
from app.store.nouns import Noun
from app.store.transaction import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A page, and how many objects match in all.

    Where lists go by places: the offset the page begins at, and the place of its last object.
    """

    items: Sequence[T]
    total: int
    start: int | None = None
    last: str | None = None


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
        """Sessions of the partner's own tokens (C-144)."""
        async with self._store.reading() as tx:
            items, total = await tx.sessions.page(
                ours,
                partner.parties(Role.EMSP),
                changed_from=page.changed_from,
                changed_to=page.changed_before,
                offset=page.offset,
                limit=page.limit,
            )
        return Listing(items, total)

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

    async def foreign_session(self, party: PartyId, session_id: str) -> Session:
        """A partner's session as it was sent to us; raises NotFound."""
        async with self._store.reading() as tx:
            found = await tx.sessions.get_foreign(party, session_id)
        if found is None:
            raise NotFound("session", session_id)
        return found

    async def cdrs(self, ours: Sequence[PartyId], partner: Partner, page: Page) -> Listing[Cdr]:
        """CDRs of the partner's own tokens (C-170)."""
        async with self._store.reading() as tx:
            items, total = await tx.cdrs.page(
                ours,
                partner.parties(Role.EMSP),
                changed_from=page.changed_from,
                changed_to=page.changed_before,
                offset=page.offset,
                limit=page.limit,
            )
        return Listing(items, total)

    async def foreign_cdr(self, party: PartyId, cdr_id: str) -> Cdr:
        """A partner's CDR as it was sent to us; raises NotFound."""
        async with self._store.reading() as tx:
            found = await tx.cdrs.of_party(party, cdr_id)
        if found is None:
            raise NotFound("cdr", cdr_id)
        return found
