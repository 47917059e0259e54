"""Commands leave at once, in order for each charger, and without them the machine still sends."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.delivery.prompt import Prompt
from app.domain.events import CommandRequested, StationConnected
from app.store.correlation import correlation_id
from app.store.transaction import Store


class Sender:
    """Notes what is sent; each waits until it may go on."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.may_end = asyncio.Event()
        self.trouble: Exception | None = None

    async def send(self, command_id: str) -> None:
        self.sent.append((command_id, correlation_id.get()))
        await self.may_end.wait()
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
async def prompt(store: Store, sender: Sender) -> AsyncIterator[Prompt]:
    """A prompt sender at work."""
    prompt = Prompt(store, sender.send)
    running = asyncio.create_task(prompt.run())
    await asyncio.sleep(0)
    yield prompt
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def ask(store: Store, *commands: tuple[str, str]) -> None:
    """Commit a request for each (id, target), and let what follows begin."""
    async with store.transaction() as tx:
        tx.emit(StationConnected("CS-1"))
        for command_id, target in commands:
            tx.emit(CommandRequested(command_id, target))
    await asyncio.sleep(0)


@pytest.mark.usefixtures("prompt")
async def test_a_command_leaves_when_it_is_committed(store: Store, sender: Sender) -> None:
    correlation_id.set("from-the-request")
    await ask(store, ("c-1", "station:A"))
    assert sender.sent == [("c-1", "from-the-request")]


@pytest.mark.usefixtures("prompt")
async def test_the_next_for_the_same_charger_is_left_to_the_machine(
    store: Store, sender: Sender
) -> None:
    await ask(store, ("c-1", "station:A"), ("c-2", "station:A"), ("c-3", "station:B"))
    assert [command for command, _ in sender.sent] == ["c-1", "c-3"]
    sender.may_end.set()
    await asyncio.sleep(0.01)
    await ask(store, ("c-4", "station:A"))
    assert [command for command, _ in sender.sent] == ["c-1", "c-3", "c-4"]


async def test_trouble_with_one_command_stops_nobody(
    store: Store, sender: Sender, prompt: Prompt
) -> None:
    sender.trouble = OSError("no database")
    sender.may_end.set()
    await ask(store, ("c-1", "station:A"))
    await asyncio.sleep(0.01)
    await ask(store, ("c-2", "station:A"))
    await asyncio.sleep(0.01)
    assert prompt.failures == 2
    assert [command for command, _ in sender.sent] == ["c-1", "c-2"]


async def test_what_is_committed_while_it_does_not_run_is_left_alone(
    store: Store, sender: Sender
) -> None:
    Prompt(store, sender.send)
    await ask(store, ("c-1", "station:A"))
    assert sender.sent == []
