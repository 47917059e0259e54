"""What OCPP 2.1's own areas leave behind."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.der import (
    DerAlarm,
    DerControl,
    DerControlsCleared,
    DerControlSet,
    DerControlsListed,
    DerStarted,
)
from app.domain.swaps import Battery, BatterySwapped, SettlementTold
from app.store.transaction import Store
from app.use_cases import der
from app.use_cases.station_news import StationReports
from tests.support.clock import FakeClock
from tests.unit.use_cases.test_smart_charging import STATION, facts

ONE = DerControl("c-1", "VoltVar", is_default=False, superseded=False, settings={"curve": {}})
TWO = replace(ONE, control_id="c-2")
DEFAULT = replace(ONE, control_id="c-3", kind="FreqDroop", is_default=True)


@pytest.fixture
def reports(store: Store, clock: FakeClock) -> StationReports:
    return StationReports(store, clock)


async def test_controls_are_known_as_they_hold(store: Store, reports: StationReports) -> None:
    """P-214."""
    await reports.hear(STATION, DerControlSet(ONE))
    await reports.hear(STATION, DerControlSet(TWO, ("c-1", "unknown")))
    known = await facts(store, "der_controls", DerControl)
    assert (known["c-1"].superseded, known["c-2"].superseded) == (True, False)
    await reports.hear(STATION, DerControlsListed(5, (ONE, TWO), last=False))
    await reports.hear(STATION, DerControlsListed(5, (DEFAULT,)))
    assert set(await facts(store, "der_controls", DerControl)) == {"c-1", "c-2", "c-3"}
    await reports.hear(STATION, DerControlsCleared(is_default=False, control_id="c-2"))
    assert set(await facts(store, "der_controls", DerControl)) == {"c-1", "c-3"}
    await reports.hear(STATION, DerControlsCleared(is_default=True, kind="VoltVar"))
    assert set(await facts(store, "der_controls", DerControl)) == {"c-1", "c-3"}
    await reports.hear(STATION, DerControlsCleared(is_default=True))
    assert set(await facts(store, "der_controls", DerControl)) == {"c-1"}


async def test_alarms_and_starts_are_kept_and_bounded(
    store: Store, reports: StationReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P-215."""
    monkeypatch.setattr(der, "MOST", 2)
    for second in range(4):
        at = f"2026-05-01T12:00:0{second}Z"
        await reports.hear(STATION, DerAlarm("HVMustTrip", at, "OverVoltage"))
        await reports.hear(STATION, DerStarted("c-1", started=True, at=at))
    alarms = await facts(store, "der_alarms", DerAlarm)
    assert sorted(alarms) == ["2026-05-01T12:00:02Z HVMustTrip", "2026-05-01T12:00:03Z HVMustTrip"]
    assert len(await facts(store, "der_starts", DerStarted)) == 2


async def test_swaps_and_settlements_are_kept(store: Store, reports: StationReports) -> None:
    """P-222 and P-224."""
    battery = Battery(1, "B1", Decimal("12.5"), Decimal(98))
    into = BatterySwapped(7, "BatteryIn", "T1", (battery,))
    await reports.hear(STATION, into)
    await reports.hear(STATION, replace(into, event="BatteryOut"))
    swaps = await facts(store, "battery_swaps", BatterySwapped)
    assert set(swaps) == {"7/BatteryIn", "7/BatteryOut"}
    assert swaps["7/BatteryIn"] == into
    paid = SettlementTold("p-1", "Settled", Decimal("12.34"), "2026-05-01T12:00:00Z")
    for _ in range(2):
        await reports.hear(STATION, paid)
    assert await facts(store, "settlements", SettlementTold) == {"p-1": paid}
