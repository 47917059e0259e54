"""Partners' bills are kept once, tied to the driver's session, and checked."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.adapters.bus_local import LocalBus
from app.domain import cdr_checks
from app.domain.cdr_checks import findings
from app.domain.cdrs import Cdr
from app.domain.errors import Conflict, NotFound
from app.domain.events import CdrReceived
from app.domain.money import Money, Price
from app.domain.sessions import SessionStatus
from app.domain.units import Kwh
from app.store.transaction import Store
from app.use_cases.cdrs import Cdrs
from app.use_cases.roaming import PartnerSessions
from tests.support.roaming_objects import (
    THEIR_CPO,
    a_cdr,
    a_location,
    a_partner,
    a_session,
    a_tariff,
)
from tests.unit.use_cases.test_roaming import APP_TOKEN, started, theirs, told


def their_cdr(**changes: Any) -> Cdr:
    """A partner's CDR of our driver's session."""
    cdr = a_cdr("C-1", party=THEIR_CPO, own=False, authorization_reference=None, version="2.2.1")
    cdr = replace(cdr, **changes)
    document = json.dumps({"id": cdr.id, "total": str(cdr.bill.total.net.amount)})
    return replace(cdr, document=document)


def priced(cdr: Cdr, net: str) -> Cdr:
    total = Price(Money(Decimal(net), "EUR"), None)
    return replace(cdr, bill=replace(cdr.bill, total=total))


@pytest.fixture
async def cdrs(store: Store) -> Cdrs:
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        await tx.locations.put(a_location(party=THEIR_CPO, own=False, time_zone="Europe/Paris"))
    return Cdrs(store)


async def test_a_cdr_comes_once(cdrs: Cdrs, store: Store) -> None:
    """C-154, C-157, I-43, I-42."""
    assert await cdrs.accept(a_partner(), their_cdr())
    assert await told(store) == [CdrReceived("DE-TNC/c-1", None)]
    assert not await cdrs.accept(a_partner(), their_cdr())
    assert await told(store) == []
    other = priced(their_cdr(), "99")
    with pytest.raises(Conflict):
        await cdrs.accept(a_partner(), replace(other, document='{"id": "C-1", "total": "99"}'))
    kept = await cdrs.get(THEIR_CPO, "c-1")
    assert kept.place.zone == "Europe/Paris"
    assert kept.findings == ()
    with pytest.raises(NotFound):
        await cdrs.get(THEIR_CPO, "other")
    with pytest.raises(NotFound):
        await cdrs.accept(a_partner(), replace(their_cdr(), party=a_session().party))


async def test_a_cdr_finds_the_driver_by_the_session(cdrs: Cdrs, store: Store) -> None:
    await started(store)
    sessions = PartnerSessions(store, LocalBus())
    await sessions.accept_put(a_partner(), theirs(token=APP_TOKEN.ref))
    await told(store)
    await cdrs.accept(a_partner(), their_cdr(session_id="s-1"))
    assert await told(store) == [CdrReceived("DE-TNC/c-1", "ch-1")]
    async with store.reading() as tx:
        assert [c.id for c in await tx.cdrs.of_charging("ch-1")] == ["C-1"]
        assert [c.id for c in await tx.cdrs.of_session("DE-TNC/s-1")] == ["C-1"]


async def test_a_cdr_without_its_session_finds_the_start(cdrs: Cdrs, store: Store) -> None:
    await started(store)
    await told(store)
    await cdrs.accept(a_partner(), their_cdr(session_id=None, token=APP_TOKEN.ref))
    assert await told(store) == [CdrReceived("DE-TNC/c-1", "ch-1")]


async def test_a_credit_note_is_for_people(cdrs: Cdrs, store: Store) -> None:
    """C-159: it is kept, and settles nothing by itself."""
    await started(store)
    await told(store)
    credit = priced(their_cdr(id="C-1-C", credit_of="C-1", token=APP_TOKEN.ref), "-5")
    await cdrs.accept(a_partner(), credit)
    assert await told(store) == [CdrReceived("DE-TNC/c-1-c", None)]
    assert (await cdrs.get(THEIR_CPO, "C-1-C")).charging_id == "ch-1"


def test_a_right_cdr_has_no_findings() -> None:
    ended = a_session(status=SessionStatus.COMPLETED)
    assert findings(their_cdr(), ended) == ()


def test_wrong_totals_are_found() -> None:
    """C-162: against its lines and its own tariff."""
    found = findings(priced(their_cdr(), "99"), None)
    assert found == (cdr_checks.LINES_DIFFER, cdr_checks.PRICE_DIFFERS)
    assert findings(replace(their_cdr(), tariff=None), None) == (cdr_checks.PRICE_UNKNOWN,)


def test_wrong_energy_is_found() -> None:
    """I-44."""
    cdr = their_cdr()
    more = replace(cdr, bill=replace(cdr.bill, energy=Kwh.of("10.2")))
    assert cdr_checks.PERIODS_DIFFER in findings(more, None)
    slightly = replace(cdr, bill=replace(cdr.bill, energy=Kwh.of("10.04")))
    assert cdr_checks.PERIODS_DIFFER not in findings(slightly, None)
    seen = a_session(status=SessionStatus.COMPLETED, energy=Kwh.of(9))
    assert findings(cdr, seen) == (cdr_checks.SESSION_DIFFERS,)


def test_other_oddities_are_found() -> None:
    cdr = their_cdr()
    reversed_times = replace(cdr, ended_at=cdr.started_at - timedelta(minutes=1))
    assert cdr_checks.TIMES_REVERSED in findings(reversed_times, None)
    assert cdr_checks.CURRENCY_DIFFERS in findings(cdr, a_session(currency="SEK"))
    assert findings(replace(cdr, credit_of="C-0"), None) == ()
    foreign = replace(cdr, tariff=a_tariff(currency="SEK"))
    assert findings(foreign, None) == (cdr_checks.CURRENCY_DIFFERS,)


def test_periods_that_overlap_have_no_price() -> None:
    cdr = their_cdr()
    first, *others = cdr.bill.periods
    twisted = (*others, first)
    found = findings(replace(cdr, bill=replace(cdr.bill, periods=twisted)), None)
    assert found == (cdr_checks.PRICE_UNKNOWN,)
