"""What follows when a charger tells of smart charging."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.commands import CommandKind
from app.domain.profiles import ChargingProfile
from app.domain.smart_charging import (
    DynamicLimit,
    DynamicWanted,
    LimitGone,
    LimitTold,
    ListedProfile,
    NeedsTold,
    PriorityTold,
    ProfilesListed,
    ProfilesToListing,
    ScheduleTold,
)
from app.domain.stations import Address, Phase
from app.store.transaction import Store
from app.use_cases.report_parts import ReportState
from app.use_cases.station_news import StationReports
from tests.support.chargers import TAG, Floor
from tests.support.clock import FakeClock

STATION = "CP1"


@pytest.fixture
def reports(store: Store, clock: FakeClock) -> StationReports:
    return StationReports(store, clock)


async def facts(store: Store, topic: str, shape: type[Any]) -> dict[str, Any]:
    async with store.reading() as tx:
        return {f.name: f.value for f in await tx.station_facts.all(STATION, topic, shape)}


async def test_parts_of_a_list_of_profiles_are_put_together(
    store: Store, reports: StationReports
) -> None:
    """P-203."""

    def part(request: int, number: int, *, last: bool) -> ProfilesListed:
        return ProfilesListed(request, "CSO", 1, ({"id": number},), last=last)

    async def listed() -> set[str]:
        return set(await facts(store, "charging_profiles", ListedProfile))

    await reports.hear(STATION, part(1, 10, last=False))
    await reports.hear(STATION, part(1, 11, last=True))
    assert await listed() == {"1/10", "1/11"}
    await reports.hear(STATION, part(2, 12, last=False))
    assert await listed() == {"1/12"}
    state = await facts(store, "charging_profiles.report", ReportState)
    assert state[""] == ReportState(2, 1, complete=False)
    await reports.hear(STATION, ProfilesToListing())
    assert await listed() == {"1/12"}
    await reports.hear(STATION, ProfilesToListing(none=True))
    assert await listed() == set()


async def _charging(floor: Floor) -> str:
    await floor.furnish()
    live = await floor.connect("ocpp2.0.1")
    await floor.tell(
        live, Phase.STARTED, 0, transaction="tx-1", address=Address(1, 1), token=TAG, seq_no=0
    )
    return (await floor.session(live, "tx-1")).id


async def _limits(store: Store) -> list[ChargingProfile | None]:
    async with store.reading() as tx:
        commands = await tx.commands.of_station(STATION, before=None, limit=10)
    return [c.profile for c in commands if c.kind is CommandKind.LIMIT]


async def test_p201_a_vehicles_needs_are_followed_by_a_profile(
    floor: Floor, reports: StationReports
) -> None:
    """P-201."""
    needs = NeedsTold(1, "AC_three_phase", Decimal("12.5"), needs={"x": 1})
    assert await reports.hear(STATION, needs) is False
    await _charging(floor)
    assert await reports.hear(STATION, NeedsTold(2, "DC")) is False
    assert await _limits(floor.store) == []
    assert await reports.hear(STATION, needs) is True
    [profile] = await _limits(floor.store)
    assert profile is not None
    assert [period.limit for period in profile.periods] == [Decimal("38400.0")]
    kept = await facts(floor.store, "vehicle_needs", NeedsTold)
    assert kept["1"] == needs


async def test_limits_priority_and_schedules_are_kept(
    store: Store, reports: StationReports
) -> None:
    """P-202 and P-217."""
    limit = LimitTold(0, "EMS", ({"id": 1},))
    await reports.hear(STATION, limit)
    await reports.hear(STATION, LimitTold(1, "SO"))
    await reports.hear(STATION, LimitGone(1, "SO"))
    assert await facts(store, "outer_limits", LimitTold) == {"0/EMS": limit}
    schedule = ScheduleTold(1, "2026-05-01T12:00:00Z", {"id": 1})
    await reports.hear(STATION, schedule)
    assert await facts(store, "vehicle_schedule", ScheduleTold) == {"1": schedule}
    first = PriorityTold("tx-1", activated=True)
    await reports.hear(STATION, first)
    assert await facts(store, "priority_charging", PriorityTold) == {"tx-1": first}


async def test_a_dynamic_profile_is_told_as_it_was_last_set(reports: StationReports) -> None:
    """P-216."""
    assert await reports.hear(STATION, DynamicWanted(9)) is None
    last = DynamicLimit(9, Decimal("11000.5"))
    await reports.hear(STATION, last)
    assert await reports.hear(STATION, DynamicWanted(9)) == last
