"""What the hub says in place of members of older versions."""

import pytest

from app.domain.partners import InterfaceRole
from ocpi.hub.messages import HubMessage
from ocpi.hub.standing_in import query_in, reservation_number, status_in, wanted_type
from ocpi.versions.registry import V211, V221, V230, OcpiVersion
from ocpi.wire.headers import Exchange

S, R = InterfaceRole.SENDER, InterfaceRole.RECEIVER


@pytest.mark.parametrize(
    ("version", "said", "told"),
    [
        (V211, 2004, 2000), (V211, 2003, 2003), (V211, 4001, 3000), (V211, 1000, 1000),
        (V221, 2004, 2004), (V230, 4001, 4001),
    ],
)  # fmt: skip
def test_status_codes_are_those_of_the_version(version: OcpiVersion, said: int, told: int) -> None:
    assert status_in(version, said) == told


def test_reservations_have_numbers_of_31_bits() -> None:
    """OCPI 2.1.1, Commands, ReserveNow object."""
    assert reservation_number("NL-RWD", 7) == "7"
    assert reservation_number("NL-RWD", str(2**31 - 1)) == str(2**31 - 1)
    made = [reservation_number("NL-RWD", text) for text in ("R1", str(2**31), "²", "")]
    assert all(2**30 <= int(each) < 2**31 for each in made)
    assert made[0] != reservation_number("DE-TNM", "R1")


QUERIES = [
    (V211, S, "type=APP_USER&x=1", None, "x=1&token_type=OTHER"),
    (V221, S, "token_type=RFID", None, "type=RFID"),
    (V221, S, "type=EMAID", None, "type=OTHER"),
    (V211, R, "type=RFID&x", None, "x"),
    (V221, R, "", "OTHER", "type=OTHER"),
    (V221, R, "", "RFID", ""),
    (V221, R, "type=RFID", "OTHER", "type=RFID"),
    (V230, S, "x=%20y", None, "x=%20y"),
]


@pytest.mark.parametrize("case", QUERIES, ids=lambda case: f"{case[0].number} {case[2]}")
def test_the_type_of_a_token_is_named_as_the_receiver_does(
    case: tuple[OcpiVersion, InterfaceRole, str, str | None, str],
) -> None:
    """C-197."""
    target, role, query, known, told = case
    message = HubMessage(
        exchange=Exchange("r", "c"), module="tokens", role=role, method="GET", query=query
    )
    assert query_in(target, message, known) == told


def test_other_modules_keep_their_queries() -> None:
    message = HubMessage(
        exchange=Exchange("r", "c"), module="cdrs", role=S, method="GET", query="type=x"
    )
    assert query_in(V211, message, None) == "type=x"
    assert wanted_type("a=b") is None
    assert wanted_type("type=A%20B") == "A B"
