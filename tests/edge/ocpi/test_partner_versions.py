"""Roaming with a partner of each version: its driver at our charger, ours at its charger.

The partner reads and writes its version by tables of its own; nothing of ours is used for it.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.domain.commands import CommandResult
from app.domain.events import CdrIssued, LocationChanged, SessionClosed, SessionOpened
from app.domain.partners import PartnerState, Role
from app.domain.sessions import SessionStatus
from app.domain.tokens import TokenType, Verdict, Whitelist
from app.simulators.partner import Partner
from app.simulators.partner_site import OwnSession
from app.use_cases.command_requests import StopRequest
from tests.support.patience import until
from tests.support.roaming import DRIVER, THEM, House
from tests.support.roaming_objects import CPO, EMSP, a_cdr, a_location, a_session, a_token

VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


def as_a(role: str) -> pytest.MarkDecorator:
    """Once for each version, in one role."""
    return pytest.mark.parametrize(
        "partner", [(version, role) for version in VERSIONS], indirect=True, ids=VERSIONS
    )


@pytest.fixture
async def partner(request: pytest.FixtureRequest) -> AsyncIterator[Partner]:
    """In a version and one role, since 2.1.1 knows no more than one."""
    version, role = request.param
    async with Partner(version=version, roles=(role,)) as made:
        yield made
        assert not made.violations
        assert not made.failures


@as_a("CPO")
async def test_our_driver_charges_there(house: House, partner: Partner) -> None:
    """START_SESSION, session, STOP_SESSION and CDR, tied to the command and to the token."""
    pulled = await house.pull.first(house.known.id)
    assert pulled.kept == {"tariffs": 1, "locations": 1}
    assert house.known.version == partner.dialect.number
    uid = "RWABCDEFGHIJKLMN"
    token = a_token(
        uid, type=TokenType.APP_USER, whitelist=Whitelist.NEVER, contract_id=f"{EMSP}-C{uid[2:11]}"
    )
    site = partner.site
    start = await house.start(partner, token)
    assert (await house.outcome(start)).result is CommandResult.ACCEPTED
    session = await house.copied(partner)
    assert (session.command_id, session.own, session.token) == (start.id, False, token.ref)
    assert not session.flags
    await partner.progress(session.id, Decimal("4.2"))
    assert (await house.copied(partner)).energy.value == Decimal("4.2")

    key = f"{THEM}/{session.id.casefold()}"
    stop = await house.commands.request(StopRequest(asker=DRIVER, session_id=key))
    await house.commands.send(stop.id)
    assert (await house.outcome(stop)).result is CommandResult.ACCEPTED

    async def bill() -> Any:
        async with house.store.reading() as tx:
            found = next(iter(partner.cdrs), None)
            return found and await tx.cdrs.of_party(THEM, found["id"])

    cdr = await until(bill)
    assert (cdr.token, cdr.bill.energy.value) == (token.ref, Decimal("4.2"))
    assert (cdr.place.location_id, cdr.place.evse_uid) == (site.location_id, site.evse_uid)
    assert (await house.copied(partner)).status is SessionStatus.COMPLETED


@as_a("CPO")
async def test_a_card_is_known_by_its_contract(house: House, partner: Partner) -> None:
    """A session that our driver began with a card; 2.1.1 names the contract only."""
    card = a_token()
    async with house.store.transaction() as tx:
        await tx.tokens.put(card)
    wire = {"uid": card.uid, "type": "RFID", "contract_id": card.contract_id}
    wire |= {"country_code": EMSP.country, "party_id": EMSP.code}
    theirs = OwnSession(partner.site, wire, None, datetime.now(UTC))
    partner.sessions[theirs.id] = theirs
    await partner.progress(theirs.id, Decimal("1.5"))
    async with house.store.reading() as tx:
        session = await tx.sessions.get_foreign(THEM, theirs.id)
    assert session is not None
    assert session.token == card.ref
    assert not session.flags


@as_a("EMSP")
async def test_their_driver_charges_here(house: House, partner: Partner) -> None:
    """Tokens by pull, real-time authorisation, what we own and what becomes of the session."""
    assert (await house.pull.first(house.known.id)).kept == {"tokens": 1}
    async with house.store.reading() as tx:
        (token,) = await tx.tokens.by_uid("PRT-CARD-1")
    for asked in (token, None):
        answer = await house.authorizer.authorize("PRT-CARD-1", asked, None)
        assert answer is not None
        assert answer.verdict is Verdict.ALLOWED
        assert answer.token is not None
        assert answer.token.party == THEM

    begun = a_session(token=token.ref)
    ended = replace(begun, status=SessionStatus.COMPLETED, ended_at=datetime.now(UTC))
    async with house.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.sessions.put(begun)
    await house.tell(LocationChanged(CPO, "L1"), SessionOpened("s-1"))
    async with house.store.transaction() as tx:
        await tx.sessions.put(ended)
        await tx.cdrs.add(a_cdr(token=token.ref))
    await house.tell(SessionClosed("s-1"), CdrIssued("c-1"))
    (session,) = partner.received.of("sessions")
    (cdr,) = partner.received.of("cdrs")
    assert session["status"] == "COMPLETED"
    assert session["cdr_token"] == cdr["cdr_token"]
    assert session["cdr_token"]["uid"] == "PRT-CARD-1"
    assert (session["location_id"], session["evse_uid"]) == ("L1", "E1")
    assert cdr["cdr_location"]["evse_uid"] == "E1"
    pulled = await partner.pull("cdrs")
    assert [each["id"] for each in pulled] == [cdr["id"]]
    assert len(await partner.pull("locations")) == 1
    assert len(await partner.pull("sessions")) == 1


@as_a("EMSP")
async def test_tokens_rotate_in_every_version(house: House, partner: Partner) -> None:
    """C-078, C-080, C-082, C-088: by them, and the new ones are good."""
    for _ in range(2):
        await partner.rotate()
        assert await partner.pull("locations") == []
    await partner.unregister()
    async with house.store.reading() as tx:
        known = await tx.partners.need(house.known.id)
    assert known.state is PartnerState.SUSPENDED
    assert known.parties(Role.EMSP) == (THEM,)
