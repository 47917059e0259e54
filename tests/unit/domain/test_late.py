"""What comes late fills in where it belongs, and moves nothing that is now."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.late import MOST_UNHEARD, begin_earlier, fill, is_late, unheard
from app.domain.metering import Reading
from app.domain.points import Point
from app.domain.sessions import Session, SessionFlag, SessionStatus
from app.domain.stations import Activity
from app.domain.units import NO_ENERGY, Kwh
from tests.support.chargers import CPO
from tests.support.clock import NOON

A = Activity


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def a_session(*points: tuple[int, str, Activity], **fields: object) -> Session:
    timeline = tuple(Point(at(m), Kwh.of(kwh), doing) for m, kwh, doing in points)
    given = {
        "id": "s",
        "party": CPO,
        "status": SessionStatus.ACTIVE,
        "started_at": points[0] and at(points[0][0]),
        "last_updated": NOON,
        "currency": "EUR",
        "zone": "UTC",
        "meter_start": Kwh.of(100),
        "meter_base": Kwh.of(100),
        "register": Kwh.of(110),
        "energy": timeline[-1].energy,
        "timeline": timeline,
        **fields,
    }
    return Session(**given)  # type: ignore[arg-type]


STORY = ((0, "0", A.CHARGING), (10, "5", A.CHARGING), (20, "5", A.CHARGING), (30, "5", A.IDLE))


@pytest.mark.parametrize(
    ("activity", "minute", "after"),
    [
        (None, 12, [(0, A.CHARGING), (10, A.CHARGING), (20, A.CHARGING), (30, A.IDLE)]),
        (A.CHARGING, 12, [(0, A.CHARGING), (10, A.CHARGING), (20, A.CHARGING), (30, A.IDLE)]),
        (
            A.SUSPENDED_EV,
            12,
            [
                (0, A.CHARGING),
                (10, A.CHARGING),
                (12, A.SUSPENDED_EV),
                (20, A.SUSPENDED_EV),
                (30, A.IDLE),
            ],
        ),
        (
            A.SUSPENDED_EV,
            10,
            [(0, A.CHARGING), (10, A.SUSPENDED_EV), (20, A.SUSPENDED_EV), (30, A.IDLE)],
        ),
        (
            A.SUSPENDED_EVSE,
            5,
            [
                (0, A.CHARGING),
                (5, A.SUSPENDED_EVSE),
                (10, A.CHARGING),
                (20, A.CHARGING),
                (30, A.IDLE),
            ],
        ),
        (A.SUSPENDED_EV, 40, [(0, A.CHARGING), (10, A.CHARGING), (20, A.CHARGING), (30, A.IDLE)]),
        (A.SUSPENDED_EV, -1, [(0, A.CHARGING), (10, A.CHARGING), (20, A.CHARGING), (30, A.IDLE)]),
    ],
)
def test_what_the_vehicle_did_then(
    activity: Activity | None, minute: int, after: list[tuple[int, Activity]]
) -> None:
    """P-190: idling is only where no energy flowed; what came later stays as it was told."""
    session = a_session(*STORY)
    filled = fill(session, (), activity=activity, at=at(minute), now=NOON)
    assert [(p.at, p.activity) for p in filled.timeline] == [(at(m), doing) for m, doing in after]
    assert (filled.activity, filled.energy) == (session.activity, session.energy)


def test_when_energy_flowed() -> None:
    session = a_session((0, "0", A.CHARGING), (30, "5", A.IDLE))
    filled = fill(session, (Reading(at(10), Kwh.of(104)),), activity=None, at=at(10), now=NOON)
    assert filled.timeline[1] == Point(at(10), Kwh.of(4), A.CHARGING)


def test_numbers() -> None:
    """P-182."""
    session = a_session(*STORY, seq_no=4, missing=frozenset({2}))
    assert [is_late(session, n) for n in (None, 1, 2, 4, 5)] == [False, False, True, False, False]
    assert unheard(session, 3, 3) is session
    opened = unheard(a_session(*STORY), 0, 3)
    assert (opened.missing, SessionFlag.INCOMPLETE in opened.flags) == ({0, 1, 2}, True)
    assert len(unheard(session, 0, 10_000).missing) == MOST_UNHEARD


def test_an_earlier_beginning() -> None:
    session = a_session((10, "0", A.CHARGING), (20, "5", A.CHARGING))
    begun = begin_earlier(session, (Reading(at(0), Kwh.of(98)),), activity=A.CONNECTED, at=at(0))
    assert (begun.started_at, begun.energy, begun.meter_start) == (at(0), Kwh.of(7), Kwh.of(98))
    assert begun.timeline == (
        Point(at(0), NO_ENERGY, A.CONNECTED),
        Point(at(10), Kwh.of(2), A.CHARGING),
        Point(at(20), Kwh.of(7), A.CHARGING),
    )
    higher = begin_earlier(session, (Reading(at(0), Kwh.of(101)),), activity=A.CONNECTED, at=at(0))
    assert (higher.energy, higher.meter_base) == (Kwh.of(5), Kwh.of(100))
    blind = replace(session, meter_start=None, meter_base=None, register=None)
    seen = begin_earlier(blind, (Reading(at(0), Kwh.of(98)),), activity=A.CONNECTED, at=at(0))
    assert (seen.meter_base, seen.register) == (Kwh.of(98), Kwh.of(98))
    assert begin_earlier(blind, (), activity=A.CONNECTED, at=at(0)).meter_base is None
