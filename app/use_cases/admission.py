"""Which chargers take part, by their operators' choice, and how often they are to call."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.admission import ChargerRules, Unknown
from app.domain.device_model import AskBaseReport, ReadVariables, Report
from app.domain.errors import ChargerRefused, InvalidInput
from app.domain.identifiers import PartyId
from app.domain.stations import BootFacts, Station, StationState
from app.ports.clock import Clock
from app.store.device_model import StoredReport
from app.store.transaction import Store, Transaction
from app.use_cases.asks import ask_in
from app.use_cases.command_plans import issue, plan_trigger
from app.use_cases.command_requests import BY_US, AskRequest, TriggerRequest
from app.use_cases.configuration import booted
from app.use_cases.device_models import is_flat
from app.use_cases.errands import booted_with

SHORTEST_HEARTBEAT_S, LONGEST_HEARTBEAT_S = 10, 86_400

BOOT = "BootNotification"
STATUS = "StatusNotification"


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a charger takes part; `heartbeat_s` None leaves it to the operator's rules."""

    state: StationState
    heartbeat_s: int | None = None


class Admissions:
    """Operators decide; a connected charger is made to boot again and learns it at once."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, party: PartyId, station_id: str) -> Station:
        """An own charger; raises NotFound."""
        async with self._store.reading() as tx:
            return await tx.stations.own(party, station_id)

    async def waiting(self, party: PartyId) -> list[Station]:
        """Chargers that wait to be accepted."""
        async with self._store.reading() as tx:
            mine = await tx.stations.of_party(party)
        return [station for station in mine if station.state is StationState.PENDING]

    async def decide(self, party: PartyId, station_id: str, wanted: Admission) -> Station:
        """Let it take part, hold it or reject it; raises NotFound and InvalidInput."""
        _check(wanted.heartbeat_s)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            before = await tx.stations.own(party, station_id, lock=True)
            after = replace(before, state=wanted.state, heartbeat_s=wanted.heartbeat_s)
            if after != before:
                await tx.stations.put(after)
                await trigger(tx, after, BOOT, now=now)
        return after

    async def rules(self, party: PartyId) -> ChargerRules:
        """An operator's choices."""
        async with self._store.reading() as tx:
            return await tx.charger_rules.of(party)

    async def choose(self, party: PartyId, rules: ChargerRules) -> ChargerRules:
        """Write an operator's choices; raises InvalidInput."""
        _check(rules.heartbeat_s)
        async with self._store.transaction() as tx:
            await tx.charger_rules.choose(party, rules)
        return rules


async def stranger(
    tx: Transaction, station_id: str, party: PartyId, otherwise: Unknown
) -> Station | None:
    """What a charger is that nobody registered, None when it may not come in."""
    wanted = (await tx.charger_rules.of(party)).unknown or otherwise
    if wanted is Unknown.REFUSE:
        return None
    held = wanted is Unknown.HOLD
    state = StationState.PENDING if held else StationState.REGISTERED
    return Station(station_id, party, "", state)


async def heartbeat_of(tx: Transaction, station: Station, otherwise: int) -> int:
    """How often a charger is to call, in seconds."""
    if station.heartbeat_s is not None:
        return station.heartbeat_s
    return (await tx.charger_rules.of(station.party)).heartbeat_s or otherwise


async def has_booted(
    tx: Transaction, station: Station, before: BootFacts | None, *, now: datetime
) -> None:
    """Bring a charger that may take part (or soon will) to what is wanted of it.

    One whose firmware is new to us is asked for all that it is set to, where its operator wants
    that; it may be set otherwise than it was.
    """
    if station.state is StationState.RETIRED:
        return
    await booted(tx, station, now=now)
    facts = station.facts
    if facts is not None:
        await booted_with(tx, station.id, before, after=facts, now=now)
    same = before is not None and facts is not None and before.firmware == facts.firmware
    if same or not (await tx.charger_rules.of(station.party)).inventory:
        return
    ask: ReadVariables | AskBaseReport = ReadVariables()
    if not is_flat(station):
        # Positive and of 31 bits; two boots in the same second ask for the same report.
        ask = AskBaseReport(int(now.timestamp()) % (2**31 - 1) + 1)
    try:
        request = AskRequest(asker=BY_US, station_id=station.id, ask=ask)
        command = await ask_in(tx, request, now=now)
    except ChargerRefused:
        return
    if isinstance(ask, AskBaseReport):
        report = Report(station.id, ask.number, ask.kind, ask=command.id)
        await tx.device_models.put_report(StoredReport(now, now, report))


async def trigger(
    tx: Transaction,
    station: Station,
    message: str,
    *,
    now: datetime,
    place: tuple[str, str] | None = None,
) -> None:
    """Have a charger say something of itself, if it is there; `place` is location and EVSE."""
    location_id, evse_uid = place or (None, None)
    request = TriggerRequest(
        asker=BY_US,
        station_id=station.id,
        message=message,
        location_id=location_id,
        evse_uid=evse_uid,
    )
    try:
        await issue(tx, await plan_trigger(tx, request, now=now))
    except ChargerRefused:
        return


def _check(heartbeat_s: int | None) -> None:
    if heartbeat_s is not None and not (
        SHORTEST_HEARTBEAT_S <= heartbeat_s <= LONGEST_HEARTBEAT_S
    ):
        told = f"between {SHORTEST_HEARTBEAT_S} and {LONGEST_HEARTBEAT_S} seconds"
        raise InvalidInput("heartbeat_s", told)
