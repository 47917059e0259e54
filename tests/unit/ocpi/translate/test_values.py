"""Numbers, money, texts and places on the wire."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identifiers import PartyId
from app.domain.locations import GeoPoint
from app.domain.money import Money, Price
from ocpi.models.common import Price as WirePrice
from ocpi.models.locations import GeoLocation
from ocpi.translate.values import (
    present,
    read_point,
    read_price,
    wire_hours,
    wire_number,
    write_owner,
    write_point,
    write_price,
)

amounts = st.decimals(-(10**6), 10**6, places=7)


@pytest.mark.parametrize(("exact", "sent"), [("1.00005", "1.0001"), ("-0.00005", "-0.0001")])
def test_numbers_are_rounded_half_up_to_four_decimals(exact: str, sent: str) -> None:
    assert wire_number(Decimal(exact)) == Decimal(sent)


@given(amounts, amounts)
def test_rounded_prices_still_add_up(net: Decimal, taxes: Decimal) -> None:
    """The gross amount is rounded once, and the tax is what is left."""
    price = Price(Money(net, "EUR"), Money(taxes, "EUR"))
    sent = write_price(price)
    assert sent["before_taxes"] == wire_number(net)
    assert sent["before_taxes"] + sent["taxes"][0]["amount"] == wire_number(net + taxes)
    back = read_price(WirePrice.read(sent), "EUR")
    assert back.gross is not None
    assert back.gross.amount == wire_number(net + taxes)


def test_unknown_taxes_are_left_out() -> None:
    price = Price(Money(Decimal(1), "EUR"), None)
    assert write_price(price) == {"before_taxes": Decimal(1)}
    assert read_price(WirePrice.read(write_price(price)), "EUR") == price


def test_hours() -> None:
    assert wire_hours(timedelta(minutes=20)) == Decimal("0.3333")


@pytest.mark.parametrize(
    ("degrees", "text"),
    [
        ("50.9", "50.90000"),
        ("50.937531", "50.937531"),
        ("-6.12345678", "-6.1234568"),
        ("5E+1", "50.00000"),
    ],
)
def test_places_have_five_to_seven_decimals(degrees: str, text: str) -> None:
    """C-137."""
    point = write_point(GeoPoint(Decimal(degrees), Decimal(0)))
    assert point == {"latitude": text, "longitude": "0.00000"}
    assert read_point(GeoLocation.read(point)).latitude == Decimal(text)


def test_owners_and_absent_values() -> None:
    assert write_owner(PartyId("NL", "RW1")) == {"country_code": "NL", "party_id": "RW1"}
    assert present({"a": None, "b": [], "c": (), "d": 0, "e": False, "f": ""}) == {
        "d": 0,
        "e": False,
        "f": "",
    }
