"""Vehicles' ids, and what their batteries want."""

from decimal import Decimal

import pytest

from app.domain.stations import PresentedToken
from app.domain.units import Kw, Kwh
from app.domain.vehicles import (
    Sighting,
    Vehicle,
    energy_to,
    power_at,
    same_vehicle,
    shown_vehicle,
    vehicle_key,
)
from tests.support.clock import NOON

KEY = "AABBCCDDEE01"
CAR = Vehicle(
    "v-1", "d-1", "Zoe", NOON, battery=Kwh(Decimal(52)), ac_power=Kw(Decimal(11)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("token", "key"),
    [
        (PresentedToken("VID:AA:BB:CC:DD:EE:01"), KEY),
        (PresentedToken("vid:aabbccddee01"), KEY),
        (PresentedToken("AA-BB-CC-DD-EE-01", "MacAddress"), KEY),
        (PresentedToken("AABBCCDDEE01", "ISO14443"), None),
        (PresentedToken("VID:"), None),
        (PresentedToken("VID:nothing-of-it"), None),
        (PresentedToken("not a mac", "MacAddress"), None),
    ],
)
def test_what_is_shown_is_a_vehicle_or_not(token: PresentedToken, key: str | None) -> None:
    """OCPP 1.6 has a prefix, 2.0.1 a type of token; a card's number is no vehicle's id."""
    assert shown_vehicle(token) == key


def test_an_id_is_neither_too_short_nor_too_long() -> None:
    assert vehicle_key("A1") is None
    assert vehicle_key("1" * 33) is None
    assert vehicle_key("\u00e41234567") is None


def test_energy_follows_from_the_battery() -> None:
    assert energy_to(Kwh(Decimal(52)), target=80, now=30) == Kwh(Decimal(26))
    assert energy_to(Kwh(Decimal(52)), target=30, now=80) == Kwh(Decimal("0.52"))


def test_power_is_bound_by_what_the_vehicle_takes() -> None:
    assert power_at(CAR, Kw(Decimal(22)), direct=False) == Kw(Decimal(11))
    assert power_at(CAR, Kw(Decimal(7)), direct=False) == Kw(Decimal(7))
    assert power_at(CAR, Kw(Decimal(150)), direct=True) == Kw(Decimal(150))


def test_a_sighting_proves_something_only_when_it_was_one_vehicle() -> None:
    here, anywhere = Sighting("CP1", KEY, NOON, "E1"), Sighting("CP1", "OTHER123", NOON)
    assert same_vehicle([here, anywhere], "E1") == KEY
    assert same_vehicle([here, anywhere], "E2") == "OTHER123"
    assert same_vehicle([here], "E2") is None
    assert same_vehicle([anywhere, Sighting("CP1", "OTHER456", NOON)], "E2") is None
