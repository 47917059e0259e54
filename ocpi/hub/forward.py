"""One message to one receiver and its answer back, as they are but for what a hub has to change.

The ids: a new request id on the second leg, the same correlation id. The token is that of the
connection. Whatever goes wrong on the second leg becomes one of the hub's refusals; what the
receiver says itself comes back unchanged. Source: OCPI 2.2.1, Transport and format, Message
routing; Status codes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from logging import getLogger
from typing import Protocol

from app.domain.errors import InvalidInput, PartnerUnavailable
from app.domain.partners import Partner
from app.ports.http import HttpAnswer
from ocpi.client.exchange import ExchangeFailed, PartnerCalls, Route, joined
from ocpi.client.outcomes import UNAUTHORIZED
from ocpi.hub.faults import HubTrouble, NoAnswer, NotConnected
from ocpi.hub.loops import Loops, Passing
from ocpi.hub.messages import AnsweredFor, Leg
from ocpi.wire.calls import Relayed
from ocpi.wire.documents import NotJson
from ocpi.wire.envelope import open_envelope

log = getLogger(__name__)

FORWARD_S = 15.0
"""Shorter than the time that senders have patience for, so that they hear who was too slow."""

_PASSED_ON = ("link", "location", "x-total-count", "x-limit", "retry-after")
_BROKEN = 500


class Step(Protocol):
    """What is done to messages on their way besides passing them on; refuses by raising."""

    async def outward(self, leg: Leg) -> Leg:
        """Before it is sent."""
        ...

    async def homeward(self, leg: Leg, answer: Relayed) -> Relayed:
        """Before the answer is passed on."""
        ...


class Forwarding:
    """Sends legs; `steps` are taken in their order outward, and backward on the way home."""

    def __init__(
        self,
        calls: PartnerCalls,
        steps: Sequence[Step] = (),
        *,
        timeout_s: float = FORWARD_S,
        silent: Callable[[Partner], Awaitable[None]] | None = None,
        passing: Passing | None = None,
    ) -> None:
        """`silent` is told of a platform that did not answer, `passing` of what is on its way."""
        self._calls = calls
        self._steps = tuple(steps)
        self._timeout_s = timeout_s
        self._silent = silent
        self._loops = Loops(passing)

    async def send(self, leg: Leg, *, timeout_s: float | None = None) -> Relayed:
        """The receiver's answer; raises the hub's refusals."""
        async with self._loops.passing(leg):
            return await self._send(leg, self._timeout_s if timeout_s is None else timeout_s)

    async def _send(self, leg: Leg, limit: float) -> Relayed:
        try:
            for step in self._steps:
                leg = await step.outward(leg)
        except AnsweredFor as said:
            return said.answer
        answer = relayed(leg, await self._exchange(leg, limit))
        for step in reversed(self._steps):
            answer = await step.homeward(leg, answer)
        return answer

    async def _exchange(self, leg: Leg, limit: float) -> HttpAnswer:
        message = leg.message
        try:
            return await self._calls.relay(
                leg.partner,
                message.method,
                leg.url or _address(leg),
                body=message.body,
                route=Route(leg.sender, leg.receiver),
                timeout_s=limit,
            )
        except ExchangeFailed as failure:
            if self._silent is not None:
                await self._silent(leg.partner)
            kind = NoAnswer if failure.sent else NotConnected
            raise kind(f"{leg.receiver}: {_why(failure)}") from None
        except PartnerUnavailable:
            raise NotConnected(f"{leg.receiver} is not connected") from None


def _address(leg: Leg) -> str:
    """Below the receiver's endpoint; raises HubTrouble when it has none."""
    message = leg.message
    endpoint = leg.partner.endpoint(message.module, message.role)
    if endpoint is None:
        side = message.role.value.lower()
        raise HubTrouble(f"{leg.receiver} serves no {message.module} as {side}")
    url = joined(endpoint, message.rest) if message.rest else endpoint
    return f"{url}?{message.query}" if message.query else url


def _why(failure: ExchangeFailed) -> str:
    """Without the addresses of the receiver's platform, which are not the sender's business."""
    return "no answer in time" if failure.sent else "cannot be reached"


def relayed(leg: Leg, answer: HttpAnswer) -> Relayed:
    """A receiver's answer as the sender gets it; raises HubTrouble for what is no OCPI."""
    if answer.status in UNAUTHORIZED:
        # The sender would think that its own token is bad.
        log.warning("hub.token_refused", extra={"partner": leg.partner.id})
        raise NotConnected(f"{leg.receiver} does not let the hub in")
    if answer.status >= _BROKEN:
        raise HubTrouble(f"{leg.receiver} answered HTTP {answer.status}")
    said = Relayed(
        body=answer.body,
        by=leg.receiver,
        http=answer.status,
        headers=_passed_on(answer.headers),
    )
    try:
        said.status_code = open_envelope(said.document()).status_code
    except (NotJson, InvalidInput):
        raise HubTrouble(f"{leg.receiver} answered HTTP {answer.status} without OCPI") from None
    return said


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _PASSED_ON if name in headers}
