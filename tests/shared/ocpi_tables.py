"""The shared field tables as a source of objects: valid ones, and ones with one thing wrong.

What is free text is as long as it may be, so that every length is tried from both sides.
"""

import json
from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ocpi.versions.registry import VERSIONS

Json = dict[str, Any]
Place = tuple[str | int, ...]

SCHEMAS = Path(__file__).parents[3] / "shared" / "spec" / "ocpi-schema"
LONG_TEXT = 400
"""Of a text without a length in the tables."""

_FORMS: dict[str, str] = {
    "latitude": "50.937531", "longitude": "-6.960279", "start_time": "08:00", "end_time": "24:00",
    "start_date": "2026-01-01", "end_date": "2026-12-31", "language": "en", "country_code": "DE",
    "party_id": "TNC", "country": "DEU", "currency": "EUR", "hub_party_id": "NLHUB",
}  # fmt: skip
_LATER = {"end_date_time", "end_datetime", "stop_date_time", "period_end", "end_before"}


def read_table(name: str) -> Json:
    """One table as it is in its file."""
    table: Json = json.loads((SCHEMAS / f"{name}.json").read_text())
    return table


def _newest() -> Json:
    """2.3.0 with what Payments and Bookings add; their copies of the core are of older texts."""
    table = deepcopy(read_table("2.3.0"))
    for name in ("payments", "bookings"):
        extension = read_table(f"2.3.0-{name}")
        for cls, facts in extension["classes"].items():
            known = table["classes"].setdefault(cls, facts)["fields"]
            known |= {f: facts["fields"][f] for f in facts["fields"].keys() - known}
        for enum, facts in extension["enums"].items():
            values = table["enums"].setdefault(enum, facts)["values"]
            values += [value for value in facts["values"] if value not in values]
    return table


def _oldest() -> Json:
    """2.1.1, where ids of 37 to 39 characters are not taken, since no later version has them."""
    table = deepcopy(read_table("2.1.1"))
    for cls in table["classes"].values():
        for facts in cls["fields"].values():
            if facts.get("max_length") == _LONG_ID:
                facts["max_length"] = _LONG_ID - 3
    return table


_LONG_ID = 39

TABLES: dict[str, Json] = {number: read_table(number) for number in VERSIONS} | {
    "2.1.1": _oldest(),
    "2.3.0": _newest(),
}


MISSING = "missing"


@dataclass(frozen=True)
class Rule:
    """A way to break what the tables say of `path`: `why` is how, `value` stands there then."""

    path: Place
    why: str
    value: Any = None

    @property
    def dotted(self) -> str:
        """The path as errors name it."""
        return ".".join(str(part) for part in self.path)

    def broken_in(self, document: Json) -> Json | None:
        """The document with this rule broken; None when it has nothing there."""
        try:
            if self.why == MISSING:
                return without(document, self.path)
            return replaced(document, self.path, self.value)
        except (KeyError, IndexError):
            return None

    def __str__(self) -> str:
        return f"{self.dotted} {self.why}"


def is_about(path: str, rule: Rule) -> bool:
    """Whether a refusal names the place of a rule, what is in it, or what it is in."""
    told, place = f"{path}.", f"{rule.dotted}."
    return told.startswith(place) or place.startswith(told)


class Objects:
    """Makes objects of one version's table."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.table = TABLES[number]

    def full(self, cls: str) -> Json:
        """An object with every field, each text as long as it may be."""
        return {name: self._value(cls, name) for name in self._fields(cls)}

    def least(self, cls: str) -> Json:
        """An object with the required fields only."""
        return self._pruned(cls, self.full(cls))

    def _fields(self, cls: str) -> dict[str, Json]:
        fields: dict[str, Json] = self.table["classes"][cls]["fields"]
        return fields

    def _pruned(self, cls: str, document: Json) -> Json:
        kept = {}
        for name, facts in self._fields(cls).items():
            if facts["card"] not in {"1", "+"}:
                continue
            value = document[name]
            if facts["type"] in self.table["classes"]:
                inner = facts["type"]
                value = (
                    [self._pruned(inner, each) for each in value]
                    if isinstance(value, list)
                    else self._pruned(inner, value)
                )
            kept[name] = value
        return kept

    def _value(self, cls: str, name: str) -> Any:
        facts = self._fields(cls)[name]
        value = self._scalar(cls, name, facts)
        return [value] if facts["card"] in {"*", "+"} else value

    def _scalar(self, cls: str, name: str, facts: Json) -> Any:
        kind = facts["type"]
        if kind in self.table["classes"]:
            return self.full(kind)
        if kind in self.table["enums"]:
            return self.table["enums"][kind]["values"][0]
        if kind == "DateTime":
            return "2026-01-02T00:00:00Z" if name in _LATER else "2026-01-01T00:00:00Z"
        if kind in {"CiString", "string"}:
            return self._text(cls, name, facts)
        plain = {"number": Decimal("1.5"), "int": 3, "boolean": True}
        return plain.get(kind, "https://them.example/x")

    def _text(self, cls: str, name: str, facts: Json) -> str:
        if cls == "RegularHours":
            return "20:00" if name == "period_end" else "08:00"
        if name in _FORMS and cls != "Image":
            return _FORMS[name]
        longest = facts.get("max_length")
        return "x" * (longest or LONG_TEXT)

    # ------------------------------------------------------------ one thing wrong

    def rules(self, cls: str) -> Iterator[Rule]:
        """Every way to break what the tables say of a class and of what is in it."""
        for path, facts in self._places(cls, ()):
            for why, value in self._wrong_values(facts):
                yield Rule(path, why, value)
            if facts["card"] in {"1", "+"}:
                yield Rule(path, MISSING)

    def optional(self, cls: str) -> list[Place]:
        """The places of an object that may be left empty."""
        return [p for p, facts in self._places(cls, ()) if facts["card"] not in {"1", "+"}]

    def _places(self, cls: str, prefix: Place) -> Iterator[tuple[Place, Json]]:
        for name, facts in self._fields(cls).items():
            path = (*prefix, name)
            yield path, facts
            if facts["type"] in self.table["classes"]:
                inner = (*path, 0) if facts["card"] in {"*", "+"} else path
                yield from self._places(facts["type"], inner)

    def _wrong_values(self, facts: Json) -> Iterator[tuple[str, Any]]:
        if facts["card"] in {"1", "+"}:
            yield "null", None
        if facts["card"] not in {"*", "+"}:
            yield from self._wrong_scalars(facts)
            return
        yield "text for list", "x"
        yield "object for list", {"a": 1}
        if facts["card"] == "+":
            yield "empty", []
        for why, value in self._wrong_scalars(facts):
            yield f"{why} in list", [value]

    def _wrong_scalars(self, facts: Json) -> Iterator[tuple[str, Any]]:
        kind = facts["type"]
        if kind in self.table["classes"]:
            yield from (("text for object", "x"), ("number for object", 5))
            return
        if kind in self.table["enums"]:
            yield from (("number for word", 5), ("object for word", {"a": 1}))
            if not self.table["enums"][kind]["open"]:
                yield "unknown word", "NO_SUCH_WORD"
            return
        yield from (("object for value", {"a": 1}), ("list for value", [["x"]]))
        if kind in {"CiString", "string", "URL"}:
            yield "number for text", 5
            longest = 255 if kind == "URL" else facts.get("max_length")
            if longest:
                yield "too long", "x" * (longest + 1)
        elif kind == "DateTime":
            yield from (("no time", "yesterday"), ("number for time", 5))
        elif kind == "boolean":
            yield from (("text for truth", "true"), ("number for truth", 1))
        else:
            yield from (("no number", "much"), ("truth for number", True))
            if kind == "int":
                yield "half", Decimal("1.5")


def replaced(document: Json, path: Place, value: Any) -> Json:
    """The document with another value there; what is not on the way is shared."""
    changed, node = _opened(document, path)
    node[path[-1]] = value
    return changed


def without(document: Json, path: Place) -> Json:
    """The document without what is there."""
    changed, node = _opened(document, path)
    del node[path[-1]]
    return changed


def _opened(document: Json, path: Place) -> tuple[Json, Any]:
    """A copy of the document, and what in it holds the place."""
    changed: Any = copy(document)
    node = changed
    for key in path[:-1]:
        node[key] = copy(node[key])
        node = node[key]
    return changed, node
