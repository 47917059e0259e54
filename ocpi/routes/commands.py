"""Commands: partners ask our chargers (receiver) and tell how ours to theirs ended (sender).

Source: OCPI 2.2.1, Commands.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.domain.commands import CommandChannel, CommandOutcome, CommandResult
from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Role
from app.queries.roaming import Roaming
from app.use_cases.command_requests import (
    ANSWER_WITHIN,
    Asker,
    CommandRequest,
    ReserveRequest,
    StartRequest,
    StopRequest,
    UnlockRequest,
    UnreserveRequest,
)
from app.use_cases.commands import Commands
from ocpi.models.commands import (
    CancelReservation,
    ReserveNow,
    StartSession,
    StopSession,
    UnlockConnector,
)
from ocpi.models.commands import CommandResult as WireResult
from ocpi.models.tokens import Token as WireToken
from ocpi.routes.received import connection_of
from ocpi.translate.commands import read_result, write_response
from ocpi.translate.tokens import read_token
from ocpi.versions.registry import Kind
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.faults import fault
from ocpi.wire.response_url import check_response_url

Ask = Callable[[Call], Awaitable[CommandRequest]]

_TIMEOUT_S = int(ANSWER_WITHIN.total_seconds())


@dataclass(frozen=True, slots=True)
class CommandRoutes:
    """Both sides of the module."""

    roaming: Roaming
    commands: Commands

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted."""
        receiver = (Route("POST", "{command}", self.ask, Body.NEEDED),)
        sender = (Route("POST", "{command}/{id}", self.result, Body.NEEDED),)
        return (
            Interface("commands", InterfaceRole.RECEIVER, receiver),
            Interface("commands", InterfaceRole.SENDER, sender),
        )

    # ------------------------------------------------------------ receiver

    async def ask(self, call: Call) -> Answer:
        """POST of a command: answered at once, its result goes to `response_url` later.

        An unknown location is status 2003 with REJECTED (C-201).
        """
        ask = self._known().get(call.path["command"])
        if ask is None:
            raise InvalidInput("command", f"{call.path['command'][:40]!r} is no command")
        try:
            command = await self.commands.request(await ask(call))
        except NotFound as error:
            rejected = CommandOutcome(CommandResult.REJECTED, str(error))
            return _response(call, rejected, status_code=fault(error).status_code)
        return _response(call, command.outcome)

    def _known(self) -> dict[str, Ask]:
        return {
            "START_SESSION": self._start,
            "STOP_SESSION": self._stop,
            "UNLOCK_CONNECTOR": self._unlock,
            "RESERVE_NOW": self._reserve,
            "CANCEL_RESERVATION": self._cancel,
        }

    async def _start(self, call: Call) -> StartRequest:
        """The token is not asked about: the eMSP vouches for its own (C-204, C-214)."""
        around = connection_of(call, Role.EMSP)
        wish = StartSession.read(call.lifted(Kind.START_SESSION, around))
        token = read_token(wish.token)
        _check_token(call, wish.token, token.party)
        location = await self.roaming.location(call.ours, wish.location_id)
        return StartRequest(
            asker=_asker(call, token.party, wish.response_url),
            party=location.party,
            location_id=location.id,
            token=token,
            evse_uid=wish.evse_uid,
            connector_id=wish.connector_id,
            authorization_reference=wish.authorization_reference,
        )

    async def _stop(self, call: Call) -> StopRequest:
        wish = StopSession.read(call.lifted(Kind.STOP_SESSION))
        session_id = wish.session_id.casefold()
        emsp = await self._asking(call, session_id)
        return StopRequest(asker=_asker(call, emsp, wish.response_url), session_id=session_id)

    async def _asking(self, call: Call, session_id: str) -> PartyId:
        """Which of the caller's providers wants to stop: the one of FROM, else the session's."""
        if call.exchange.sender is not None:
            return _provider(call)
        try:
            session = await self.roaming.session(call.ours, call.partner, session_id)
        except NotFound:
            session = None
        return session.token.party if session and session.token else _provider(call)

    async def _unlock(self, call: Call) -> UnlockRequest:
        wish = UnlockConnector.read(call.lifted(Kind.UNLOCK_CONNECTOR))
        location = await self.roaming.location(call.ours, wish.location_id)
        return UnlockRequest(
            asker=_asker(call, _provider(call), wish.response_url),
            party=location.party,
            location_id=location.id,
            evse_uid=wish.evse_uid,
            connector_id=wish.connector_id,
        )

    async def _reserve(self, call: Call) -> ReserveRequest:
        """The same id and location again changes the reservation there is (C-206)."""
        around = connection_of(call, Role.EMSP)
        wish = ReserveNow.read(call.lifted(Kind.RESERVE_NOW, around))
        token = read_token(wish.token)
        _check_token(call, wish.token, token.party)
        location = await self.roaming.location(call.ours, wish.location_id)
        return ReserveRequest(
            asker=_asker(call, token.party, wish.response_url),
            party=location.party,
            location_id=location.id,
            token=token,
            expires_at=wish.expiry_date,
            name=wish.reservation_id,
            evse_uid=wish.evse_uid,
            authorization_reference=wish.authorization_reference,
        )

    async def _cancel(self, call: Call) -> UnreserveRequest:
        wish = CancelReservation.read(call.lifted(Kind.CANCEL_RESERVATION))
        asker = _asker(call, _provider(call), wish.response_url)
        party = next(iter(call.ours), None)
        return UnreserveRequest(asker=asker, name=wish.reservation_id, party=party)

    # ------------------------------------------------------------ sender

    async def result(self, call: Call) -> Answer:
        """POST to a `response_url` of ours: what the partner's charger made of our command.

        A late result changes nothing and is no error (C-212), but for a reservation that is taken
        back or agreed to after all (C-208); raises NotFound for another's.
        """
        result = WireResult.read(call.lifted(Kind.COMMAND_RESULT))
        command = await self.commands.get(call.path["id"])
        party = command.remote_party
        if party is None or not call.partner.speaks_for(party, Role.CPO):
            raise NotFound("command", call.path["id"])
        await self.commands.settle(command.id, read_result(result))
        return Answer()


def _response(
    call: Call, outcome: CommandOutcome | None, *, status_code: int | None = None
) -> Answer:
    document = write_response(outcome, _TIMEOUT_S)
    data = call.version.lower(Kind.COMMAND_RESPONSE, document)
    if status_code is None:
        return Answer(data)
    message = outcome.message if outcome is not None else None
    return Answer(data, status_code=status_code, message=message)


def _asker(call: Call, emsp: PartyId, response_url: str) -> Asker:
    return Asker(
        channel=CommandChannel.PARTNER,
        partner_id=call.partner.id,
        emsp=emsp,
        callback_url=check_response_url(response_url),
    )


def _check_token(call: Call, token: WireToken, owner: PartyId) -> None:
    """A provider may only start with its own tokens."""
    sender = call.exchange.sender
    if not call.partner.speaks_for(owner, Role.EMSP) or sender not in {None, owner}:
        raise InvalidInput("token.party_id", f"{token.party_id!r} is not the asking provider")


def _provider(call: Call) -> PartyId:
    """The provider that asks: FROM, else the first the caller has; raises InvalidInput."""
    sender = call.exchange.sender
    parties = call.partner.parties(Role.EMSP) if sender is None else (sender,)
    if not parties or not call.partner.speaks_for(parties[0], Role.EMSP):
        raise InvalidInput("OCPI-from-party-id", "you have no provider that could ask")
    return parties[0]
