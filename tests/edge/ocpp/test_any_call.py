"""Any CALL of any version, as it should be and spoiled, at the real house on a real database.

Every one has exactly one answer, in its turn, with the right code; the connection lives on; and
what is refused for its form leaves no trace in the database.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from websockets.asyncio.client import connect

from app.domain.frames import WantedFrames, Way
from app.domain.identifiers import PartyId
from app.runtime.frames import build_frames
from app.runtime.process import Process, open_process
from app.runtime.settings import Settings
from app.runtime.shapes import RoleName, Stop
from app.use_cases.treatments import Treatment, Treatments
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dialects import DIALECTS
from tests.edge.ocpp.conftest import Charger, basic
from tests.edge.ocpp.made_up import CONSTRAINT, FORMAT, MISSING, TYPE, Maker, schema

FOLDERS = {"ocpp1.6": ("v16", ""), "ocpp2.0.1": ("v201", "Request"), "ocpp2.1": ("v21", "Request")}
CODES = {
    "ocpp1.6": {FORMAT: "FormationViolation", MISSING: "OccurenceConstraintViolation"},
    "ocpp2.0.1": {FORMAT: "FormatViolation", MISSING: "OccurenceConstraintViolation"},
    "ocpp2.1": {FORMAT: "FormatViolation", MISSING: "OccurrenceConstraintViolation"},
}
SHARED = {TYPE: "TypeConstraintViolation", CONSTRAINT: "PropertyConstraintViolation"}
DONE = "done"
PARTY = PartyId("NL", "RW1")
KEY = "correct horse battery"
AT_ONCE = 12
EXAMPLES = 2
"""Each is all actions of a version, once as they should be and once spoiled."""
LAST_WORDS = [(Way.IN, "Heartbeat"), (Way.OUT, "Heartbeat")]
CHATTER = frozenset({"frame_pages", "alembic_version"})


class Question(NamedTuple):
    """A CALL, and what it may be answered with: codes, or DONE."""

    action: str
    payload: Any
    codes: frozenset[str]


def questions(dialect: Dialect, random: Random, *, spoil: bool) -> list[Question]:
    """One CALL of each action that the version has, in any order."""
    folder, suffix = FOLDERS[dialect.subprotocol]
    made = []
    for action in sorted(dialect.schemas.actions):
        maker = Maker(schema(folder, action + suffix), random)
        wrong = maker.spoiled() if spoil else None
        if spoil and wrong is None:
            continue
        payload, kind = wrong if wrong is not None else (maker.message(), DONE)
        made.append(Question(action, payload, expected(dialect, action, kind)))
    random.shuffle(made)
    return made


def expected(dialect: Dialect, action: str, kind: str) -> frozenset[str]:
    """The code of a fault, by the version; a message that is well formed may still be no good."""
    if action not in dialect.handlers:
        return frozenset({"NotSupported"})
    if kind == DONE:
        return frozenset({DONE, SHARED[CONSTRAINT]})
    return frozenset({(SHARED | CODES[dialect.subprotocol])[kind]})


@asynccontextmanager
async def house(url: str) -> AsyncIterator[Process]:
    """The bridge of a real process on this database, which reads on however fast it is asked."""
    chosen = Settings(
        database_url=url,
        secret_key="k" * 40,
        ocpp_bind="127.0.0.1:0",
        http_bind="127.0.0.1:0",
        charger_messages_per_s=0,
    )
    async with open_process(chosen, RoleName.BRIDGE) as process:
        assert process.listener is not None
        stop = Stop()
        running = asyncio.create_task(process.run(stop))
        try:
            async with asyncio.timeout(5):
                await process.listener.started.wait()
            yield process
        finally:
            stop.now()
            await running


def station(dialect: Dialect) -> str:
    """The charger of a version."""
    return f"CP-{dialect.subprotocol[4:]}"


@asynccontextmanager
async def charger(process: Process, dialect: Dialect) -> AsyncIterator[Charger]:
    """A charger that is held to the letter."""
    name = station(dialect)
    await process.parts.stations.register(name, PARTY, KEY)
    await Treatments(process.parts.outside.store).change(PARTY, name, Treatment(strict=True))
    assert process.listener is not None
    async with connect(
        f"ws://127.0.0.1:{process.listener.port}/ocpp/{name}",
        additional_headers={"Authorization": basic(name, KEY)},
        subprotocols=[dialect.subprotocol],
        compression=None,
        proxy=None,
    ) as socket:
        yield Charger(socket)
    await gone(process, name)


async def answers(asking: Charger, asked: list[Question]) -> None:
    """Each is answered once, in order, with a code it may have; after that the socket lives."""
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        for place, question in enumerate(part):
            await asking.say([2, f"q{start + place}", question.action, question.payload])
        for place, question in enumerate(part):
            kind, uid, *rest = await hear(asking)
            assert uid == f"q{start + place}"
            told = rest[0] if kind == 4 else DONE
            shown = json.dumps(question.payload)
            assert told in question.codes, f"{question.action} {shown}: {told} {rest[1:2]}"
    assert await asking.alive()


async def hear(asking: Charger) -> Any:
    """The next answer; what the house asks of the charger meanwhile is refused."""
    while (frame := await asking.hear())[0] == 2:
        await asking.say([4, frame[1], "NotSupported", "", {}])
    return frame


async def rows(process: Process) -> dict[str, list[Any]]:
    """All that is in the database, but for the journal of frames."""
    async with process.parts.outside.store.reading() as tx:
        found = await tx.connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table'")
        )
        names = [name for name in found.scalars() if name not in CHATTER]
        return {
            name: list(await tx.connection.execute(text(f'SELECT * FROM "{name}"')))  # noqa: S608
            for name in names
        }


async def gone(process: Process, name: str) -> None:
    """Wait until the house knows that the charger has left, since it waits for who is there."""
    async with asyncio.timeout(5):
        while True:
            async with process.parts.outside.store.reading() as tx:
                if (await tx.stations.need(name)).node is None:
                    return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.subprotocol)
def test_any_call(dialect: Dialect, sqlite_url: str) -> None:
    """P-033, P-051, P-054, P-055, P-056, P-057, P-069: whatever the seed.

    And the journal has its last words, a moment after they were said.
    """

    async def play(seed: int, process: Process, asking: Charger) -> None:
        random = Random(seed)
        await answers(asking, questions(dialect, random, spoil=False))
        before = await rows(process)
        await answers(asking, questions(dialect, random, spoil=True))
        assert await rows(process) == before
        assert not process.listener.counts["connection_failed"]  # type: ignore[union-attr]
        kept = await build_frames(process.parts.outside).find(PARTY, name, WantedFrames(limit=2))
        assert [(each.way, each.action) for each in kept] == LAST_WORDS

    name = station(dialect)
    with asyncio.Runner() as runner:
        there = AsyncExitStack()
        process = runner.run(there.enter_async_context(house(sqlite_url)))
        asking = runner.run(there.enter_async_context(charger(process, dialect)))

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.integers(0, 2**32))
        def whatever(seed: int) -> None:
            runner.run(play(seed, process, asking))

        try:
            whatever()
        finally:
            runner.run(there.aclose())
