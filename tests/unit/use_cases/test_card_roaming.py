"""A driver's card at a partner's charger: the partner's session and CDR are the driver's."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.charging import Begun, Charging, ChargingState
from app.domain.commands import CommandKind
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from app.domain.payments import PaymentState
from app.domain.sessions import SessionStatus
from app.domain.stations import Activity
from app.domain.tokens import Verdict
from app.store.transaction import Store
from app.use_cases.cdrs import Cdrs
from app.use_cases.roaming import PartnerSessions
from app.use_cases.tokens import Tokens
from tests.support.belongings import ISSUER
from tests.support.chargers import Floor, a_location, a_token, an_evse
from tests.support.clock import NOON
from tests.support.drive import CARD, Drive, prices
from tests.support.roaming_objects import THEIR_CPO, a_cdr, a_partner, a_session

S, P = ChargingState, PaymentState
MINE = a_token(
    "04C0FFEE", party=ISSUER.party, own=True, driver_id="d-1", contract_id="NL-RWM-C00000001-0"
)


@pytest.fixture
async def drive(floor: Floor) -> Drive:
    """A driver with a card of ours, and a partner's site."""
    made = Drive(floor)
    await made.furnish()
    evse = an_evse(1, status=EvseStatus.AVAILABLE, station_id=None)
    async with made.store.transaction() as tx:
        site = replace(a_location(evse), party=THEIR_CPO, own=False)
        await tx.locations.put(site)
        await tx.tariffs.put(replace(prices(), party=THEIR_CPO, own=False))
        await tx.tokens.put(MINE)
        await tx.partners.put(a_partner())
    made.chargers.outcome = None
    return made


async def told(drive: Drive, **changes: Any) -> None:
    """The partner puts a session of our driver's card."""
    given = {
        "id": "their-1",
        "party": THEIR_CPO,
        "location_id": "L1",
        "evse_uid": "E1",
        "connector_id": "1",
        "token": MINE.ref,
        "status": SessionStatus.ACTIVE,
        "activity": Activity.CHARGING,
        "ended_at": None,
        "authorization_reference": None,
        "charging_id": None,
        "command_id": None,
        "own": False,
        **changes,
    }
    sessions = PartnerSessions(drive.store, drive.floor.bus)
    await sessions.accept_put(a_partner(), replace(a_session(), **given))
    await drive.pump()


async def billed(drive: Drive, **changes: Any) -> None:
    """The partner's CDR comes, twice."""
    given = {
        "party": THEIR_CPO,
        "session_id": "their-1",
        "token": MINE.ref,
        "authorization_reference": None,
        "charging_id": None,
        "own": False,
        **changes,
    }
    cdr = replace(a_cdr(), **given)
    for _ in range(2):
        await Cdrs(drive.store).accept(a_partner(), cdr)
        await drive.pump()


async def mine(drive: Drive) -> Charging:
    """The driver's only session."""
    async with drive.store.reading() as tx:
        (found,) = await tx.charging.of_driver("d-1")
    return found


async def test_a_partners_session_is_the_drivers(drive: Drive) -> None:
    """Held when the partner tells of it, captured by the partner's CDR (product §1.4 C5, C8)."""
    drive.twice = True
    await told(drive)
    charging = await mine(drive)
    assert (charging.state, charging.begun_by, charging.own) == (S.CHARGING, Begun.CARD, False)
    assert (await drive.payment(charging)).state is P.HELD
    later = NOON.replace(hour=14)
    await told(drive, status=SessionStatus.COMPLETED, ended_at=later, last_updated=later)
    assert (await mine(drive)).state is S.SETTLING
    await billed(drive)
    charging = await mine(drive)
    payment = await drive.payment(charging)
    assert (charging.state, payment.state) == (S.COMPLETED, P.CAPTURED)
    assert payment.taken == charging.total


async def test_a_bill_without_a_session_is_paid_too(drive: Drive) -> None:
    """Some partners send no sessions at all: the CDR makes the driver's session, once."""
    await billed(drive, session_id=None)
    charging = await mine(drive)
    payment = await drive.payment(charging)
    assert (charging.state, payment.state) == (S.COMPLETED, P.CAPTURED)
    assert charging.total is not None
    assert payment.taken == charging.total


async def test_a_declined_card_stops_the_partners_session(drive: Drive) -> None:
    async with drive.store.transaction() as tx:
        await tx.payments.methods.delete(CARD.id)
    await told(drive)
    charging = await mine(drive)
    assert charging.state is S.STOPPING
    assert [c.kind for c in drive.chargers.told] == [CommandKind.STOP]
    assert drive.chargers.told[0].remote_party == THEIR_CPO


async def test_partners_hear_whether_the_driver_can_pay(drive: Drive, store: Store) -> None:
    """Real-time authorisation: NO_CREDIT without a way to pay, and why."""
    emsp = PartyId("NL", "RWM")
    tokens = Tokens(store, drive.floor.bus, drive.clock, emsp=emsp, issuer="Drive")
    assert (await tokens.authorize(MINE.uid)).allowed
    async with store.transaction() as tx:
        await tx.payments.methods.delete(CARD.id)
    answer = await tokens.authorize(MINE.uid)
    assert (answer.verdict, answer.info) == (Verdict.NO_CREDIT, "no_payment_method")
