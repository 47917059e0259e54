"""Commands in both databases: found by what chargers repeat, never written over unseen."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.errors import NotFound, StaleVersion
from app.store.transaction import Store
from tests.support.roaming_objects import CPO, EARLIER, NOON, a_token


def a_command(command_id: str = "k1", **changes: Any) -> Command:
    command = Command(
        id=command_id,
        kind=CommandKind.START,
        channel=CommandChannel.DRIVER,
        state=CommandState.REQUESTED,
        created_at=EARLIER,
        deadline=NOON,
        station_id="ST-1",
        party=CPO,
        location_id="L1",
        evse_uid="E1",
        connector_id="1",
        token=a_token(),
        id_tag=f"RW{command_id.upper():A<14}",
        remote_start=4711,
        charging_id="c1",
    )
    return replace(command, **changes)


async def test_a_start_is_found_by_what_the_charger_repeats(store: Store) -> None:
    command = a_command(authorization_reference="ref-1")
    async with store.transaction() as tx:
        await tx.commands.add(command)
    async with store.reading() as tx:
        assert await tx.commands.get("k1") == command
        assert await tx.commands.by_id_tag(str(command.id_tag).lower()) == command
        assert await tx.commands.by_remote_start("st-1", 4711) == command
        assert await tx.commands.by_remote_start("ST-2", 4711) is None
        assert await tx.commands.by_reference("ref-1") == command
        assert await tx.commands.by_reference("ref-2") is None
        assert await tx.commands.of_party(CPO, limit=5) == [command]


async def test_only_what_was_read_is_written_over(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.commands.add(a_command())
        sent = await tx.commands.save(a_command(state=CommandState.SENT))
        assert sent.version == 1
        with pytest.raises(StaleVersion):
            await tx.commands.save(a_command())
        assert await tx.commands.locked("k1") == sent
        with pytest.raises(NotFound):
            await tx.commands.locked("k2")


async def test_pending_starts_at_an_evse(store: Store) -> None:
    accepted = CommandOutcome(CommandResult.ACCEPTED)
    refused = CommandOutcome(CommandResult.REJECTED)
    settled = CommandState.SETTLED
    later = NOON + timedelta(minutes=5)
    async with store.transaction() as tx:
        await tx.commands.add(a_command("open"))
        await tx.commands.add(a_command("yes", state=settled, outcome=accepted, deadline=later))
        await tx.commands.add(a_command("past", state=settled, outcome=accepted))
        await tx.commands.add(a_command("no", state=settled, outcome=refused, deadline=later))
        await tx.commands.add(a_command("there", evse_uid="E2"))
        await tx.commands.add(a_command("stop", kind=CommandKind.STOP))
    async with store.reading() as tx:
        found = await tx.commands.open_starts(CPO, "l1", "e1", now=NOON)
    assert [command.id for command in found] == ["open", "yes"]


async def test_overdue_commands_come_oldest_first(store: Store) -> None:
    early = NOON - timedelta(minutes=1)
    async with store.transaction() as tx:
        await tx.commands.add(a_command("a"))
        await tx.commands.add(a_command("b", deadline=early))
        await tx.commands.add(a_command("c", deadline=NOON + timedelta(seconds=1)))
        await tx.commands.add(a_command("d", deadline=early, state=CommandState.SETTLED))
    async with store.reading() as tx:
        assert [c.id for c in await tx.commands.overdue(NOON, 10)] == ["b", "a"]
        assert [c.id for c in await tx.commands.overdue(NOON, 1)] == ["b"]


async def test_commands_are_gone_through_as_they_were_made(store: Store) -> None:
    async with store.transaction() as tx:
        for command_id in ("k3", "k1", "k4", "k2"):
            await tx.commands.add(a_command(command_id))
        assert await tx.commands.made_between("", "k4", 2) == ["k1", "k2"]
        assert await tx.commands.made_between("k2", "k4", 2) == ["k3"]
        assert await tx.commands.made_between("k3", "k4", 2) == []
        assert await tx.commands.forget(["k1", "k2", "k9"]) == 2
        assert await tx.commands.forget([]) == 0
        assert await tx.commands.get("k1") is None
        assert await tx.commands.made_between("", "k9", 9) == ["k3", "k4"]
