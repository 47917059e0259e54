"""The failures of product §1.5 that no other test tells by name, on chargers' own messages."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.charging import ChargingState, Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.errors import ChargerRefused, PaymentDeclined
from app.domain.locations import EvseStatus
from app.domain.payments import PaymentState
from app.domain.stations import Address, ConnectorState, Phase
from app.domain.tariffs import Dimension, TariffElement
from app.queries.history import History
from tests.support.chargers import CPO, a_location, an_evse, shows
from tests.support.drive import CARD, ME, Drive, prices
from tests.support.money import eur
from tests.support.priced import a_component, a_tariff, energy_at

S, K, P = ChargingState, NoticeKind, PaymentState


async def with_a_neighbour(drive: Drive) -> None:
    """Another site close by, whose one connector is free."""
    free = an_evse(1, status=EvseStatus.AVAILABLE, station_id=None)
    async with drive.store.transaction() as tx:
        await tx.locations.put(replace(a_location(free), id="L2", name="Next door"))


async def test_charger_offline_before_start(drive: Drive) -> None:
    """Product §1.5: no start, no payment; since when, and the next best charger."""
    await drive.furnish()
    live = await drive.floor.connect()
    gone_at = drive.clock.now()
    await drive.floor.stations.disconnect(live)
    await with_a_neighbour(drive)
    await drive.clock.advance(120)
    with pytest.raises(ChargerRefused, match="offline") as refused:
        await drive.quote()
    assert refused.value.since == gone_at
    best = refused.value.elsewhere
    assert best is not None
    assert (best.location_id, best.name, best.here) == ("L2", "Next door", False)
    assert drive.bank.books.intents == {}


async def test_start_rejected_offers_the_next_best(drive: Drive) -> None:
    """Product §1.5: told at once why, with the hold released and another charger named."""
    await drive.furnish()
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.PREPARING)
    await with_a_neighbour(drive)
    drive.chargers.outcome = CommandOutcome(CommandResult.REJECTED)
    began = drive.clock.now()
    charging = await drive.started()
    assert (charging.state, charging.reason) == (S.START_REJECTED, Reason.CHARGER_REFUSED)
    assert (drive.clock.now() - began).total_seconds() <= 2
    snapshot = await History(drive.store).snapshot(charging.id, drive.clock.now())
    assert snapshot.elsewhere is not None
    assert snapshot.elsewhere.location_id == "L2"
    await drive.clock.advance(16 * 60)
    later = await History(drive.store).snapshot(charging.id, drive.clock.now())
    assert later.elsewhere is None


async def test_payment_fails_after_the_charge(drive: Drive) -> None:
    """Product §1.5: owed, tried again on day 1, 3 and 7, next start blocked, paid by oneself."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    held = await drive.payment(charging)
    async with drive.store.transaction() as tx:
        bad = replace(held, method_reference="pm_card_chargeDeclined")
        await tx.payments.save(replace(bad, hold=eur("1")))
    await drive.unplug(live, number, 600, 5_000)
    assert (await drive.now(charging)).state is S.SETTLEMENT_FAILED
    assert K.PAYMENT_FAILED in await drive.told(charging)
    with pytest.raises(PaymentDeclined, match="unpaid_session"):
        await drive.chargings.start((await drive.quote()).id, ME)
    tries = []
    for day in range(1, 9):
        await drive.pass_time(86_400)
        payment = await drive.payment(charging)
        tries.append((day, payment.round))
    rounds = [count for _, count in tries]
    assert [day for (day, now), old in zip(tries[1:], rounds, strict=False) if now != old] == [
        3,
        7,
    ]
    assert (await drive.payment(charging)).state is P.OWED
    async with drive.store.transaction() as tx:
        await tx.payments.methods.add(replace(CARD, id="m-2", default=False))
    await drive.payments.pay_owed("d-1", charging.id, method_id="m-2")
    await drive.pump()
    assert (await drive.now(charging)).state is S.COMPLETED
    await drive.chargings.start((await drive.quote()).id, ME)


async def test_session_interrupted(drive: Drive) -> None:
    """Product §1.5: told once after two minutes, the hold kept, billed by the buffered meter."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 300, 2_000)
    await drive.floor.stations.disconnect(live)
    await drive.pump()
    await drive.pass_time(60)
    assert K.INTERRUPTED not in await drive.told(charging)
    await drive.pass_time(60)
    await drive.pass_time(600)
    assert K.INTERRUPTED in await drive.told(charging)
    assert (await drive.payment(charging)).state is P.HELD
    back = await drive.floor.connect()
    await drive.meter(back, number, 900, 6_000)
    assert (await drive.now(charging)).state is S.CHARGING
    await drive.unplug(back, number, 1_500, 8_000)
    assert (await drive.now(charging)).total == eur("4.80")


async def test_reconnect_replays_old_messages(drive: Drive) -> None:
    """Product §1.5 and §3 case 16: what comes again, with its old times, counts once; silently."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    for seconds, wh in ((300, 2_000), (600, 4_000)):
        await drive.meter(live, number, seconds, wh)
    told = await drive.told(charging)
    await drive.floor.stations.disconnect(live)
    back = await drive.floor.connect()
    for seconds, wh in ((300, 2_000), (600, 4_000), (300, 2_000)):
        await drive.floor.tell(
            back,
            Phase.UPDATED,
            seconds,
            transaction=str(number),
            address=Address(0, 1),
            readings=(shows(seconds, 1_000 + wh),),
        )
    await drive.pump()
    assert await drive.told(charging) == told
    for _ in range(2):
        await drive.unplug(back, number, 900, 5_000)
    done = await drive.now(charging)
    assert (done.state, done.total) == (S.COMPLETED, eur("3.00"))
    assert len(drive.bank.books.intents) == 1


@pytest.mark.parametrize("reason", ["EmergencyStop", "PowerLoss", "DeAuthorized"])
async def test_faulted_during_charge(drive: Drive, reason: str) -> None:
    """Product §1.5: told at once; what was delivered is settled."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.unplug(live, number, 600, 2_000, reason=reason)
    done = await drive.now(charging)
    assert (done.state, done.reason, done.total) == (
        S.COMPLETED, Reason.STOPPED_BY_FAULT, eur("1.20"),
    )  # fmt: skip
    assert K.FAULT in await drive.told(charging)


async def test_stop_does_not_work(drive: Drive) -> None:
    """Product §1.5: after 60 s "press stop at the charger"; the bill follows the meter."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.chargings.stop(charging.id, ME)
    await drive.pump()
    assert K.STOP_FAILED not in await drive.told(charging)
    await drive.pass_time(61)
    current = await drive.now(charging)
    assert (current.state, current.reason) == (S.STOPPING, Reason.STOP_REFUSED)
    assert K.STOP_FAILED in await drive.told(charging)
    await drive.unplug(live, number, 600, 3_000, reason="Local")
    assert (await drive.now(charging)).total == eur("1.80")


async def test_ev_never_draws(drive: Drive) -> None:
    """Product §1.5: five minutes without energy, then "your car is not taking power", once."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    await drive.plug_in(live, charging, 20)
    await drive.pass_time(240)
    assert K.NOT_DRAWING not in await drive.told(charging)
    await drive.pass_time(70)
    assert K.NOT_DRAWING in await drive.told(charging)


async def test_tariff_changed_mid_session(drive: Drive) -> None:
    """Product §1.5: nothing is told, and the price is the quote's."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    async with drive.store.transaction() as tx:
        dearer = replace(prices(), elements=(energy_at("5.00"),))
        await tx.tariffs.put(replace(dearer, party=CPO))
    told = await drive.told(charging)
    await drive.meter(live, number, 300, 2_000)
    assert await drive.told(charging) == told
    await drive.unplug(live, number, 600, 5_000)
    assert (await drive.now(charging)).total == eur("3.00")


async def test_80_percent_is_told_when_it_is_crossed(drive: Drive) -> None:
    """Product §1.2 A9: once, and not to who began above it."""
    await drive.furnish()
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 300, 2_000)
    assert (await drive.now(charging)).soc_first == Decimal(54)
    high = replace(shows(600, 4_000), soc=Decimal(80))
    await drive.floor.tell(
        live,
        Phase.UPDATED,
        600,
        transaction=str(number),
        address=Address(0, 1),
        readings=(high,),
    )
    await drive.pump()
    assert K.SOC80 in await drive.told(charging)


async def test_the_right_one_of_many_connectors_starts(drive: Drive) -> None:
    """Product §3 case 4: two EVSEs with two connectors each."""
    evses = []
    for number in (1, 2):
        evse = an_evse(number)
        first = evse.connectors[0]
        evses.append(replace(evse, connectors=(first, replace(first, id="2", number=2))))
    await drive.furnish()
    async with drive.store.transaction() as tx:
        await tx.locations.put(a_location(*evses))
    live = await drive.floor.connect()
    await drive.started(evse_uid="E2", connector_id="2")
    command = drive.chargers.told[-1]
    assert (command.evse_uid, command.connector_id) == ("E2", "2")
    assert live.layout.address("E2", "2", live.protocol) == Address(0, 4)


async def test_a_session_without_energy_that_costs_something_is_billed(drive: Drive) -> None:
    """Product §3 case 15: no energy, but a fee for the session."""
    fee = TariffElement((a_component(Dimension.FLAT, "1.00"),))
    await drive.furnish(a_tariff(fee, energy_at("0.50"), party=CPO, id="T1"))
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.unplug(live, number, 300, 0)
    done = await drive.now(charging)
    assert (done.state, done.total) == (S.COMPLETED, eur("1.20"))
    (cdr,) = await drive.floor.cdrs(await drive.floor.session(live, str(number)))
    assert cdr.bill.energy.value == 0
