"""Keeps chargers' local lists as the operator's tokens are, where the operator wants that.

One message at a time: the answer to one leads to the next, in the transaction that settles it.
What starts it anew is a token that changes, a charger that comes back, an operator, or the clock.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.device_model import VariableName
from app.domain.errors import ChargerRefused
from app.domain.identifiers import PartyId
from app.domain.local_lists import (
    MOST_TRIES,
    GetLocalListVersion,
    ListAnswered,
    ListLimits,
    ListVersionTold,
    LocalList,
    SendLocalList,
    WantedList,
    checked,
    next_list,
    sent,
    settled,
    wanted_entries,
)
from app.domain.reservations import MAX_ID_TAG
from app.domain.stations import Station
from app.ports.clock import Clock
from app.store.documents import unpack_one
from app.store.transaction import Store, Transaction
from app.use_cases.asks import ask_in
from app.use_cases.command_requests import BY_US, AskRequest
from app.use_cases.device_models import is_flat

HELD, WANTED = "local_list", "local_list_wanted"
"""Topics; a charger's list is kept as long as it is wanted."""

UNTOLD_ENTRIES, UNTOLD_EACH = 500, 20
"""What a charger takes that does not say how much."""
MOST_ENTRIES = 5_000
MAX_TOKEN_V2 = 36

_LIMITS_V16 = VariableName("LocalAuthListMaxLength"), VariableName("SendLocalListMaxLength")
_LIMITS_V2 = (
    VariableName("Entries", "LocalAuthListCtrlr"),
    VariableName("ItemsPerMessage", "LocalAuthListCtrlr"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown of a charger's list; `wanted` None when it is not kept."""

    wanted: WantedList | None
    state: LocalList
    at: datetime | None


async def list_answered(
    tx: Transaction, station_id: str, news: ListAnswered, *, now: datetime
) -> None:
    """On with the rest of it, or all of it again (OCPP 1.6, UpdateStatus VersionMismatch)."""
    station = await tx.stations.get(station_id, lock=True)
    state = settled(await _state(tx, station_id), news)
    await tx.station_facts.put(station_id, HELD, state, now=now)
    if station is not None:
        await _push(tx, station, now)


async def list_settled(
    tx: Transaction, command: Command, outcome: CommandOutcome, *, now: datetime
) -> None:
    """A list that the charger answered with an error, or not at all, is sent again at once.

    A charger that knows of no list is left alone; one that has gone is asked when it is back.
    """
    if command.ask is None or command.ask.shape != SendLocalList.__name__ or outcome.news:
        return
    station_id, why = command.station_id or "", outcome.message or outcome.result.value
    if outcome.result in {CommandResult.EVSE_INOPERATIVE, CommandResult.NOT_SUPPORTED}:
        state = replace(await _state(tx, station_id), sent_at=None)
        if outcome.result is CommandResult.NOT_SUPPORTED:
            state = checked(state, ListVersionTold(-1))
        await tx.station_facts.put(station_id, HELD, state, now=now)
        return
    ask: SendLocalList = unpack_one({SendLocalList.__name__: SendLocalList}, command.ask)
    await list_answered(tx, station_id, ListAnswered(ask, why), now=now)


async def list_version_told(
    tx: Transaction, station_id: str, news: ListVersionTold, *, now: datetime
) -> None:
    """The charger holds something else than we think: tell it."""
    station = await tx.stations.get(station_id, lock=True)
    state = checked(await _state(tx, station_id), news)
    await tx.station_facts.put(station_id, HELD, state, now=now)
    if station is not None:
        await _push(tx, station, now)


class LocalLists:
    """What operators and events want of chargers' lists."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def standing(self, party: PartyId, station_id: str) -> Standing:
        """A charger's list; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            wanted = await tx.station_facts.get(station.id, WANTED, WantedList)
            known = await tx.station_facts.get(station.id, HELD, LocalList)
        state = LocalList() if known is None else known.value
        return Standing(wanted and wanted.value, state, known and known.at)

    async def want(self, party: PartyId, station_id: str, wanted: WantedList | None) -> None:
        """Keep a charger's list from now on, or (None) leave it as it is; raises NotFound."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id, lock=True)
            if wanted is None:
                await tx.station_facts.forget(station.id, WANTED)
                return
            await tx.station_facts.put(station.id, WANTED, wanted, now=now)
            await _again(tx, station, now)

    async def resend(self, party: PartyId, station_id: str) -> None:
        """Send all of a list that is kept once more; raises NotFound."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id, lock=True)
            state = replace(await _state(tx, station.id), certain=False, sent_at=None)
            await tx.station_facts.put(station.id, HELD, state, now=now)
            await _again(tx, station, now)

    async def version_for(self, party: PartyId, station_id: str) -> int:
        """The next version that an operator may send by hand; raises NotFound."""
        return (await self.standing(party, station_id)).state.version + 1

    async def come_back(self, station_id: str) -> None:
        """A charger is connected: is its list still there?"""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            station = await tx.stations.get(station_id, lock=True)
            if station is None or await _wanted(tx, station.id) is None:
                return
            state = replace(await _state(tx, station.id), sent_at=None, tries=0)
            await tx.station_facts.put(station.id, HELD, state, now=now)
            await _ask(tx, station, GetLocalListVersion(), now)

    async def tokens_moved(self, _token: str) -> None:
        """A token changed: bring all lists that are kept up to date."""
        await self.look()

    async def look(self) -> None:
        """Bring every list that is kept a step further, where no answer is awaited."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            stations = await tx.station_facts.stations_with(WANTED)
        for station_id in stations:
            async with self._store.transaction() as tx:
                station = await tx.stations.get(station_id, lock=True)
                if station is not None:
                    await _push(tx, station, now)


async def _again(tx: Transaction, station: Station, now: datetime) -> None:
    state = await _state(tx, station.id)
    await tx.station_facts.put(station.id, HELD, replace(state, tries=0), now=now)
    await _push(tx, station, now)


async def _push(tx: Transaction, station: Station, now: datetime) -> None:
    wanted = await _wanted(tx, station.id)
    if wanted is None or station.node is None:
        return
    state = await _state(tx, station.id)
    if state.is_awaited(now) or state.tries >= MOST_TRIES:
        return
    if state.sent_at is not None:
        state = replace(state, certain=False, sent_at=None, tries=state.tries + 1)
    limits = await _limits(tx, station)
    tokens = await tx.tokens.cards(own_only=not wanted.partners, limit=MOST_ENTRIES)
    ask = next_list(state, wanted_entries(tokens, limits), limits)
    if ask is None:
        return
    if await _ask(tx, station, ask, now):
        await tx.station_facts.put(station.id, HELD, sent(state, ask, now), now=now)


async def _ask(
    tx: Transaction, station: Station, ask: GetLocalListVersion | SendLocalList, now: datetime
) -> bool:
    request = AskRequest(asker=BY_US, station_id=station.id, ask=ask)
    try:
        await ask_in(tx, request, now=now)
    except ChargerRefused:
        return False
    return True


async def _wanted(tx: Transaction, station_id: str) -> WantedList | None:
    found = await tx.station_facts.get(station_id, WANTED, WantedList)
    return None if found is None else found.value


async def _state(tx: Transaction, station_id: str) -> LocalList:
    found = await tx.station_facts.get(station_id, HELD, LocalList)
    return LocalList() if found is None else found.value


async def _limits(tx: Transaction, station: Station) -> ListLimits:
    """What the charger said of itself; in 2.x the size of the list is the maximum of `Entries`."""
    flat = is_flat(station)
    size, each = names = _LIMITS_V16 if flat else _LIMITS_V2
    told = await tx.device_models.variables(station.id, keys=[name.key for name in names])
    found = {key: stored.variable for key, stored in told.items()}
    entries = _whole(found[size.key].value) if size.key in found else None
    if not flat and size.key in found:
        kind = found[size.key].characteristics
        entries = None if kind is None or kind.high is None else int(kind.high)
    per_message = _whole(found[each.key].value) if each.key in found else None
    return ListLimits(
        min(entries or UNTOLD_ENTRIES, MOST_ENTRIES),
        per_message or UNTOLD_EACH,
        MAX_ID_TAG if flat else MAX_TOKEN_V2,
    )


def _whole(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and int(text) > 0 else None
