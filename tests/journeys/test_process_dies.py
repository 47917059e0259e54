"""Story 7: `kill -9` at the worst moments; nothing is lost, told twice to harm, or paid twice."""

from decimal import Decimal

import pytest

from app.simulators.http_server import FaultKind
from tests.support.driving import (
    Follower,
    Purse,
    cdr_of,
    in_state,
    save_card,
    shown,
    start_as_asked,
    start_requests,
    started,
)
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def dying(*roles: str) -> pytest.MarkDecorator:
    """Both shapes: the one process dies, or of the three those whose death is the story."""
    cases = [
        pytest.param(ONE, ("all",), id="one-process"),
        pytest.param(THREE, roles, id="three-processes"),
    ]
    return pytest.mark.parametrize(("world", "roles"), cases, indirect=["world"])


DEATHS = [
    pytest.param(ONE, [("all",)], id="one-process"),
    pytest.param(THREE, [("bridge",), ("worker",), ("api",)], id="three-processes-in-turn"),
]


@pytest.mark.parametrize(("world", "deaths"), DEATHS, indirect=["world"])
async def test_in_the_middle_of_a_session(world: World, deaths: list[tuple[str, ...]]) -> None:
    """The charger goes on and keeps what it has to tell; everybody finds the session again."""
    spot = SPOTS["ocpp1.6"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone)
        purse = Purse(world)
        session_id = (await started(world, phone, spot))["id"]
        screen = Follower(phone, session_id)
        async with screen.following():
            await screen.until(state="charging")
            kwh = Decimal(0)
            for roles in deaths:
                kwh += 1
                await charger.meter(energy_kwh=kwh, power_kw=Decimal(11))
                await world.hub.kill9(*roles)
                for _ in range(3):  # told late, in order, when the hub is back
                    kwh += 1
                    await charger.meter(energy_kwh=kwh, power_kw=Decimal(11))
                await world.hub.start()
                await charger.settled()
                await screen.until(energy_kwh=str(kwh))
            await phone.post(f"/sessions/{session_id}/stop")
            await until(lambda: charger.running() is None)
            await charger.unplug()
            await until(lambda: screen.ended)
        screen.check_order()
        due = spot.cost(str(kwh))
        held = screen.last["hold"]["minor"]
        assert screen.last["cost"]["minor"] == due
        assert purse.movements() == [("held", held), ("captured", due), ("released", held - due)]
        assert round(Decimal((await cdr_of(world, spot))["total"]["gross"]) * 100) == due
        assert len(charger.transactions) == 1
        await until(lambda: "receipt.ready" in shown(world, phone))
        assert shown(world, phone).count("session.started") == 1
        assert charger.violations == []


async def test_a_session_ends_while_the_hub_is_dead(world: World) -> None:
    spot = SPOTS["ocpp2.0.1"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone)
        purse = Purse(world)
        session_id = (await started(world, phone, spot))["id"]
        await in_state(phone, session_id, "charging")
        await world.hub.kill9()
        await charger.meter(energy_kwh=Decimal("6.25"), power_kw=Decimal(11))
        await charger.unplug()
        await world.hub.start()
        await charger.settled()
        await in_state(phone, session_id, "completed")
        assert purse.captured() == [spot.cost("6.25")]
        assert charger.violations == []


@dying("bridge", "worker")
async def test_in_the_middle_of_a_push(world: World, roles: tuple[str, ...]) -> None:
    """§10.17.

    The partner ends with the newest state and one CDR, told twice at most and never changed.
    """
    spot = SPOTS["ocpp2.1"]
    async with world.partner("EMSP") as partner, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        uid = (await world.evse(spot))["uid"]
        start = await partner.start_session(spot.location, uid, "1")
        assert (await partner.result(start))["result"] == "ACCEPTED"
        await until(lambda: partner.received.of("sessions"))

        partner.fault("slow", path="/sessions/", seconds=0.7)
        known = len(partner.requests)
        await charger.meter(energy_kwh=Decimal(2), power_kw=Decimal(50))
        await until(lambda: any("/sessions/" in r.path for r in partner.requests[known:]))
        await world.hub.kill9(*roles)
        await charger.meter(energy_kwh=Decimal(3), power_kw=Decimal(50))
        await charger.meter(energy_kwh=Decimal(4), power_kw=Decimal(50))
        await world.hub.start()
        await charger.settled()
        await until(lambda: partner.received.of("sessions")[0]["kwh"] == 4)

        # The CDR arrives, but the hub dies before it hears so.
        partner.fault("slow", path="/cdrs", seconds=0.7)
        await charger.meter(energy_kwh=Decimal(5), power_kw=Decimal(50))
        await charger.unplug()
        await until(lambda: any(r.path.endswith("/cdrs") for r in partner.requests))
        await world.hub.kill9(*roles)
        (cdr,) = await until(lambda: partner.received.of("cdrs"))
        await world.hub.start()
        await until(lambda: partner.received.repeated_cdrs == [cdr["id"]])
        assert [c["id"] for c in partner.received.of("cdrs")] == [cdr["id"]]
        await until(lambda: partner.received.of("sessions")[0]["status"] == "COMPLETED")
        assert partner.received.of("sessions")[0]["kwh"] == cdr["total_energy"] == 5
        assert len(await partner.pull("cdrs")) == 1
        assert charger.violations == []


@dying("worker")
async def test_between_hold_and_start(world: World, roles: tuple[str, ...]) -> None:
    """The hold's answer never came: it is asked for again, under the same key, and held once."""
    spot = SPOTS["ocpp1.6"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone)
        purse = Purse(world)
        world.provider.fault("slow", path="/v1/payment_intents", method="POST", seconds=0.7)
        known = len(world.provider.requests)
        session_id = (await started(world, phone, spot))["id"]
        await until(lambda: len(world.provider.requests) > known)
        await world.hub.kill9(*roles)
        await until(purse.movements)  # the provider did it all the same
        await world.hub.start()
        await in_state(phone, session_id, "charging")
        assert [kind for kind, _ in purse.movements()] == ["held"]
        assert len(charger.transactions) == 1
        await charger.meter(energy_kwh=Decimal(2), power_kw=Decimal(11))
        await charger.unplug()
        await in_state(phone, session_id, "completed")
        assert purse.captured() == [spot.cost("2")]
        assert world.provider.conflicts == []
        assert charger.violations == []


@dying("bridge", "worker")
async def test_between_the_start_and_its_answer(world: World, roles: tuple[str, ...]) -> None:
    """A start is sent at most once; the session that came of it is adopted."""
    spot = SPOTS["ocpp2.0.1"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone)
        purse = Purse(world)
        charger.script["RequestStartTransaction"] = None  # its answer is never heard
        session_id = (await started(world, phone, spot))["id"]
        asked = await until(lambda: start_requests(charger))
        await world.hub.kill9(*roles)
        await start_as_asked(charger, asked[0])
        await world.hub.start()
        await charger.settled()
        await in_state(phone, session_id, "charging")
        await charger.meter(energy_kwh=Decimal(2), power_kw=Decimal(11))
        await charger.unplug()
        await in_state(phone, session_id, "completed")
        assert len(start_requests(charger)) == 1
        assert len(charger.transactions) == 1
        assert purse.captured() == [spot.cost("2")]
        assert charger.violations == []


CAPTURES = [
    pytest.param(ONE, ("all",), "slow", id="one-process-slow"),
    pytest.param(ONE, ("all",), "lost", id="one-process-lost"),
    pytest.param(THREE, ("worker",), "slow", id="three-processes-slow"),
]


@pytest.mark.parametrize(("world", "roles", "fault"), CAPTURES, indirect=["world"])
async def test_between_the_capture_and_its_answer(
    world: World, roles: tuple[str, ...], fault: FaultKind
) -> None:
    spot = SPOTS["ocpp2.1"]
    async with world.driver() as phone, world.charger(spot) as charger:
        await charger.booted()
        await charger.plug_in()
        await save_card(world, phone)
        purse = Purse(world)
        session_id = (await started(world, phone, spot))["id"]
        await in_state(phone, session_id, "charging")
        await charger.meter(energy_kwh=Decimal(7), power_kw=Decimal(100))
        world.provider.fault(fault, path="/capture", seconds=0.7)
        await charger.unplug()
        await until(lambda: _captures(world, purse))
        await world.hub.kill9(*roles)
        await until(lambda: "captured" in [kind for kind, _ in purse.movements()])
        await world.hub.start()
        done = await in_state(phone, session_id, "completed")
        due, held = spot.cost("7"), done["hold"]["minor"]
        assert purse.movements() == [("held", held), ("captured", due), ("released", held - due)]
        assert done["payment"]["captured"]["minor"] == due
        assert world.provider.conflicts == []
        await until(lambda: shown(world, phone).count("receipt.ready") == 1)
        assert charger.violations == []


def _captures(world: World, purse: Purse) -> int:
    ids = {intent.id for intent in purse.payments}
    paths = [request.path for request in world.provider.requests]
    return sum(path.split("/")[-2] in ids for path in paths if path.endswith("/capture"))
