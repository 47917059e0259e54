"""Charging profiles: partners limit our chargers (receiver), and tell of theirs (sender).

Source: OCPI 2.2.1, ChargingProfiles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.domain.commands import CommandChannel, CommandKind
from app.domain.errors import ChargerRefused, Conflict, InvalidInput, NotFound, RateLimited
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Role
from app.domain.sessions import Session
from app.queries.roaming import Roaming
from app.use_cases.command_requests import ANSWER_WITHIN, Asker
from app.use_cases.commands import Commands
from app.use_cases.profile_requests import (
    NOT_CAPABLE,
    PROFILE_KINDS,
    LimitRequest,
    ProfileRequest,
    ScheduleRequest,
    UnlimitRequest,
)
from app.use_cases.profiles import Profiles
from ocpi.models.common import read_integer
from ocpi.models.profiles import ActiveChargingProfile, SetChargingProfile
from ocpi.profile_gateway import MODULE, RESULTS
from ocpi.translate.profiles import read_active, read_profile, read_profile_result
from ocpi.translate.values import read_span
from ocpi.wire.calls import Answer, Body, Call, Interface, Route
from ocpi.wire.faults import UnknownSession
from ocpi.wire.response_url import check_response_url, read_response_url

Make = Callable[[Asker, str], ProfileRequest]
"""Makes a request of who asks and the session's key."""

_TIMEOUT_S = int(ANSWER_WITHIN.total_seconds())
_FURTHEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProfileRoutes:
    """Both sides of the module."""

    roaming: Roaming
    profiles: Profiles
    commands: Commands

    def interfaces(self) -> tuple[Interface, ...]:
        """What is mounted."""
        receiver = (
            Route("GET", "{session}", self.show),
            Route("PUT", "{session}", self.put, Body.NEEDED),
            Route("DELETE", "{session}", self.clear),
        )
        sender = (
            Route("PUT", "{session}", self.active, Body.NEEDED),
            Route("POST", f"{RESULTS}/{{id}}", self.result, Body.NEEDED),
        )
        return (
            Interface(MODULE, InterfaceRole.RECEIVER, receiver),
            Interface(MODULE, InterfaceRole.SENDER, sender),
        )

    # ------------------------------------------------------------ receiver

    async def show(self, call: Call) -> Answer:
        """GET: asks the charger what limits the session, for `duration` seconds (C-216)."""
        duration = _duration(call)
        url = read_response_url(call.raw_query)

        def make(asker: Asker, key: str) -> ProfileRequest:
            return ScheduleRequest(asker=asker, session_key=key, horizon=duration)

        return await self._ask(call, url, make)

    async def put(self, call: Call) -> Answer:
        """PUT: limits the session."""
        wish = SetChargingProfile.read(call.document())
        profile = read_profile(wish.charging_profile)

        def make(asker: Asker, key: str) -> ProfileRequest:
            return LimitRequest(asker=asker, session_key=key, profile=profile)

        return await self._ask(call, check_response_url(wish.response_url), make)

    async def clear(self, call: Call) -> Answer:
        """DELETE: takes the limit away."""

        def make(asker: Asker, key: str) -> ProfileRequest:
            return UnlimitRequest(asker=asker, session_key=key)

        return await self._ask(call, read_response_url(call.raw_query), make)

    async def _ask(self, call: Call, response_url: str, make: Make) -> Answer:
        """Answered at once, its result goes to `response_url` later (C-217, C-218, C-219).

        A session of somebody else's driver is as unknown as one that never was.
        """
        try:
            session = await self.roaming.session(call.ours, call.partner, call.path["session"])
            asker = Asker(
                channel=CommandChannel.PARTNER,
                partner_id=call.partner.id,
                emsp=_provider(call, session),
                callback_url=response_url,
            )
            await self.profiles.request(make(asker, session.id))
        except NotFound:
            return _response("UNKNOWN_SESSION")
        except RateLimited:
            return _response("TOO_OFTEN")
        except ChargerRefused as refusal:
            not_able = refusal.reason == NOT_CAPABLE
            return _response("NOT_SUPPORTED" if not_able else "REJECTED")
        except Conflict:
            return _response("REJECTED")
        return _response("ACCEPTED")

    # ------------------------------------------------------------ sender

    async def active(self, call: Call) -> Answer:
        """PUT: what limits our driver's session at a partner's charger (C-222).

        A session id is unique for its CPO only, so FROM says whose it is (I-36).
        """
        told = read_active(ActiveChargingProfile.read(call.document()))
        sender = call.exchange.sender
        owners = call.partner.parties(Role.CPO) if sender is None else (sender,)
        known = [party for party in owners if call.partner.speaks_for(party, Role.CPO)]
        try:
            await self.profiles.accept_active(known, call.path["session"], told)
        except NotFound as error:
            raise UnknownSession(str(error)) from None
        return Answer()

    async def result(self, call: Call) -> Answer:
        """POST to the `response_url` of one of ours; a late one changes nothing.

        Raises NotFound for another's.
        """
        command = await self.commands.get(call.path["id"])
        party = command.remote_party
        theirs = party is not None and call.partner.speaks_for(party, Role.CPO)
        if command.kind not in PROFILE_KINDS or not theirs:
            raise NotFound("command", call.path["id"])
        outcome = read_profile_result(CommandKind(command.kind), call.document())
        await self.commands.settle(command.id, outcome)
        return Answer()


def _response(result: str) -> Answer:
    return Answer({"result": result, "timeout": _TIMEOUT_S})


def _duration(call: Call) -> timedelta:
    """How far ahead is asked for; more than a day is no plan of a charger."""
    text = call.query.get("duration", "").strip()
    if not text:
        raise InvalidInput("duration", "is required")
    try:
        seconds = read_integer(text)
    except ValueError as error:
        raise InvalidInput("duration", str(error)) from None
    if seconds <= 0:
        raise InvalidInput("duration", "has to be more than nothing")
    return min(read_span(seconds), _FURTHEST)


def _provider(call: Call, session: Session) -> PartyId | None:
    """Which of the caller's providers asks: the one of FROM, else the session's."""
    sender = call.exchange.sender
    if sender is not None and call.partner.speaks_for(sender, Role.EMSP):
        return sender
    return session.token.party if session.token else None
