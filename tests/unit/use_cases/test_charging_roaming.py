"""Our driver at a partner's charger: coarse news, in any order, and the partner's own price."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.charging import Charging, ChargingState, Reason
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.driver_notices import DriverNoticeKind
from app.domain.errors import ChargerRefused
from app.domain.events import CdrReceived, SessionProgressed
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from app.domain.money import Price
from app.domain.partners import PartnerRole, Role
from app.domain.payments import PaymentState
from app.domain.sessions import SessionStatus
from app.domain.stations import Activity
from app.domain.units import Kwh
from app.store.cdrs import cdr_key
from app.use_cases.partner_silence import PartnerSilence
from app.use_cases.roaming import PartnerSessions
from tests.support.chargers import Floor, a_location, an_evse
from tests.support.clock import NOON
from tests.support.drive import Drive, prices
from tests.support.money import eur
from tests.support.roaming_objects import a_cdr, a_partner, a_session

S, P = ChargingState, PaymentState
HOUR = 3_600
THEM = PartyId("DE", "TNC")


@pytest.fixture
async def drive(floor: Floor) -> Drive:
    """A driver, and a partner's site; the partner answers commands later."""
    made = Drive(floor)
    await made.furnish()
    evse = an_evse(1, status=EvseStatus.AVAILABLE, station_id=None)
    async with made.store.transaction() as tx:
        site = replace(a_location(evse), party=THEM, own=False, operator_name="Their Chargers")
        await tx.locations.put(site)
        await tx.tariffs.put(replace(prices(), party=THEM, own=False))
    made.chargers.outcome = None
    return made


async def asked(drive: Drive) -> Charging:
    """The partner was asked to start, and has not answered."""
    charging = await drive.started(party=THEM)
    assert (charging.state, charging.own) == (S.START_REQUESTED, False)
    assert drive.chargers.told[-1].remote_party == THEM
    return charging


async def answer(drive: Drive, result: CommandResult) -> None:
    await drive.commands.settle(drive.chargers.told[-1].id, CommandOutcome(result))
    await drive.pump()


async def told(drive: Drive, charging: Charging, **changes: Any) -> str:
    """The partner's session, tied by the authorization reference of our start."""
    given = {"status": SessionStatus.ACTIVE, **changes}
    session = replace(
        a_session(),
        **{
            "id": "their-1",
            "party": THEM,
            "activity": Activity.CHARGING,
            "ended_at": None,
            "own": False,
            "charging_id": None,
            "authorization_reference": charging.id,
            "token": charging.token.ref if charging.token else None,
            **given,
        },
    )
    async with drive.store.transaction() as tx:
        key = await tx.sessions.put_foreign(session)
        tx.emit(SessionProgressed(key))
    await drive.pump()
    return key


async def bill(drive: Drive, charging: Charging, cost: str) -> None:
    """The partner's CDR."""
    cdr = a_cdr("their-cdr", party=THEM, own=False, charging_id=charging.id, session_id=None)
    total = Price(eur(cost), eur("0"))
    cdr = replace(cdr, bill=replace(cdr.bill, total=total))
    async with drive.store.transaction() as tx:
        await tx.cdrs.add(cdr)
        tx.emit(CdrReceived(cdr_key(cdr), charging.id))
    await drive.pump()


async def test_a_session_at_a_partners_charger(drive: Drive) -> None:
    charging = await asked(drive)
    await answer(drive, CommandResult.ACCEPTED)
    assert (await drive.now(charging)).state is S.AWAITING_PLUG
    key = await told(drive, charging)
    current = await drive.now(charging)
    assert (current.state, current.session_id) == (S.CHARGING, key)
    await told(drive, charging, status=SessionStatus.COMPLETED, ended_at=NOON)
    assert (await drive.now(charging)).state is S.SETTLING
    await bill(drive, charging, "7.77")
    done = await drive.now(charging)
    assert (done.state, done.total) == (S.COMPLETED, eur("7.77"))
    receipt = await drive.receipts.receipt(charging.id)
    assert (receipt.partner, receipt.cpo_name) == (True, "Their Chargers")
    assert receipt.total == eur("7.77")


@pytest.mark.parametrize("result", [CommandResult.TIMEOUT, CommandResult.FAILED])
async def test_a_partner_that_failed_may_have_started(drive: Drive, result: CommandResult) -> None:
    """Product §3 case 5: CommandResult TIMEOUT or FAILED, then the session is put."""
    charging = await asked(drive)
    await answer(drive, result)
    assert (await drive.now(charging)).state is S.START_UNCONFIRMED
    await told(drive, charging)
    assert (await drive.now(charging)).state is S.CHARGING
    assert (await drive.payment(charging)).state is P.HELD


async def test_a_session_before_the_commands_result(drive: Drive) -> None:
    """Product §3 case 6: no duplicate, whatever the result says then."""
    charging = await asked(drive)
    await told(drive, charging)
    for result in (CommandResult.REJECTED, CommandResult.ACCEPTED):
        await answer(drive, result)
        assert (await drive.now(charging)).state is S.CHARGING


async def test_a_bill_without_any_session(drive: Drive) -> None:
    charging = await asked(drive)
    await drive.pass_time(30)
    await drive.pass_time(95)
    assert (await drive.now(charging)).state is S.START_TIMEOUT
    await bill(drive, charging, "5.00")
    assert (await drive.now(charging)).state is S.COMPLETED
    assert (await drive.payment(charging)).captured == eur("5")


async def test_a_second_session_is_not_taken_for_the_first(drive: Drive) -> None:
    charging = await asked(drive)
    await told(drive, charging)
    await told(drive, charging, id="their-2", status=SessionStatus.COMPLETED, ended_at=NOON)
    assert (await drive.now(charging)).state is S.CHARGING


async def test_a_session_that_has_not_begun_tells_nothing(drive: Drive) -> None:
    charging = await asked(drive)
    await told(drive, charging, status=SessionStatus.PENDING)
    assert (await drive.now(charging)).state is S.START_REQUESTED


async def test_an_invalid_session_costs_nothing(drive: Drive) -> None:
    charging = await asked(drive)
    await told(drive, charging)
    await told(drive, charging, status=SessionStatus.INVALID, ended_at=NOON)
    assert (await drive.now(charging)).state is S.COMPLETED
    assert (await drive.payment(charging)).state is P.RELEASED


async def test_energy_that_ended_before_the_cable_left(drive: Drive) -> None:
    charging = await asked(drive)
    await told(drive, charging)
    await told(drive, charging, stopped_at=NOON)
    assert (await drive.now(charging)).state is S.AWAITING_UNPLUG


async def test_the_hold_is_the_limit_at_the_partners_price(drive: Drive) -> None:
    charging = await asked(drive)
    await told(drive, charging, energy=Kwh.of("90"), total_cost=None)
    assert (await drive.now(charging)).state is S.CHARGING
    await told(drive, charging, total_cost=Price(eur("28.50"), None))
    assert (await drive.now(charging)).state is S.STOPPING


async def test_a_session_known_by_its_command_or_token_only(drive: Drive) -> None:
    charging = await asked(drive)
    command = drive.chargers.told[-1]
    await told(drive, charging, authorization_reference=None, token=None, command_id=command.id)
    assert (await drive.now(charging)).state is S.CHARGING
    await told(drive, charging, authorization_reference=None, token=None, energy=Kwh.of("1"))
    assert (await drive.now(charging)).drawn


async def test_where_a_partner_says_it_is_broken(drive: Drive) -> None:
    async with drive.store.transaction() as tx:
        site = await tx.locations.need(THEM, "L1")
        broken = replace(site.evses[0], status=EvseStatus.OUTOFORDER)
        await tx.locations.put(replace(site, evses=(broken,)))
    with pytest.raises(ChargerRefused, match="faulted"):
        await drive.quote(party=THEM)


async def test_a_start_the_partner_refuses(drive: Drive) -> None:
    charging = await asked(drive)
    async with drive.store.transaction() as tx:
        await tx.locations.set_status(THEM, "L1", "E1", EvseStatus.RESERVED, now=NOON)
    await answer(drive, CommandResult.REJECTED)
    current = await drive.now(charging)
    assert (current.state, current.reason) == (S.START_REJECTED, Reason.RESERVED)


async def differs(drive: Drive) -> list[dict[str, str]]:
    async with drive.store.reading() as tx:
        told = await tx.drivers.driver_notices.of_driver("d-1")
    return [dict(n.fields) for n in told if n.kind is DriverNoticeKind.CDR_FINAL_DIFFERS]


@pytest.mark.parametrize(
    ("final", "is_told"),
    [("7.77", True), ("7.11", False), ("7.10", False), ("7.09", False), ("7.08", True)],
)
async def test_a_bill_that_is_not_what_was_shown(
    drive: Drive, final: str, *, is_told: bool
) -> None:
    """Product §1.6 roaming.cdr_final_differs: by more than a cent, and only then."""
    charging = await asked(drive)
    await told_by(drive, charging, status=SessionStatus.COMPLETED, cost="7.10")
    await bill(drive, charging, final)
    expected = {"place": "Lange Viestraat 1", "before": "7.10 EUR", "after": f"{final} EUR"}
    assert await differs(drive) == ([expected] if is_told else [])


async def told_by(drive: Drive, charging: Charging, *, status: SessionStatus, cost: str) -> str:
    price = Price(eur(cost), None)
    return await told(drive, charging, status=status, ended_at=NOON, total_cost=price)


async def test_a_silent_partner_is_asked_for_sessions_and_bills(
    drive: Drive, caplog: pytest.LogCaptureFixture
) -> None:
    """Product §1.5 partner silent: polled after 60 s for 15 min, chased at 24 h, told at 72 h."""
    async with drive.store.transaction() as tx:
        role = PartnerRole(Role.CPO, THEM, "Their Chargers")
        await tx.partners.put(a_partner(roles=(role,)))
    silence = PartnerSilence(drive.store, drive.clock)
    charging = await asked(drive)
    assert await silence.look() == 0
    await drive.clock.advance(61)
    assert await silence.look() == 1
    assert await queued(drive) == {"poll_sessions:p-1"}
    assert await silence.look() == 0
    await drive.clock.advance(HOUR)
    await told(drive, charging, status=SessionStatus.COMPLETED, ended_at=NOON)
    assert (await drive.now(charging)).state is S.SETTLING
    await drive.clock.advance(23 * HOUR)
    assert await silence.look() == 0
    await drive.clock.advance(2 * HOUR)
    assert await silence.look() == 1
    assert await queued(drive) == {"poll_sessions:p-1", "chase_bills:p-1"}
    assert await silence.overdue() == []
    await drive.clock.advance(48 * HOUR)
    await silence.look()
    await silence.look()
    assert [r.message for r in caplog.records].count("roaming.bill_overdue") == 1
    (overdue,) = await silence.overdue()
    assert (overdue.charging.id, overdue.partners) == (charging.id, ("p-1",))
    assert str(overdue.expected) == "6.00 EUR"


async def queued(drive: Drive) -> set[str]:
    async with drive.store.reading() as tx:
        known = ["poll_sessions:p-1", "chase_bills:p-1"]
        return set(await tx.deliveries.busy(known))


async def test_a_token_rotated_during_a_session(drive: Drive) -> None:
    """Product §3 case 25: the session goes on with the partner's new credentials."""
    role = PartnerRole(Role.CPO, THEM, "Their Chargers")
    partner = a_partner(roles=(role,), server_tokens=("old",), client_token="theirs-1")
    async with drive.store.transaction() as tx:
        await tx.partners.put(partner)
    charging = await asked(drive)
    key = await told(drive, charging)
    rotated = replace(partner, server_tokens=("new",), client_token="theirs-2")
    async with drive.store.transaction() as tx:
        await tx.partners.put(rotated)
        before = await tx.sessions.need(key)
    sessions = PartnerSessions(drive.store, drive.floor.bus)
    then = before.last_updated + timedelta(seconds=60)
    on = replace(before, energy=Kwh.of("3"), last_updated=then)
    assert not await sessions.accept_put(rotated, on)
    await drive.pump()
    current = await drive.now(charging)
    assert (current.state, current.session_id, current.drawn) == (S.CHARGING, key, True)
