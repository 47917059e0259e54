"""A session opens, moves, stops and closes; repeated and late messages do it no harm."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.identifiers import PartyId
from app.domain.metering import Reading, ReadingContext
from app.domain.points import is_settled
from app.domain.sessions import (
    Session,
    SessionFlag,
    SessionStatus,
    abandon,
    activate,
    bills_parking,
    close,
    is_repeated,
    numbered,
    open_session,
    progress,
    progress_due,
    stop,
    told,
)
from app.domain.signed_meters import SignedText
from app.domain.stations import Activity
from app.domain.tariffs import Dimension, TariffElement
from app.domain.units import Ampere, Kw, Kwh
from tests.support.chargers import a_token
from tests.support.priced import a_component, a_tariff

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
END = ReadingContext.END


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def reads(seconds: int, kwh: str | None, kw: str | None = "11", **fields: object) -> Reading:
    register = None if kwh is None else Kwh.of(kwh)
    power = None if kw is None else Kw.of(kw)
    return Reading(at(seconds), register, power, **fields)  # type: ignore[arg-type]


def begun(*readings: Reading, **fields: object) -> Session:
    given = {
        "id": "s",
        "party": PartyId("NL", "RW1"),
        "status": SessionStatus.ACTIVE,
        "started_at": NOW,
        "last_updated": NOW,
        "currency": "EUR",
        "zone": "UTC",
        "activity": Activity.CHARGING,
        **fields,
    }
    return open_session(Session(**given), readings or (reads(0, "1000"),))  # type: ignore[arg-type]


def moved(session: Session, *readings: Reading, **fields: object) -> Session:
    moment = readings[-1].at if readings else session.last_updated
    given = {"at": moment, "now": moment, **fields}
    return progress(session, readings, **given)  # type: ignore[arg-type]


def test_the_timeline_keeps_what_tells() -> None:
    session = begun()
    for second in range(10, 300, 10):
        session = moved(session, reads(second, f"{1000 + second / 100:.2f}"))
    seconds = [(p.at - NOW).seconds for p in session.timeline]
    assert seconds == [0, 60, 120, 180, 240, 290]
    assert session.timeline[-1].energy == session.energy == Kwh.of("2.90")
    assert not is_settled(session.timeline)


@pytest.mark.parametrize(
    ("kw", "kept"), [("11.4", False), ("12.5", True), ("0", True), (None, True)]
)
def test_another_power_tells(kw: str | None, kept: bool) -> None:  # noqa: FBT001
    session = moved(begun(), reads(10, "1000.1", kw))
    assert is_settled(session.timeline) is kept
    after = moved(session, reads(20, "1000.2", kw))
    assert (at(10) in [p.at for p in after.timeline]) is kept


def test_what_the_vehicle_does_is_a_point_of_its_own() -> None:
    """P-123, P-190."""
    session = moved(begun(), reads(30, "1001"))
    session = moved(session, activity=Activity.SUSPENDED_EV, at=at(40))
    session = moved(session, activity=Activity.CHARGING, at=at(50))
    points = [((p.at - NOW).seconds, p.activity, p.energy.value) for p in session.timeline]
    assert points == [
        (0, Activity.CHARGING, 0),
        (40, Activity.SUSPENDED_EV, 1),
        (50, Activity.CHARGING, 1),
    ]


def test_a_cable_that_begins_to_deliver_is_charging() -> None:
    session = begun(reads(0, "1000", None), activity=Activity.CONNECTED)
    assert moved(session, reads(30, "1000", "0")).activity is Activity.CONNECTED
    assert moved(session, reads(30, "1000.2", None)).activity is Activity.CHARGING
    assert moved(session, reads(30, None, "7")).activity is Activity.CHARGING
    said = moved(session, reads(30, "1000.2"), activity=Activity.CONNECTED)
    assert said.activity is Activity.CONNECTED


def test_values_of_now_are_kept_until_newer_ones_come() -> None:
    first = moved(begun(), reads(10, "1001", "11", soc=Decimal(40), current=Ampere.of(48)))
    second = moved(first, reads(20, "1002", None))
    assert (second.power, second.soc) == (Kw.of(11), Decimal(40))


def test_a_late_value_fills_its_gap_and_lowers_nothing() -> None:
    session = moved(begun(), reads(300, "1003"))
    late = moved(session, reads(120, "1001"))
    assert [(p.at - NOW).seconds for p in late.timeline] == [0, 120, 300]
    assert late.energy == Kwh.of(3)
    assert late.flags == frozenset()
    close_by = moved(late, reads(130, "1001.1"))
    assert close_by.timeline == late.timeline
    absurd = moved(late, reads(200, "990"))
    assert absurd.timeline == late.timeline
    early = moved(late, reads(-60, "999"))
    assert early.timeline == late.timeline


def test_a_clock_that_runs_behind_is_no_step_back() -> None:
    session = moved(begun(), activity=Activity.SUSPENDED_EVSE, at=at(100))
    session = moved(session, reads(60, "1001"))
    assert session.energy == Kwh.of(1)
    assert session.timeline[-1].at == at(100)


def test_power_is_integrated_for_want_of_a_register() -> None:
    session = moved(begun(), reads(60, None, "6"), reads(120, None, "6"))
    assert session.energy == Kwh.of("0.2")
    assert session.flags == {"estimated"}
    assert moved(session, reads(180, "1000.25")).flags == frozenset()


def test_the_end_is_final() -> None:
    """P-102, P-110: no point has more energy than the end."""
    session = moved(begun(), reads(60, "1003"))
    ended = stop(session, (reads(90, "1002", context=END),), at=at(90), reason="Local", now=NOW)
    assert ended.energy == Kwh.of(2)
    assert ended.flags == {"meter_rollback"}
    assert max(p.energy.value for p in ended.timeline) == 2
    assert (ended.activity, ended.power) == (Activity.IDLE, None)
    assert ended.status is SessionStatus.ACTIVE
    closed = close(ended, at=at(30), now=NOW)
    assert (closed.status, closed.ended_at) == (SessionStatus.COMPLETED, at(90))


def test_the_end_brings_what_was_not_heard_before() -> None:
    """The transactionData of a charger that was offline."""
    session = begun()
    data = (reads(0, "1000"), reads(60, "1001"), reads(120, "1002"), reads(180, "1003"))
    ended = stop(session, data, at=at(180), reason="Local", now=NOW)
    assert [(p.at - NOW).seconds for p in ended.timeline] == [0, 60, 120, 180]
    assert ended.energy == Kwh.of(3)


def test_an_end_without_values_keeps_the_last_ones() -> None:
    """P-109."""
    session = moved(begun(), reads(60, "1003"))
    assert stop(session, (), at=at(90), reason="Local", now=NOW).energy == Kwh.of(3)


def test_an_end_before_the_start_takes_no_time() -> None:
    ended = stop(begun(), (), at=at(-60), reason="Local", now=NOW)
    assert close(ended, at=at(-60), now=NOW).ended_at == NOW


def test_only_who_pays_completes() -> None:
    for status in (SessionStatus.PENDING, SessionStatus.INVALID):
        ended = stop(begun(status=status), (), at=at(60), reason="Local", now=NOW)
        assert close(ended, at=at(60), now=NOW).status is SessionStatus.INVALID


def test_a_session_given_up_ends_at_its_last_word() -> None:
    """P-101."""
    gone = abandon(moved(begun(), reads(60, "1001")))
    assert (gone.stopped_at, gone.stop_reason) == (at(60), "Other")
    assert gone.flags == {SessionFlag.STALE, "estimated"}


def test_paying_begins_with_the_token() -> None:
    """P-188."""
    waiting = begun(status=SessionStatus.PENDING, activity=Activity.CONNECTED)
    waiting = moved(waiting, reads(50, "1000.2", None))
    paid = activate(waiting, a_token(), at=at(60), now=at(60))
    assert (paid.status, paid.started_at) == (SessionStatus.ACTIVE, at(60))
    assert (paid.energy, paid.token) == (Kwh.of(0), a_token().ref)
    assert moved(paid, reads(90, "1001.2")).energy == Kwh.of(1)


@pytest.mark.parametrize(
    ("kwh", "later", "activity", "due"),
    [
        ("1000.4", 59, Activity.CHARGING, False),
        ("1000.4", 60, Activity.CHARGING, True),
        ("1000.5", 1, Activity.CHARGING, True),
        ("1000", 1, Activity.SUSPENDED_EV, True),
    ],
)
def test_when_others_should_hear(kwh: str, later: int, activity: Activity, due: bool) -> None:  # noqa: FBT001
    session = told(begun(), NOW)
    after = moved(session, reads(later, kwh), activity=activity)
    assert progress_due(after, at(later)) is due
    assert progress_due(replace(after, pushed_at=None), at(later))


def test_repeated_numbers() -> None:
    """P-181: but a charger that counts from 0 again after a reboot is heard."""
    session = moved(begun(), reads(60, "1001"), seq_no=4)
    assert not is_repeated(session, None, at(60))
    assert not is_repeated(session, 5, at(61))
    assert is_repeated(session, 4, at(60))
    assert is_repeated(session, 2, at(30))
    assert not is_repeated(session, 0, at(61))


def test_missing_numbers() -> None:
    """P-182."""
    session = moved(begun(), reads(60, "1001"), seq_no=1)
    assert numbered(session, None) is session
    assert numbered(session, 2) is session
    gap = replace(numbered(session, 4), seq_no=4)
    assert (gap.missing, gap.flags) == ({2, 3}, {SessionFlag.INCOMPLETE})
    assert not is_repeated(gap, 2, at(30))
    whole = numbered(numbered(gap, 2), 3)
    assert (whole.missing, whole.flags) == (frozenset(), frozenset())
    far = numbered(gap, 10_000)
    assert len(far.missing) < 60


def test_signed_texts_are_kept_once_and_as_they_are() -> None:
    """P-118."""
    start = reads(0, "1000", context=ReadingContext.BEGIN, signed=(SignedText("OCMF|ü"),))
    session = moved(begun(start), start)
    ended = stop(
        session,
        (start, reads(60, "1001", context=END, signed=(SignedText("X "),))),
        at=at(60),
        reason="",
        now=NOW,
    )
    assert [each[:2] for each in ended.signed] == [("Start", "OCMF|ü"), ("End", "X ")]


def test_parking_that_costs() -> None:
    def priced(amount: str) -> TariffElement:
        return TariffElement((a_component(Dimension.PARKING_TIME, amount),))

    assert not bills_parking(None)
    assert not bills_parking(a_tariff())
    assert not bills_parking(a_tariff(priced("0")))
    assert bills_parking(a_tariff(priced("6")))
