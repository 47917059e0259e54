"""Commands are sent at most once, and settled exactly once."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from app.domain.commands import Command, CommandOutcome, CommandResult, CommandState
from app.domain.errors import ChargerOffline, DomainError, NotFound, PartnerUnavailable
from app.domain.events import CommandRequested, CommandSettled
from app.store.transaction import Store
from app.use_cases.commands import Commands
from tests.support.clock import NOON, FakeClock
from tests.support.commanding import ACCEPTED, Charger, a_start, events, furnish
from tests.support.roaming_objects import THEIR_CPO, a_location


@pytest.fixture
def charger() -> Charger:
    return Charger()


@pytest.fixture
def commands(store: Store, clock: FakeClock, charger: Charger, rng: Random) -> Commands:
    return Commands(store, clock, charger, random=rng)


async def test_a_command_is_sent_once_and_settled(
    store: Store, commands: Commands, charger: Charger
) -> None:
    await furnish(store)
    command = await commands.request(a_start())
    await commands.send(command.id)
    await commands.send(command.id)
    assert [each.id for each in charger.asked] == [command.id]
    assert charger.asked[0].state is CommandState.SENT
    settled = await commands.get(command.id)
    assert (settled.state, settled.outcome, settled.settled_at) == (
        CommandState.SETTLED, ACCEPTED, NOON,
    )  # fmt: skip
    assert await events(store) == [
        CommandRequested(command.id, "station:ST-1"), CommandSettled(command.id, "c1"),
    ]  # fmt: skip


async def test_a_command_under_way_is_not_sent_again(
    store: Store, commands: Commands, charger: Charger
) -> None:
    """At most once: a crash between sending and settling leaves it to its deadline."""
    await furnish(store)
    command = await commands.request(a_start())

    async def crash(_command: Command) -> None:
        raise ConnectionResetError

    charger.before_answer = crash
    with pytest.raises(ConnectionResetError):
        await commands.send(command.id)
    charger.before_answer = None
    await commands.send(command.id)
    assert len(charger.asked) == 1
    assert (await commands.get(command.id)).state is CommandState.SENT


async def test_whoever_sends_it_too_waits_for_its_answer(
    store: Store, commands: Commands, charger: Charger
) -> None:
    """So the delivery machine sends the charger's next command after this one."""
    await furnish(store)
    command = await commands.request(a_start())
    may_answer = asyncio.Event()

    async def wait(_command: Command) -> None:
        await may_answer.wait()

    charger.before_answer = wait
    first = asyncio.create_task(commands.send(command.id))
    while not charger.asked:
        await asyncio.sleep(0.001)
    second = asyncio.create_task(commands.send(command.id))
    await asyncio.sleep(0.01)
    assert not second.done()
    may_answer.set()
    await asyncio.gather(first, second)
    assert len(charger.asked) == 1


async def test_what_nobody_answers_in_time_is_a_timeout(
    store: Store, commands: Commands, charger: Charger, clock: FakeClock
) -> None:
    """C-209: no answer from the charge point gives TIMEOUT."""
    await furnish(store)
    charger.answer = None
    sent = await commands.request(a_start())
    await commands.send(sent.id)
    never_sent = await commands.request(a_start(evse_uid="E2"))
    assert await commands.expire() == 0
    await clock.advance(30)
    assert await commands.expire() == 2
    assert await commands.expire() == 0
    for command in (sent, never_sent):
        outcome = (await commands.get(command.id)).outcome
        assert outcome
        assert outcome.result is CommandResult.TIMEOUT
    await commands.send(never_sent.id)
    assert len(charger.asked) == 1


async def test_a_late_wish_is_not_sent_any_more(
    store: Store, commands: Commands, charger: Charger, clock: FakeClock
) -> None:
    await furnish(store)
    command = await commands.request(a_start())
    await clock.advance(31)
    await commands.send(command.id)
    assert charger.asked == []
    outcome = (await commands.get(command.id)).outcome
    assert outcome
    assert outcome.result is CommandResult.TIMEOUT


async def test_a_partner_may_take_longer(
    store: Store, commands: Commands, charger: Charger, clock: FakeClock
) -> None:
    await furnish(store, a_location("L9", party=THEIR_CPO, own=False))
    charger.answer = None
    command = await commands.request(a_start(party=THEIR_CPO, location_id="L9"))
    await commands.send(command.id)
    await commands.postpone(command.id, NOON + timedelta(seconds=90))
    await commands.postpone(command.id, NOON + timedelta(seconds=10))
    await clock.advance(89)
    assert await commands.expire() == 0
    await commands.settle(command.id, ACCEPTED)
    await clock.advance(5)
    assert await commands.expire() == 0


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (ChargerOffline("gone"), CommandResult.EVSE_INOPERATIVE),
        (PartnerUnavailable("500"), CommandResult.FAILED),
    ],
)
async def test_failures_of_the_gateway_are_outcomes(
    store: Store, commands: Commands, charger: Charger, *, error: DomainError, result: object
) -> None:
    """C-210: what the charger or the way to it refuses is mapped to a result."""
    await furnish(store)
    charger.answer = error
    command = await commands.request(a_start())
    await commands.send(command.id)
    outcome = (await commands.get(command.id)).outcome
    assert outcome
    assert (outcome.result, outcome.message) == (result, str(error))


async def test_the_first_outcome_stays(store: Store, commands: Commands) -> None:
    await furnish(store)
    command = await commands.request(a_start())
    first = await commands.settle(command.id, ACCEPTED)
    again = await commands.settle(command.id, CommandOutcome(CommandResult.FAILED))
    assert again == first
    assert len(await events(store)) == 2
    with pytest.raises(NotFound):
        await commands.settle("nobody", ACCEPTED)
