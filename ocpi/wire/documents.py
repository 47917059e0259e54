"""JSON as OCPI means it: numbers keep every digit both ways, and hostile input stays harmless.

Python's own writer knows no Decimal, and every detour through float loses digits
(OCPI 2.2.1, Types, number type), hence the small writer here.
"""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Any, Never

MAX_DEPTH = 32
"""Deeper nesting than any OCPI object has is refused."""

_MAX_DIGITS = 60


class NotJson(ValueError):
    """The body is no JSON text that we would read."""


def _number(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise NotJson("a number is too long")
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent beyond what Decimal has
        raise NotJson("a number is too long") from None
    if abs(number.adjusted()) > _MAX_DIGITS:
        raise NotJson("a number is too long")
    return number


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise NotJson("a number is too long")
    return int(text)


def _no_number(text: str) -> Never:
    raise NotJson(f"{text} is no JSON number")


_SCAN: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(
    parse_float=_number, parse_int=_whole, parse_constant=_no_number
).scan_once  # type: ignore[attr-defined]  # an attribute that its types leave out
"""Straight to the scanner: short documents take twice as long by way of `decode`."""

_BLANKS = " \t\n\r"


def _check_depth(text: bytes | str, value: object) -> None:
    """Only where there are enough brackets to be nested that deep."""
    if _openings(text) <= MAX_DEPTH:
        return
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise NotJson(f"nested deeper than {MAX_DEPTH}")


def _openings(text: bytes | str) -> int:
    if isinstance(text, bytes):
        return text.count(b"[") + text.count(b"{")
    return text.count("[") + text.count("{")


_OPENING = frozenset({b"{", b"["})
"""What a document begins with, most of the time, and then it is UTF-8."""


def _as_text(text: bytes | str) -> str:
    """As `json.loads` reads bytes, in any of JSON's encodings, but for halves of characters."""
    if isinstance(text, str):
        return text
    if text[:1] in _OPENING and text[1:2] != b"\0":
        return text.decode()
    return text.decode(json.detect_encoding(text))


def _check_text(text: bytes | str, value: object) -> None:
    """Escapes can smuggle in what no database keeps: halves of surrogate pairs and NUL."""
    escape = rb"\u" if isinstance(text, bytes) else r"\u"
    if escape not in text:  # type: ignore[operator]
        return
    plain = encode_text(value)
    if r"\u0000" in plain:
        raise NotJson("a text holds the character NUL")
    try:
        plain.encode()
    except UnicodeEncodeError as error:
        raise NotJson("a text holds half a character") from error


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def decode(text: bytes | str) -> Any:
    """Parse JSON with exact numbers; raises NotJson."""
    try:
        plain = _as_text(text).strip(_BLANKS)
        value, end = _SCAN(plain, 0)
    except NotJson:
        raise
    except (ValueError, RecursionError, StopIteration) as error:
        raise NotJson("the body is not valid JSON") from error
    if end != len(plain):
        raise NotJson("the body is not valid JSON")
    _check_depth(text, value)
    _check_text(text, value)
    return value


def number_text(number: Decimal) -> str:
    """A Decimal as a JSON number without exponent and without needless zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _write(value: object, out: list[str]) -> None:
    if isinstance(value, str):
        out.append(encode_basestring(value))
    elif isinstance(value, dict):
        out.append("{")
        for index, (key, child) in enumerate(value.items()):
            out.append(f"{',' if index else ''}{encode_basestring(key)}:")
            _write(child, out)
        out.append("}")
    elif isinstance(value, list | tuple):
        out.append("[")
        for index, child in enumerate(value):
            if index:
                out.append(",")
            _write(child, out)
        out.append("]")
    else:
        out.append(_scalar(value))


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return number_text(value)
    raise TypeError(f"{type(value).__name__} has no place in an OCPI document")


def encode_text(value: object) -> str:
    """JSON text of dicts, lists, texts, Decimals, integers and booleans; raises TypeError."""
    out: list[str] = []
    _write(value, out)
    return "".join(out)


def encode(value: object) -> bytes:
    """The same as UTF-8."""
    return encode_text(value).encode()
