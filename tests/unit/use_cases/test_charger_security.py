"""Security profiles at the door, and passwords that change without losing the charger."""

from datetime import timedelta
from json import dumps, loads
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.domain.asks import ASKS, RawAsk
from app.domain.certificates import PasswordRefused
from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
)
from app.domain.device_model import Attribute, NetworkProfile, Variable
from app.domain.errors import ChargerRefused, Conflict, InvalidInput, NotFound, Unauthenticated
from app.domain.identifiers import PartyId
from app.domain.operators import Operator
from app.domain.raw_secrets import holds_secret, password_in
from app.domain.security import PLAIN, Arrival, ClientCertificate, Security
from app.domain.security_raise import PRIORITY, PreferSecureWay, TeachSecureWay
from app.domain.stations import Credentials
from app.store.documents import pack_one, unpack_one
from app.use_cases.charger_security import ChargerSecurity
from app.use_cases.command_requests import BY_US, Asker
from app.use_cases.commands import settle_in
from app.use_cases.locations import Locations
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.exchange import Answer
from tests.support.chargers import CPO, PASSWORD, V16, V201, Floor, at

SITE = (Path(__file__).parents[3] / "docs" / "example-site.json").read_text()
OTHER = PartyId("DE", "OTH")
COMPANY = "House of Charging"
TLS = Arrival(tls=True)
OK = CommandOutcome(CommandResult.ACCEPTED)


def shown(name: str = "CP1", company: str = COMPANY, serial: str = "AB") -> Arrival:
    return Arrival(tls=True, certificate=ClientCertificate(name, company, serial))


class Door:
    """Knocks at the charger's door."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.security = ChargerSecurity(floor.store, floor.clock, floor.sealer)

    async def knock(self, *secrets: str, arrival: Arrival = PLAIN, name: str = "CP1") -> Security:
        credentials = Credentials(name, secrets) if secrets else None
        live = await self.floor.stations.connect(
            "CP1", credentials, protocol=V16, node="n1", arrival=arrival
        )
        return live.station.security

    async def turned_away(
        self, *secrets: str, arrival: Arrival = PLAIN, why: str | None = None
    ) -> None:
        with pytest.raises(Unauthenticated, match=why):
            await self.knock(*secrets, arrival=arrival)

    async def now(self) -> Security:
        return (await self.security.of(CPO, "CP1")).security

    async def sent(self, command: Command) -> str:
        """The new password as it leaves the house."""
        ask: Any = unpack_one(ASKS, self.security.reveal(command).ask)  # type: ignore[arg-type]
        return str(ask.secret)

    async def command(self, command_id: str) -> Command:
        async with self.floor.store.reading() as tx:
            return await tx.commands.need(command_id)

    async def settle(self, command: Command, outcome: CommandOutcome) -> None:
        async with self.floor.store.transaction() as tx:
            await settle_in(tx, command.id, outcome, now=self.floor.clock.now())


@pytest.fixture
async def door(floor: Floor) -> Door:
    await floor.furnish()
    async with floor.store.transaction() as tx:
        await tx.operators.put(Operator(CPO, COMPANY, at(0)))
    return Door(floor)


@pytest.mark.parametrize("profile", [0, 1, 2, 3])
async def test_p014_p019_p021_nobody_comes_in_below_the_profile(door: Door, profile: int) -> None:
    """P-014, P-019, P-021: a profile is a floor, not a room; a wrong password never passes."""
    await door.security.ask_for(CPO, "CP1", profile, at_once=True)
    ways: list[tuple[int, tuple[str, ...], Arrival]] = [
        (0, (), PLAIN),
        (0, (), TLS),
        (1, (PASSWORD,), PLAIN),
        (2, (PASSWORD,), TLS),
        (3, (), shown()),
        (3, (PASSWORD,), shown("cp1", COMPANY.upper())),
    ]
    for level, secrets, arrival in ways:
        if level >= profile:
            assert (await door.knock(*secrets, arrival=arrival)).reached == level
        else:
            await door.turned_away(*secrets, arrival=arrival)
    await door.turned_away("wrong")
    await door.turned_away("wrong", arrival=shown())


async def test_p020_a_certificate_is_of_its_charger_and_its_operator(door: Door) -> None:
    """P-020: also where the password alone would do, a certificate of somebody else is refused."""
    await door.turned_away(PASSWORD, arrival=shown("CP2"), why="of 'CP2'")
    await door.turned_away(PASSWORD, arrival=shown(company="Else"), why="company 'Else'")
    await door.turned_away(arrival=shown(""), why="of ''")
    assert (await door.knock(arrival=shown())).reached == 3


async def test_a_profile_is_raised_by_the_first_connection_that_has_it(door: Door) -> None:
    assert await door.security.ask_for(CPO, "CP1", 2) == Security(wanted=2)
    assert (await door.knock(PASSWORD)).wanted == 2
    raised = await door.knock(PASSWORD, arrival=TLS)
    assert (raised.profile, raised.wanted, raised.reached) == (2, None, 2)
    await door.turned_away(PASSWORD, why="profile 2")
    assert await door.now() == raised
    assert (await door.security.ask_for(CPO, "CP1", 1)).profile == 1
    assert (await door.knock(PASSWORD)).reached == 1


async def test_what_cannot_be_asked_of_a_charger(door: Door) -> None:
    with pytest.raises(InvalidInput):
        await door.security.ask_for(CPO, "CP1", 4)
    for call in (
        door.security.ask_for(OTHER, "CP1", 1),
        door.security.of(OTHER, "CP1"),
        door.security.ask_for(CPO, "CP9", 1),
        door.security.rotate(Asker(channel=CommandChannel.OPERATOR, cpo=OTHER), "CP1"),
        door.security.raise_to(BY_US, "CP9", 2),
    ):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(ChargerRefused):
        await door.security.rotate(BY_US, "CP1")
    await door.knock(PASSWORD)
    with pytest.raises(InvalidInput):
        await door.security.raise_to(BY_US, "CP1", 1)
    await door.security.raise_to(BY_US, "CP1", 2)
    assert (await door.now()).wanted == 2


async def test_p160_both_passwords_are_good_until_the_new_one_was_used(door: Door) -> None:
    """P-160: from before it is sent until it is used, whatever is lost or crashes between."""
    await door.knock(PASSWORD)
    command = await door.security.rotate(BY_US, "CP1")
    fresh = await door.sent(command)
    await door.knock(PASSWORD)
    door.floor.restart()
    await door.settle(command, CommandOutcome(CommandResult.TIMEOUT))
    await door.knock(PASSWORD)
    assert (await door.knock("nonsense", fresh)).pending == ()
    await door.turned_away(PASSWORD)
    await door.knock(fresh)


async def test_a_charger_that_never_took_it_keeps_its_old_one(door: Door) -> None:
    await door.knock(PASSWORD)
    command = await door.security.rotate(BY_US, "CP1")
    fresh = await door.sent(command)
    news = (pack_one(PasswordRefused(command.id)),)
    await door.settle(command, CommandOutcome(CommandResult.REJECTED, news=news))
    assert (await door.now()).pending == ()
    await door.turned_away(fresh)
    await door.knock(PASSWORD)


async def test_a_new_password_is_dropped_when_the_old_one_is_used_a_day_later(door: Door) -> None:
    """Only a charger that comes in with the old one shows that it has not got the new one."""
    await door.knock(PASSWORD)
    fresh = await door.sent(await door.security.rotate(BY_US, "CP1"))
    door.floor.clock.set(at(0) + timedelta(hours=23))
    assert len((await door.knock(PASSWORD)).pending) == 1
    door.floor.clock.set(at(0) + timedelta(hours=25))
    assert len((await door.now()).pending) == 1
    assert (await door.knock(PASSWORD)).pending == ()
    await door.turned_away(fresh)


async def test_several_on_their_way_are_all_good_but_there_is_an_end(door: Door) -> None:
    await door.knock(PASSWORD)
    fresh = [await door.sent(await door.security.rotate(BY_US, "CP1")) for _ in range(3)]
    with pytest.raises(Conflict):
        await door.security.rotate(BY_US, "CP1")
    assert (await door.knock(fresh[1])).pending == ()
    await door.turned_away(fresh[2])


async def test_a_password_given_by_hand_is_the_only_one(door: Door) -> None:
    await door.knock(PASSWORD)
    fresh = await door.sent(await door.security.rotate(BY_US, "CP1"))
    await door.floor.stations.register("CP1", CPO, "by hand 0123456789")
    await door.turned_away(fresh)
    await door.knock("by hand 0123456789")


async def test_a_site_file_imported_again_does_not_undo_a_rotation(door: Door) -> None:
    """It brings the password of once; another one is another one, and good at once."""
    places = Locations(door.floor.store, door.floor.clock, door.floor.sealer, random=Random(1))

    async def imported(password: str) -> None:
        site = loads(SITE.replace('"RW-AMS-01"', '"CP1"').replace('"AMS-HARBOUR"', '"L1"'))
        site["locations"][0]["stations"][0]["password"] = password
        await places.import_site(dumps(site), party=CPO)

    await door.knock(PASSWORD)
    fresh = await door.sent(await door.security.rotate(BY_US, "CP1"))
    await imported(PASSWORD)
    await door.knock(fresh)
    await imported(PASSWORD)
    await door.knock(fresh)
    await door.turned_away(PASSWORD)
    await imported("another 0123456789")
    await door.knock("another 0123456789")
    await door.turned_away(fresh)


async def test_a_password_at_rest_is_sealed_for_its_charger(door: Door) -> None:
    await door.knock(PASSWORD)
    command = await door.security.rotate(BY_US, "CP1")
    fresh = await door.sent(command)
    assert fresh not in str(command)
    assert door.security.reveal(await _reset(command)) == await _reset(command)


async def _reset(command: Command) -> Command:
    """The same without an ask."""
    return type(command)(
        "c9", command.kind, command.channel, command.state, at(0), at(30), station_id="CP1"
    )


WAY = NetworkProfile("wss://us.example/ocpp", 2)


async def raised(door: Door, known: str | None = "0,1") -> Command:
    """A charger of OCPP 2.x is asked to come by TLS; `known` is the order of its ways."""
    await door.floor.connect(V201)
    if known is not None:
        told = (Variable(PRIORITY, (Attribute("Actual", known),)),)
        async with door.floor.store.transaction() as tx:
            await tx.device_models.keep("CP1", told, now=door.floor.clock.now(), most=10)
    return await door.security.raise_to(BY_US, "CP1", 2, way=WAY)


async def waiting(door: Door) -> Command:
    """The last command to the charger."""
    async with door.floor.store.reading() as tx:
        return (await tx.commands.of_station("CP1", before=None, limit=1))[0]


async def test_p169_a_charger_of_2x_is_raised_by_another_way(door: Door) -> None:
    """P-169: taught the way, told to go it first, restarted; the old ways stay behind it."""
    command = await raised(door)
    assert command.ask == pack_one(TeachSecureWay(2, WAY, "2,0,1"))
    await door.settle(command, OK)
    prefer = await waiting(door)
    assert prefer.ask == pack_one(PreferSecureWay("2,0,1"))
    await door.settle(prefer, OK)
    reset = await waiting(door)
    assert (reset.kind, reset.detail) == (CommandKind.RESET, "soft")
    assert (await door.now()).wanted == 2


@pytest.mark.parametrize("step", [0, 1])
async def test_a_charger_that_says_no_stays_as_it_is(door: Door, step: int) -> None:
    command = await raised(door)
    for _ in range(step):
        await door.settle(command, OK)
        command = await waiting(door)
    await door.settle(command, CommandOutcome(CommandResult.REJECTED))
    assert await waiting(door) == await door.command(command.id)
    assert (await door.now()).wanted is None


async def test_what_makes_no_way_is_refused_clearly(door: Door) -> None:
    with pytest.raises(Conflict, match="read its variables first"):
        await raised(door, known=None)
    with pytest.raises(InvalidInput, match="where to go"):
        await door.security.raise_to(BY_US, "CP1", 2)
    with pytest.raises(InvalidInput, match="wss"):
        plain = NetworkProfile("ws://us.example", 2)
        await door.security.raise_to(BY_US, "CP1", 2, way=plain)
    full = ",".join(str(slot) for slot in range(10))
    with pytest.raises(Conflict, match="name one"):
        await raised(door, known=full)
    named = await door.security.raise_to(BY_US, "CP1", 2, way=WAY, slot=3)
    assert named.ask == pack_one(TeachSecureWay(3, WAY, "3,0,1,2,4,5,6,7,8,9"))


def setting(name: str, value: str, *, v16: bool = True) -> tuple[str, dict[str, Any]]:
    """An expert's CALL that sets something."""
    if v16:
        return "ChangeConfiguration", {"key": name, "value": value}
    wanted = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": name}}
    return "SetVariables", {"setVariableData": [{**wanted, "attributeValue": value}]}


KEYS = ("A0" * 16, "plain text 16 or more")


@pytest.mark.parametrize("v16", [True, False])
@pytest.mark.parametrize("key", KEYS)
async def test_p161_an_experts_password_is_sealed_and_learned(
    door: Door, *, v16: bool, key: str
) -> None:
    """P-160, P-161: the old one is good until the new one was used; nobody reads it anywhere."""
    await door.floor.connect(V16 if v16 else V201)
    name = "AuthorizationKey" if v16 else "BasicAuthPassword"
    action, payload = setting(name, key, v16=v16)
    assert holds_secret(action, payload)
    command = await door.security.call(BY_US, "CP1", action, payload)
    assert command.ask is not None
    assert key not in command.ask.document
    assert door.security.reveal(command).ask == pack_one(RawAsk(action, dumps(payload)))
    await door.settle(command, OK)
    await door.knock(PASSWORD)
    await door.knock(key.lower() if key == KEYS[0] else key)
    await door.turned_away(PASSWORD)


async def test_an_experts_password_that_was_refused_is_good_no_more(door: Door) -> None:
    await door.floor.connect(V16)
    action, payload = setting("authorizationkey", KEYS[1])
    command = await door.security.call(BY_US, "CP1", action, payload)
    dialect = next(each for each in DIALECTS if each.subprotocol == V16)
    outcome = dialect.read_outcome(command, Answer({"status": "Rejected"}))
    await door.settle(command, outcome)
    await door.turned_away(KEYS[1])


@pytest.mark.parametrize(
    ("call", "secret", "password"),
    [
        (setting("SharedSecret", "x"), True, None),
        (setting("HeartbeatInterval", "300"), False, None),
        (setting("HeartbeatInterval", "300", v16=False), False, None),
        (("SetVariables", {"setVariableData": ["no"]}), False, None),
        (("SetVariables", {"setVariableData": None}), False, None),
        (("Reset", {"type": "Hard"}), False, None),
        (setting("BasicAuthPassword", "secret", v16=False), True, "secret"),
    ],
)
def test_what_holds_a_secret(
    call: tuple[str, dict[str, Any]], *, secret: bool, password: str | None
) -> None:
    assert holds_secret(*call) is secret
    assert password_in(*call) == password
