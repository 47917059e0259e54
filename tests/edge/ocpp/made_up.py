"""Messages made up from the official schemas, and the ways to spoil one.

The generator knows JSON schema as OCPP uses it and nothing of our own compiler, so that a fault in
that is seen. Whole numbers are not negative and short enough for any column.
"""

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

Schema = dict[str, Any]
Path = tuple[str | int, ...]

DEPTH = 6
"""Deeper than this only what is required is made up."""
WORDS = ("A", "CP1", "04AB12CD", "Ünïcode ✓", '"quoted"\\', " ", "0", "x" * 40)
TIMES = ("2026-05-01T12:00:00Z", "2026-05-01T12:00:00.123+02:00", "1970-01-01T00:00:00Z")
NUMBERS = (0, 1, 2, 300, 2**31 - 1)
MISSING, FORMAT, TYPE, CONSTRAINT = "missing", "format", "type", "constraint"


@cache
def schema(folder: str, stem: str) -> Schema:
    """An official schema."""
    path = files("ocpp") / folder / "schemas" / f"{stem}.json"
    document: Schema = json.loads(path.read_text(encoding="utf-8-sig"))
    return document


class Maker:
    """Makes up messages of one schema."""

    def __init__(self, document: Schema, random: Random) -> None:
        self._document = document
        self._random = random

    def message(self) -> Any:
        """One that is valid."""
        return self._value(self._document, 0)

    def _resolved(self, part: Schema) -> Schema:
        if "$ref" in part:
            found: Schema = self._document["definitions"][part["$ref"].rsplit("/", 1)[-1]]
            return found
        return part

    def _value(self, part: Schema, depth: int) -> Any:
        part = self._resolved(part)
        if "enum" in part:
            return self._random.choice(part["enum"])
        makers: dict[str, Callable[[Schema, int], Any]] = {
            "object": self._object,
            "array": self._array,
            "string": self._text,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda *_: self._random.random() < 0.5,
        }
        make = makers.get(part.get("type", ""))
        return "anything" if make is None else make(part, depth)

    def _object(self, part: Schema, depth: int) -> dict[str, Any]:
        required = set(part.get("required", ()))
        chance = 0.35 if depth < DEPTH else 0.0
        return {
            name: self._value(field, depth + 1)
            for name, field in part.get("properties", {}).items()
            if name in required or self._random.random() < chance
        }

    def _array(self, part: Schema, depth: int) -> list[Any]:
        least = part.get("minItems", 0)
        most = min(part.get("maxItems", least + 2), least + 2)
        many = self._random.randint(least, max(least, most))
        return [self._value(part["items"], depth + 1) for _ in range(many)]

    def _text(self, part: Schema, _depth: int) -> str:
        if part.get("format") == "date-time":
            return self._random.choice(TIMES)
        return self._random.choice(WORDS)[: part.get("maxLength", 40)] or "x"

    def _integer(self, part: Schema, _depth: int) -> int:
        low, high = int(part.get("minimum", 0)), int(part.get("maximum", 2**31 - 1))
        return min(max(self._random.choice(NUMBERS), low), high)

    def _number(self, part: Schema, _depth: int) -> float:
        low, high = part.get("minimum", 0), part.get("maximum", 10_000)
        return float(min(max(self._random.choice((0, 0.5, 21.4, 4_000)), low), high))

    def spoiled(self) -> tuple[Any, str] | None:
        """One with exactly one fault, and its kind; None when it has nothing to spoil."""
        message = self.message()
        chances = list(self._faults(message, self._document, ()))
        if not chances:
            return None
        path, kind, value = self._random.choice(chances)
        wrong = copy.deepcopy(message)
        if not path:
            return value, kind
        node = wrong
        for key in path[:-1]:
            node = node[key]
        if value is _GONE:
            del node[path[-1]]
        else:
            node[path[-1]] = value
        return wrong, kind

    def _faults(self, value: Any, part: Schema, path: Path) -> Iterator[tuple[Path, str, Any]]:
        part = self._resolved(part)
        yield from ((path, kind, wrong) for kind, wrong in _wrong_values(part))
        if isinstance(value, dict) and "properties" in part:
            if part.get("additionalProperties") is False:
                yield (*path, "notInAnySchema"), FORMAT, 1
            for name in part.get("required", ()):
                yield (*path, name), MISSING, _GONE
            for name, inner in value.items():
                yield from self._faults(inner, part["properties"][name], (*path, name))
        elif isinstance(value, list):
            if part.get("minItems"):
                yield path, MISSING, []
            if "maxItems" in part and value and part["maxItems"] < 50:
                yield path, MISSING, value[:1] * (part["maxItems"] + 1)
            for place, inner in enumerate(value):
                yield from self._faults(inner, part["items"], (*path, place))


_GONE = object()


def _wrong_values(part: Schema) -> Iterator[tuple[str, Any]]:
    """Values that a part of a schema does not take, each wrong in one way."""
    kind = "string" if "enum" in part else part.get("type")
    if kind is None:
        return
    yield TYPE, None
    yield TYPE, 1.5 if kind in {"integer", "string"} else "text"
    if kind != "boolean":
        yield TYPE, True
    if kind != "array":
        yield TYPE, []
    if "enum" in part:
        yield CONSTRAINT, "NoSuchWord"
    elif "maxLength" in part:
        yield CONSTRAINT, "x" * (part["maxLength"] + 1)
    if "minimum" in part:
        yield CONSTRAINT, int(part["minimum"]) - 1
    if "maximum" in part:
        yield CONSTRAINT, int(part["maximum"]) + 1
