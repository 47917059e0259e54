"""CDRs are assembled from what was so at the start, and taken back by credit notes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.cdrs import NO_EVSE_ID, assemble, credit_note
from app.domain.errors import Conflict
from app.domain.locations import Connector, Evse, EvsePlace, EvseStatus, GeoPoint, Location
from app.domain.money import Money
from app.domain.signed_meters import SignedMeter
from app.domain.tokens import AuthMethod
from tests.support.priced import PARTY, START, a_bill, a_session, a_tariff

PLUG = Connector("1", "IEC_62196_T2", "SOCKET", "AC_3_PHASE", 230, 32, START)
EVSE = Evse("E1", EvseStatus.CHARGING, (PLUG,), START, evse_id="NL*RWT*E1")
SITE = Location(
    party=PARTY,
    id="L1",
    address="Kade 1",
    city="Utrecht",
    country="NLD",
    coordinates=GeoPoint(Decimal("52.1"), Decimal("5.1")),
    time_zone="Europe/Amsterdam",
    last_updated=START,
    evses=(EVSE,),
)
PLACE = EvsePlace(SITE, EVSE, PLUG)
LATER = START + timedelta(hours=2)
SESSION = a_session(
    ended=60,
    auth_method=AuthMethod.COMMAND,
    authorization_reference="REF",
    charging_id="CH1",
)
BILL = a_bill(a_tariff())
CDR = assemble(SESSION, BILL, PLACE, cdr_id="C1", issued_at=LATER)


def test_what_identified_the_session_identifies_its_cdr() -> None:
    """C-165."""
    assert (CDR.session_id, CDR.token) == (SESSION.id, SESSION.token)
    assert (CDR.auth_method, CDR.authorization_reference) == (AuthMethod.COMMAND, "REF")
    assert (CDR.started_at, CDR.ended_at) == (SESSION.started_at, SESSION.ended_at)


def test_the_tariff_is_the_one_at_the_start() -> None:
    """C-166: the tariff the session was opened with, and the bill's periods refer to it."""
    assert CDR.tariff is SESSION.tariff
    assert CDR.tariff is not None
    assert CDR.bill.tariff_id == CDR.tariff.id


def test_the_place_is_kept_with_its_clock() -> None:
    assert (CDR.place.location_id, CDR.place.evse_uid) == ("L1", "E1")
    assert (CDR.place.evse_id, CDR.place.connector_power_type) == ("NL*RWT*E1", "AC_3_PHASE")
    assert (CDR.place.zone, CDR.place.country) == ("Europe/Amsterdam", "NLD")


def test_an_evse_without_an_emi3_id_is_named_so() -> None:
    place = replace(PLACE, evse=replace(EVSE, evse_id=None))
    cdr = assemble(SESSION, BILL, place, cdr_id="C1", issued_at=LATER)
    assert cdr.place.evse_id == NO_EVSE_ID


def test_signed_values_are_kept_byte_for_byte() -> None:
    signed = (SignedMeter("Start", "OCMF|{}|{}"), SignedMeter("End", "OCMF|{ }|{}"))
    session = replace(SESSION, signed=signed)
    cdr = assemble(session, BILL, PLACE, cdr_id="C1", issued_at=LATER)
    assert cdr.signed == signed


def test_only_an_ended_session_with_a_token_is_billed() -> None:
    with pytest.raises(Conflict, match="not ended"):
        assemble(a_session(), BILL, PLACE, cdr_id="C1", issued_at=LATER)
    with pytest.raises(Conflict, match="no token"):
        assemble(replace(SESSION, token=None), BILL, PLACE, cdr_id="C1", issued_at=LATER)


def test_a_credit_note_negates_the_total_and_nothing_else() -> None:
    """C-169; its id has at most 39 characters where the CDR's has 36."""
    note = credit_note(CDR, issued_at=LATER + timedelta(days=1))
    assert (note.id, note.credit_of) == ("C1-C", "C1")
    assert note.bill.total.net == Money(Decimal(-3), "EUR")
    assert note.bill.total.gross == Money(Decimal("-3.6"), "EUR")
    assert note.bill.lines == CDR.bill.lines
    same = replace(note, id=CDR.id, credit_of=None, issued_at=CDR.issued_at, bill=CDR.bill)
    assert same == CDR


def test_a_credit_note_may_have_an_id_of_its_own_and_is_not_taken_back() -> None:
    note = credit_note(CDR, issued_at=LATER, cdr_id="C2")
    assert note.id == "C2"
    with pytest.raises(Conflict, match="credit note already"):
        credit_note(note, issued_at=LATER)
