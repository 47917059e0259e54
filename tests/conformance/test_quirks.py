"""Every way of chargers that the page tells of is proved by a test, and the other way round."""

import re

from ocpp_bridge.quirks.table import QUIRKS
from tests.conformance.named import TESTS, proofs

QUIRK = re.compile(r"\bQ-\d\d\b")
PAGE = TESTS.parent / "docs" / "chargers-as-wanted.md"


def test_every_quirk_of_the_page_is_proved() -> None:
    told = re.findall(r"^\| (Q-\d\d) \|", PAGE.read_text(), re.MULTILINE)
    assert told == [f"Q-{n:02}" for n in range(1, 39)]
    assert sorted(set(told) - proofs(QUIRK).keys()) == [], "no test names these"
    assert sorted(proofs(QUIRK).keys() - set(told)) == [], "the page does not tell of these"


def test_what_is_known_by_maker_is_on_the_page() -> None:
    assert {quirk.number for quirk in QUIRKS} <= proofs(QUIRK).keys()
