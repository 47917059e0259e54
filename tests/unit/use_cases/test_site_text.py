"""JSON is read with the line of every value and with exact numbers."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidFile
from app.use_cases.site_text import JsonText, written

TEXT = """{
  "a": [1, 2.50,
        {"b": null}],
  "c": "x\\u00e9", "d": {}, "e": []
}
"""


def test_values_are_exact() -> None:
    value = JsonText(TEXT).value
    assert value == {"a": [1, Decimal("2.50"), {"b": None}], "c": "xé", "d": {}, "e": []}
    assert str(value["a"][1]) == "2.50"


@pytest.mark.parametrize(
    ("path", "line"),
    [((), 1), (("a",), 2), (("a", 2), 3), (("a", 2, "b"), 3), (("c",), 4), (("a", 2, "z"), 3)],
)
def test_every_value_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    problem = JsonText(TEXT).problem(path, "why")
    assert (problem.line, problem.reason) == (line, "why")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,}', "line 1: no JSON: a name in quotes is missing"),
        ('{\n"a" 1}', "line 2: no JSON: ':' is missing"),
        ("", "line 1: no JSON: a value is missing"),
        ("[1\n2]", "line 2: no JSON: ',' is missing"),
        ("[1] 2", "line 1: something follows the end"),
        ("[01]", "line 1: no JSON: ',' is missing"),
        ("[" * 100, "line 1: no JSON: nested too deeply"),
        ('\n"abc', "line 2: no JSON: Unterminated string starting at"),
        ("nul", "line 1: no JSON: a value is missing"),
        ('{"a": {"b": 1,\n "b": 2}}', "line 2, a.b: is there twice"),
        ("9" * 5000, "line 1: something follows the end"),
    ],
)
def test_what_is_no_json_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        JsonText(text)
    assert str(caught.value) == said


def test_a_byte_order_mark_is_no_harm() -> None:
    assert JsonText("\ufeff[true, false]").value == [True, False]


def test_paths_as_people_read_them() -> None:
    assert written(("locations", 0, "stations", 1, "id")) == "locations[0].stations[1].id"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(value=json_values, indent=st.sampled_from([None, 2]))
def test_reads_what_the_standard_library_writes(value: object, indent: int | None) -> None:
    assert JsonText(json.dumps(value, indent=indent)).value == value
