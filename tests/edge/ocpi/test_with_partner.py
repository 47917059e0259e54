"""Roaming with a real partner over loopback: pull, push, a start at its charger, its bill.

The partner judges everything it is told by the field tables and header rules of OCPI.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.domain.commands import CommandResult
from app.domain.events import (
    CdrIssued,
    EvseStatusChanged,
    LocationChanged,
    SessionClosed,
    SessionOpened,
    TariffChanged,
    TokenChanged,
)
from app.domain.locations import EvseStatus
from app.domain.sessions import SessionStatus
from app.domain.tokens import TokenType, Verdict, Whitelist
from app.simulators.partner import Partner
from app.use_cases.command_requests import StopRequest
from tests.support.patience import until
from tests.support.roaming import DRIVER, THEM, House
from tests.support.roaming_objects import (
    CPO,
    EMSP,
    a_cdr,
    a_location,
    a_session,
    a_tariff,
    a_token,
)


async def test_the_first_pull_brings_everything(house: House, partner: Partner) -> None:
    """PartnerRegistered → locations, tariffs, tokens."""
    for number in range(5):
        partner.add_token(f"CARD-{number}")
    pulled = await house.pull.first(house.known.id)
    assert pulled.kept == {"tariffs": 1, "locations": 1, "tokens": 6}
    assert not pulled.skipped
    async with house.store.reading() as tx:
        location = await tx.locations.need(THEM, partner.site.location_id)
        assert location.evses
        assert await tx.tariffs.need(THEM, partner.site.tariff_id)
        assert len(await tx.tokens.by_uid("CARD-3")) == 1


async def test_what_we_own_reaches_the_partner(house: House, partner: Partner) -> None:
    """C-129, C-141..C-144, C-164, C-189: all of it valid by the tables."""
    token = a_token(party=THEM, uid="PRT-CARD-1", own=False).ref
    begun = a_session(token=token)
    ended = a_session(token=token, status=SessionStatus.COMPLETED, ended_at=begun.last_updated)
    async with house.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.tariffs.put(a_tariff())
        await tx.tokens.put(a_token())
        await tx.sessions.put(begun)
    await house.tell(LocationChanged(CPO, "L1"), TariffChanged(CPO, "T1"))
    await house.tell(TokenChanged(EMSP, "04AABBCC", "RFID"), SessionOpened("s-1"))
    now = datetime.now(UTC)
    async with house.store.transaction() as tx:
        await tx.locations.set_status(CPO, "L1", "E1", EvseStatus.CHARGING, now=now)
        await tx.sessions.put(ended)
        await tx.cdrs.add(a_cdr(token=token))
    await house.tell(EvseStatusChanged(CPO, "L1", "E1"), SessionClosed("s-1"), CdrIssued("c-1"))
    await house.tell(CdrIssued("c-1"))
    received = partner.received
    (location,) = received.of("locations")
    assert {e["uid"]: e["status"] for e in location["evses"]}["E1"] == "CHARGING"
    assert [s["status"] for s in received.of("sessions")] == ["COMPLETED"]
    assert [t["uid"] for t in received.of("tokens")] == ["04AABBCC"]
    assert len(received.of("tariffs")) == len(received.of("cdrs")) == 1


async def test_our_driver_charges_at_the_partner(house: House, partner: Partner) -> None:
    """START_SESSION, session, STOP_SESSION and CDR, all tied to the command."""
    await house.pull.first(house.known.id)
    token = a_token("RWABCDEFGH", type=TokenType.APP_USER, whitelist=Whitelist.NEVER)
    start = await house.start(partner, token)
    assert (await house.outcome(start)).result is CommandResult.ACCEPTED
    session = await house.copied(partner)
    assert (session.command_id, session.own) == (start.id, False)
    assert not session.flags

    await partner.progress(session.id, Decimal("4.2"))
    assert (await house.copied(partner)).energy.value == Decimal("4.2")

    key = f"{THEM}/{session.id.casefold()}"
    stop = await house.commands.request(StopRequest(asker=DRIVER, session_id=key))
    await house.commands.send(stop.id)
    await house.outcome(stop)

    async def bill() -> Any:
        async with house.store.reading() as tx:
            return await tx.cdrs.of_session(key)

    (cdr,) = await until(bill)
    assert cdr.token.uid == token.uid
    assert cdr.bill.energy.value == Decimal("4.2")
    assert (await house.copied(partner)).status is SessionStatus.COMPLETED


async def test_the_partner_is_asked_about_its_tokens(house: House, partner: Partner) -> None:
    """C-195, C-196."""
    answer = await house.authorizer.authorize("PRT-CARD-1", None, None)
    assert answer is not None
    assert answer.verdict is Verdict.ALLOWED
    assert answer.reference is not None
    partner.verdicts["PRT-CARD-1"] = "NO_CREDIT"
    answer = await house.authorizer.authorize("PRT-CARD-1", None, None)
    assert answer is not None
    assert answer.verdict is Verdict.NO_CREDIT
    answer = await house.authorizer.authorize("nobody's", None, None)
    assert answer is not None
    assert answer.verdict is Verdict.UNKNOWN
