"""Reservations that somebody comes for, and those of our own drivers."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.charging import ChargingState
from app.domain.commands import (
    CommandChannel,
    CommandKind,
)
from app.domain.errors import ChargerRefused, Conflict, NotFound, PaymentDeclined
from app.domain.locations import EvseStatus
from app.domain.money import Money
from app.domain.payments import PaymentState
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Address, ConnectorState, Phase, PresentedToken
from app.domain.tokens import AuthMethod, TokenType, Verdict
from app.use_cases.command_requests import (
    Asker,
    StartRequest,
)
from app.use_cases.drivers import Drivers
from app.use_cases.live import LiveStation
from app.use_cases.reservations import Wish
from tests.support.chargers import CPO, V201, Floor, a_token, at, shows
from tests.support.clock import NOON
from tests.support.drive import CARD, Drive
from tests.support.reserving import (
    HALF_HOUR,
    OPERATOR,
    PARTNER,
    R,
    S,
    a_wish,
    ask,
    kept,
    prices,
    session_of,
)


@pytest.fixture
async def drive(floor: Floor) -> Drive:
    return Drive(floor)


@pytest.fixture
async def live(drive: Drive) -> LiveStation:
    """The charger CP1, both outlets free."""
    await drive.furnish(prices())
    live = await drive.floor.connect()
    await drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    await drive.pump()
    return live


# --- used ----------------------------------------------------------------------------------------


async def charged(drive: Drive, live: LiveStation, number: int | None, until: int) -> Session:
    """10 kWh, until so many seconds after noon."""
    name = str(number)
    assert number is not None
    await drive.floor.tell(
        live, Phase.ENDED, until, transaction=name, readings=(shows(until, 11_000),)
    )
    await drive.pump()
    return await drive.floor.session(live, name)


async def test_the_card_is_shown_at_the_charger(drive: Drive, live: LiveStation) -> None:
    """P-098: the reservation's session goes on as the driver's: 15 minutes, then 10 kWh.

    0.75 + 5.00, plus 20 %.
    """
    await ask(drive)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    answer = await drive.floor.start(live, 900, reservation="1")
    assert answer.authorization is not None
    assert answer.authorization.allowed
    await drive.pump()
    found = await kept(drive)
    assert (found.state, found.reason) == (S.USED, "used")
    session = await charged(drive, live, answer.number, 4_500)
    assert (session.id, session.reserved_at, session.started_at) == (
        found.session_id, NOON, at(900),
    )  # fmt: skip
    assert session.authorization_reference == "AUTH-1"
    assert session.auth_method is AuthMethod.COMMAND
    (cdr,) = await drive.floor.cdrs(session)
    assert cdr.bill.total.due == Money(Decimal("6.90"), "EUR")
    assert cdr.bill.reservation_cost.due == Money(Decimal("0.90"), "EUR")
    assert cdr.bill.reservation_time == timedelta(minutes=15)
    assert (cdr.started_at, cdr.ended_at) == (NOON, at(4_500))
    assert await drive.floor.count() == 1
    await drive.pass_time(3_600)
    assert (await kept(drive)).state is S.USED


async def test_a_charger_that_does_not_say_which(drive: Drive, live: LiveStation) -> None:
    """The token says it as well; without a Reserved the bridge knows that it asked for one."""
    await ask(drive)
    live.keeps = True
    answer = await drive.floor.start(live, 900)
    assert (await kept(drive)).state is S.USED
    session = await charged(drive, live, answer.number, 4_500)
    assert session.reserved_at == NOON


async def test_it_survives_a_restart_and_a_reconnect(drive: Drive, live: LiveStation) -> None:
    await ask(drive)
    await drive.floor.stations.disconnect(live)
    drive.floor.restart()
    again = await drive.floor.connect()
    answer = await drive.floor.start(again, 900)
    assert (await kept(drive)).state is S.USED
    session = await charged(drive, again, answer.number, 4_500)
    assert session.reserved_at == NOON


async def test_an_unknown_card_is_vouched_for(drive: Drive, live: LiveStation) -> None:
    """OCPI 2.2.1, Commands, ReserveNow: no real-time check within 15 minutes."""
    await ask(drive, token=a_token("NEWCARD"))
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    answer = await drive.floor.start(live, 900, token=PresentedToken("newcard"))
    assert answer.authorization is not None
    assert answer.authorization.verdict is Verdict.ALLOWED
    assert answer.authorization.reference == "AUTH-1"
    assert drive.floor.issuers.asked == []
    later = await drive.floor.authorize.check(live, PresentedToken("NEWCARD"))
    assert later.allowed
    await drive.clock.advance(3_600)
    forgotten = await drive.floor.authorize.check(live, PresentedToken("NEWCARD"))
    assert forgotten.verdict is Verdict.UNKNOWN


async def test_others_are_refused(drive: Drive, live: LiveStation) -> None:
    """At the reader and from afar, and at this EVSE only; not what is long past."""
    async with drive.store.transaction() as tx:
        await tx.tokens.put(a_token("OTHER"))
    await ask(drive)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    start = StartRequest(
        asker=PARTNER, party=CPO, location_id="L1", evse_uid="E1", token=a_token("OTHER")
    )
    from_afar = await drive.commands.request(start)
    assert from_afar.outcome is not None
    assert from_afar.outcome.result is R.REJECTED
    other = PresentedToken("OTHER")
    answer = await drive.floor.start(live, 120, token=other)
    assert answer.authorization is not None
    assert answer.authorization.verdict is Verdict.NOT_ALLOWED
    assert (await drive.floor.session(live, str(answer.number))).status is SessionStatus.INVALID
    assert (await kept(drive)).state is S.ACTIVE
    beside = await drive.floor.start(live, 130, token=other, address=Address(0, 2))
    assert beside.authorization is not None
    assert beside.authorization.allowed


async def test_a_group_shares_a_reservation(drive: Drive, live: LiveStation) -> None:
    async with drive.store.transaction() as tx:
        await tx.tokens.put(a_token("OTHER", group_id="G1"))
    await ask(drive, token=a_token(group_id="G1"))
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    await drive.floor.start(live, 120, token=PresentedToken("OTHER"))
    assert (await kept(drive)).state is S.USED


async def test_a_start_from_afar_shows_what_was_reserved_for(
    drive: Drive, live: LiveStation
) -> None:
    """An app's token never was on a card: the charger waits for the tag it was given."""
    token = a_token("app-user-1-of-the-partner-who-reserves", type=TokenType.APP_USER)
    await ask(drive, token=token)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    tag = drive.chargers.told[0].tag
    assert tag is not None
    assert tag.startswith("RW")
    start = StartRequest(asker=PARTNER, party=CPO, location_id="L1", token=token)
    for _ in range(2):
        command = await drive.commands.request(start)
        await drive.pump()
        sent = drive.chargers.told[-1]
        assert (sent.kind, sent.shown_tag, sent.id_tag) == (CommandKind.START, tag, None)
        drive.clock.set(drive.clock.now() + timedelta(minutes=1))
    assert (await drive.floor.authorize.check(live, PresentedToken(tag))).allowed
    answer = await drive.floor.start(live, 900, token=PresentedToken(tag), reservation="1")
    session = await charged(drive, live, answer.number, 4_500)
    assert (session.command_id, session.token) == (command.id, token.ref)
    assert (await kept(drive)).session_id == session.id


async def test_a_cable_before_the_token(drive: Drive, live: LiveStation) -> None:
    """2.x: the open session takes the reservation over; what stood for it ends unbilled."""
    await drive.floor.stations.disconnect(live)
    v2 = await drive.floor.connect(V201)
    await ask(drive)
    stood = await session_of(drive, await kept(drive))
    await drive.floor.show(v2, 60, ConnectorState.RESERVED)
    place: dict[str, Any] = {"transaction": "TX", "address": Address(1, 1)}
    await drive.floor.tell(
        v2, Phase.STARTED, 840, seq_no=0, readings=(shows(840, 1_000),), **place
    )
    token = PresentedToken(a_token().uid)
    await drive.floor.tell(v2, Phase.UPDATED, 900, seq_no=1, token=token, reservation="1", **place)
    await drive.pump()
    found = await kept(drive)
    session = await drive.floor.session(v2, "TX")
    assert (found.state, found.session_id) == (S.USED, session.id)
    assert (session.status, session.reserved_at) == (SessionStatus.ACTIVE, NOON)
    async with drive.store.reading() as tx:
        over = await tx.sessions.need(stood.id)
    assert (over.status, over.total_cost) == (SessionStatus.INVALID, None)


async def test_a_message_from_before_the_reservation_does_not_use_it(
    drive: Drive, live: LiveStation
) -> None:
    await drive.clock.advance(60)
    await ask(drive, expires_at=NOON + timedelta(hours=1))
    live.keeps = True
    await drive.floor.start(live, 0, when=NOON)
    assert (await kept(drive)).state is S.ACTIVE


# --- our drivers ---------------------------------------------------------------------------------


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
    drivers = Drivers(drive.store, drive.clock, drive.floor.sealer)
    asked = await drive.reservations.ask(wish())
    await drive.pump()
    with pytest.raises(Conflict, match="reserved"):
        await drivers.delete_account("d-1")
    await drive.reservations.give_back(asked.id, Asker(channel=CommandChannel.DRIVER))
    await drive.pump()
    await drivers.delete_account("d-1")
    assert (await kept(drive)).driver_id is None
