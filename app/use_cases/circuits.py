"""What all processes know of partners' circuits, and partners' signs of life, over the bus.

Each process keeps its own circuits (`ocpi.client.gate`); what is told here is for people, and to
let an exchange be tried as soon as a partner calls any of them. A lost hint costs a minute.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.circuits import Circuit, CircuitState
from app.ports.bus import Bus, Subscription
from app.ports.clock import Clock
from app.store.documents import pack, unpack
from app.store.ids import new_id

CIRCUITS = "partners.circuit"
ALIVE = "partners.alive"
FORGET_AFTER = timedelta(minutes=10)
"""A process that has not told of a circuit for so long is gone, or has nothing to send there."""

_ORDER = (CircuitState.CLOSED, CircuitState.HALF_OPEN, CircuitState.OPEN)


@dataclass(frozen=True, slots=True)
class Told:
    """A process' word about one partner."""

    process: str
    partner_id: str
    circuit: Circuit


class Circuits:
    """The circuits of all processes, as far as they were told since this one listens."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._process = new_id()
        self._known: dict[tuple[str, str], tuple[datetime, Circuit]] = {}

    async def tell(self, partner_id: str, circuit: Circuit) -> None:
        """A circuit of this process is in another state."""
        await self._bus.publish(CIRCUITS, pack(Told(self._process, partner_id, circuit)).encode())

    async def alive(self, partner_id: str) -> None:
        """A partner called us."""
        await self._bus.publish(ALIVE, partner_id.encode())

    async def listen(self, woken: Callable[[str], None]) -> list[Subscription]:
        """Hear what is told from now on; `woken` is called with the partner that is alive."""

        async def on_circuit(_subject: str, data: bytes) -> None:
            self._note(unpack(Told, data.decode()))

        async def on_life(_subject: str, data: bytes) -> None:
            woken(data.decode())

        return [
            await self._bus.subscribe(CIRCUITS, on_circuit),
            await self._bus.subscribe(ALIVE, on_life),
        ]

    def _note(self, told: Told) -> None:
        key = (told.partner_id, told.process)
        if told.circuit.state is CircuitState.CLOSED:
            self._known.pop(key, None)
        else:
            self._known[key] = (self._clock.now(), told.circuit)

    def of(self, partner_id: str) -> Circuit:
        """The worst that any process says of a partner; closed when none says anything."""
        oldest = self._clock.now() - FORGET_AFTER
        known = [
            circuit
            for (partner, _), (at, circuit) in self._known.items()
            if partner == partner_id and at >= oldest
        ]
        return max(known, key=lambda each: _ORDER.index(each.state), default=Circuit())


Alive = Callable[[str], Awaitable[None]]
"""Told the id of a partner that called us."""
