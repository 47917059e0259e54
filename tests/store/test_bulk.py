"""Bulk writes: whole transactions through the driver, patient with other writers."""

import asyncio
import shutil
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.store.bulk import COPIED_FROM, REFUSALS
from app.store.changes import NOTE
from app.store.database import Database
from app.store.events import APPEND
from app.store.meters import METERS, SAMPLE
from app.store.stations import SHOW

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
FACT = {"kind": "test", "document": "{}", "correlation": None, "at": NOW}
A_NOTE = {"noun": "tariff", "key": "NL-RW1/t1"}
A_SAMPLE = {
    "station_id": "S\t1",
    "at": NOW,
    "point": True,
    "energy_kwh": Decimal("0.0001"),
    "register_kwh": Decimal("123456789.1250"),
    "power_kw": None,
    "current_a": Decimal(0),
    "soc": Decimal("54.5000"),
    "activity": "",
    "raw": 'ü \\N "\n',
}


async def kept(database: Database) -> int:
    async with database.reading() as connection:
        found = await connection.execute(text("SELECT count(*) FROM events"))
        return int(found.scalar_one())


@pytest.mark.parametrize("many", [1, COPIED_FROM])
async def test_all_rows_or_none(database: Database, many: int) -> None:
    """However they get there; and what was refused is in nobody's way."""
    await database.write([(APPEND, [FACT] * many)])
    for refused in ({**FACT, "kind": None}, {**FACT, "document": "\0"}):
        if database.is_sqlite and refused["kind"]:
            continue  # it keeps NUL
        with pytest.raises(REFUSALS):
            await database.write([(APPEND, [*[FACT] * many, refused])])
        with pytest.raises(REFUSALS):
            await database.write([(NOTE, [A_NOTE]), (APPEND, [*[FACT] * many, refused])])
    assert await kept(database) == many
    await database.write([(NOTE, [A_NOTE] * many), (APPEND, [FACT] * many)])
    assert await kept(database) == 2 * many


async def test_many_rows_are_as_single_ones(database: Database) -> None:
    """Exact decimals, times, truths, texts of all kinds, and nothing; ids count on."""
    rows = [{**A_SAMPLE, "session_id": f"s-{n}"} for n in range(COPIED_FROM)]
    for these in (rows[:1], rows[1:], rows):
        await database.write([(SAMPLE, these)])
    async with database.reading() as connection:
        found = (await connection.execute(select(METERS).order_by(METERS.c.id))).mappings().all()
    assert [dict(row) for row in found] == [
        {"id": place, **row} for place, row in enumerate([*rows, *rows], 1)
    ]


async def test_other_statements_than_plain_rows_run_one_by_one(database: Database) -> None:
    """What a row's value is worked out from, and what becomes of a row that is there already."""
    await database.write([(NOTE, [A_NOTE] * COPIED_FROM)])
    state = {"evse": 1, "connector": 1, "state": "x", "at": NOW, "error": None}
    shown = [{"station": "S", **state, "vendor_error": None, "info": str(n)} for n in range(9)]
    await database.write([(SHOW, shown)])
    async with database.reading() as connection:
        noted = (await connection.execute(text("SELECT count(*) FROM changes"))).scalar_one()
        info = (await connection.execute(text("SELECT info FROM connector_states"))).scalars()
        assert (noted, list(info)) == (COPIED_FROM, ["8"])


@pytest.mark.parametrize("changed", [{"more": 1}, {"document": None, "at": "noon"}])
async def test_rows_that_do_not_fit_are_refused(
    database: Database, changed: dict[str, object]
) -> None:
    with pytest.raises(REFUSALS):
        await database.write([(APPEND, [FACT, {**FACT, **changed}])])
    assert await kept(database) == 0


async def test_a_row_without_one_of_the_names_is_refused(database: Database) -> None:
    less = {name: value for name, value in FACT.items() if name != "document"}
    with pytest.raises(KeyError):
        await database.write([(APPEND, [FACT, less])])
    assert await kept(database) == 0


@pytest.mark.parametrize("way", ["bulk", "transaction"])
async def test_another_processs_transaction_is_waited_for(
    sqlite_template: Path, tmp_path: Path, way: str
) -> None:
    """SQLite: without holding up the loop, since chargers that only listen must be heard."""
    path = tmp_path / "busy.db"
    shutil.copyfile(sqlite_template, path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:///{path}")

    async def write() -> None:
        if way == "bulk":
            await database.write([(APPEND, [FACT])])
            return
        async with database.writing() as connection:
            await connection.execute(APPEND, FACT)

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(write())
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert not writing.done()
        other.execute("COMMIT")
    assert await kept(database) == 1
    other.close()
    await database.close()
