"""Lets exchanges with a partner through: so many at once, none while it is gone or wants a rest.

A partner that hangs may cost its own deliveries and commands their time, nobody else's: it holds
at most its own places, and after some silence it is not waited for any more. Each process counts
for itself.
"""

from asyncio import Semaphore, timeout
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from logging import getLogger

from app.domain.circuits import Circuit, CircuitState
from app.ports.clock import Clock

log = getLogger(__name__)

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


class Passage:
    """One exchange under way: `left_s` is the time it has; tell it what became of it."""

    def __init__(self, left_s: float) -> None:
        self.left_s = left_s
        self.outcome: str | None = None
        self.has_answer = False
        self.rest: timedelta | None = None

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
        self._places: dict[str, Semaphore] = {}
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

    @asynccontextmanager
    async def passage(self, partner_id: str, limit_s: float) -> AsyncIterator[Passage]:
        """Wait for a place, within the time of the exchange itself; raises GateClosed."""
        self._admit(partner_id)
        places = self._places.setdefault(partner_id, Semaphore(self._rules.at_once))
        begun = self._clock.monotonic()
        await self._wait(places, limit_s)
        try:
            left = max(limit_s - (self._clock.monotonic() - begun), 0.001)
            async with self._watched(partner_id, Passage(left)) as passage:
                yield passage
        finally:
            places.release()

    async def _wait(self, places: Semaphore, limit_s: float) -> None:
        """Until there is a place; most of the time there is one."""
        if not places.locked():
            await places.acquire()
            return
        try:
            async with timeout(limit_s):
                await places.acquire()
        except TimeoutError:
            self.turned_away += 1
            raise GateClosed("too many exchanges under way", timedelta(seconds=1)) from None

    def _admit(self, partner_id: str) -> None:
        circuit = self._circuits.get(partner_id, Circuit())
        wait = circuit.wait(self._clock.now())
        if wait is not None:
            self.turned_away += 1
            why = f"not called: {circuit.why}" if circuit.why else "not called: it asked to wait"
            raise GateClosed(why, wait)

    @asynccontextmanager
    async def _watched(self, partner_id: str, passage: Passage) -> AsyncIterator[Passage]:
        """Keeps the circuit; looks again, since it may have opened while waiting for a place."""
        self._admit(partner_id)
        await self._become(partner_id, self._circuits.get(partner_id, Circuit()).entered())
        try:
            yield passage
        finally:
            await self._become(partner_id, self._after(partner_id, passage))

    def _after(self, partner_id: str, passage: Passage) -> Circuit:
        now, circuit = self._clock.now(), self._circuits[partner_id]
        if passage.outcome is not None:
            circuit = circuit.failed(now, passage.outcome, most=self._rules.failures)
        else:
            circuit = circuit.answered() if passage.has_answer else circuit.abandoned()
        return circuit if passage.rest is None else circuit.quiet(now + passage.rest)

    async def _become(self, partner_id: str, circuit: Circuit) -> None:
        before = self._circuits.get(partner_id, Circuit())
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
