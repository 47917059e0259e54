"""Reservations that somebody comes for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.domain.commands import CommandKind
from app.domain.money import Money
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Address, ConnectorState, Phase, PresentedToken
from app.domain.tokens import AuthMethod, TokenType, Verdict
from app.use_cases.command_requests import StartRequest
from app.use_cases.live_stations import LiveStation
from tests.support.chargers import CPO, V201, a_token, at, shows
from tests.support.clock import NOON
from tests.support.drive import Drive
from tests.support.reserving import PARTNER, R, S, ask, kept, session_of


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
