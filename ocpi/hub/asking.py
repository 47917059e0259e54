"""Asks all providers at once whether a token is theirs, for operators that met an unknown card.

The first that allows it is right; one that knows the token and says no is believed when nobody
allowed it. Providers answer these questions while somebody stands at a charger, so the deadline is
short, and only those are asked that are there. Source: OCPI 2.2.1, Tokens, Real-time
authorization; ocpi issues 420 and 571.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Any

from app.domain.errors import DomainError, NotFound
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Partner, PartnerState
from app.domain.routing import serving_roles
from app.domain.tokens import Verdict
from app.ports.clock import Clock
from app.use_cases.hub_directory import HubDirectory
from app.use_cases.hub_rules import HubRules
from app.use_cases.windows import Allowance
from ocpi.hub.faults import NoAnswer
from ocpi.hub.forward import Forwarding
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.named import named_in
from ocpi.wire.calls import Relayed
from ocpi.wire.documents import decode
from ocpi.wire.envelope import UNKNOWN_TOKEN

log = getLogger(__name__)

ASK_S = 4.0
"""How long everybody together may take."""

AT_ONCE = 50
"""So many providers are asked at a time, for one token."""

PER_MINUTE = 600
"""How often one platform may have everybody asked: each time costs all providers a question."""

_SUCCESSES = range(1000, 2000)
_NOT_FOUND = 404


@dataclass(slots=True)
class _Heard:
    """What was answered so far: by one that knows the token, and how many did not say anything."""

    known: Relayed | None = None
    silent: int = 0


class Asking:
    """Fans the question out."""

    def __init__(
        self,
        directory: HubDirectory,
        rules: HubRules,
        forwarding: Forwarding,
        clock: Clock,
        *,
        timeout_s: float = ASK_S,
        per_minute: int = PER_MINUTE,
    ) -> None:
        self._allowance = Allowance(per_minute, clock)
        self._directory = directory
        self._rules = rules
        self._forwarding = forwarding
        self._timeout_s = timeout_s

    async def all(self, message: HubMessage, sender: PartyId) -> Relayed:
        """The answer of whoever knows the token; raises NotFound (2004), NoAnswer, RateLimited."""
        self._allowance.take(message.exchange.partner.id)
        legs = await self._legs(message, sender)
        heard = _Heard()
        allowed = await self._first_allowed(legs, heard)
        found = allowed or heard.known
        if found is not None:
            return found
        if heard.silent:
            log.info("hub.token_unknown", extra={"asked": len(legs), "silent": heard.silent})
            raise NoAnswer("not every provider answered whether the token is its own")
        raise NotFound("token", named_in(message).id or "")

    async def _legs(self, message: HubMessage, sender: PartyId) -> list[Leg]:
        book = await self._rules.book()
        legs = []
        for partner, party in _providers(await self._directory.partners(), sender):
            if book.may_send(message.module, message.role, sender=sender, receiver=party):
                out = replace(message, exchange=replace(message.exchange, receiver=party))
                legs.append(
                    Leg(came=message, message=out, sender=sender, receiver=party, partner=partner)
                )
        return legs

    async def _first_allowed(self, legs: Sequence[Leg], heard: _Heard) -> Relayed | None:
        """Ask; whoever was not heard yet is not waited for once somebody allows it."""
        places = asyncio.Semaphore(AT_ONCE)
        found: Relayed | None = None
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self._ask(leg, places)) for leg in legs]
            for each in asyncio.as_completed(asked):
                answer = await each
                if answer is None:
                    heard.silent += 1
                elif _verdict(answer) == Verdict.ALLOWED.value:
                    found = answer
                    break
                elif answer.status_code in _SUCCESSES:
                    heard.known = heard.known or answer
                elif not _says_unknown(answer):
                    heard.silent += 1
            for task in asked:
                task.cancel()
        return found

    async def _ask(self, leg: Leg, places: asyncio.Semaphore) -> Relayed | None:
        """None where no answer came in time, whatever the reason."""
        try:
            async with asyncio.timeout(self._timeout_s), places:
                return await self._forwarding.send(leg, timeout_s=self._timeout_s)
        except (DomainError, TimeoutError):
            return None


def _providers(members: Sequence[Partner], sender: PartyId) -> Iterator[tuple[Partner, PartyId]]:
    """Every connected party that answers for tokens, but for those of the asking platform."""
    module, role = "tokens", InterfaceRole.SENDER
    roles = serving_roles(module, role)
    asked: set[PartyId] = set()
    for member in members:
        there = member.state is PartnerState.CONNECTED and member.endpoint(module, role)
        if not there or member.hosts(sender) or member.counterpart not in {None, sender}:
            continue
        for each in member.roles:
            if each.role in roles and each.party not in asked:
                asked.add(each.party)
                yield member, each.party


def _verdict(answer: Relayed) -> Any:
    if answer.status_code not in _SUCCESSES:
        return None
    data = decode(answer.body).get("data")
    return data.get("allowed") if isinstance(data, dict) else None


def _says_unknown(answer: Relayed) -> bool:
    return answer.status_code == UNKNOWN_TOKEN or answer.http == _NOT_FOUND
