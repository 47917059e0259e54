"""The price vectors of OCPI's tariff chapter, computed from its own example files."""

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain.identifiers import PartyId
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    Tariff,
    TariffElement,
    TariffType,
    TaxIncluded,
)
from app.domain.units import Ampere, Kw, Kwh
from tests.support.tariff_corpus import Case, cases, differences

EXAMPLES = Path(__file__).parents[2].parent / "shared" / "examples" / "ocpi"
WEEK = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]

# The example file that belongs to each vector; those that are missing stand in the text only.
FILES = {
    "tv-01": "2.2.1/tariff_8_simple_025kwh",
    "tv-02": "2.2.1/tariff_9_025kwh_start",
    "tv-03": "2.2.1/tariff_12_025kwh_min_price",
    "tv-04": "2.2.1/tariff_10_025kwh_parking_start",
    "tv-05": "2.2.1/tariff_6_025kwh_start_max_price",
    "tv-06": "2.2.1/tariff_1_simple_2hour",
    "tv-07": "2.2.1/tariff_13_simple_3hour_5parking",
    "tv-08": "2.2.1/tariff_2_alt_text",
    "tv-09a": "2.2.1/tariff_3_alt_url",
    "tv-10": "2.2.1/tariff_4_complex",
    "tv-11": "2.2.1/tariff_4_complex",
    "tv-12": "2.2.1/tariff_5_free_of_charge",
    "tv-13": "2.2.1/tariff_15_reservation_5_euro_per_hour",
    "tv-14": "2.2.1/tariff_16_reservation_2_euro_fee_5_euro_per_hour",
    "tv-15": "2.2.1/tariff_17_reservation_with_expire_fee",
    "tv-16": "2.2.1/tariff_18_reservation_with_expire_time",
    "tv-19": "2.2.1/tariff_14_step_size",
    "tv-20": "2.2.1/tariff_14_step_size",
    "tv-21": "2.2.1/tariff_14_step_size",
    "tv-22": "2.2.1/tariffrestriction_example_max_power",
    "tv-23": "2.2.1/tariffrestriction_example_max_duration",
    "tv-30": "2.2.1/cdr_example",
    "tv-31": "2.3.0/tariff_19_simple_north_american_exclusive",
    "tv-32": "2.3.0/tariff_20_simple_north_american_inclusive",
}
PAIRS = [
    (case, file)
    for case in cases("tv-")
    for vector, file in FILES.items()
    if case.name.startswith(vector)
]


def read(file: str) -> Tariff:
    """An example tariff, from a file of its own or inside a CDR."""
    document = json.loads((EXAMPLES / f"{file}.json").read_text(), parse_float=Decimal)
    document = document["tariffs"][0] if "tariffs" in document else document
    return Tariff(
        party=PartyId.of(document["country_code"], document["party_id"]),
        id=document["id"],
        currency=document["currency"],
        elements=tuple(_element(each) for each in document["elements"]),
        last_updated=datetime.fromisoformat(document["last_updated"]),
        type=TariffType(document["type"]) if "type" in document else None,
        min_price=_limit(document.get("min_price")),
        max_price=_limit(document.get("max_price")),
        end=datetime.fromisoformat(document["end_date_time"])
        if "end_date_time" in document
        else None,
        tax_included=TaxIncluded(document.get("tax_included", "NO")),
    )


def _limit(document: dict[str, Any] | None) -> PriceLimit | None:
    if document is None:
        return None
    return PriceLimit(document["excl_vat"], document.get("incl_vat"))


def _element(document: dict[str, Any]) -> TariffElement:
    components = tuple(
        PriceComponent(
            Dimension(each["type"]), Decimal(each["price"]), each.get("vat"), each["step_size"]
        )
        for each in document["price_components"]
    )
    readers: dict[str, Any] = {
        "start_time": time.fromisoformat,
        "end_time": time.fromisoformat,
        "start_date": date.fromisoformat,
        "end_date": date.fromisoformat,
        "reservation": ReservationPhase,
        "min_duration": lambda value: timedelta(seconds=value),
        "max_duration": lambda value: timedelta(seconds=value),
        **dict.fromkeys(("min_kwh", "max_kwh"), Kwh),
        **dict.fromkeys(("min_current", "max_current"), Ampere),
        **dict.fromkeys(("min_power", "max_power"), Kw),
    }
    when = dict(document.get("restrictions", {}))
    weekdays = frozenset(WEEK.index(day) + 1 for day in when.pop("day_of_week", []))
    fields = {key: readers[key](value) for key, value in when.items()}
    return TariffElement(components, Restrictions(**fields, weekdays=weekdays))


@pytest.mark.parametrize(("case", "file"), PAIRS, ids=lambda each: getattr(each, "name", each))
def test_example_tariff_gives_the_computed_price(case: Case, file: str) -> None:
    """C-179."""
    assert differences(case.bill(read(file)), case.expected) == []


@pytest.mark.parametrize(("case", "file"), PAIRS, ids=lambda each: getattr(each, "name", each))
def test_the_corpus_tells_the_example_truly(case: Case, file: str) -> None:
    assert case.tariff.elements == read(file).elements


def test_every_file_is_used() -> None:
    assert {file for _, file in PAIRS} == set(FILES.values())
