"""Open routing: messages without TO headers find their receiver by what they are about.

Sessions and CDRs go to the provider of their token, commands and profiles to the operator of their
location or session, as far as the hub has learned whose these are. Only those are found whom the
sender may talk to; what cannot be told apart has to be addressed.
Source: OCPI 2.2.1, Transport and format, Open Routing Request; ocpi issues 405, 420 and 501.
"""

from collections.abc import Awaitable, Callable, Iterable

from app.domain.errors import InvalidInput
from app.domain.hub_index import Kind, id_name, token_name
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Role
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_index import HubIndex
from app.use_cases.hub_rules import HubRules
from ocpi.hub.asking import Asking
from ocpi.hub.learning import token_type_of
from ocpi.hub.messages import HubMessage
from ocpi.hub.named import body_of, named_in, party_in, text_in
from ocpi.wire.calls import Relayed

Find = Callable[[HubMessage, PartyId], Awaitable[PartyId | None]]

_BY_LOCATION = frozenset({"START_SESSION", "RESERVE_NOW", "UNLOCK_CONNECTOR"})
AUTHORIZE = "authorize"


class OpenRoutes:
    """Finds receivers in what the hub has learned."""

    def __init__(
        self, index: HubIndex, directory: HubDirectory, rules: HubRules, asking: Asking
    ) -> None:
        self._index = index
        self._directory = directory
        self._rules = rules
        self._asking = asking
        sender, receiver = InterfaceRole.SENDER, InterfaceRole.RECEIVER
        self._finders: dict[tuple[str, InterfaceRole], Find] = {
            ("sessions", receiver): self._told_session,
            ("sessions", sender): self._by_session,
            ("cdrs", receiver): self._told_cdr,
            ("tokens", sender): self._by_token,
            ("commands", receiver): self._command,
            ("chargingprofiles", receiver): self._by_session,
            ("chargingprofiles", sender): self._told_profile,
            ("locations", sender): self._by_location,
            ("bookings", sender): self._booking,
            ("bookings", receiver): self._told_booking,
        }

    async def receiver_of(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        """The one receiver; None when the content does not tell.

        Raises InvalidInput (2001) when it tells of several, NotOcpi for a body that is no JSON.
        """
        find = self._finders.get((message.module, message.role))
        return None if find is None else await find(message, sender)

    async def ask_around(self, message: HubMessage, sender: PartyId) -> Relayed | None:
        """Ask every provider whether a token is one of its own; None for all other questions.

        Raises NotFound (2004) when all say no, NoAnswer when some say nothing.
        """
        if not is_authorize(message):
            return None
        return await self._asking.all(message, sender)

    # ------------------------------------------------------------ to providers

    async def _told_session(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        """The provider of the token; for a PATCH without one, of the session as it was told."""
        if message.method in {"PUT", "PATCH"}:
            provider = party_in(body_of(message).get("cdr_token"))
            if provider is not None:
                return provider
        named = named_in(message)
        return await self._provider(named.id, named.owner or sender, sender)

    async def _told_cdr(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        if message.method != "POST":
            return None
        cdr = body_of(message)
        provider = party_in(cdr.get("cdr_token"))
        if provider is not None:
            return provider
        return await self._provider(text_in(cdr, "session_id"), party_in(cdr) or sender, sender)

    async def _told_profile(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        """An active profile of the sender's own session, since ids are one CPO's only (#405)."""
        return await self._provider(named_in(message).id, sender, sender)

    async def _provider(
        self, session_id: str | None, owner: PartyId, sender: PartyId
    ) -> PartyId | None:
        if session_id is None or owner != sender:
            return None
        known = await self._index.find(Kind.SESSION, id_name(session_id))
        return next((each.other for each in known if each.owner == owner), None)

    async def _by_token(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        """Who answers for the token; None, also when several may, asks all of them."""
        if not is_authorize(message):
            return None
        name = token_name(named_in(message).id or "", token_type_of(message))
        known = await self._index.find(Kind.TOKEN, name)
        owners = await self._reachable(message, sender, (each.owner for each in known))
        return owners[0] if len(owners) == 1 else None

    async def _told_booking(self, message: HubMessage, _sender: PartyId) -> PartyId | None:
        if message.method != "PUT":
            return None
        tokens = body_of(message).get("booking_tokens")
        first = tokens[0] if isinstance(tokens, list) and tokens else None
        return party_in(first)

    # ------------------------------------------------------------ to operators

    async def _command(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        if message.method != "POST":
            return None
        command = message.rest.strip("/").upper()
        wish = body_of(message)
        if command in _BY_LOCATION:
            return await self._at_location(message, sender, text_in(wish, "location_id"))
        if command == "STOP_SESSION":
            return await self._of_session(message, sender, text_in(wish, "session_id"))
        if command == "CANCEL_RESERVATION":
            return await self._of_reservation(sender, text_in(wish, "reservation_id"))
        return None

    async def _booking(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        if message.method != "POST":
            return None
        return await self._at_location(message, sender, text_in(body_of(message), "location_id"))

    async def _by_location(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        """GET of a location or a part of it."""
        return await self._at_location(message, sender, named_in(message).id or "")

    async def _by_session(self, message: HubMessage, sender: PartyId) -> PartyId | None:
        """Charging preferences and profiles: below the session's id."""
        return await self._of_session(message, sender, named_in(message).id or "")

    async def _at_location(
        self, message: HubMessage, sender: PartyId, location_id: str
    ) -> PartyId | None:
        known = await self._index.find(Kind.LOCATION, id_name(location_id))
        book = await self._rules.book()
        seen = [k.owner for k in known if book.may_see("locations", k.owner, sender, k.name)]
        owners = await self._reachable(message, sender, seen)
        return _only(owners, f"location {location_id!r}")

    async def _of_session(
        self, message: HubMessage, sender: PartyId, session_id: str
    ) -> PartyId | None:
        """Of the provider's own sessions; smart charging services steer others' (SCSP)."""
        known = await self._index.find(Kind.SESSION, id_name(session_id))
        if not _is_scsp(message, sender):
            known = [each for each in known if each.other == sender]
        owners = await self._reachable(message, sender, (each.owner for each in known))
        return _only(owners, f"session {session_id!r}")

    async def _of_reservation(self, sender: PartyId, reservation_id: str) -> PartyId | None:
        """Ids of reservations are their provider's."""
        known = await self._index.find(Kind.RESERVATION, id_name(reservation_id))
        return next((each.other for each in known if each.owner == sender), None)

    async def _reachable(
        self, message: HubMessage, sender: PartyId, parties: Iterable[PartyId]
    ) -> list[PartyId]:
        """Those behind this hub whom the sender may talk to of this, each once."""
        book, members = await self._rules.book(), await self._directory.partners()
        return [
            party
            for party in dict.fromkeys(parties)
            if any(member.registered and member.hosts(party) for member in members)
            and book.may_send(message.module, message.role, sender=sender, receiver=party)
        ]


def _only(owners: list[PartyId], what: str) -> PartyId | None:
    if len(owners) > 1:
        raise InvalidInput("OCPI-to-party-id", f"several parties have a {what}: say whose")
    return owners[0] if owners else None


def _is_scsp(message: HubMessage, sender: PartyId) -> bool:
    """Whether the sender steers charging for others."""
    return message.module == "chargingprofiles" and sender in message.exchange.partner.parties(
        Role.SCSP
    )


def is_authorize(message: HubMessage) -> bool:
    """Whether it asks if a token may charge."""
    below = named_in(message).below
    sender = message.role is InterfaceRole.SENDER
    return (
        sender
        and message.method == "POST"
        and message.module == "tokens"
        and (below == (AUTHORIZE,))
    )
