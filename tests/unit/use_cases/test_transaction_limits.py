"""Chargers of OCPP 2.1 watch over drivers' limits; what they say of limits is kept."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.charging import Charging
from app.domain.charging_triggers import LimitReached, SessionClosed
from app.domain.money import Money
from app.domain.stations import Address, ConnectorState, Phase, PresentedToken
from app.domain.transaction_limits import TransactionLimit
from app.domain.units import Kwh
from app.use_cases.charging_moved import moved
from app.use_cases.limit_telling import limit_of
from app.use_cases.live_stations import LiveStation
from app.use_cases.sessions import TransactionAnswer
from tests.support.chargers import TAG, at, shows
from tests.support.drive import Drive
from tests.support.reserving import prices

HERE = {"transaction": "TX-1", "address": Address(1, 1)}
WANTED = {"target_energy": Kwh.of(10), "target_time": timedelta(hours=1)}


async def begun(
    drive: Drive, protocol: str = "ocpp2.1"
) -> tuple[LiveStation, Charging, TransactionAnswer]:
    """A driver's session that has just begun, with what the charger was answered."""
    await drive.furnish(prices())
    live = await drive.floor.connect(protocol)
    await drive.floor.show(live, 0, ConnectorState.OCCUPIED)
    await drive.pump()
    charging = await drive.started(**WANTED)
    assert charging.token is not None
    tag = PresentedToken(charging.token.uid)
    given = {"seq_no": 0, "token": tag, "readings": (shows(0, 1_000),)}
    answer = await drive.floor.tell(live, Phase.STARTED, 0, **given, **HERE)
    await drive.pump()
    return live, charging, answer


async def change(drive: Drive, charging: Charging) -> None:
    """The driver wants 2 kWh and no more."""
    async with drive.store.transaction() as tx:
        now = await tx.charging.locked(charging.id)
        await tx.charging.save(replace(now, target_energy=Kwh.of(2)))


async def test_p220_the_charger_is_told_the_drivers_limits(drive: Drive) -> None:
    """P-220: at the beginning, and again when they change, but not with every meter value."""
    live, charging, answer = await begun(drive)
    limit = TransactionLimit(charging.hold.amount, Kwh.of(10), timedelta(hours=1))
    assert answer.limit == limit
    assert (await drive.floor.session(live, "TX-1")).limit == limit
    quiet = await drive.floor.tell(live, Phase.UPDATED, 10, seq_no=1, **HERE)
    assert quiet.limit is None
    await change(drive, charging)
    await drive.clock.advance(30)
    told = await drive.floor.tell(live, Phase.UPDATED, 40, seq_no=2, **HERE)
    assert told.limit == replace(limit, energy=Kwh.of(2))
    assert (await drive.floor.session(live, "TX-1")).limit == told.limit


async def test_p220_what_the_charger_says_of_limits_is_kept(drive: Drive) -> None:
    """P-220: what it has taken, and that it stopped because of it, which the driver is told."""
    live, charging, _ = await begun(drive)
    theirs = TransactionLimit(Decimal(12), Kwh.of(9), soc=80)
    await drive.floor.tell(
        live, Phase.UPDATED, 5, seq_no=1, limit=theirs, trigger="LimitSet", **HERE
    )
    await drive.floor.tell(live, Phase.UPDATED, 9, seq_no=2, **HERE)
    assert (await drive.floor.session(live, "TX-1")).charger_limit == theirs
    await drive.floor.tell(
        live, Phase.ENDED, 60, seq_no=3, stop_reason="EnergyLimitReached",
        readings=(shows(60, 10_000),), **HERE,
    )  # fmt: skip
    session = await drive.floor.session(live, "TX-1")
    assert (session.stop_reason, session.charger_limit) == ("EnergyLimitReached", theirs)
    happened = moved(replace(charging, session_id=session.id), session, at(60))
    assert [type(each) for each in happened[:2]] == [LimitReached, SessionClosed]


async def test_other_chargers_are_stopped_from_afar(drive: Drive) -> None:
    """P-220: nothing is said to a charger whose version has no word for it."""
    live, _, answer = await begun(drive, "ocpp2.0.1")
    assert answer.limit is None
    assert (await drive.floor.session(live, "TX-1")).limit is None


async def test_nobodys_session_has_no_limits(drive: Drive) -> None:
    await drive.furnish(prices())
    live = await drive.floor.connect("ocpp2.1")
    answer = await drive.floor.tell(live, Phase.STARTED, 0, seq_no=0, token=TAG, **HERE)
    assert answer.limit is None


@pytest.mark.parametrize(
    ("hold", "target", "least"),
    [("30", None, "30"), ("30", "20", "20"), ("0", "20", "20"), ("0", None, None)],
)
async def test_the_lower_of_what_is_held_and_what_is_wanted(
    *, drive: Drive, hold: str, target: str | None, least: str | None
) -> None:
    await drive.furnish(prices())
    await drive.floor.connect("ocpp2.1")
    quoted = await drive.quote()
    wanted = None if target is None else Money(Decimal(target), "EUR")
    charging = replace(quoted, hold=Money(Decimal(hold), "EUR"), target_cost=wanted)
    assert limit_of(charging).cost == (None if least is None else Decimal(least))
    assert limit_of(replace(quoted, target_soc=Decimal(80))).soc == 80
