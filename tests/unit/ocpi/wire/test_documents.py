"""JSON with exact numbers, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.wire.documents import MAX_DEPTH, NotJson, decode, encode, encode_text

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9
    )
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
documents = st.recursive(
    scalars, lambda c: st.lists(c, max_size=4) | st.dictionaries(st.text("abc_é"), c, max_size=4)
)


@given(documents)
def test_what_is_written_reads_the_same(document: Any) -> None:
    assert decode(encode(document)) == document


@pytest.mark.parametrize(
    ("number", "text"),
    [("0.1", "0.1"), ("2.00", "2"), ("1E+3", "1000"), ("-0", "0"), ("-0.0", "0"), ("0E-9", "0"),
     ("41.1234", "41.1234"), ("100", "100"), ("1E-7", "0.0000001")],
)  # fmt: skip
def test_decimals_are_plain_numbers(number: str, text: str) -> None:
    """C-030."""
    assert encode_text([Decimal(number)]) == f"[{text}]"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[1,]",
        b"NaN",
        b"[Infinity]",
        b"\xff",
        b'"\\ud800"',
        b'"\xed\xa0\x80"',
        '"\ud800"'.encode("utf-16-be", "surrogatepass"),
        b'"\\u0000"',
        b"1" * 61,
        b"1e400",
        b"1e999999999999999999999",
        b"0." + b"1" * 70,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 100_000,
    ],
)
def test_what_is_refused(text: bytes) -> None:
    """C-012, C-286."""
    with pytest.raises(NotJson):
        decode(text)


def test_escapes_of_whole_characters_are_fine() -> None:
    assert decode(b'"\\u00e9\\ud83d\\ude00"') == decode('"\\u00e9\\ud83d\\ude00"') == "é😀"


def test_floats_have_no_place() -> None:
    with pytest.raises(TypeError, match="float"):
        encode({"a": 1.5})
