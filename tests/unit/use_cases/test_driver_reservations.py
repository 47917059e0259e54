"""Our own drivers' reservations: what they cost, and what a driver may not; and an operator's."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.charging import ChargingState
from app.domain.commands import CommandChannel
from app.domain.errors import ChargerRefused, Conflict, NotFound, PaymentDeclined
from app.domain.locations import EvseStatus
from app.domain.money import Money
from app.domain.payments import PaymentState
from app.domain.stations import ConnectorState
from app.use_cases.command_requests import Asker
from app.use_cases.leaving import Leaving
from app.use_cases.live_stations import LiveStation
from app.use_cases.reservations import Wish
from tests.support.chargers import CPO, at
from tests.support.drive import CARD, Drive
from tests.support.reserving import HALF_HOUR, OPERATOR, S, a_wish, ask, kept, prices


def wish(**changes: Any) -> Wish:
    """Our driver wants E1 for half an hour."""
    given: dict[str, Any] = {
        "driver_id": "d-1",
        "party": CPO,
        "location_id": "L1",
        "evse_uid": "E1",
        "expires_at": HALF_HOUR,
        **changes,
    }
    return Wish(**given)


async def test_our_driver_reserves_and_charges(drive: Drive, live: LiveStation) -> None:
    """The session's hold covers it: 0.90 for the quarter of an hour, 6.00 for 10 kWh."""
    asked = await drive.reservations.ask(wish())
    assert (asked.state, asked.driver_id) == (S.REQUESTED, "d-1")
    await drive.pump()
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    drive.clock.set(at(840))
    charging = await drive.started()
    assert charging.state is ChargingState.AWAITING_PLUG or charging.session_id is None
    assert drive.chargers.told[-1].shown_tag == asked.tag
    number = await drive.plug_in(live, charging, 900)
    assert (await kept(drive)).state is S.USED
    await drive.unplug(live, number, 4_500, 10_000)
    done = await drive.now(charging)
    assert (done.state, done.total) == (
        ChargingState.COMPLETED,
        Money(Decimal("6.90"), "EUR"),
    )
    assert (await drive.payment(charging)).state is PaymentState.CAPTURED


async def test_our_driver_does_not_come(drive: Drive, live: LiveStation) -> None:
    """Nothing was held; the fee is charged to the card, with a session to show for it."""
    await drive.reservations.ask(wish())
    await drive.pump()
    await drive.pass_time(30 * 60 + 5)
    async with drive.store.reading() as tx:
        (charging,) = await tx.charging.of_driver("d-1")
    assert (charging.state, charging.total) == (
        ChargingState.COMPLETED,
        Money(Decimal("8.40"), "EUR"),
    )
    payment = await drive.payment(charging)
    assert (payment.state, payment.captured) == (
        PaymentState.CAPTURED,
        Money(Decimal("8.40"), "EUR"),
    )
    assert payment.hold == Money.zero("EUR")


async def test_a_declined_fee_is_a_debt(drive: Drive) -> None:
    """And who owes may not reserve again."""
    await drive.furnish(prices(), card=replace(CARD, reference="pm_card_chargeDeclined"))
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await drive.reservations.ask(wish())
    await drive.pump()
    await drive.pass_time(30 * 60 + 5)
    async with drive.store.reading() as tx:
        (charging,) = await tx.charging.of_driver("d-1")
    assert charging.state is ChargingState.SETTLEMENT_FAILED
    with pytest.raises(PaymentDeclined, match="unpaid_session"):
        await drive.reservations.ask(wish(expires_at=drive.clock.now() + timedelta(minutes=9)))


async def test_our_driver_gives_it_back(drive: Drive, live: LiveStation) -> None:
    asked = await drive.reservations.ask(wish())
    await drive.pump()
    asker = Asker(channel=CommandChannel.DRIVER)
    with pytest.raises(NotFound):
        await drive.reservations.give_back(asked.id, asker, driver_id="d-2")
    await drive.reservations.give_back(asked.id, asker, driver_id="d-1")
    await drive.pump()
    assert (await kept(drive)).reason == "given_back"


async def _twice(drive: Drive) -> None:
    await drive.reservations.ask(wish())
    await drive.reservations.ask(wish(evse_uid="E2"))


async def _without_a_card(drive: Drive) -> None:
    async with drive.store.transaction() as tx:
        await tx.payments.methods.delete(CARD.id)
    await drive.reservations.ask(wish())


async def _at_no_price(drive: Drive) -> None:
    async with drive.store.transaction() as tx:
        await tx.tariffs.delete(CPO, "T1")
    await drive.reservations.ask(wish())


async def _nowhere(drive: Drive) -> None:
    await drive.reservations.ask(wish(evse_uid="nope"))


async def _at_no_plug(drive: Drive) -> None:
    await drive.reservations.ask(wish(connector_id="9"))


@pytest.mark.parametrize(
    ("ask_for", "refusal", "why"),
    [
        (_twice, Conflict, "another reservation"),
        (_without_a_card, PaymentDeclined, "no_payment_method"),
        (_at_no_price, ChargerRefused, "price_unknown"),
        (_nowhere, NotFound, "EVSE"),
        (_at_no_plug, NotFound, "connector"),
    ],
)
async def test_what_a_driver_may_not(
    drive: Drive,
    live: LiveStation,
    ask_for: Callable[[Drive], Awaitable[None]],
    refusal: type[Exception],
    *,
    why: str,
) -> None:
    with pytest.raises(refusal, match=why):
        await ask_for(drive)


async def test_no_card_is_needed_where_reserving_is_free(drive: Drive) -> None:
    await drive.furnish()
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    async with drive.store.transaction() as tx:
        await tx.payments.methods.delete(CARD.id)
    assert (await drive.reservations.ask(wish())).state is S.REQUESTED


async def test_others_get_no_quote_where_it_is_reserved(drive: Drive, live: LiveStation) -> None:
    await ask(drive)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    with pytest.raises(ChargerRefused, match="reserved"):
        await drive.quote()


async def test_the_price_is_shown_with_it(drive: Drive, live: LiveStation) -> None:
    asked = await drive.reservations.ask(wish())
    await drive.pump()
    offered = await drive.reservations.get(asked.id, driver_id="d-1")
    assert (offered.tariff, offered.reservation.state) == (prices(), S.ACTIVE)
    assert offered.place is not None
    assert offered.place.evse.status is EvseStatus.AVAILABLE
    with pytest.raises(NotFound):
        await drive.reservations.get(asked.id, driver_id="d-2")
    (listed,) = await drive.reservations.of_driver("d-1")
    assert listed == offered
    (mine,) = await drive.reservations.of_party(CPO)
    assert mine == offered.reservation


async def test_an_operator_reserves(drive: Drive, live: LiveStation) -> None:
    command, made = await drive.reservations.order(a_wish(asker=OPERATOR, name=None))
    assert (made.state, made.name, made.command_id) == (S.REQUESTED, made.id, command.id)
    await drive.pump()
    assert (await kept(drive)).state is S.ACTIVE
    await drive.reservations.give_back(made.id, OPERATOR)
    await drive.pump()
    assert (await kept(drive)).reason == "given_back"


async def test_an_account_with_a_reservation_stays(drive: Drive, live: LiveStation) -> None:
    leaving = Leaving(drive.store, drive.clock, drive.floor.sealer)
    asked = await drive.reservations.ask(wish())
    await drive.pump()
    with pytest.raises(Conflict, match="reserved"):
        await leaving.delete_account("d-1")
    await drive.reservations.give_back(asked.id, Asker(channel=CommandChannel.DRIVER))
    await drive.pump()
    await leaving.delete_account("d-1")
    assert (await kept(drive)).driver_id is None


async def noticed(drive: Drive) -> list[tuple[str, dict[str, str]]]:
    async with drive.store.reading() as tx:
        told = await tx.drivers.driver_notices.of_driver("d-1")
    return [(notice.kind.value, dict(notice.fields)) for notice in told]


async def test_the_driver_hears_that_it_ends_and_that_it_has_ended(
    drive: Drive, live: LiveStation
) -> None:
    """Product §1.6 reservation.soon at T-10 and reservation.expired at T, each once."""
    await drive.reservations.ask(wish())
    await drive.pump()
    await drive.pass_time(19 * 60)
    assert await drive.reservations.tell_soon() == 0
    await drive.pass_time(70)
    assert await drive.reservations.tell_soon() == 1
    assert await drive.reservations.tell_soon() == 0
    soon = ("reservation.soon", {"place": "Lange Viestraat 1", "time": "2026-05-04T14:30+02:00"})
    assert await noticed(drive) == [soon]
    await drive.pass_time(10 * 60)
    assert await noticed(drive) == [soon, ("reservation.expired", {"place": "Lange Viestraat 1"})]


async def test_a_short_reservation_is_not_told_to_end_at_once(
    drive: Drive, live: LiveStation
) -> None:
    await drive.reservations.ask(wish(expires_at=drive.clock.now() + timedelta(minutes=9)))
    await drive.pump()
    await drive.reservations.tell_soon()
    assert await noticed(drive) == []
