"""What sessions, bills and money still need, and that whatever forgets goes by indexes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from app.domain.charging import ENDED, ChargingState
from app.domain.commands import Command, CommandState
from app.domain.payments import PaymentState
from app.domain.reservations import ReservationState
from app.domain.sessions import Session, SessionStatus
from app.domain.web_payments import WebPayment
from app.store.database import Database
from app.store.ids import first_id_at
from app.store.needed import commands_referred_to, needed_commands, needed_sessions
from app.store.transaction import Store
from app.use_cases.forgetting import Forgetting
from tests.store.test_commands import a_command
from tests.store.test_sessions import a_session
from tests.support.chargings import a_charging, a_payment
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import a_cdr
from tests.unit.domain.test_reservations import a_reservation

DAY = timedelta(days=1)
LARGE = ("meter_samples", "commands", "sessions")
S, P = ChargingState, PaymentState
OVER = a_session(status=SessionStatus.COMPLETED, last_updated=NOON - DAY, charging_id="c-1")
SETTLED = a_command(state=CommandState.SETTLED, created_at=NOON - DAY, charging_id=None)
CHARGING = a_charging(state=S.COMPLETED, session_id="s-1", payment_id="p-1")
PAID = a_payment(state=P.CAPTURED)


async def is_needed(store: Store, session: Session, *, billed: bool = True) -> bool:
    """Whether the session is; the store has nothing else of it but what was put there before."""
    async with store.transaction() as tx:
        await tx.sessions.put(session)
        if billed:
            await tx.cdrs.add(a_cdr(session_id=session.id))
    async with store.reading() as tx:
        return bool(await needed_sessions(tx.connection, [session.id, "s-9"], NOON))


async def test_a_session_that_is_billed_and_paid_is_needed_no_more(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.charging.add(CHARGING)
        await tx.payments.add(PAID)
    assert not await is_needed(store, OVER)


@pytest.mark.parametrize(
    "session",
    [
        replace(OVER, last_updated=NOON),
        replace(OVER, status=SessionStatus.ACTIVE),
        replace(OVER, status=SessionStatus.PENDING),
        replace(OVER, status=SessionStatus.RESERVATION),
    ],
)
async def test_what_goes_on_or_changed_lately_is_needed(store: Store, session: Session) -> None:
    assert await is_needed(store, session)


async def test_whoever_is_to_be_billed_keeps_a_session(store: Store) -> None:
    assert await is_needed(store, OVER, billed=False)
    assert not await is_needed(store, replace(OVER, token=None), billed=False)
    invalid = replace(OVER, status=SessionStatus.INVALID)
    assert not await is_needed(store, invalid, billed=False)


@pytest.mark.parametrize("state", list(ChargingState))
@pytest.mark.parametrize("charging_id", ["c-1", None])
async def test_a_drivers_session_is_over_and_paid_before(
    store: Store, state: ChargingState, charging_id: str | None
) -> None:
    async with store.transaction() as tx:
        await tx.charging.add(replace(CHARGING, state=state))
    done = state in ENDED and state is not S.SETTLEMENT_FAILED
    assert await is_needed(store, replace(OVER, charging_id=charging_id)) is not done
    async with store.transaction() as tx:
        for command_id in ("k-1", "k-2", "k-3", "k-4"):
            mine = "c-1" if command_id == "k-1" else None
            await tx.commands.add(
                replace(SETTLED, id=command_id, charging_id=mine, id_tag=command_id)
            )
        by = replace(CHARGING, id="c-2", state=state, command_id="k-2", stop_command_id="k-3")
        await tx.charging.add(by)
        ids = ["k-1", "k-2", "k-3", "k-4"]
        needed = await needed_commands(tx.connection, ids, NOON)
    assert needed == (set() if done else {"k-1", "k-2", "k-3"})


@pytest.mark.parametrize("state", list(PaymentState))
async def test_money_is_taken_or_given_back_before(store: Store, state: PaymentState) -> None:
    async with store.transaction() as tx:
        await tx.charging.add(CHARGING)
        await tx.payments.add(replace(PAID, state=state))
    square = state in {P.NONE, P.DECLINED, P.CAPTURED, P.RELEASED}
    assert await is_needed(store, OVER) is not square


@pytest.mark.parametrize(
    "command",
    [
        replace(SETTLED, created_at=NOON),
        replace(SETTLED, state=CommandState.SENT),
        replace(SETTLED, state=CommandState.REQUESTED),
    ],
)
async def test_a_command_that_is_new_or_open_is_needed(store: Store, command: Command) -> None:
    async with store.transaction() as tx:
        await tx.commands.add(command)
        assert await needed_commands(tx.connection, [command.id], NOON) == {command.id}


async def test_what_names_commands_keeps_them(store: Store) -> None:
    """Sessions that run, reservations that are open, and the codes of a charger."""
    ids = [f"{first_id_at(NOON - DAY)[:-1]}{n}" for n in range(3)]
    later = first_id_at(NOON + 3 * DAY)
    async with store.transaction() as tx:
        await tx.sessions.put(a_session(ids[0], command_id="k-1"))
        await tx.sessions.put(replace(OVER, id=ids[1], command_id="k-2"))
        await tx.sessions.put(a_session(ids[2], command_id=None))
        await tx.sessions.put(a_session(later, command_id="k-3"))
        await tx.reservations.add(a_reservation(command_id="k-4", start_id="k-5"))
        gone = {"state": ReservationState.EXPIRED, "number": 8, "command_id": "k-6"}
        await tx.reservations.add(a_reservation(id="r-2", **gone))
        await tx.web_payments.put(WebPayment("CP1", 30, 16, ("s",), NOON, "k-7"))
        named = await commands_referred_to(tx.connection, NOON)
    assert named == {"k-1", "k-4", "k-5", "k-7"}


async def _plans(database: Database, work: Callable[[], Awaitable[Any]]) -> list[str]:
    """How the database does each statement of some work that is about a large table."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    await work()
    event.remove(Engine, "before_cursor_execute", note)
    sqlite = database.is_sqlite
    plans = []
    async with database.writing() as connection:
        if not sqlite:  # which it prefers while there is little to read
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, values in asked:
            if any(table in statement for table in LARGE):
                explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
                rows = await connection.exec_driver_sql(explain + statement, values)
                plans.append("\n".join(str(row) for row in rows))
    return plans


async def test_nothing_is_searched_for_from_end_to_end(
    database: Database, store: Store, clock: FakeClock
) -> None:
    old = first_id_at(NOON - 800 * DAY)
    made_at = clock.now() - 800 * DAY
    async with store.transaction() as tx:
        await tx.commands.add(replace(SETTLED, id=old, created_at=made_at))
        await tx.sessions.put(replace(OVER, id=old, last_updated=made_at))
        await tx.connection.execute(
            text(
                "INSERT INTO meter_samples (session_id, station_id, at, point)"
                " VALUES (:id, 'CP1', '2024-01-01T00:00:00.000000Z', false)"
            ),
            {"id": old},
        )
    forgetting = Forgetting(store, clock)

    async def work() -> None:
        await forgetting.samples()
        await forgetting.commands()

    plans = await _plans(database, work)
    assert len(plans) >= 8
    for table in LARGE:
        assert [p for p in plans if f"SCAN {table}" in p or f"Seq Scan on {table}" in p] == []
    assert not any("sessions_1 (key<?)" in plan for plan in plans)
    assert any("ix_meter_samples_unclaimed" in plan for plan in plans)
