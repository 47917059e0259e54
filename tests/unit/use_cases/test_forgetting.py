"""Meter samples and commands come to an end, a few at once, when nobody needs them any more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.commands import CommandState
from app.domain.metering import Reading
from app.domain.reservations import ReservationState
from app.domain.sessions import Session, SessionStatus
from app.domain.signed_meters import SignedText
from app.domain.units import Kw, Kwh
from app.queries.history import History
from app.store.batch import apply
from app.store.database import Database
from app.store.ids import first_id_at
from app.store.meters import sampled, unclaimed
from app.store.transaction import Store, Transaction
from app.use_cases.forgetting import AT_ONCE, Forgetting, KeepRules
from tests.conftest import nobody
from tests.store.test_commands import a_command
from tests.store.test_sessions import a_session
from tests.support.chargings import a_charging
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import a_cdr
from tests.unit.domain.test_reservations import a_reservation

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
RULES = KeepRules(samples=730 * DAY, commands=90 * DAY)
LONG_AGO = NOON - 731 * DAY


@pytest.fixture
def forgetting(store: Store, clock: FakeClock) -> Forgetting:
    return Forgetting(store, clock, RULES)


def id_of(moment: datetime, number: int = 0) -> str:
    """What something made then is called."""
    return f"{first_id_at(moment)[:-6]}{number:06}"


def over(session_id: str, at: datetime = LONG_AGO) -> Session:
    return a_session(
        session_id, status=SessionStatus.COMPLETED, last_updated=at, stopped_at=at, ended_at=at
    )


async def metered(
    store: Store, session: Session, count: int, *, billed: bool = True, signed: bool = False
) -> None:
    """The session with so many samples, one after the other."""
    texts = (SignedText("OCMF|x"),) if signed else ()
    begun = session.started_at
    readings = [
        Reading(begun + n * SECOND, Kwh.of(n), Kw.of(11), soc=Decimal(50), signed=texts)
        for n in range(count)
    ]
    rows = sampled("CP1", None, session, readings, raw='{"x":1}', at=begun)
    async with store.transaction() as tx:
        await tx.sessions.put(session)
        await apply(tx.connection, rows)
        if billed:
            await tx.cdrs.add(a_cdr(session.id, session_id=session.id))


async def samples(store: Store) -> int:
    async with store.reading() as tx:
        return await tx.meters.count()


async def test_old_samples_go_and_a_second_run_finds_none(
    forgetting: Forgetting, store: Store
) -> None:
    """However many a session has, and however many sessions there are."""
    await metered(store, over(id_of(LONG_AGO, 0)), 2 * AT_ONCE + 1)
    for number in range(1, AT_ONCE + 2):
        await metered(store, over(id_of(LONG_AGO, number)), 1)
    await metered(store, over(id_of(NOON - DAY), NOON - DAY), 3)
    assert await forgetting.samples() == 3 * AT_ONCE + 2
    assert await samples(store) == 3
    assert await forgetting.samples() == 0


class Watched(Store):
    """A store that notes how many samples and commands each transaction takes away."""

    deleted: list[int]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with super().transaction() as tx:
            before = await counted(tx)
            yield tx
            self.deleted.append(before - await counted(tx))


async def counted(tx: Transaction) -> int:
    return await tx.meters.count() + len(await tx.commands.made_between("", "z", 10 * AT_ONCE))


async def test_a_transaction_deletes_a_few_only(
    database: Database, store: Store, clock: FakeClock
) -> None:
    await metered(store, over(id_of(LONG_AGO, 0)), 2 * AT_ONCE + 1)
    await metered(store, over(id_of(LONG_AGO, 1)), AT_ONCE)
    old = a_command(state=CommandState.SETTLED, created_at=LONG_AGO, id_tag=None, charging_id=None)
    async with store.transaction() as tx:
        for number in range(AT_ONCE + 1):
            await tx.commands.add(replace(old, id=id_of(LONG_AGO, number)))
    watched = Watched(database, clock, nobody)
    watched.deleted = []
    forgetting = Forgetting(watched, clock, RULES)
    assert await forgetting.samples() == 3 * AT_ONCE + 1
    assert await forgetting.commands() == AT_ONCE + 1
    assert [n for n in watched.deleted if n] == [*[AT_ONCE] * 3, 1, AT_ONCE, 1]


async def test_a_long_session_that_still_runs_keeps_its_samples(
    forgetting: Forgetting, store: Store
) -> None:
    """Others' samples beside it go."""
    runs = a_session(id_of(LONG_AGO, 1), last_updated=LONG_AGO)
    await metered(store, over(id_of(LONG_AGO)), 3)
    await metered(store, runs, 4, billed=False)
    await metered(store, over(id_of(LONG_AGO, 2)), 3)
    assert await forgetting.samples() == 6
    assert await samples(store) == 4


async def test_what_is_not_billed_or_changed_lately_keeps_its_samples(
    forgetting: Forgetting, store: Store, clock: FakeClock
) -> None:
    await metered(store, over(id_of(LONG_AGO)), 3, billed=False)
    await metered(store, over(id_of(LONG_AGO, 1), NOON - 729 * DAY), 3)
    assert await forgetting.samples() == 0
    clock.set(NOON + 2 * DAY)
    assert await forgetting.samples() == 3


async def test_messages_of_no_session_go_by_their_age(
    forgetting: Forgetting, store: Store
) -> None:
    many = AT_ONCE + 3
    old = [Reading(LONG_AGO + n * SECOND, Kwh.of(n)) for n in range(many)]
    async with store.transaction() as tx:
        await apply(tx.connection, unclaimed("CP1", old, "{}", LONG_AGO))
        await apply(tx.connection, unclaimed("CP1", (), "{}", NOON))
    assert await forgetting.samples() == many
    assert await samples(store) == 1


async def test_what_is_shown_of_a_session_needs_no_samples(
    forgetting: Forgetting, store: Store
) -> None:
    """Its timeline, its bill and its signed values stay; its curve is coarser."""
    session = over(id_of(LONG_AGO))
    charging = a_charging(session_id=session.id)
    history = History(store)
    await metered(store, session, 5, signed=True)
    [measured] = await history.curve(charging)
    assert measured.soc == Decimal(50)
    assert await forgetting.samples() == 5
    assert await history.curve(charging) == (replace(measured, soc=None),)
    assert await history.curve(replace(charging, session_id="none")) == ()
    async with store.reading() as tx:
        assert await tx.sessions.get(session.id) == session
        assert await tx.meters.raw_of(session.id) == []
        assert await tx.meters.readings(session.id) == []
        assert len(await tx.cdrs.of_session(session.id)) == 1
        assert len(await tx.signed_values.of_session(session.id)) == 1


async def test_old_commands_go_and_a_second_run_finds_none(
    forgetting: Forgetting, store: Store
) -> None:
    """Those that are open stay, and those that something open is by."""
    made, lately = NOON - 91 * DAY, NOON - 89 * DAY
    blank = a_command(state=CommandState.SETTLED, created_at=made, charging_id=None, id_tag=None)
    old = [replace(blank, id=id_of(made, n)) for n in range(2 * AT_ONCE + 5)]
    running, reserved, sent, *_ = old
    new = replace(blank, id=id_of(lately), created_at=lately)
    async with store.transaction() as tx:
        for each in old:
            state = CommandState.SENT if each is sent else each.state
            await tx.commands.add(replace(each, state=state))
        await tx.commands.add(new)
        await tx.sessions.put(a_session(id_of(made), command_id=running.id))
        await tx.reservations.add(
            a_reservation(state=ReservationState.ACTIVE, command_id=reserved.id)
        )
    assert await forgetting.commands() == 2 * AT_ONCE + 2
    async with store.reading() as tx:
        kept = await tx.commands.made_between("", "z", 9)
    assert kept == [running.id, reserved.id, sent.id, new.id]
    assert await forgetting.commands() == 0


async def test_by_default_samples_stay_two_years_and_commands_three_months(
    store: Store, clock: FakeClock
) -> None:
    await metered(store, over(id_of(LONG_AGO)), 1)
    clock.set(LONG_AGO + 730 * DAY)
    assert await Forgetting(store, clock).samples() == 0
    clock.set(LONG_AGO + 731 * DAY)
    assert await Forgetting(store, clock).samples() == 1
