"""Every row of the product's journeys and failures is in the table of what drivers meet."""

import re
from pathlib import Path

from tests.conformance.driver_page import cases

PRODUCT = Path(__file__).parents[3] / "shared" / "spec" / "product.md"
OF_PARTNERS_AND_CHARGERS = frozenset(
    {"7", "8", "9", "10", "11", "12", "13", "17", "18", "19", "20", "23", "26"}
)
"""Cases of §3 that no driver meets; 23 is about whom we push to as a hub."""


def section(number: str) -> str:
    """The text under a heading of this number."""
    text = PRODUCT.read_text()
    start = re.search(rf"^###? {re.escape(number)}\.? ", text, re.MULTILINE)
    assert start is not None
    end = re.search(r"^##", text[start.end() :], re.MULTILINE)
    return text[start.end() :][: end.start() if end else None]


def listed(number: str) -> list[str]:
    return [case.name for case in cases() if case.of == number]


def rows(number: str) -> list[str]:
    """The first column of a section's table, plain."""
    found = re.findall(r"^\| ([^|]+?) \|", section(number), re.MULTILINE)
    return [re.sub(r"\s*\([^)]*\)|[*]", "", name).strip() for name in found[1:]]


def test_journeys_a_and_c_are_whole() -> None:
    assert listed("1.2") == rows("1.2")
    assert listed("1.4") == rows("1.4")


def test_journey_b_is_whole() -> None:
    steps = re.findall(r"^(\d+)\. ", section("1.3"), re.MULTILINE)
    assert listed("1.3") == steps


def test_every_failure_is_listed() -> None:
    assert listed("1.5") == rows("1.5")


def test_every_case_of_a_driver_is_listed() -> None:
    numbers = re.findall(r"^(\d+)\. ", section("3"), re.MULTILINE)
    assert listed("3") == [n for n in numbers if n not in OF_PARTNERS_AND_CHARGERS]
