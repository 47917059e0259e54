"""Lists, triggers, makers' messages and costs, whole: what a simulated charger makes of them."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.asks import StationAsk
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.device_model import Attribute, Variable, VariableName
from app.domain.local_lists import GetLocalListVersion, WantedList
from app.domain.messages import ExtendedTrigger, TransferData, Trigger
from app.simulators.charger_dialect import Message
from app.simulators.charger_socket import Refusal
from app.store.station_log import Sought
from app.store.transaction import Store
from app.use_cases.running_costs import RunningCosts
from app.use_cases.station_logs import SECURITY, TRANSFERS
from tests.support.chargers import CPO, TAG, a_token
from tests.support.clock import FakeClock
from tests.support.kept_charger import a_kept_charger

V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"
EVERY, V2 = (V16, V201, V21), (V201, V21)
ALL = Sought()
PNC = "org.openchargealliance.iso15118pnc"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


@pytest.mark.parametrize("version", EVERY)
async def test_p143_p208_a_list_follows_the_tokens(
    store: Store, clock: FakeClock, version: str
) -> None:
    """P-143, P-144, P-208."""
    cards = [a_token(f"CARD{n}", own=True, group_id="FLEET") for n in range(25)]
    async with a_kept_charger(store, clock, version, *cards) as kept:
        listing, lists = kept.dialect.listing, kept.lists
        assert (await lists.standing(CPO, "CP1")).wanted is None
        await lists.want(CPO, "CP1", WantedList())
        first = await kept.settle()
        assert [c.ask.shape for c in first if c.ask] == ["SendLocalList"] * 2
        assert (len(listing.entries), listing.version) == (25, 2)
        group = (
            listing.entries["CARD7"].get("parentIdTag")
            or listing.entries["CARD7"]["groupIdToken"]["idToken"]
        )
        assert group == "FLEET"
        async with store.transaction() as tx:
            await tx.tokens.put(replace(cards[3], valid=False))
        await lists.look()
        [change] = await kept.settle()
        assert '"full":false' in (change.ask.document if change.ask else "")
        assert "CARD4" not in (change.ask.document if change.ask else "")
        assert listing.entries["CARD3"]["status"] == "Blocked"
        listing.version = 40  # somebody else was here
        async with store.transaction() as tx:
            await tx.tokens.put(replace(cards[3], valid=True))
        await lists.look()
        assert len(await kept.settle()) == 3
        state = (await lists.standing(CPO, "CP1")).state
        assert (state.certain, state.told, len(state.held)) == (True, "Accepted", 25)
        assert listing.version == state.version
        listing.entries = {}
        await lists.come_back("CP1")
        await kept.settle()
        assert len(listing.entries) == 25


async def test_p144_versions_that_are_none(store: Store, clock: FakeClock) -> None:
    """P-144."""
    async with a_kept_charger(store, clock, V16) as kept:
        assert (await kept.ask(GetLocalListVersion())).outcome.accepted  # type: ignore[union-attr]
        kept.charger.script["GetLocalListVersion"] = {"listVersion": -1}
        outcome = (await kept.ask(GetLocalListVersion())).outcome
        assert outcome is not None
        assert outcome.result is CommandResult.NOT_SUPPORTED
        assert (await kept.lists.standing(CPO, "CP1")).state.told == "NotSupported"


OLD = ("DiagnosticsStatusNotification", "FirmwareStatusNotification")
ALWAYS = ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification")
NEW = ("LogStatusNotification", "FirmwareStatusNotification")


@pytest.mark.parametrize(
    ("said", "tries", "told"),
    [
        (Refusal("InternalError", "no room"), 3, "InternalError: no room"),
        (Refusal("NotImplemented", ""), 1, "NotSupported"),
        ({"status": "Failed"}, 3, "Failed"),
    ],
)
async def test_p143_p151_a_list_is_sent_again_at_once(
    *, store: Store, clock: FakeClock, said: Any, tries: int, told: str
) -> None:
    """P-143, P-151: whichever way it was refused; after a few times the charger is left alone."""
    card = a_token("CARD1", own=True)
    async with a_kept_charger(store, clock, V201, card) as kept:
        kept.charger.script["SendLocalList"] = said
        await kept.lists.want(CPO, "CP1", WantedList())
        assert len(await kept.settle()) == tries
        state = (await kept.lists.standing(CPO, "CP1")).state
        assert (state.told, state.certain, state.sent_at) == (told, False, None)
        del kept.charger.script["SendLocalList"]
        await kept.lists.resend(CPO, "CP1")
        await kept.settle()
        assert (await kept.lists.standing(CPO, "CP1")).state.certain


@pytest.mark.parametrize(
    ("version", "asks"),
    [
        (V16, [Trigger(each) for each in (*ALWAYS, *OLD)]),
        (V16, [ExtendedTrigger(each) for each in (*ALWAYS, *NEW, "SignChargePointCertificate")]),
        *[(each, [Trigger(m) for m in (*ALWAYS, *NEW, "TransactionEvent")]) for each in V2],
    ],
)
async def test_p141_p159_messages_are_triggered(
    store: Store, clock: FakeClock, version: str, asks: list[StationAsk]
) -> None:
    """P-141, P-159."""
    async with a_kept_charger(store, clock, version) as kept:
        for ask in asks:
            outcome = (await kept.ask(ask)).outcome
            assert outcome is not None
            assert outcome.accepted, ask
        at_one = await kept.ask(asks[3], evse_uid="E2", connector_id="1")
        assert at_one.outcome is not None
        assert at_one.outcome.accepted


async def test_p141_a_makers_trigger(store: Store, clock: FakeClock) -> None:
    """P-141."""
    custom = Trigger("CustomTrigger", custom="DoorState")
    async with a_kept_charger(store, clock, V21) as kept:
        kept.charger.script["TriggerMessage"] = {"status": "Accepted"}
        assert (await kept.ask(custom)).outcome == CommandOutcome(
            CommandResult.ACCEPTED, answer='{"status":"Accepted"}'
        )


@pytest.mark.parametrize("version", EVERY)
async def test_an_operator_sends_a_makers_message(
    store: Store, clock: FakeClock, version: str
) -> None:
    async with a_kept_charger(store, clock, version) as kept:
        command = await kept.ask(TransferData("org.example", "hello", '{"a":1}'))
        assert command.outcome is not None
        assert command.outcome.answer == '{"status":"UnknownVendorId"}'
        assert await kept.records.log(CPO, "CP1", TRANSFERS, ALL) == []


async def test_p127_messages_of_201_that_travel_in_16(store: Store, clock: FakeClock) -> None:
    """P-127."""
    event = {"type": "MemoryExhaustion", "timestamp": "2026-05-04T12:00:00Z"}
    told = {"vendorId": PNC, "messageId": "SecurityEventNotification", "data": json.dumps(event)}
    card = {"idToken": {"idToken": TAG.uid, "type": "ISO14443"}}
    asked = {"vendorId": PNC, "messageId": "Authorize", "data": json.dumps(card)}
    async with a_kept_charger(store, clock, V16) as kept:

        async def say(**payload: Any) -> Any:
            return await kept.charger.tell(Message("DataTransfer", payload))

        assert await say(**told) == {"status": "Accepted", "data": "{}"}
        [event_kept] = await kept.records.log(CPO, "CP1", SECURITY, ALL)
        assert (event_kept.kind, event_kept.severity) == ("MemoryExhaustion", 4)
        answer = await say(**asked)
        assert json.loads(answer["data"])["idTokenInfo"]["status"] == "Accepted"
        assert await say(**(told | {"data": '{"type":1}'})) == {"status": "Rejected"}
        assert await say(**(told | {"messageId": "Heartbeat"})) == {"status": "UnknownMessageId"}
        assert await say(vendorId="org.example") == {"status": "UnknownVendorId"}
        kinds = [each.kind for each in await kept.records.log(CPO, "CP1", TRANSFERS, ALL)]
        assert kinds == [
            "org.example",
            f"{PNC}/Heartbeat",
            f"{PNC}/SecurityEventNotification",
            f"{PNC}/Authorize",
            f"{PNC}/SecurityEventNotification",
        ]


@pytest.mark.parametrize("version", V2)
async def test_p198_costs_are_shown_where_they_can_be(
    store: Store, clock: FakeClock, version: str
) -> None:
    """P-198."""
    name = VariableName("Enabled", "TariffCostCtrlr", "Cost")
    able = Variable(name, (Attribute(value="true"),))
    async with a_kept_charger(store, clock, version) as kept:
        await kept.charger.plug_in()
        await kept.charger.present(1, TAG.uid)
        await kept.charger.meter(1, energy_kwh=Decimal(3), power_kw=Decimal(11))
        assert await RunningCosts(store, clock).push() == 0
        async with store.transaction() as tx:
            await tx.device_models.keep("CP1", [able], now=clock.now(), most=10)
        costs = RunningCosts(store, clock)
        assert [await costs.push(), await costs.push()] == [1, 0]
        [shown] = await kept.settle()
        assert shown.outcome is not None
        assert shown.outcome.accepted
        running = kept.charger.running(1)
        assert running is not None
        first = running.answers[-1]["totalCost"]
        await kept.charger.meter(1, energy_kwh=Decimal(6), power_kw=Decimal(11))
        assert await costs.push() == 1
        await kept.settle()
        assert running.answers[-1]["totalCost"] > first
