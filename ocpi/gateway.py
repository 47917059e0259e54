"""Partners' chargers and tokens behind our own ports: commands out, questions about tokens out.

A command to a partner has two answers: whether it took the command, at once, and what its charger
made of it, later and by a call to us (`ocpi.routes.commands`). OCPI 2.2.1, Commands; Tokens.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger
from typing import Any, NamedTuple

from app.domain.commands import Command, CommandKind, CommandOutcome, CommandResult
from app.domain.errors import ChargerOffline, InvalidInput, PartnerUnavailable
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace
from app.domain.partners import InterfaceRole, Partner, Role
from app.domain.tokens import AuthMethod, Authorization, Token, TokenType, Verdict, Whitelist
from app.ports.clock import Clock
from app.store.transaction import Store
from app.use_cases.hub_clients import partners_reaching
from app.use_cases.profile_requests import PROFILE_KINDS
from ocpi.client.exchange import (
    Answer,
    ExchangeFailed,
    PartnerCalls,
    Route,
    joined,
    version_of,
)
from ocpi.models.commands import CommandResponse
from ocpi.models.tokens import AuthorizationInfo
from ocpi.profile_gateway import MODULE as PROFILES
from ocpi.profile_gateway import ProfileExchange
from ocpi.push.subjects import path_segment
from ocpi.translate.commands import (
    read_response,
    write_reserve,
    write_start,
    write_stop,
    write_unlock,
    write_unreserve,
)
from ocpi.translate.profiles import read_profile_response
from ocpi.translate.tokens import read_authorization, write_token
from ocpi.translate.values import read_span
from ocpi.versions.registry import Inexpressible, Kind, OcpiVersion, Surroundings
from ocpi.wire.addresses import callback_url

log = getLogger(__name__)

ANSWER_S = 15.0
AUTHORIZE_S = 2.0
_LONGEST_WAIT = timedelta(minutes=10)
_NOT_FOUND = 404
_UNKNOWN_TOKEN = 2004


class _Speech(NamedTuple):
    """How a command is said: its name in the address, and its object with a `response_url`."""

    name: str
    kind: Kind
    write: Callable[[Command, str], dict[str, Any]]


def _write_stop(command: Command, response_url: str) -> dict[str, Any]:
    return write_stop(command.session_id or "", response_url)


_SPEECH: Mapping[CommandKind, _Speech] = {
    CommandKind.START: _Speech("START_SESSION", Kind.START_SESSION, write_start),
    CommandKind.STOP: _Speech("STOP_SESSION", Kind.STOP_SESSION, _write_stop),
    CommandKind.UNLOCK: _Speech("UNLOCK_CONNECTOR", Kind.UNLOCK_CONNECTOR, write_unlock),
    CommandKind.RESERVE: _Speech("RESERVE_NOW", Kind.RESERVE_NOW, write_reserve),
    CommandKind.UNRESERVE: _Speech("CANCEL_RESERVATION", Kind.CANCEL_RESERVATION, write_unreserve),
}

Postpone = Callable[[str, datetime], Awaitable[None]]
"""Lets a command wait until this moment for its answer (`Commands.postpone`)."""


class OcpiGateway:
    """`ports.chargers.ChargerGateway` for partners' chargers."""

    def __init__(
        self,
        store: Store,
        calls: PartnerCalls,
        clock: Clock,
        *,
        public_url: str,
        emsp: PartyId,
        postpone: Postpone,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._store = store
        self._calls = calls
        self._clock = clock
        self._public_url = public_url
        self._emsp = emsp
        self._postpone = postpone
        self._answer_s = answer_s
        self._profiles = ProfileExchange(
            calls, public_url=public_url, emsp=emsp, answer_s=answer_s
        )

    async def execute(self, command: Command) -> CommandOutcome | None:
        """Send the command once; None when the partner took it and its answer is to come."""
        try:
            if command.kind in PROFILE_KINDS:
                return await self._ask_about_profile(command)
            if command.kind in _SPEECH:
                return await self._ask(command, _SPEECH[command.kind])
        except ExchangeFailed as failure:
            return _outcome(failure)
        except InvalidInput as error:
            return CommandOutcome(CommandResult.TIMEOUT, f"the answer was not understood: {error}")
        return CommandOutcome(CommandResult.NOT_SUPPORTED, "OCPI has no such command")

    async def _ask(self, command: Command, speech: _Speech) -> CommandOutcome | None:
        partner, endpoint = await self._partner_of(command, "commands")
        version = version_of(partner)
        back = callback_url(self._public_url, version, speech.name, command.id)
        try:
            body = version.lower(speech.kind, speech.write(command, back))
        except Inexpressible:
            return CommandOutcome(CommandResult.NOT_SUPPORTED, f"not in OCPI {version.number}")
        answer = await self._calls.call(
            partner,
            "POST",
            joined(endpoint, speech.name),
            body=body,
            route=Route(self._sender(command), command.remote_party),
            timeout_s=self._answer_s,
        )
        lifted = version.lift(Kind.COMMAND_RESPONSE, _object_in(answer))
        response = CommandResponse.read(lifted)
        return await self._heard(command, read_response(response), response.timeout)

    async def _ask_about_profile(self, command: Command) -> CommandOutcome | None:
        """Charging profiles have a module of their own."""
        partner, endpoint = await self._partner_of(command, PROFILES)
        response = await self._profiles.ask(partner, endpoint, command)
        return await self._heard(command, read_profile_response(response), response.timeout)

    async def _heard(
        self, command: Command, outcome: CommandOutcome | None, timeout_s: int
    ) -> CommandOutcome | None:
        """The outcome; one that is to come is waited for, as long as the partner says."""
        if outcome is None and timeout_s > 0:
            wait = min(read_span(timeout_s), _LONGEST_WAIT)
            await self._postpone(command.id, self._clock.now() + wait)
        return outcome

    async def _partner_of(self, command: Command, module: str) -> tuple[Partner, str]:
        """The platform of the charger's CPO, and where it takes commands."""
        if command.remote_party is None:
            raise ChargerOffline("the command is not for a partner's charger")
        async with self._store.reading() as tx:
            partners = await partners_reaching(tx, command.remote_party, Role.CPO)
        for partner in partners:
            endpoint = partner.endpoint(module, InterfaceRole.RECEIVER)
            if endpoint is not None and not partner.hub:
                return partner, endpoint
        raise ChargerOffline(f"no connected partner takes {module} for {command.remote_party}")

    def _sender(self, command: Command) -> PartyId:
        return command.token.party if command.token else self._emsp


def _object_in(answer: Answer) -> dict[str, Any]:
    data = answer.single
    if not isinstance(data, dict):
        raise InvalidInput("data", "is no object")
    return data


def _outcome(failure: ExchangeFailed) -> CommandOutcome:
    """Any refusal is REJECTED; silence after sending is not knowing (I-49)."""
    if failure.http is None and failure.sent:
        return CommandOutcome(CommandResult.TIMEOUT, str(failure))
    if failure.http is None:
        raise ChargerOffline(str(failure)) from None
    return CommandOutcome(CommandResult.REJECTED, str(failure))


class OcpiAuthorizer:
    """`ports.authorizer.RemoteAuthorizer`: asks the eMSPs of our partners, 2 s each."""

    def __init__(
        self, store: Store, calls: PartnerCalls, *, timeout_s: float = AUTHORIZE_S
    ) -> None:
        self._store = store
        self._calls = calls
        self._timeout_s = timeout_s

    async def authorize(
        self, uid: str, token: Token | None, place: EvsePlace | None
    ) -> Authorization | None:
        """Ask the issuer of a known token, or every connected eMSP about an unknown one (C-196).

        UNKNOWN when everybody who answered does not know it, None when nobody answered.
        """
        asked = await self._askable(token.party if token else None)
        if not asked:
            return None
        asking = place.location.party if place else await self._any_operator()
        question = _Question(uid, token, place, asking)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._ask(partner, endpoint, question))
                for partner, endpoint in asked
            ]
        answers = [task.result() for task in running]
        known = [a for a in answers if a is not None and a.verdict is not Verdict.UNKNOWN]
        unknown = [a for a in answers if a is not None and a.verdict is Verdict.UNKNOWN]
        allowed = [a for a in known if a.allowed]
        return next(iter([*allowed, *known, *unknown]), None)

    async def _any_operator(self) -> PartyId | None:
        """Who asks when it is not known where: some CPO of ours, since every message has one."""
        async with self._store.reading() as tx:
            return next((o.party for o in await tx.operators.list()), None)

    async def _askable(self, issuer: PartyId | None) -> list[tuple[Partner, str]]:
        async with self._store.reading() as tx:
            if issuer is not None:
                partners = await partners_reaching(tx, issuer, Role.EMSP)
            else:
                known = await tx.partners.registered()
                partners = [partner for partner in known if partner.parties(Role.EMSP)]
        found = []
        for partner in partners:
            endpoint = partner.endpoint("tokens", InterfaceRole.SENDER)
            if endpoint is not None and not partner.hub:
                found.append((partner, endpoint))
        return found

    async def _ask(
        self, partner: Partner, endpoint: str, question: "_Question"
    ) -> Authorization | None:
        version = version_of(partner)
        body = question.body
        if body is not None:
            body = version.lower(Kind.LOCATION_REFERENCES, body)
        try:
            answer = await self._calls.call(
                partner,
                "POST",
                question.url(endpoint, version),
                body=body,
                route=question.route(partner),
                timeout_s=self._timeout_s,
            )
            around = question.around(partner)
            lifted = version.lift(Kind.AUTHORIZATION_INFO, _object_in(answer), around)
            return _checked(partner, read_authorization(AuthorizationInfo.read(lifted)))
        except ExchangeFailed as failure:
            if failure.http == _NOT_FOUND or failure.status == _UNKNOWN_TOKEN:
                return Authorization(Verdict.UNKNOWN, method=AuthMethod.AUTH_REQUEST)
            log.warning("authorize.failed", extra={"partner": partner.id, "why": str(failure)})
        except (InvalidInput, PartnerUnavailable) as error:
            log.warning("authorize.unusable", extra={"partner": partner.id, "why": str(error)})
        return None


@dataclass(frozen=True, slots=True)
class _Question:
    """May this token charge, there?"""

    uid: str
    token: Token | None
    place: EvsePlace | None
    asking: PartyId | None

    @property
    def body(self) -> dict[str, Any] | None:
        if self.place is None:
            return None
        return {"location_id": self.place.location.id, "evse_uids": [self.place.evse.uid]}

    def around(self, partner: Partner) -> Surroundings:
        """2.1.1 does not repeat the token in its answer: it is the one that was asked about."""
        issuer = next(iter(partner.parties(Role.EMSP)), None)
        if self.token is not None or issuer is None:
            return Surroundings(token=write_token(self.token) if self.token else None)
        unknown = Token(
            issuer,
            self.uid,
            TokenType.RFID,
            self.uid,
            partner.name,
            valid=True,
            whitelist=Whitelist.NEVER,
            last_updated=partner.created_at,
        )
        return Surroundings(token=write_token(unknown))

    def url(self, endpoint: str, version: OcpiVersion) -> str:
        token_type = self.token.type if self.token else TokenType.RFID
        known = version.lower(Kind.TOKEN, {"type": token_type.value})
        query = f"{version.token_type_parameter}={known['type']}"
        return f"{joined(endpoint, path_segment(self.uid), 'authorize')}?{query}"

    def route(self, partner: Partner) -> Route:
        if self.token is not None and partner.speaks_for(self.token.party, Role.EMSP):
            return Route(self.asking, self.token.party)
        return Route(self.asking, next(iter(partner.parties(Role.EMSP)), None))


def _checked(partner: Partner, answer: Authorization) -> Authorization:
    """A partner answers for its own tokens only; raises InvalidInput."""
    if answer.token is None or not partner.speaks_for(answer.token.party, Role.EMSP):
        raise InvalidInput("token", "is not of a party of the answering platform")
    return answer
