"""What a driver's card begins is a session of the app: held, followed, paid, told."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.charging import Begun, Charging, ChargingState, Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import CommandKind
from app.domain.identifiers import PartyId
from app.domain.payments import PaymentState
from app.domain.stations import Address, Phase, PresentedToken
from app.domain.tokens import Verdict, Whitelist
from app.use_cases.live_stations import LiveStation
from tests.support.chargers import V201, a_token
from tests.support.drive import CARD, Drive

OURS = PartyId("NL", "RWM")
UID = "04C0FFEE"
SHOWN = PresentedToken(UID)
S, P, K = ChargingState, PaymentState, NoticeKind


def my_card(**fields: Any) -> Any:
    """A card of the driver d-1."""
    given = {"party": OURS, "own": True, "driver_id": "d-1", "contract_id": "NL-RWM-C00000001-0"}
    return a_token(UID, **{**given, "whitelist": Whitelist.ALLOWED_OFFLINE, **fields})


async def give_card(drive: Drive, **fields: Any) -> None:
    async with drive.store.transaction() as tx:
        await tx.tokens.put(my_card(**fields))


async def mine(drive: Drive) -> Charging:
    """The driver's only session."""
    async with drive.store.reading() as tx:
        (found,) = await tx.charging.of_driver("d-1")
    return found


@pytest.fixture
async def at_charger(drive: Drive) -> LiveStation:
    await drive.furnish()
    await give_card(drive)
    return await drive.floor.connect()


async def test_a_card_begins_a_session_that_the_app_follows(
    drive: Drive, at_charger: LiveStation
) -> None:
    """Held at the start, at the tariff of the start; captured once at the end (product §1.1)."""
    live = at_charger
    drive.twice = True
    answer = await drive.floor.start(live, token=SHOWN)
    assert answer.authorization is not None
    assert answer.authorization.allowed
    await drive.pump()
    charging = await mine(drive)
    assert (charging.state, charging.begun_by) == (S.CHARGING, Begun.CARD)
    assert (charging.hold.minor, charging.cpo, charging.evse_uid) == (
        3000,
        live.station.party,
        "E1",
    )
    payment = await drive.payment(charging)
    assert (payment.state, payment.off_session) == (P.HELD, True)
    assert K.STARTED in await drive.told(charging)
    await drive.meter(live, answer.number or 0, 600, 10_000)
    await drive.unplug(live, answer.number or 0, 1200, 15_630, reason="Local")
    charging = await mine(drive)
    assert (charging.state, charging.total and charging.total.minor) == (S.COMPLETED, 938)
    payment = await drive.payment(charging)
    assert (payment.state, payment.taken.minor) == (P.CAPTURED, 938)
    assert K.RECEIPT_READY in await drive.told(charging)
    assert len(drive.bank.books.intents) == 1
    session = await drive.floor.session(live, str(answer.number))
    assert session.charging_id == charging.id


async def test_the_price_is_that_of_the_start(drive: Drive, at_charger: LiveStation) -> None:
    """Product §1.5, "Tariff changed mid-session": the price is locked."""
    answer = await drive.floor.start(at_charger, token=SHOWN)
    await drive.pump()
    async with drive.store.transaction() as tx:
        (tariff,) = await tx.tariffs.many(at_charger.station.party, ("T1",))
        await tx.tariffs.put(replace(tariff, elements=()))
    await drive.unplug(at_charger, answer.number or 0, 1200, 15_630)
    charging = await mine(drive)
    assert charging.total is not None
    assert charging.total.minor == 938


async def test_a_declined_card_stops_the_session_and_the_rest_is_owed(
    drive: Drive, at_charger: LiveStation
) -> None:
    """Declined: stopped at once with its reason; what flowed is owed (product §1.5)."""
    async with drive.store.transaction() as tx:
        bad = replace(CARD, reference="pm_card_chargeDeclined")
        await tx.payments.methods.delete(CARD.id)
        await tx.payments.methods.add(bad)
    answer = await drive.floor.start(at_charger, token=SHOWN)
    await drive.pump()
    charging = await mine(drive)
    assert (charging.state, charging.reason) == (S.STOPPING, Reason.PAYMENT_DECLINED)
    assert [c.kind for c in drive.chargers.told] == [CommandKind.STOP]
    assert K.PAYMENT_FAILED in await drive.told(charging)
    await drive.unplug(at_charger, answer.number or 0, 60, 200)
    charging = await mine(drive)
    assert charging.state is S.SETTLEMENT_FAILED
    assert (await drive.payment(charging)).state is P.CAPTURE_FAILED
    again = await drive.floor.start(at_charger, 120, token=SHOWN)
    assert again.authorization is not None
    assert again.authorization.verdict is Verdict.NO_CREDIT
    assert again.authorization.info == "unpaid_session"


async def test_without_a_way_to_pay_a_card_is_not_accepted(
    drive: Drive, at_charger: LiveStation
) -> None:
    async with drive.store.transaction() as tx:
        await tx.payments.methods.delete(CARD.id)
    answer = await drive.floor.start(at_charger, token=SHOWN)
    assert answer.authorization is not None
    assert answer.authorization.verdict is Verdict.NO_CREDIT
    await drive.pump()
    async with drive.store.reading() as tx:
        assert await tx.charging.of_driver("d-1") == []


async def test_what_began_while_the_charger_was_alone_is_owed(
    drive: Drive, at_charger: LiveStation
) -> None:
    """A charger let the card charge by its local list; nobody could pay: a debt in the end."""
    async with drive.store.transaction() as tx:
        await tx.payments.methods.delete(CARD.id)
    await drive.clock.advance(7200)
    answer = await drive.floor.start(at_charger, 0, token=SHOWN)
    await drive.unplug(at_charger, answer.number or 0, 1200, 15_630)
    charging = await mine(drive)
    assert charging.state is S.SETTLEMENT_FAILED
    for days in (1, 3, 7):
        await drive.pass_time(days * 86_400)
    assert (await drive.payment(charging)).state is P.OWED
    async with drive.store.transaction() as tx:
        await tx.payments.methods.add(CARD)
    await drive.payments.pay_owed("d-1", charging.id, method_id=CARD.id)
    await drive.pump()
    assert (await mine(drive)).state is S.COMPLETED
    assert (await drive.payment(charging)).customer == CARD.customer


async def test_a_card_shown_after_the_cable_in_ocpp_2(drive: Drive) -> None:
    """2.x: the transaction is open before the card is shown; then it is the driver's."""
    await drive.furnish()
    await give_card(drive)
    live = await drive.floor.connect(V201)
    place = {"transaction": "tx-1", "address": Address(1, 1)}
    await drive.floor.tell(live, Phase.STARTED, 0, seq_no=0, **place)
    await drive.pump()
    async with drive.store.reading() as tx:
        assert await tx.charging.of_driver("d-1") == []
    shown = {"token": PresentedToken(UID, "ISO14443"), "seq_no": 1}
    await drive.floor.tell(live, Phase.UPDATED, 30, **place, **shown)
    await drive.pump()
    charging = await mine(drive)
    assert (charging.state, charging.begun_by) == (S.CHARGING, Begun.CARD)
    assert (await drive.payment(charging)).state is P.HELD
    ended = {"transaction": "tx-1", "seq_no": 2, "stop_reason": "EVDisconnected"}
    await drive.floor.tell(live, Phase.ENDED, 90, **ended)
    await drive.pump()
    charging = await mine(drive)
    assert charging.state is S.COMPLETED
    assert (await drive.payment(charging)).state in {P.RELEASED, P.CAPTURED}


async def test_an_operators_card_of_nobody_stays_nobodys(drive: Drive) -> None:
    await drive.furnish()
    await give_card(drive, driver_id=None)
    live = await drive.floor.connect()
    answer = await drive.floor.start(live, token=SHOWN)
    await drive.pump()
    session = await drive.floor.session(live, str(answer.number))
    assert session.charging_id is None


async def test_a_restart_does_not_make_the_session_twice(
    drive: Drive, at_charger: LiveStation
) -> None:
    answer = await drive.floor.start(at_charger, token=SHOWN)
    drive.floor.restart()
    live = await drive.floor.connect()
    await drive.floor.start(live, token=SHOWN)
    await drive.pump()
    await drive.unplug(live, answer.number or 0, 600, 5_000)
    assert (await mine(drive)).state is S.COMPLETED
