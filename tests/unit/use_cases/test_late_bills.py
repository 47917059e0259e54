"""What ended without a price waits for a person, who bills it once."""

import asyncio
from dataclasses import replace

import pytest

from app.domain.errors import Conflict, DomainError, InvalidInput, NotFound
from app.domain.events import CdrIssued, SessionClosed
from app.domain.identifiers import PartyId
from app.domain.money import Money
from app.domain.operators import Holder, Operator
from app.domain.sessions import Session, SessionFlag, SessionStatus
from app.domain.stations import PresentedToken
from app.use_cases.late_bills import LateBills, Terms
from tests.support.chargers import Floor, a_connector, a_location, an_evse
from tests.support.clock import NOON, FakeClock
from tests.support.priced import a_tariff, energy_at
from tests.support.roaming_objects import CPO
from tests.support.transactions import VIRTUAL, a_command, stop

ME = Holder(Operator(CPO, "House", NOON), platform=False, key_id="key-1")
T1 = Terms("T1")
UNPRICED = a_connector(tariffs=())


@pytest.fixture
def bills(floor: Floor, clock: FakeClock) -> LateBills:
    return LateBills(floor.store, clock)


async def ended(floor: Floor, **started: object) -> Session:
    """0.5 kWh in a minute, by a partner's card."""
    live = await floor.connect()
    number = str((await floor.start(live, **started)).number)
    await stop(floor, live, number, 60, wh=1_500)
    return await floor.session(live, number)


async def test_a_session_without_a_price_is_billed_by_a_persons_tariff(
    floor: Floor, bills: LateBills
) -> None:
    await floor.furnish(a_location(an_evse(1, connectors=(UNPRICED,))))
    session = await ended(floor)
    assert SessionFlag.NO_TARIFF in session.flags
    assert await floor.cdrs(session) == []
    cdr = await bills.issue(session.id, T1, ME)
    assert await floor.cdrs(session) == [cdr]
    assert cdr.bill.energy == session.energy
    assert cdr.tariff == a_tariff(party=CPO)
    async with floor.store.reading() as tx:
        billed = await tx.sessions.need(session.id)
        told = [each.event for each in await tx.events.unplanned(1_000)]
    assert billed.total_cost == cdr.bill.total
    assert SessionFlag.NO_TARIFF not in billed.flags
    assert told[-2:] == [SessionClosed(session.id), CdrIssued(cdr.id)]
    with pytest.raises(Conflict, match="billed already"):
        await bills.issue(session.id, T1, ME)
    assert await floor.cdrs(session) == [cdr]


async def test_two_people_bill_it_once(floor: Floor, bills: LateBills) -> None:
    await floor.furnish(a_location(an_evse(1, connectors=(UNPRICED,))))
    session = await ended(floor)
    both = (bills.issue(session.id, T1, ME) for _ in range(2))
    ends = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Cdr", "Conflict"]
    assert len(await floor.cdrs(session)) == 1


async def test_where_it_was_is_said_if_no_map_tells(floor: Floor, bills: LateBills) -> None:
    await floor.furnish(a_location(an_evse(1, connectors=())))
    session = await ended(floor)
    assert SessionFlag.NO_LOCATION in session.flags
    with pytest.raises(InvalidInput, match="location_id"):
        await bills.issue(session.id, T1, ME)
    async with floor.store.transaction() as tx:
        await tx.locations.put(a_location())
    where = replace(T1, location_id="L1", evse_uid="E2")
    cdr = await bills.issue(session.id, where, ME)
    assert (cdr.place.location_id, cdr.place.evse_uid, cdr.place.connector_id) == ("L1", "E2", "1")
    async with floor.store.reading() as tx:
        billed = await tx.sessions.need(session.id)
    assert (billed.location_id, billed.evse_uid) == ("L1", "E2")
    assert SessionFlag.NO_LOCATION not in billed.flags


async def test_a_session_may_cost_nothing(floor: Floor, bills: LateBills) -> None:
    await floor.furnish(a_location(an_evse(1, connectors=(UNPRICED,))))
    session = await ended(floor)
    async with floor.store.transaction() as tx:
        await tx.tariffs.put(a_tariff(energy_at("0"), party=CPO, id="GIFT"))
    cdr = await bills.issue(session.id, Terms("GIFT"), ME)
    assert cdr.bill.total.due == Money.zero("EUR")


async def test_what_cannot_be_billed_is_refused(floor: Floor, bills: LateBills) -> None:
    await floor.furnish(a_location(an_evse(1, connectors=(UNPRICED,))))
    async with floor.store.transaction() as tx:
        await tx.commands.add(a_command(charging_id="c-1"))
        await tx.tariffs.put(a_tariff(party=CPO, id="SEK", currency="SEK"))
    live = await floor.connect()
    number = str((await floor.start(live, token=PresentedToken(VIRTUAL))).number)
    session = await floor.session(live, number)
    others = Holder(Operator(PartyId("NL", "XX1"), "Other", NOON), platform=False, key_id="k")

    async def refused(error: type[DomainError], terms: Terms = T1, by: Holder = ME) -> None:
        with pytest.raises(error):
            await bills.issue(session.id, terms, by)
        assert await floor.cdrs(session) == []

    await refused(Conflict)
    await stop(floor, live, number, 60, wh=1_500)
    await refused(NotFound, by=others)
    await refused(NotFound, Terms("NONE"))
    await refused(InvalidInput, Terms("SEK"))
    async with floor.store.transaction() as tx:
        known = await tx.sessions.need(session.id)
        await tx.sessions.put(replace(known, status=SessionStatus.INVALID))
    await refused(Conflict)
