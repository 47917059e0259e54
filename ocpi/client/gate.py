"""Lets exchanges with a partner through: so many at once, none while it is gone or wants a rest.

A partner that hangs may cost its own deliveries and commands their time, nobody else's: it holds
at most its own places, and after some silence it is not waited for any more. Each process counts
for itself.
"""

from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from logging import getLogger
from typing import Self

from app.domain.circuits import Circuit, CircuitState
from app.ports.clock import Clock

log = getLogger(__name__)

_CALM = Circuit()

Told = Callable[[str, Circuit], Awaitable[None]]
"""Called with a partner's id when its circuit opens, is tried, or closes."""


@dataclass(frozen=True, slots=True)
class GateRules:
    """`at_once` exchanges with one partner; its circuit opens at `failures` in a row."""

    at_once: int = 8
    failures: int = 5


class GateClosed(Exception):
    """No exchange was made; `after` is how long none makes sense."""

    def __init__(self, why: str, after: timedelta) -> None:
        super().__init__(why)
        self.after = after


class Places:
    """So many at once, the others in the order they came.

    A semaphore inside a timeout does the same at three times the cost, for each exchange.
    """

    __slots__ = ("_free", "_waiting")

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[Future[bool]] = deque()

    def take(self) -> bool:
        """Take a place if there is one."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def wait(self, seconds: float) -> bool:
        """Whether somebody left a place to us in time."""
        loop = get_running_loop()
        turn: Future[bool] = loop.create_future()
        self._waiting.append(turn)
        timer = loop.call_later(seconds, _too_late, turn)
        try:
            return await turn
        except CancelledError:
            if not turn.cancelled() and turn.result():
                self.leave()
            raise
        finally:
            timer.cancel()

    def leave(self) -> None:
        """Leave the place to who waits for longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(True)
                return
        self._free += 1


def _too_late(turn: Future[bool]) -> None:
    if not turn.done():
        turn.set_result(False)


class Passage:
    """One exchange under way: `left_s` is the time it has; tell it what became of it."""

    __slots__ = ("_gates", "has_answer", "left_s", "outcome", "partner_id", "rest")

    def __init__(self, gates: "Gates", partner_id: str, limit_s: float) -> None:
        self._gates = gates
        self.partner_id = partner_id
        self.left_s = limit_s
        self.outcome: str | None = None
        self.has_answer = False
        self.rest: timedelta | None = None

    async def __aenter__(self) -> Self:
        """Wait for a place, within the time of the exchange itself; raises GateClosed."""
        await self._gates.enter(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Keep what became of it, and give the place to the next."""
        await self._gates.leave(self)

    def answered(self, rest: timedelta | None = None) -> None:
        """An answer came; `rest` when the partner wants no more for so long."""
        self.has_answer = True
        self.rest = rest

    def failed(self, why: str, rest: timedelta | None = None) -> None:
        """Nothing came, or a proxy's word that nobody is there."""
        self.outcome = why
        self.rest = rest


class Gates:
    """The gates to all partners of this process."""

    def __init__(
        self, clock: Clock, rules: GateRules | None = None, *, told: Told | None = None
    ) -> None:
        self._clock = clock
        self._rules = rules or GateRules()
        self._told = told
        self._circuits: dict[str, Circuit] = {}
        self._places: dict[str, Places] = {}
        self.turned_away = 0
        self.trips = 0

    @property
    def circuits(self) -> Mapping[str, Circuit]:
        """What is known of the partners that were called, by id."""
        return self._circuits

    @property
    def open(self) -> int:
        """How many partners are not called now, or only tried."""
        return sum(c.state is not CircuitState.CLOSED for c in self._circuits.values())

    def woken(self, partner_id: str) -> None:
        """A sign of life from a partner: the next exchange is tried."""
        known = self._circuits.get(partner_id)
        if known is not None:
            self._circuits[partner_id] = known.woken()

    def forget(self, partner_id: str) -> None:
        """Begin anew with a partner, whose platform or address may be another one."""
        self._circuits.pop(partner_id, None)

    def passage(self, partner_id: str, limit_s: float) -> Passage:
        """The way to a partner for one exchange, to be entered by `async with`."""
        return Passage(self, partner_id, limit_s)

    async def enter(self, passage: Passage) -> None:
        """Wait for a place; looks again after that, since the circuit may have opened meanwhile.

        Raises GateClosed.
        """
        partner_id = passage.partner_id
        self._admit(partner_id)
        places = self._places.get(partner_id)
        if places is None:
            places = self._places[partner_id] = Places(self._rules.at_once)
        if not places.take():
            await self._wait(places, passage)
        circuit = self._circuits.get(partner_id, _CALM)
        if circuit.is_calm:
            return
        try:
            self._admit(partner_id)
            await self._become(partner_id, circuit.entered())
        except BaseException:
            places.leave()
            raise

    async def leave(self, passage: Passage) -> None:
        """Keep the circuit, and let the next one in."""
        try:
            circuit = self._after(passage)
            if circuit is not self._circuits.get(passage.partner_id):
                await self._become(passage.partner_id, circuit)
        finally:
            self._places[passage.partner_id].leave()

    async def _wait(self, places: Places, passage: Passage) -> None:
        """Until there is a place."""
        begun = self._clock.monotonic()
        if not await places.wait(passage.left_s):
            self.turned_away += 1
            raise GateClosed("too many exchanges under way", timedelta(seconds=1))
        passage.left_s = max(passage.left_s - (self._clock.monotonic() - begun), 0.001)

    def _admit(self, partner_id: str) -> None:
        circuit = self._circuits.get(partner_id, _CALM)
        wait = None if circuit.is_calm else circuit.wait(self._clock.now())
        if wait is not None:
            self.turned_away += 1
            why = f"not called: {circuit.why}" if circuit.why else "not called: it asked to wait"
            raise GateClosed(why, wait)

    def _after(self, passage: Passage) -> Circuit:
        circuit = self._circuits.get(passage.partner_id, _CALM)
        if passage.outcome is not None:
            now, most = self._clock.now(), self._rules.failures
            circuit = circuit.failed(now, passage.outcome, most=most)
        else:
            circuit = circuit.answered() if passage.has_answer else circuit.abandoned()
        rest = passage.rest
        return circuit if rest is None else circuit.quiet(self._clock.now() + rest)

    async def _become(self, partner_id: str, circuit: Circuit) -> None:
        before = self._circuits.get(partner_id)
        if circuit is before:
            return
        before = before or _CALM
        self._circuits[partner_id] = circuit
        if circuit.state is before.state:
            return
        if circuit.state is CircuitState.OPEN and before.state is CircuitState.CLOSED:
            self.trips += 1
            log.warning(
                "partner.circuit_opened", extra={"partner": partner_id, "why": circuit.why}
            )
        if circuit.state is CircuitState.CLOSED:
            log.info("partner.circuit_closed", extra={"partner": partner_id})
        if self._told is not None:
            await self._told(partner_id, circuit)
