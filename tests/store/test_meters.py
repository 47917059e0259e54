"""Samples keep every message, and make a running session's timeline again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.metering import Reading
from app.domain.sessions import Session, open_session, progress
from app.domain.stations import Activity
from app.domain.units import Ampere, Kw, Kwh
from app.store.batch import apply
from app.store.meters import sampled, unclaimed
from app.store.transaction import Store
from tests.store.test_sessions import a_session

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def reading(second: int, kwh: str | None, kw: str | None = "11") -> Reading:
    return Reading(
        NOW + second * SECOND,
        None if kwh is None else Kwh.of(kwh),
        None if kw is None else Kw.of(kw),
        Ampere.of(16),
        soc=Decimal(50),
    )


async def follow(store: Store, *messages: tuple[Reading, ...]) -> Session:
    """A session through these messages, each written as the hot path does."""
    blank = a_session(meter_start=None, meter_base=None, register=None, flags=frozenset())
    session = open_session(blank, messages[0])
    async with store.transaction() as tx:
        rows = sampled("CP1", None, session, messages[0], raw="0", at=NOW)
        await apply(tx.connection, rows)
        for number, message in enumerate(messages[1:], 1):
            at = message[-1].at
            after = progress(session, message, at=at, now=at)
            raw = str(number)
            await apply(tx.connection, sampled("CP1", session, after, message, raw=raw, at=at))
            session = after
    return session


async def test_the_timeline_comes_back(store: Store) -> None:
    messages = [(reading(s, f"{1000 + s / 100:.2f}"),) for s in range(0, 400, 10)]
    session = await follow(store, *messages)
    async with store.reading() as tx:
        assert await tx.meters.timeline(session) == session.timeline
        assert await tx.meters.count() == 40
        assert await tx.meters.raw_of("s-1") == [str(n) for n in range(40)]


async def test_several_readings_late_ones_and_none(store: Store) -> None:
    session = await follow(
        store,
        (reading(0, "1000"),),
        (reading(60, "1001"), reading(120, "1002", "3"), reading(180, "1003")),
        (reading(400, "1007"),),
        (reading(300, "1005"),),
        (reading(410, None, None),),
        (reading(100, "1001.5"),),
    )
    async with store.reading() as tx:
        assert await tx.meters.timeline(session) == session.timeline
        assert await tx.meters.count() == 8
    assert NOW + 300 * SECOND in [p.at for p in session.timeline]


async def test_an_activity_without_a_reading_is_a_point(store: Store) -> None:
    session = await follow(store, (reading(0, "1000"),), (reading(30, "1001"),))
    at = NOW + 40 * SECOND
    after = progress(session, activity=Activity.SUSPENDED_EV, at=at, now=at)
    async with store.transaction() as tx:
        await apply(tx.connection, sampled("CP1", session, after, (), raw=None, at=at))
    async with store.reading() as tx:
        assert await tx.meters.timeline(after) == after.timeline
        assert await tx.meters.raw_of("s-1") == ["0", "1"]


async def test_what_belongs_to_nobody_is_kept(store: Store) -> None:
    """P-112."""
    async with store.transaction() as tx:
        rows = unclaimed("CP1", (reading(0, "5"), reading(60, "6")), '{"a":1}', NOW)
        await apply(tx.connection, [*rows, *unclaimed("CP1", (), '{"b":1}', NOW)])
    async with store.reading() as tx:
        assert await tx.meters.count() == 3
        assert await tx.meters.raw_of("s-1") == []


async def test_samples_of_no_session_are_forgotten_by_their_age(store: Store) -> None:
    """A few at once; a clock that was never set says nothing of the age."""
    unset = replace(reading(0, "1"), at=datetime(1970, 1, 1, tzinfo=UTC))
    async with store.transaction() as tx:
        readings = tuple(reading(n, "5") for n in range(5))
        await apply(tx.connection, unclaimed("CP1", (unset, *readings), None, NOW))
        rows = sampled("CP1", None, a_session(), (reading(0, "1"),), raw=None, at=NOW)
        await apply(tx.connection, rows)
    async with store.transaction() as tx:
        until = NOW + 3 * SECOND
        assert await tx.meters.forget_unclaimed(until, 2) == 2
        assert await tx.meters.forget_unclaimed(until, 2) == 1
        assert await tx.meters.forget_unclaimed(until, 2) == 0
        assert await tx.meters.count() == 4


async def test_samples_of_sessions_are_forgotten_a_few_at_once(store: Store) -> None:
    async with store.transaction() as tx:
        for session_id in ("a", "b", "c", "d"):
            session = a_session(session_id)
            for n in range(3):
                message = (reading(n, "5"),)
                rows = sampled("CP1", session, session, message, raw=None, at=NOW)
                await apply(tx.connection, rows)
        await apply(tx.connection, unclaimed("CP1", (reading(0, "5"),), None, NOW))
    async with store.transaction() as tx:
        assert await tx.meters.sampled_sessions("", "d", 9) == ["a", "b", "c"]
        assert await tx.meters.sampled_sessions("", "d", 2) == ["a", "b"]
        assert await tx.meters.sampled_sessions("b", "e", 9) == ["c", "d"]
        assert await tx.meters.sampled_sessions("d", "e", 9) == []
        assert await tx.meters.forget_of([], 4) == 0
        assert await tx.meters.forget_of(["a", "c"], 4) == 4
        assert await tx.meters.forget_of(["a", "c"], 4) == 2
        assert await tx.meters.forget_of(["a", "c"], 4) == 0
        assert await tx.meters.sampled_sessions("", "e", 9) == ["b", "d"]
        assert await tx.meters.count() == 7
