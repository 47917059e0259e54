"""Chargers are brought to what their operator wants, whatever happens on the way."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from app.domain.configuration import MOST_WISHES, TRY_AGAIN_AFTER, Stage
from app.domain.device_model import Setting, VariableName
from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.stations import Station
from app.store.transaction import Store
from app.use_cases.commands import Commands
from app.use_cases.configuration import Configurations, Standing, booted
from tests.support.boxes import Box, Hands
from tests.support.clock import NOON, FakeClock

CPO = PartyId("NL", "RW1")
V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"
NAMES = {
    V16: VariableName("HeartbeatInterval"),
    V201: VariableName("HeartbeatInterval", "OCPPCommCtrlr"),
    V21: VariableName("HeartbeatInterval", "OCPPCommCtrlr"),
}
READS = {V16: "GetConfiguration", V201: "GetVariables", V21: "GetVariables"}
WRITES = {V16: "ChangeConfiguration", V201: "SetVariables", V21: "SetVariables"}


class World:
    """The charger CP1 of a version, and its operator's wishes."""

    def __init__(self, store: Store, clock: FakeClock, protocol: str) -> None:
        self.store, self.clock, self.protocol = store, clock, protocol
        self.box = Box(protocol)
        self.beat = NAMES[protocol]
        self.restart()

    def restart(self) -> None:
        """The process dies, and another one goes on."""
        self.wishes = Configurations(self.store, self.clock)
        commands = Commands(self.store, self.clock, self.box, random=Random(1))
        self.hands = Hands(self.store, commands, self.wishes)
        self.commands = commands

    async def connect(self, *, here: bool = True) -> None:
        """The charger comes, or goes."""
        node = "n1" if here else None
        async with self.store.transaction() as tx:
            await tx.stations.put(Station("CP1", CPO, "hash", protocol=self.protocol, node=node))

    async def boot(self) -> None:
        """The charger boots."""
        async with self.store.transaction() as tx:
            await booted(tx, await tx.stations.need("CP1"), now=self.clock.now())
        await self.hands.carry()

    async def want(self, value: str = "60") -> None:
        """Want another heartbeat interval."""
        await self.wishes.want(CPO, "CP1", [Setting(self.beat, value)], by="k-1")
        await self.hands.carry()

    async def standing(self) -> Standing:
        """How far it is."""
        return await self.wishes.standing(CPO, "CP1")

    async def stage(self) -> tuple[Stage, str | None]:
        """How far the one wish is, and the charger's last word."""
        state = (await self.standing()).state
        assert state is not None
        return state.progress[0].stage, state.progress[0].told

    def answer(self, payload: dict[str, Any] | None) -> None:
        """Answer a write so."""

        async def said(_asked: dict[str, Any]) -> dict[str, Any] | None:
            return payload

        self.box.answers[WRITES[self.protocol]] = said


@pytest.fixture(params=[V16, V201, V21])
async def world(request: Any, store: Store, clock: FakeClock) -> World:
    """A connected charger of each version."""
    made = World(store, clock, request.param)
    await made.connect()
    return made


@pytest.fixture
async def flat(store: Store, clock: FakeClock) -> World:
    """A connected charger of OCPP 1.6."""
    made = World(store, clock, V16)
    await made.connect()
    return made


async def test_what_is_wanted_is_read_written_and_verified(world: World) -> None:
    await world.want()
    reads, writes = READS[world.protocol], WRITES[world.protocol]
    assert world.box.actions == [reads, writes, reads]
    standing = await world.standing()
    key = world.beat.key
    assert standing.told[key].variable.value == "60"
    assert standing.state is not None
    assert standing.state.progress[0].stage is Stage.AGREES
    assert (standing.state.due_at, standing.own) == (None, {key})
    await world.hands.carry()
    assert len(world.box.asked) == 3


async def test_what_is_set_already_is_not_written(flat: World) -> None:
    await flat.want("300")
    assert flat.box.actions == ["GetConfiguration"]


async def test_drift_is_found_and_set_right_after_a_boot(world: World) -> None:
    await world.want()
    for name in world.box.works.settings:
        if name.endswith("HeartbeatInterval"):
            world.box.works.settings[name] = "900"
    world.clock.set(NOON + timedelta(hours=1))
    await world.boot()
    assert world.box.actions[3:] == [
        READS[world.protocol],
        WRITES[world.protocol],
        READS[world.protocol],
    ]
    assert "60" in world.box.works.settings.values()


async def test_a_charger_without_wishes_is_left_alone(flat: World) -> None:
    await flat.boot()
    assert flat.box.asked == []
    assert (await flat.standing()).state is None


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
async def test_a_refusal_is_shown_and_not_repeated(flat: World, status: str) -> None:
    """P-140: why it was refused."""
    flat.answer({"status": status})
    await flat.want()
    assert await flat.stage() == (Stage.REFUSED, status)
    assert flat.box.actions == ["GetConfiguration", "ChangeConfiguration"]


async def test_what_needs_a_boot_is_verified_after_it(flat: World) -> None:
    """P-168: the boot that is required is shown, and what it brought is looked at."""
    flat.answer({"status": "RebootRequired"})
    await flat.want()
    state = (await flat.standing()).state
    assert state is not None
    assert state.reboot_required
    async with flat.store.reading() as tx:
        assert [fact.topic for fact in await tx.station_facts.told("CP1")] == ["reboot_required"]
    flat.box.works.settings["HeartbeatInterval"] = "60"
    await flat.boot()
    assert (await flat.stage())[0] is Stage.AGREES
    async with flat.store.reading() as tx:
        assert await tx.station_facts.told("CP1") == []


async def test_a_charger_that_does_not_answer_is_tried_later(flat: World) -> None:
    flat.box.mute = True
    await flat.want()
    await flat.wishes.tick()
    await flat.hands.carry()
    assert await flat.stage() == (Stage.UNREAD, "no answer")
    assert len(flat.box.asked) == 1
    flat.box.mute = False
    flat.answer(None)
    flat.clock.set(NOON + TRY_AGAIN_AFTER)
    await flat.wishes.tick()
    await flat.hands.carry()
    assert await flat.stage() == (Stage.UNREAD, "InternalError: broken")
    assert len(flat.box.asked) == 3


async def test_a_wish_waits_for_a_charger_that_is_away(flat: World) -> None:
    await flat.connect(here=False)
    await flat.want()
    await flat.wishes.tick()
    await flat.hands.carry()
    assert flat.box.asked == []
    await flat.connect()
    flat.restart()
    await flat.wishes.tick()
    await flat.hands.carry()
    assert (await flat.stage())[0] is Stage.AGREES


async def test_a_charger_that_leaves_in_between_goes_on_when_it_is_back(flat: World) -> None:
    flat.box.offline = True
    await flat.wishes.want(CPO, "CP1", [Setting(flat.beat, "60")], by="k-1")
    await flat.hands.carry()
    assert (await flat.stage())[0] is Stage.UNREAD
    flat.box.offline = False
    await flat.wishes.tick()
    await flat.hands.carry()
    assert (await flat.stage())[0] is Stage.AGREES


async def test_a_step_that_was_asked_is_not_asked_again_by_another_process(flat: World) -> None:
    """The answer is lost with the process: the command's deadline makes the round go on."""
    await flat.wishes.want(CPO, "CP1", [Setting(flat.beat, "60")], by="k-1")
    await flat.wishes.configure("CP1")
    flat.restart()
    await flat.wishes.configure("CP1")
    await flat.wishes.tick()
    async with flat.store.reading() as tx:
        asked = await tx.commands.of_station("CP1", before=None, limit=10)
    assert len(asked) == 1
    flat.clock.set(asked[0].deadline + timedelta(seconds=1))
    await flat.commands.expire()
    async with flat.store.reading() as tx:
        state = await tx.configurations.of("CP1")
    assert state is not None
    assert (state.asked, state.progress[0].stage) == (None, Stage.UNANSWERED)


async def test_defaults_are_for_all_chargers_of_the_operator(flat: World) -> None:
    await flat.wishes.want_of_all(CPO, [Setting(flat.beat, "120")], by="k-1")
    await flat.hands.carry()
    assert "120" in flat.box.works.settings.values()
    await flat.want()
    assert [w.setting.value for w in (await flat.standing()).wanted.values()] == ["60"]
    await flat.wishes.want_no_more(CPO, "CP1", flat.beat)
    await flat.hands.carry()
    assert "120" in flat.box.works.settings.values()
    await flat.wishes.want_of_all_no_more(CPO, flat.beat)
    await flat.hands.carry()
    state = (await flat.standing()).state
    assert state is not None
    assert state.progress == ()
    with pytest.raises(NotFound):
        await flat.wishes.want_of_all_no_more(CPO, flat.beat)
    with pytest.raises(NotFound):
        await flat.wishes.want_no_more(CPO, "CP1", flat.beat)


async def test_secrets_and_too_many_wishes_are_refused(flat: World) -> None:
    """P-161: a key is never among what is wanted."""
    for secret in ("AuthorizationKey", "authorizationkey", "BasicAuthPassword"):
        with pytest.raises(InvalidInput):
            await flat.wishes.want(CPO, "CP1", [Setting(VariableName(secret), "x")], by="k")
    many = [Setting(VariableName(f"Key{n}"), "1") for n in range(MOST_WISHES + 1)]
    with pytest.raises(InvalidInput):
        await flat.wishes.want(CPO, "CP1", many, by="k")
    with pytest.raises(NotFound):
        await flat.wishes.want(PartyId("DE", "OTH"), "CP1", many[:1], by="k")


async def test_a_boot_loop_does_not_become_a_configuration_loop(flat: World) -> None:
    """Q-34: at most one round in ten minutes, and that one is not forgotten."""
    await flat.want()
    for _ in range(5):
        await flat.boot()
    assert len(flat.box.asked) == 3
    flat.clock.set(NOON + timedelta(minutes=10))
    await flat.wishes.tick()
    await flat.hands.carry()
    assert len(flat.box.asked) == 4
