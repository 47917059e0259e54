"""The wire types read tolerantly and write strictly."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.models.commands import StartSession
from ocpi.models.common import (
    DisplayText,
    OcpiObject,
    Price,
    read_datetime,
    read_integer,
    read_number,
    write_datetime,
)
from ocpi.models.credentials import Credentials
from ocpi.models.locations import Connector, Hours
from ocpi.models.tariffs import PriceComponent, TariffRestrictions
from tests.support.roaming_documents import connector_document, token_document

TEN = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-04T10:00:00Z", TEN),
        ("2026-05-04T10:00:00", TEN),
        ("2026-05-04 10:00:00", TEN),
        ("2026-05-04t10:00:00z", TEN),
        ("2026-05-04T12:00:00+02:00", TEN),
        ("2026-05-04T05:30:00-0430", TEN),
        ("2026-05-04T10:00:00.5Z", TEN + timedelta(milliseconds=500)),
        ("2026-05-04T10:00:00.123456789Z", TEN + timedelta(microseconds=123456)),
        ("2026-05-04T09:59:60Z", TEN - timedelta(seconds=1)),
        ("1970-1-1T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_all_forms_of_the_field(text: str, moment: datetime) -> None:
    """C-027, C-028, I-16."""
    assert read_datetime(text) == moment
    assert read_datetime(text).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "", "yesterday", "2026-05-04", "2026-13-04T10:00:00Z", 5, None, "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T23:59:59Z",
        "2026-05-04T10:00:00+99:99",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"time|month|offset"):
        read_datetime(value)


def test_datetimes_pass_and_become_utc() -> None:
    assert read_datetime(TEN.replace(tzinfo=None)) == TEN
    assert read_datetime(TEN.astimezone(timezone(timedelta(hours=2)))) == TEN


def test_times_are_written_short_and_with_z() -> None:
    """C-029, §10.12."""
    assert write_datetime(TEN) == "2026-05-04T10:00:00Z"
    assert write_datetime(TEN + timedelta(microseconds=123999)) == "2026-05-04T10:00:00.123Z"
    assert write_datetime(TEN + timedelta(microseconds=999)) == "2026-05-04T10:00:00Z"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, "1"),
        (Decimal("0.1"), "0.1"),
        (41.12, "41.12"),
        ("2.00", "2.00"),
        (" 3 ", "3"),
        (-0.5, "-0.5"),
    ],
)
def test_numbers_are_read_exactly(value: object, number: str) -> None:
    """I-17, C-030."""
    assert read_number(value) == Decimal(number)


@pytest.mark.parametrize("value", [True, None, "x", [], "NaN", "Infinity", "1e999", {}])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        read_number(value)


def test_integers_are_whole() -> None:
    assert read_integer("5") == read_integer(Decimal("5.0")) == 5
    with pytest.raises(ValueError, match="whole"):
        read_integer(Decimal("5.5"))


class Sample(OcpiObject):
    """One required and one optional text, and a list."""

    need: str
    want: str | None = None
    many: list[int] = []


def test_null_and_empty_text_are_absent() -> None:
    """C-021, I-19."""
    sample = Sample.read({"need": "", "want": "", "many": None, "extra": None, "more": 1})
    assert sample == Sample(need="", more=1)  # type: ignore[call-arg]
    assert sample.document() == {"need": "", "more": 1}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "need"),
        ({"need": None}, "need"),
        ({"need": "x", "many": [1, "y"]}, "many.1"),
        ([], ""),
        ("text", ""),
    ],
)
def test_a_refusal_names_the_path(document: Any, path: str) -> None:
    """C-014, C-015, C-022."""
    with pytest.raises(InvalidInput) as refused:
        Sample.read(document)
    assert refused.value.path == path


def test_prices_keep_their_digits() -> None:
    price = Price.read({"before_taxes": "4.00", "taxes": [{"name": "VAT", "amount": 0.4}]})
    assert price.document() == {
        "before_taxes": Decimal("4.00"),
        "taxes": [{"name": "VAT", "amount": Decimal("0.4")}],
    }


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (DisplayText, {"language": "deu", "text": "x"}),
        (DisplayText, {"language": "de", "text": "x" * 513}),
        (Hours, {"twentyfourseven": False}),
        (Hours, {"twentyfourseven": "true"}),
        (PriceComponent, {"type": "TIME", "price": 1, "step_size": -1}),
        (TariffRestrictions, {"start_time": "25:00"}),
        (TariffRestrictions, {"start_date": "2026-5-4"}),
        (Connector, connector_document(id="")),
        (
            StartSession,
            {
                "response_url": "https://x",
                "token": token_document(),
                "location_id": "L",
                "connector_id": "1",
            },
        ),
        (Credentials, {"token": "has space", "url": "https://x", "roles": []}),
    ],
)
def test_what_breaks_a_rule_is_refused(model: type[OcpiObject], document: Any) -> None:
    """C-016, C-063, C-085, C-136, C-203."""
    with pytest.raises(InvalidInput):
        model.read(document)


def test_hours_may_consist_of_exceptions() -> None:
    period = {"period_begin": "2026-05-04T10:00:00Z", "period_end": "2026-05-04T11:00:00Z"}
    Hours.read({"twentyfourseven": False, "exceptional_openings": [period]})
