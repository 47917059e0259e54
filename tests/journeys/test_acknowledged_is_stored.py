"""Story 7 under load: what a charger was acknowledged is in the database after `kill -9`, once."""

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack, suppress
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.simulators.charger import Charger
from app.simulators.ocpp_schemas import Payload
from app.store.database import Database
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import SPOTS, Spot, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

STEP = Decimal("0.01")
TELLING = {"StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent"}


ROLES = [
    pytest.param(ONE, "all", id="one-process"),
    pytest.param(THREE, "bridge", id="three-processes"),
]


@pytest.mark.parametrize(("world", "role"), ROLES, indirect=["world"])
async def test_acknowledged_messages_are_rows(world: World, role: str) -> None:
    async with AsyncExitStack() as stack:
        partner = await stack.enter_async_context(world.partner("EMSP"))
        await until(lambda: [r for r in partner.requests if r.path.endswith("/sender/tokens")])
        chargers = [
            await stack.enter_async_context(world.charger(spot)) for spot in SPOTS.values()
        ]
        for charger in chargers:
            await charger.booted()
            await charger.plug_in()
            assert await charger.present(1, f"{partner.party}-CARD-1") == "Accepted"

        async with asyncio.TaskGroup() as load:
            meters = [load.create_task(_meter(charger)) for charger in chargers]
            await until(lambda: all(_acknowledged(charger) > 40 for charger in chargers))
            await world.hub.kill9(role)
            acknowledged = {charger.station_id: _acknowledged(charger) for charger in chargers}
            for meter in meters:
                meter.cancel()

        stored = await _stored(world)
        for charger in chargers:
            sent, rows = _told(charger), stored[charger.station_id]
            for message in sent[: acknowledged[charger.station_id]]:
                assert rows[message] == 1, message
            assert sum(rows[message] for message in sent) <= len(sent)

        await world.hub.start()
        for charger in chargers:
            await charger.settled()
            await charger.unplug()
        stored = await _stored(world)
        for charger in chargers:
            sent, rows = _told(charger), stored[charger.station_id]
            assert [rows[message] for message in sent] == [1] * len(sent)
            (last, *_) = await world.sessions(_spot(charger))
            (mine,) = charger.transactions
            assert mine.end_wh is not None
            assert Decimal(last["energy"]) * 1000 == mine.end_wh - mine.begin_wh
            assert charger.violations == []
        await until(lambda: len(partner.received.of("cdrs")) == len(chargers))


async def _meter(charger: Charger) -> None:
    """One reading after the other, as fast as they are acknowledged."""
    kwh = STEP
    with suppress(LookupError):
        while charger.is_online():
            kwh += STEP
            await charger.meter(energy_kwh=kwh, power_kw=Decimal(11))


def _acknowledged(charger: Charger) -> int:
    return sum(len(transaction.answers) for transaction in charger.transactions)


def _told(charger: Charger) -> list[str]:
    """What the charger has sent about its transaction, each message once, in order."""
    sent = (call.payload for call in charger.journal.sent if call.action in TELLING)
    return list(dict.fromkeys(_canonical(payload) for payload in sent))


def _canonical(payload: Payload) -> str:
    return json.dumps(payload, sort_keys=True)


async def _stored(world: World) -> dict[str, Counter[str]]:
    """How often each message is in the database, by charger."""
    database = Database(world.hub.plan.database_url)
    kept = text("SELECT station_id, raw FROM meter_samples WHERE raw IS NOT NULL")
    async with database.reading() as connection:
        rows = (await connection.execute(kept)).all()
    await database.close()
    found: dict[str, Counter[str]] = {spot.station: Counter() for spot in SPOTS.values()}
    for station, raw in rows:
        found[station][_canonical(json.loads(raw))] += 1
    return found


def _spot(charger: Charger) -> Spot:
    return next(spot for spot in SPOTS.values() if spot.station == charger.station_id)
