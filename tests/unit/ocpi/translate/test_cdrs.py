"""CDRs: our bills on the wire, and theirs as we keep them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.bills import SliceKind
from app.domain.cdrs import credit_note
from app.domain.pricing import price
from app.domain.signed_meters import SignedMeter
from app.domain.tariffs import Dimension
from ocpi.models.cdrs import CDR
from ocpi.translate.cdrs import read_cdr, write_cdr
from ocpi.translate.values import Verbatim
from ocpi.versions.registry import V221, Kind
from tests.support.roaming_documents import cdr_document, tariff_document
from tests.support.roaming_objects import NOON, a_cdr

SOURCE = Verbatim("{}", "2.2.1")


def _read(**changes: Any) -> Any:
    wire = CDR.read(V221.lift(Kind.CDR, cdr_document(**changes)))
    return read_cdr(wire, SOURCE, partner_id="p-1", zone="Europe/Berlin")


def test_totals_are_those_of_the_bill() -> None:
    """C-165, C-166, C-167; §5.7."""
    document = write_cdr(a_cdr())
    CDR.read(document)
    assert document["total_cost"]["before_taxes"] == Decimal("5.75")
    assert document["total_energy_cost"]["before_taxes"] == 5
    assert document["total_parking_cost"]["before_taxes"] == Decimal("0.75")
    absent = {"total_fixed_cost", "total_time_cost", "total_reservation_cost", "credit", "remark"}
    assert not absent & document.keys()
    assert document["tariffs"][0]["id"] == document["charging_periods"][0]["tariff_id"] == "T1"


def test_what_we_write_reads_the_same_amounts() -> None:
    ours = a_cdr()
    back = read_cdr(CDR.read(write_cdr(ours)), SOURCE, partner_id="p-1", zone="Europe/Berlin")
    assert (back.bill.total, back.bill.energy) == (ours.bill.total, ours.bill.energy)
    assert back.bill.parking_time == ours.bill.parking_time
    assert back.bill.charging_time == ours.bill.charging_time
    assert back.bill.energy_cost == ours.bill.energy_cost
    assert back.bill.parking_cost == ours.bill.parking_cost
    assert [p.kind for p in back.bill.periods] == [p.kind for p in ours.bill.periods]
    assert [(p.start, p.end) for p in back.bill.periods] == [
        (p.start, p.end) for p in ours.bill.periods
    ]
    assert (back.token, back.session_id, back.tariff and back.tariff.id) == (
        ours.token,
        ours.session_id,
        "T1",
    )
    assert back.place == ours.place


def test_a_credit_note_negates_the_total_only() -> None:
    """C-169, I-39."""
    document = write_cdr(credit_note(a_cdr(), issued_at=NOON))
    assert (document["credit"], document["credit_reference_id"]) == (True, "c-1")
    assert document["total_cost"]["before_taxes"] == Decimal("-5.75")
    assert document["total_energy_cost"]["before_taxes"] == 5
    assert CDR.read(document).credit_reference_id == "c-1"
    assert read_cdr(CDR.read(document), SOURCE, partner_id="p").credit_of == "c-1"


def test_a_bill_without_periods_still_has_one() -> None:
    """C-160, I-40: also when nobody knew the price."""
    unpriced = price((), None, zone="UTC", currency="EUR")
    document = write_cdr(a_cdr(bill=unpriced, tariff=None))
    (period,) = document["charging_periods"]
    assert [d["type"] for d in period["dimensions"]] == ["ENERGY", "TIME"]
    assert not {"tariffs", "total_parking_time"} & document.keys()


@pytest.mark.parametrize(("text", "method"), [("OCMF|{}|{}", "OCMF"), ("<signed/>", "unknown")])
def test_signed_values_are_sent_as_text_and_base64(text: str, method: str) -> None:
    told = SignedMeter("Start", text, method, "AQID")
    document = write_cdr(a_cdr(signed=(told,), signed_url="https://check.example/1"))
    assert document["signed_data"]["encoding_method"] == method
    (value,) = document["signed_data"]["signed_values"]
    assert (value["nature"], value["plain_data"]) == ("Start", text)
    assert document["signed_data"]["public_key"] == "AQID"
    back = read_cdr(CDR.read(document), SOURCE, partner_id="p")
    assert (back.signed, back.signed_url) == ((told,), "https://check.example/1")


@pytest.mark.parametrize(
    ("keys", "named"), [(("", "AQID"), "AQID"), (("AQID", "BQID"), None), (("", ""), None)]
)
def test_the_key_is_named_that_is_known(keys: tuple[str, str], named: str | None) -> None:
    """A charger may send it with the end only; of two keys neither is said to be the one."""
    signed = tuple(
        SignedMeter(n, "OCMF|{}|{}", "OCMF", k) for n, k in zip("SE", keys, strict=True)
    )
    assert write_cdr(a_cdr(signed=signed))["signed_data"].get("public_key") == named


def test_signed_values_that_are_too_long_are_not_sent() -> None:
    assert "signed_data" not in write_cdr(a_cdr(signed=(SignedMeter("End", "x" * 5000),)))


def test_a_signature_that_is_no_text_stays_as_it_is() -> None:
    signed = {
        "encoding_method": "EDL",
        "signed_values": [
            {"nature": "End", "plain_data": "x", "signed_data": "/w=="},
            {"nature": "End", "plain_data": "x", "signed_data": "not base64"},
        ],
    }
    assert [s.data for s in _read(signed_data=signed).signed] == ["/w==", "not base64"]


def test_a_partners_bill_is_read_not_computed() -> None:
    """C-162."""
    cdr = _read(
        total_fixed_cost={"excl_vat": 1},
        total_time_cost={"excl_vat": 3},
        total_parking_time=Decimal("0.5"),
        total_parking_cost={"excl_vat": 0},
        total_reservation_cost={"excl_vat": 2},
    )
    lines = [
        (line.dimension, line.kind, line.measured, line.unit_price) for line in cdr.bill.lines
    ]
    assert lines == [
        (Dimension.FLAT, SliceKind.CHARGING, 1, 1),
        (Dimension.ENERGY, SliceKind.CHARGING, Decimal("41.1234"), Decimal("0.5000")),
        (Dimension.TIME, SliceKind.CHARGING, 1, 3),
        (Dimension.PARKING_TIME, SliceKind.PARKING, Decimal("0.5"), 0),
        (Dimension.TIME, SliceKind.RESERVATION, 0, 0),
    ]
    assert cdr.bill.total.due.amount == Decimal("24.47")
    assert (cdr.bill.charging_time, cdr.bill.parking_time) == (
        timedelta(hours=1),
        timedelta(minutes=30),
    )
    assert (cdr.own, cdr.document, cdr.place.zone) == (False, "{}", "Europe/Berlin")


def test_periods_end_where_the_next_begins() -> None:
    def period(start: str, *kinds: str) -> dict[str, Any]:
        return {
            "start_date_time": f"2026-05-04T{start}:00Z",
            "dimensions": [{"type": kind, "volume": 1} for kind in kinds],
        }

    periods = [
        period("10:00", "PARKING_TIME"),
        period("09:00", "RESERVATION_TIME"),
        period("09:30", "ENERGY", "TIME", "MAX_POWER"),
    ]
    bill = _read(charging_periods=periods).bill
    assert [(p.start.minute, p.end.minute, p.kind.value) for p in bill.periods] == [
        (0, 30, "reservation"),
        (30, 0, "charging"),
        (0, 30, "parking"),
    ]
    assert [str(p.max_power) for p in bill.periods] == ["None", "1", "None"]
    assert bill.reservation_time == timedelta(hours=1)


def test_the_tariff_that_the_periods_name_is_the_tariff() -> None:
    """C-166, I-59."""
    tariffs = [tariff_document("A"), tariff_document("B")]
    named = cdr_document()["charging_periods"][0] | {"tariff_id": "b"}
    assert _read(tariffs=tariffs, charging_periods=[named]).tariff.id == "B"
    assert _read(tariffs=tariffs).tariff.id == "A"
    unknown = named | {"tariff_id": "C"}
    assert _read(tariffs=tariffs, charging_periods=[unknown]).tariff is None


def test_replaced_places_are_read_too() -> None:
    cdr = a_cdr()
    place = replace(cdr.place, name=None, postal_code=None)
    document = write_cdr(replace(cdr, place=place))
    assert not {"name", "postal_code"} & document["cdr_location"].keys()


def test_hours_longer_than_any() -> None:
    """A bill that is wrong is kept for people to see."""
    assert _read(total_time=Decimal(10) ** 12).bill.charging_time > timedelta(days=365)
