"""Contract ids and printed numbers."""

import pytest

from app.domain.charge_cards import check_digit, contract_id, number_key
from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId

OURS = PartyId("NL", "RWM")


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        ("NN123ABCDEFGHI", "T"),
        ("FRXYZ123456789", "2"),
        ("ITA1B2C3E4F5G6", "4"),
        ("ESZU8WOX834H1D", "R"),
        ("PT73902837ABCZ", "Z"),
        ("DE83DUIEN83QGZ", "D"),
        ("DE83DUIEN83ZGQ", "M"),
        ("DE8AA001234567", "0"),
    ],
)
def test_the_check_digit_of_din_spec_91286(text: str, digit: str) -> None:
    """Two letters that change places give another digit."""
    assert check_digit(text) == digit


def test_a_contract_id_has_its_check_digit() -> None:
    made = contract_id(OURS, 36**8 - 1)
    assert made[:16] == "NL-RWM-CZZZZZZZZ"
    assert made[-1] == check_digit("NLRWMCZZZZZZZZ")
    assert contract_id(OURS, 0)[:16] == "NL-RWM-C00000000"
    with pytest.raises(InvalidInput):
        contract_id(OURS, 36**8)


def test_a_printed_number_is_compared_without_what_only_people_see() -> None:
    assert number_key("rw-0001 ab") == "RW0001AB"
