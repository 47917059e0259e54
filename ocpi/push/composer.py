"""Composes what a delivery says from the present state of the object that it names."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Role
from app.domain.sessions import Session, SessionStatus
from app.domain.tokens import TokenType
from app.ports.delivery import Delivery
from app.store.transaction import Store
from ocpi.client.exchange import Route, version_of
from ocpi.push.audience import ACCEPTERS, READERS
from ocpi.push.messages import Address, Json, Message, address_of, addresses
from ocpi.push.profiles import active_profile
from ocpi.push.published import Published, PublishedLocations
from ocpi.push.subjects import (
    ACTIVE_PROFILE,
    CDR,
    EVSE,
    LOCATION,
    SESSION,
    TARIFF,
    TOKEN,
    parts_of,
)
from ocpi.translate.cdrs import write_cdr
from ocpi.translate.locations import write_evse_status, write_location
from ocpi.translate.sessions import write_progress, write_session
from ocpi.translate.tariffs import write_tariff
from ocpi.translate.tokens import write_token
from ocpi.versions.registry import NOWHERE, Kind, Surroundings

REMEMBERED = 20_000
NOT_FOUND = frozenset({404})
ENDED = frozenset({SessionStatus.COMPLETED, SessionStatus.INVALID})

Compose = Callable[[Partner, list[str]], Awaitable[Sequence[Message]]]


class Composer:
    """Makes messages; no message means that there is nothing (any more) to tell this partner.

    Locations are as of the last look at the feed of changes, which a sender makes before.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._locations = PublishedLocations(store)
        self._told: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._kinds: dict[str, Compose] = {
            LOCATION: self._location,
            EVSE: self._evse,
            TARIFF: self._tariff,
            SESSION: self._session,
            CDR: self._cdr,
            TOKEN: self._token,
            ACTIVE_PROFILE: self._active_profile,
        }

    async def compose(self, partner: Partner, delivery: Delivery) -> Sequence[Message]:
        """The messages of a delivery, one for each party concerned; raises Inexpressible."""
        return await self._kinds[delivery.kind](partner, parts_of(delivery.subject))

    def note(self, partner: Partner, delivery: Delivery, message: Message) -> None:
        """A message arrived: a session that was PUT can be PATCHed from now on."""
        if message.periods is None:
            return
        self._told[partner.id, delivery.subject] = message.periods
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    async def _location(self, partner: Partner, parts: list[str]) -> Sequence[Message]:
        published = await self._locations.get(PartyId.parse(parts[0]), parts[1])
        if published is None:
            return ()
        return [_whole(at, published) for at in addresses(partner, "locations", READERS)]

    async def _evse(self, partner: Partner, parts: list[str]) -> Sequence[Message]:
        """PATCH of the status (C-129); a partner without the EVSE gets the whole location."""
        published = await self._locations.get(PartyId.parse(parts[0]), parts[1])
        evse = published.location.evse(parts[2]) if published else None
        if published is None or evse is None:
            return ()
        location = published.location
        return [
            at.message(
                "PATCH",
                Kind.EVSE,
                location.party,
                (location.id, evse.uid),
                body=write_evse_status(evse),
                instead=_whole(at, published),
            )
            for at in addresses(partner, "locations", READERS)
        ]

    async def _tariff(self, partner: Partner, parts: list[str]) -> Sequence[Message]:
        party, tariff_id = PartyId.parse(parts[0]), parts[1]
        async with self._store.reading() as tx:
            tariff = await tx.tariffs.get(party, tariff_id)
        at_all = addresses(partner, "tariffs", READERS)
        if tariff is None:
            return [
                at.message("DELETE", Kind.TARIFF, party, (tariff_id,), body=None, fine=NOT_FOUND)
                for at in at_all
            ]
        body = write_tariff(tariff)
        return [at.message("PUT", Kind.TARIFF, party, (tariff.id,), body=body) for at in at_all]

    async def _token(self, partner: Partner, parts: list[str]) -> Sequence[Message]:
        party, token_type, uid = PartyId.parse(parts[0]), TokenType(parts[1]), parts[2]
        async with self._store.reading() as tx:
            token = await tx.tokens.find(party, uid, token_type)
        if token is None or not token.own:
            return ()
        typed = version_of(partner).has_interface_roles
        query = f"?type={token.type.value}" if typed else ""
        return [
            at.message(
                "PUT", Kind.TOKEN, party, (token.uid,), body=write_token(token), query=query
            )
            for at in addresses(partner, "tokens", ACCEPTERS)
        ]

    async def _session(self, partner: Partner, parts: list[str]) -> Sequence[Message]:
        """PUT at first, at the end and for another price period, PATCH in between (C-141)."""
        async with self._store.reading() as tx:
            session = await tx.sessions.get(parts[0])
        if session is None or session.token is None or not session.own:
            return ()
        at = address_of(partner, "sessions", session.token.party)
        if at is None or not partner.speaks_for(session.token.party, Role.EMSP):
            return ()
        document = write_session(session)
        around = await self._around(partner, session.party, session.location_id)
        whole = at.message(
            "PUT", Kind.SESSION, session.party, (session.id,), body=document, around=around
        )
        whole = replace(whole, periods=len(document.get("charging_periods", ())))
        return [self._patch(at, session, whole) or whole]

    def _patch(self, at: Address, session: Session, whole: Message) -> Message | None:
        """The PATCH that does instead of the PUT, or None."""
        told = self._told.get((at.partner.id, session.id))
        partial = version_of(at.partner).patch_needs_last_updated
        if session.status in ENDED or told != whole.periods or not partial:
            return None
        body = write_progress(session)
        return at.message(
            "PATCH", Kind.SESSION, session.party, (session.id,), body=body, instead=whole
        )

    async def _around(
        self, partner: Partner, party: PartyId, location_id: str | None
    ) -> Surroundings:
        """2.1.1 embeds the location."""
        if version_of(partner).owner_in_body or location_id is None:
            return NOWHERE
        async with self._store.reading() as tx:
            location = await tx.locations.get(party, location_id)
        return Surroundings(location=write_location(location)) if location else NOWHERE

    async def _active_profile(self, partner: Partner, parts: list[str]) -> Sequence[Message]:
        return await active_profile(self._store, partner, parts[0])

    async def _cdr(self, partner: Partner, parts: list[str]) -> Sequence[Message]:
        """POST to the endpoint itself; the CDR has to be taken once (C-164)."""
        async with self._store.reading() as tx:
            cdr = await tx.cdrs.get(parts[0])
        if cdr is None:
            return ()
        at = address_of(partner, "cdrs", cdr.token.party)
        if at is None:
            return ()
        around = await self._around(partner, cdr.party, cdr.place.location_id)
        body: Json = version_of(partner).lower(Kind.CDR, write_cdr(cdr), around)
        return [Message("POST", at.endpoint, body, Route(cdr.party, at.receiver))]


def _whole(at: Address, published: Published) -> Message:
    location, document = published.location, published.document(version_of(at.partner))
    message = at.message("PUT", Kind.LOCATION, location.party, (location.id,), body=None)
    return replace(message, body=document)
