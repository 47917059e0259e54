"""The journal of chargers' frames: written in pages, searched by people, kept within bounds.

The process that has a charger's socket holds its newest frames in memory and writes them every few
seconds. Whoever searches asks it to write down what it has first, so that nothing is missing.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from app.domain.frames import Frame, FramePage, WantedFrames
from app.domain.identifiers import PartyId
from app.ports.bus import Bus, NoResponder, ReplyTimeout
from app.ports.clock import Clock
from app.store.transaction import Store, Transaction

AT_ONCE = 200
"""Pages deleted or looked through in one go."""

WAIT_S = 2.0
"""How long the process with the socket may take to write down what it has."""


@dataclass(frozen=True, slots=True)
class FrameRules:
    """How much is kept: for how long, and how many characters of each charger and of all."""

    age: timedelta = timedelta(days=30)
    per_charger: int = 512 * 1024
    in_all: int = 512 * 1024 * 1024


def subject_of(node: str) -> str:
    """The bus subject on which a process is asked to write down a charger's newest frames."""
    return f"frames.{node}"


class Frames:
    """What was said on chargers' sockets."""

    def __init__(
        self, store: Store, bus: Bus, clock: Clock, *, rules: FrameRules | None = None
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._rules = rules or FrameRules()

    async def keep(self, pages: Sequence[FramePage]) -> None:
        """Add to the journal."""
        async with self._store.transaction() as tx:
            await tx.frames.append(pages)

    async def find(self, party: PartyId, station_id: str, wanted: WantedFrames) -> list[Frame]:
        """The last frames of an own charger that fit, the oldest first; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
        if station.node is not None:
            with suppress(NoResponder, ReplyTimeout):
                await self._bus.request(subject_of(station.node), station.id.encode(), WAIT_S)
        async with self._store.reading() as tx:
            return await _search(tx, station.id, wanted)

    async def forget(self) -> int:
        """Delete what is too old or too much; gives how many pages that were."""
        rules, forgotten = self._rules, 0
        async with self._store.transaction() as tx:
            forgotten += await tx.frames.forget_before(self._clock.now() - rules.age)
        async with self._store.reading() as tx:
            talkative = await tx.frames.stations_with_more_than(rules.per_charger)
        bounds = [*((name, rules.per_charger) for name in talkative), (None, rules.in_all)]
        for name, most in bounds:
            while count := await self._forget_beyond(name, most):
                forgotten += count
        return forgotten

    async def _forget_beyond(self, station: str | None, most: int) -> int:
        async with self._store.transaction() as tx:
            return await tx.frames.forget_beyond(station, most, AT_ONCE)


async def _search(tx: Transaction, station_id: str, wanted: WantedFrames) -> list[Frame]:
    """Backwards through the pages, until there are enough frames."""
    found: list[Frame] = []
    before: str | None = None
    while len(found) < wanted.limit:
        pages = await tx.frames.of_station(
            station_id, since=wanted.since, until=wanted.until, before=before, limit=AT_ONCE
        )
        for _, frames in pages:
            found += reversed(list(wanted.among(frames)))
        if len(pages) < AT_ONCE:
            break
        before = pages[-1][0]
    return found[: wanted.limit][::-1]
