"""Reads JSON so that every value's line is known and every number is exact."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in its stubs
from typing import Any

from app.domain.errors import InvalidFile, Problem

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(\.[0-9]+)?([eE][-+]?[0-9]{1,4})?")
_WORDS = {"true": True, "false": False, "null": None}
_DEEPEST = 40
_string: Callable[[str, int], tuple[str, int]] = scanstring


class JsonText:
    """A JSON text that was read: `value`, with decimals for fractions, and where its parts are."""

    def __init__(self, text: str) -> None:
        self._text = text.removeprefix("\ufeff")
        self._starts = [m.end() for m in re.finditer("\n", self._text)]
        self._lines: dict[Path, int] = {}
        self._duplicates: list[Problem] = []
        try:
            self.value, end = self._read(self._skip(0), ())
        except JSONDecodeError as error:
            raise InvalidFile([Problem(error.lineno, "", f"no JSON: {error.msg}")]) from None
        if self._skip(end) != len(self._text):
            raise InvalidFile([Problem(self._line(end), "", "something follows the end")])
        if self._duplicates:
            raise InvalidFile(self._duplicates)

    def problem(self, path: Sequence[str | int], reason: str) -> Problem:
        """A problem at a path; if there is nothing, at the line of what should hold it."""
        at = tuple(path)
        while at not in self._lines:
            at = at[:-1]
        return Problem(self._lines[at], written(path), reason)

    def _line(self, position: int) -> int:
        return bisect_right(self._starts, position) + 1

    def _skip(self, position: int) -> int:
        found = _SPACE.match(self._text, position)
        return found.end() if found else position

    def _read(self, position: int, path: Path) -> tuple[Any, int]:
        self._lines.setdefault(path, self._line(position))
        if len(path) > _DEEPEST:
            raise JSONDecodeError("nested too deeply", self._text, position)
        match self._text[position : position + 1]:
            case "{":
                return self._object(position + 1, path)
            case "[":
                return self._array(position + 1, path)
            case '"':
                return _string(self._text, position + 1)
            case _:
                return self._scalar(position)

    def _scalar(self, position: int) -> tuple[Any, int]:
        for word, value in _WORDS.items():
            if self._text.startswith(word, position):
                return value, position + len(word)
        number = _NUMBER.match(self._text, position)
        if number is None:
            raise JSONDecodeError("a value is missing", self._text, position)
        exact = number[1] or number[2]
        return (Decimal(number[0]) if exact else int(number[0])), number.end()

    def _object(self, position: int, path: Path) -> tuple[dict[str, Any], int]:
        result: dict[str, Any] = {}
        position = self._skip(position)
        while not self._text.startswith("}", position):
            if result:
                position = self._expect(",", position)
            if not self._text.startswith('"', position):
                raise JSONDecodeError("a name in quotes is missing", self._text, position)
            line = self._line(position)
            name, position = _string(self._text, position + 1)
            if name in result:
                where = written((*path, name))
                self._duplicates.append(Problem(line, where, "is there twice"))
            position = self._expect(":", self._skip(position))
            result[name], position = self._read(position, (*path, name))
            self._lines[*path, name] = line
            position = self._skip(position)
        return result, position + 1

    def _array(self, position: int, path: Path) -> tuple[list[Any], int]:
        result: list[Any] = []
        position = self._skip(position)
        while not self._text.startswith("]", position):
            if result:
                position = self._expect(",", position)
            value, position = self._read(position, (*path, len(result)))
            result.append(value)
            position = self._skip(position)
        return result, position + 1

    def _expect(self, character: str, position: int) -> int:
        if not self._text.startswith(character, position):
            raise JSONDecodeError(f"{character!r} is missing", self._text, position)
        return self._skip(position + 1)


def written(path: Sequence[str | int]) -> str:
    """A path as people read it, e.g. `locations[0].city`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")
