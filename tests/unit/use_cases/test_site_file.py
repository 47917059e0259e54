"""A site file is read as a whole; everything wrong in it is told at once, each with its line."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.console.api.rendering import render_location, render_tariff
from app.domain.errors import InvalidFile
from app.domain.locations import EvseStatus
from app.domain.tariffs import Dimension
from app.domain.units import Kwh
from app.use_cases.site_file import read_location, read_site, read_tariff

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
TEXT = (Path(__file__).parents[3] / "docs" / "example-site.json").read_text()


def line_of(words: str, nth: int = 1) -> int:
    lines = [i for i, line in enumerate(TEXT.splitlines(), 1) if words in line]
    return lines[nth - 1]


def test_the_example_is_read_completely() -> None:
    site = read_site(TEXT, NOW)
    assert str(site.operator.party) == "NL-RW1"
    assert [t.id for t in site.tariffs] == ["STREET-AC", "FAST-DC"]
    assert [c.id for c in site.chargers] == ["RW-AMS-01", "RW-AMS-02", "RW-AMS-03"]
    harbour, ring = site.locations
    assert [e.uid for e in harbour.evses] == ["RW-AMS-01-1", "RW-AMS-01-2", "RW-AMS-02-1"]
    assert [e.number for e in harbour.evses] == [1, 2, 1]
    assert harbour.evses[0].status is EvseStatus.UNKNOWN
    assert harbour.coordinates.latitude == Decimal("52.3759100")
    assert harbour.opening_times
    assert (harbour.opening_times.regular[6].weekday, len(harbour.opening_times.closings)) == (
        7,
        1,
    )
    assert ring.opening_times
    assert ring.opening_times.always
    plugs = ring.evses[0].connectors
    assert [(p.id, p.number, p.power.value) for p in plugs] == [("1", 1, 150), ("2", 2, 50)]
    assert harbour.help_phone == "+31201234567"


def test_prices_keep_their_digits_and_take_the_tariffs_vat() -> None:
    street = read_site(TEXT, NOW).tariffs[0]
    night, _, fee, idle = street.elements
    assert night.restrictions.start_time == time(21)
    assert str(night.components[0].price) == "0.29"
    assert night.components[0].vat == 21
    assert fee.components[0].dimension is Dimension.FLAT
    assert idle.restrictions.min_duration == timedelta(hours=4)
    assert idle.components[0].step_size == 60


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ('"city": "Amsterdam"', '"city": ""', "locations[0].city", "at least 1 character"),
        ('"NL-RW1"', '"NLX-RW1"', "operator.party", "no party id such as NL-RW1"),
        ('"EUR"', '"Euro"', "tariffs[0].currency", "no currency such as EUR"),
        ('"RW-AMS-01"', '"RW:AMS"', "stations[0].id", "no OCPP charger identity"),
        ('"21:00"', '"21:00\\n"', "restrictions.start_time", "no time"),
        ('"21:00"', '"21:60"', "tariffs[0].elements[0].restrictions.start_time", "no time"),
        ("Europe/Amsterdam", "Europe/Amstel", "locations[0].time_zone", "no time zone"),
        ("52.3759100", "152.37", "locations[0].latitude", "less than or equal to 90"),
        ('"SOCKET"', '"HOLE"', "connectors[0].format", "none of SOCKET, CABLE"),
        ("NL*RW1*E0001*1", "E1", "evses[0].evse_id", "no EVSE id"),
        ("example-password-01", "short", "stations[0].password", "at least 16"),
        ('"vat": 21', '"vat": "a lot"', "tariffs[0].vat", "valid decimal"),
        (
            '"energy": 0.39',
            '"energi": 0.39',
            "tariffs[0].elements[1].energi",
            "not permitted",
        ),
        ('"energy": 0.29', '"energy": -0.29', "elements[0].energy.price", "greater than"),
        ("RW-AMS-02", "RW-AMS-01", "locations[0].stations[1].id", "charger is there twice"),
        ("NL*RW1*E0002*1", "NLRW1E00011", "evses[0].evse_id", "EVSE id is there twice"),
        ("AMS-RING", "ams-harbour", "locations[1].id", "location is there twice"),
        ("FAST-DC", "street-ac", "tariffs[1].id", "tariff is there twice"),
        ("14400", f"1{'0' * 30}", "restrictions.min_duration", "less than or equal to"),
        ("roamwatt-site/1", "roamwatt-site/9", "format", "roamwatt-site/1"),
    ],
)
def test_a_bad_value_is_told_with_line_and_path(
    old: str, new: str, path: str, reason: str
) -> None:
    with pytest.raises(InvalidFile) as caught:
        read_site(TEXT.replace(old, new, 1), NOW)
    problem = caught.value.problems[0]
    assert problem.line == line_of(old)
    assert problem.path.endswith(path)
    assert reason in problem.reason


def test_what_is_missing_is_told_at_the_line_of_what_should_hold_it() -> None:
    with pytest.raises(InvalidFile) as caught:
        read_site(TEXT.replace('"party": "NL-RW1",', "", 1), NOW)
    line = line_of('"operator"')
    assert str(caught.value) == f"line {line}, operator.party: Field required"


def test_all_problems_are_told_at_once_in_the_order_of_lines() -> None:
    text = TEXT.replace('"EUR"', '"E"').replace("NLD", "NL").replace('"publish"', '"publik"')
    with pytest.raises(InvalidFile) as caught:
        read_site(text, NOW)
    lines = [problem.line for problem in caught.value.problems]
    assert len(lines) == 4
    assert lines == sorted(lines)


def changed(change: Callable[[Any], None]) -> str:
    value = json.loads(TEXT)
    change(value)
    return json.dumps(value, indent=1)


def test_numbers_and_ids_must_be_unique_within_a_charger() -> None:
    def same_numbers(site: Any) -> None:
        site["locations"][0]["stations"][0]["evses"][1]["number"] = 1

    def same_plugs(site: Any) -> None:
        site["locations"][1]["stations"][0]["evses"][0]["connectors"][0]["id"] = "2"

    def same_plug_numbers(site: Any) -> None:
        site["locations"][1]["stations"][0]["evses"][0]["connectors"][0]["number"] = 2

    for change, what in (
        (same_numbers, "EVSE number is there twice"),
        (same_plugs, "connector is there twice"),
        (same_plug_numbers, "connector is there twice"),
    ):
        with pytest.raises(InvalidFile, match=what):
            read_site(changed(change), NOW)


def test_elements_need_a_price_and_ends_come_after_starts() -> None:
    def empty(site: Any) -> None:
        site["tariffs"][0]["elements"][0] = {"restrictions": {"min_kwh": 5}}

    def backwards(site: Any) -> None:
        site["tariffs"][1] |= {"start": "2027-01-02T00:00:00Z", "end": "2027-01-01T00:00:00Z"}

    with pytest.raises(InvalidFile, match="needs energy, time, parking_time or flat"):
        read_site(changed(empty), NOW)
    with pytest.raises(InvalidFile, match="end must be after start"):
        read_site(changed(backwards), NOW)


def test_what_is_shown_can_be_sent_back() -> None:
    site = read_site(TEXT, NOW)
    for location in site.locations:
        text = render_location(location).model_dump_json(exclude_none=True)
        assert read_location(text, site.operator, NOW).locations[0] == location
    for tariff in site.tariffs:
        text = render_tariff(tariff).model_dump_json(exclude_none=True)
        assert read_tariff(text, site.operator, NOW) == tariff


def test_every_restriction_can_be_sent_back() -> None:
    site = read_site(TEXT, NOW)
    given = {
        "id": "T", "currency": "SEK", "type": "REGULAR", "tax_included": "YES",
        "elements": [{
            "time": {"price": 1, "vat": 25, "step_size": 300},
            "restrictions": {
                "start_date": "2026-01-01", "end_date": "2027-01-01", "min_kwh": 0,
                "max_kwh": 20.5,
                "min_current": 6, "max_current": 32, "min_power": 3.7, "max_power": 22,
                "max_duration": 3600, "day_of_week": ["SUNDAY", "MONDAY"],
                "reservation": "RESERVATION",
            },
        }],
        "min_price": {"net": 1, "gross": 1.25}, "start": "2026-01-01T00:00:00+01:00",
        "description": {"sv": "Pris"}, "url": "https://pris.example",
    }  # fmt: skip
    tariff = read_tariff(json.dumps(given), site.operator, NOW)
    limits = tariff.elements[0].restrictions
    assert (limits.min_kwh, limits.weekdays) == (Kwh(Decimal(0)), frozenset({1, 7}))
    assert tariff.start == datetime(2025, 12, 31, 23, tzinfo=UTC)
    text = render_tariff(tariff).model_dump_json(exclude_none=True)
    assert read_tariff(text, site.operator, NOW) == tariff
