"""Our models say what the shared field tables say: fields, cardinalities, lengths, enumerations.

And what we send to older versions has the fields of those versions.
"""

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from annotated_types import MaxLen, MinLen
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from ocpi.models import (
    bookings,
    cdrs,
    commands,
    common,
    credentials,
    hub_client_info,
    invoices,
    locations,
    payments,
    profiles,
    sessions,
    tariffs,
    tokens,
)
from ocpi.models.common import OcpiObject, Wire
from ocpi.translate.cdrs import write_cdr
from ocpi.translate.locations import write_location
from ocpi.translate.sessions import write_session
from ocpi.translate.tariffs import write_tariff
from ocpi.translate.tokens import write_token
from ocpi.versions.registry import VERSIONS, Kind, Surroundings
from tests.shared.ocpi_tables import TABLES
from tests.support.roaming_objects import a_cdr, a_location, a_session, a_tariff, a_token

NEWEST = TABLES["2.3.0"]

MODULES = (
    bookings,
    cdrs,
    commands,
    common,
    credentials,
    hub_client_info,
    invoices,
    locations,
    payments,
    profiles,
    sessions,
    tariffs,
    tokens,
)
MODELS: dict[str, type[OcpiObject]] = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, OcpiObject) and value is not OcpiObject
}
NOT_OURS = {"ResponseEnvelope"}
"""What `wire.envelope` writes."""

WIDER = {("CdrLocation", "address"): 255, ("CdrLocation", "state"): 45}
"""The errata widened Location's texts and forgot the copy of them in CDRs."""


@pytest.mark.parametrize("name", sorted(set(NEWEST["classes"]) - NOT_OURS))
def test_a_class_has_the_fields_of_the_table(name: str) -> None:
    expected = {
        field: (facts["type"], facts["card"], WIDER.get((name, field), facts.get("max_length")))
        for field, facts in NEWEST["classes"][name]["fields"].items()
    }
    model = MODELS[name]
    ours = {field: _facts(info) for field, info in model.model_fields.items()}
    assert ours == expected


def _facts(info: FieldInfo) -> tuple[str, str, int | None]:
    kind, longest = _kind(info.annotation, info.metadata)
    many = _is_list(info.annotation)
    if not many:
        return kind, "1" if info.is_required() else "?", longest
    filled = any(isinstance(item, MinLen) and item.min_length == 1 for item in info.metadata)
    assert filled == info.is_required()
    return kind, "+" if filled else "*", longest


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list


def _kind(annotation: Any, metadata: list[Any]) -> tuple[str, int | None]:
    """The specification's name of a type, and its length; numbers in brackets count digits."""
    if get_origin(annotation) in {Union, UnionType}:
        (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
    if _is_list(annotation):
        (annotation,), metadata = get_args(annotation), []
    while hasattr(annotation, "__metadata__"):
        metadata = [*annotation.__metadata__, *metadata]
        annotation = annotation.__origin__
    names = [item.name for item in metadata if isinstance(item, Wire)]
    if not names:
        return annotation.__name__, None
    lengths = [
        length
        for item in metadata
        if isinstance(item, MaxLen | StringConstraints) and (length := item.max_length) is not None
    ]
    # A URL is 255 long by its type, an integer's length is its number of digits.
    return names[0], None if names[0] == "URL" else min(lengths, default=None)


@pytest.fixture(autouse=True)
def _digits() -> None:
    """Integers have no length in our types; the table gives them a number of digits."""
    for facts in NEWEST["classes"].values():
        for field in facts["fields"].values():
            if field["type"] == "int":
                field.pop("max_length", None)


@pytest.mark.parametrize("name", sorted(NEWEST["enums"]))
def test_a_closed_enumeration_has_the_values_of_the_table(name: str) -> None:
    facts = NEWEST["enums"][name]
    aliases = [
        value
        for module in MODULES
        for value in vars(module).values()
        if any(
            isinstance(item, Wire) and item.name == name
            for item in getattr(value, "__metadata__", ())
        )
    ]
    if not aliases:
        assert name == "CommandType"
        return
    for alias in aliases:
        values = set(get_args(alias.__origin__))
        is_closed = get_origin(alias.__origin__) is Literal
        assert is_closed is not facts["open"]
        older = {"HUB"} if name == "Role" else set()
        assert not is_closed or values - older == set(facts["values"])


# ---------------------------------------------------------------- what we send

AROUND = Surroundings(location=write_location(a_location()))
SENT = {
    "Location": (Kind.LOCATION, write_location(a_location(state="NRW"))),
    "Session": (Kind.SESSION, write_session(a_session())),
    "CDR": (Kind.CDR, write_cdr(a_cdr(remark="Thanks"))),
    "Tariff": (Kind.TARIFF, write_tariff(a_tariff())),
    "Token": (Kind.TOKEN, write_token(a_token())),
}
HOURS_WITHOUT_FLAG = ("2.1.1", "Hours", "twentyfourseven")
"""2.1.1 says "1" in its table and "either, or" in its text; the text is followed."""


@pytest.mark.parametrize("number", VERSIONS)
@pytest.mark.parametrize("name", SENT)
def test_what_we_send_fits_the_table_of_its_version(number: str, name: str) -> None:
    """C-029, C-056, C-275."""
    kind, document = SENT[name]
    lowered = VERSIONS[number].lower(kind, document, AROUND)
    _check(TABLES[number], name, lowered)


def _check(table: dict[str, Any], name: str, value: Any) -> None:
    fields = table["classes"][name]["fields"]
    assert set(value) <= set(fields), (name, set(value) - set(fields))
    for field, facts in fields.items():
        if facts["card"] in {"1", "+"} and (table["version"], name, field) != HOURS_WITHOUT_FLAG:
            assert field in value, (name, field)
        if field in value:
            _check_field(table, f"{name}.{field}", facts, value[field])


def _check_field(table: dict[str, Any], path: str, facts: dict[str, Any], value: Any) -> None:
    if facts["card"] in {"*", "+"}:
        assert isinstance(value, list), path
        assert value or facts["card"] == "*", path
        items = value
    else:
        items = [value]
    for item in items:
        _check_value(table, path, facts, item)


def _check_value(table: dict[str, Any], path: str, facts: dict[str, Any], value: Any) -> None:
    kind = facts["type"]
    if kind in table["classes"]:
        _check(table, kind, value)
    elif kind in table["enums"]:
        assert value in table["enums"][kind]["values"], path
    elif kind in {"CiString", "string", "URL", "DateTime"}:
        longest = {"URL": 255, "DateTime": 25}.get(kind, facts.get("max_length") or 10_000)
        assert isinstance(value, str), path
        assert len(value) <= longest, path
    elif kind == "boolean":
        assert isinstance(value, bool), path
    else:
        assert not isinstance(value, bool | str | float), path
        assert kind != "int" or isinstance(value, int), path
