"""The page about what drivers meet is true: it is current, and its tests are there."""

from pathlib import Path

from tests.conformance.driver_page import cases, missing, page, sections

PAGE = Path(__file__).parents[2] / "docs" / "driver-cases.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page()


def test_every_case_has_tests_that_exist() -> None:
    assert missing() == []
    assert [case.name for case in cases() if not case.tests] == []
    assert {case.of for case in cases()} == set(sections())


def test_no_case_is_listed_twice() -> None:
    names = [(case.of, case.name) for case in cases()]
    assert len(names) == len(set(names))
