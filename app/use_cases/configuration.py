"""Brings chargers to what their operators want, after each boot and whenever that changes.

One step is one CALL, asked like any other command, so nothing is lost or asked twice when a
process dies: the answer's settling makes the next step due (`device_model_news`), the delivery
machine calls `configure` for it, and `tick` finds what waits for a charger to come back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.commands import CommandState
from app.domain.configuration import (
    MOST_WISHES,
    Configuration,
    Look,
    Wish,
    after_boot,
    new_round,
    next_step,
    rest_until,
    revived,
    wanted_of,
)
from app.domain.device_model import ReadVariables, Setting, VariableName, WriteVariables
from app.domain.errors import InvalidInput, NotFound
from app.domain.events import ConfigurationDue, DefaultsWanted
from app.domain.identifiers import PartyId
from app.domain.stations import Station
from app.ports.clock import Clock
from app.store.device_model import StoredVariable, owner_party, owner_station
from app.store.transaction import Store, Transaction
from app.use_cases.asks import ask_in
from app.use_cases.command_requests import BY_US, AskRequest
from app.use_cases.device_models import is_flat, limits_of

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """What is wanted of a charger, what of it is the operator's default, and how far it is."""

    wanted: dict[str, Wish]
    own: frozenset[str]
    state: Configuration | None
    told: dict[str, StoredVariable]


class Configurations:
    """What is wanted, and the way there."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def standing(self, party: PartyId, station_id: str) -> Standing:
        """Wanted against reported; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            its = await tx.device_models.wishes(owner_station(station.id))
            defaults = await tx.device_models.wishes(owner_party(party))
            wanted = wanted_of(its, defaults, flat=is_flat(station))
            told = await tx.device_models.variables(station.id, keys=wanted)
            state = await tx.configurations.of(station.id)
            return Standing(wanted, frozenset(w.name.key for w in its), state, told)

    async def defaults(self, party: PartyId) -> list[Wish]:
        """What an operator wants of all its chargers."""
        async with self._store.reading() as tx:
            return await tx.device_models.wishes(owner_party(party))

    async def want(
        self, party: PartyId, station_id: str, settings: Iterable[Setting], *, by: str
    ) -> None:
        """Want these of a charger; raises NotFound and InvalidInput."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id)
            await _wish(tx, owner_station(station.id), settings, by=by, now=now)
            await begin_round(tx, station, now=now)

    async def want_of_all(self, party: PartyId, settings: Iterable[Setting], *, by: str) -> None:
        """Want these of all chargers of an operator; raises InvalidInput."""
        async with self._store.transaction() as tx:
            await _wish(tx, owner_party(party), settings, by=by, now=self._clock.now())
            tx.emit(DefaultsWanted(party))

    async def want_no_more(self, party: PartyId, station_id: str, name: VariableName) -> None:
        """Leave it to the operator's default, or to the charger; raises NotFound."""
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id)
            if not await tx.device_models.unwish(owner_station(station.id), name):
                raise NotFound("wanted setting", str(name))
            await begin_round(tx, station, now=self._clock.now())

    async def want_of_all_no_more(self, party: PartyId, name: VariableName) -> None:
        """Leave it to the chargers; raises NotFound."""
        async with self._store.transaction() as tx:
            if not await tx.device_models.unwish(owner_party(party), name):
                raise NotFound("wanted setting", str(name))
            tx.emit(DefaultsWanted(party))

    async def again(self, party: PartyId, station_id: str) -> None:
        """Look at all that is wanted once more, now; raises NotFound."""
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id)
            await begin_round(tx, station, now=self._clock.now())

    async def configure_all(self, party: str) -> None:
        """An operator's defaults changed: begin a round with each charger."""
        async with self._store.reading() as tx:
            stations = await tx.stations.of_party(PartyId.parse(party))
        now = self._clock.now()
        for start in range(0, len(stations), AT_ONCE):
            async with self._store.transaction() as tx:
                for station in stations[start : start + AT_ONCE]:
                    await begin_round(tx, station, now=now)

    async def configure(self, station_id: str) -> None:
        """Take the next step with a charger; does nothing while an answer is awaited."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            state = await tx.configurations.of(station_id, lock=True)
            if state is None or await _is_awaited(tx, state):
                return
            if state.due_at is None or state.due_at > now:
                return
            station = await tx.stations.need(station_id)
            if station.node is not None:
                await _step(tx, station, state, now)

    async def tick(self) -> None:
        """Periodic: chargers that are due and connected."""
        async with self._store.transaction() as tx:
            for station_id in await tx.configurations.due(self._clock.now(), AT_ONCE):
                tx.emit(ConfigurationDue(station_id))


async def begin_round(tx: Transaction, station: Station, *, now: datetime) -> None:
    """Something else is wanted of a charger."""
    await _begin(tx, station, now, booted=False)


async def booted(tx: Transaction, station: Station, *, now: datetime) -> None:
    """A charger has booted; costs one look when nothing is wanted of it."""
    await tx.station_facts.forget(station.id, "reboot_required")
    if await tx.device_models.is_anything_wanted(station.id, station.party):
        await _begin(tx, station, now, booted=True)


async def _begin(tx: Transaction, station: Station, now: datetime, *, booted: bool) -> None:
    wanted = await _wanted(tx, station)
    before = await tx.configurations.of(station.id, lock=True)
    if before is None:
        if not wanted:
            return
        state = new_round(Configuration(station.id, now), wanted, now)
        await tx.configurations.add(state)
    else:
        begin = after_boot if booted else new_round
        state = begin(before, wanted, now)
        await tx.configurations.save(state)
    if state.due_at == now:
        tx.emit(ConfigurationDue(station.id))


async def _wanted(tx: Transaction, station: Station) -> dict[str, Wish]:
    its = await tx.device_models.wishes(owner_station(station.id))
    defaults = await tx.device_models.wishes(owner_party(station.party))
    return wanted_of(its, defaults, flat=is_flat(station))


async def _step(tx: Transaction, station: Station, state: Configuration, now: datetime) -> None:
    if state.again:
        state = new_round(state, await _wanted(tx, station), now)
    limits = await limits_of(tx, station)
    step = next_step(state, reads=limits.reads, writes=limits.writes)
    if step is None:
        rest = rest_until(state, now)
        await tx.configurations.save(replace(revived(state), due_at=rest, asked=None))
        return
    ask: ReadVariables | WriteVariables
    ask = ReadVariables(step.names) if isinstance(step, Look) else WriteVariables(step.settings)
    command = await ask_in(tx, AskRequest(asker=BY_US, station_id=station.id, ask=ask), now=now)
    await tx.configurations.save(replace(state, due_at=None, asked=command.id))


async def _is_awaited(tx: Transaction, state: Configuration) -> bool:
    if state.asked is None:
        return False
    command = await tx.commands.get(state.asked)
    return command is not None and command.state is not CommandState.SETTLED


async def _wish(
    tx: Transaction, owner: str, settings: Iterable[Setting], *, by: str, now: datetime
) -> None:
    wished: Sequence[Setting] = list(settings)
    for setting in wished:
        if setting.name.is_secret:
            raise InvalidInput(str(setting.name), "is a secret: have it rotated instead")
    keys = {wish.name.key for wish in await tx.device_models.wishes(owner)}
    if len(keys | {setting.name.key for setting in wished}) > MOST_WISHES:
        raise InvalidInput("", f"more than {MOST_WISHES} wanted settings")
    await tx.device_models.wish(owner, [Wish(setting, now, by) for setting in wished])
