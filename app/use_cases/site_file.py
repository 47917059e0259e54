"""Reads a site file as a whole and reports everything that is wrong in it, each with its line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.domain.errors import InvalidFile, Problem
from app.domain.identifiers import evse_id_key
from app.domain.locations import Location
from app.domain.operators import Operator
from app.domain.stations import Station, Version
from app.domain.tariffs import Tariff
from app.use_cases.site_build import (
    build_location,
    build_operator,
    build_tariff,
    connector_id,
    evse_number,
    evse_uid,
)
from app.use_cases.site_models import LocationShape, SiteShape, StationShape, TariffShape
from app.use_cases.site_text import JsonText, Path

S = TypeVar("S", bound=BaseModel)
_BOUND: dict[str | None, Version | None] = {
    "any": None, "1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1",
}  # fmt: skip
Mark = tuple[str, str, Path]
"""Something that must be unique: its kind, its comparable name, where it stands."""


@dataclass(frozen=True, slots=True)
class Charger:
    """A charger that a file registers; without a password one is made up if it is new.

    `strict` and `version` (`any` for no binding) are None where the file leaves them as they are.
    """

    id: str
    location_id: str
    password: str | None
    path: Path
    strict: bool | None = None
    version: str | None = None

    def treated(self, station: Station) -> Station:
        """The charger treated as the file says."""
        strict = station.strict if self.strict is None else self.strict
        return replace(station, strict=strict, version=_BOUND.get(self.version, station.version))


@dataclass(frozen=True, slots=True)
class TariffLink:
    """A connector's reference to a tariff, which must exist."""

    tariff_id: str
    path: Path


@dataclass(frozen=True, slots=True)
class Site:
    """What a file asks for; `text` finds the lines of problems that only the database shows."""

    text: JsonText
    operator: Operator
    tariffs: tuple[Tariff, ...]
    locations: tuple[Location, ...]
    chargers: tuple[Charger, ...]
    links: tuple[TariffLink, ...]

    def refuse(self, problems: list[Problem]) -> None:
        """Raise InvalidFile if there are problems."""
        if problems:
            raise InvalidFile(sorted(problems, key=lambda p: p.line))


def read_site(text: str, now: datetime) -> Site:
    """Read a whole file; raises InvalidFile."""
    read = JsonText(text)
    shape = _validated(SiteShape, read)
    places = tuple((("locations", i), one) for i, one in enumerate(shape.locations))
    tariffs: list[Mark] = [
        ("tariff", tariff.id.casefold(), ("tariffs", i, "id"))
        for i, tariff in enumerate(shape.tariffs)
    ]
    _refuse_doubles(read, [*tariffs, *_marks(places)])
    operator = build_operator(shape.operator, now)
    return Site(
        text=read,
        operator=operator,
        tariffs=tuple(build_tariff(t, operator.party, now) for t in shape.tariffs),
        locations=tuple(build_location(one, operator, now) for one in shape.locations),
        chargers=tuple(_chargers(places)),
        links=tuple(_links(places)),
    )


def read_location(text: str, operator: Operator, now: datetime) -> Site:
    """Read one location, as it stands in a file's `locations`; raises InvalidFile."""
    read = JsonText(text)
    shape = _validated(LocationShape, read)
    places: Places = (((), shape),)
    _refuse_doubles(read, list(_marks(places)))
    return Site(
        text=read,
        operator=operator,
        tariffs=(),
        locations=(build_location(shape, operator, now),),
        chargers=tuple(_chargers(places)),
        links=tuple(_links(places)),
    )


def read_tariff(text: str, operator: Operator, now: datetime) -> Tariff:
    """Read one tariff, as it stands in a file's `tariffs`; raises InvalidFile."""
    return build_tariff(_validated(TariffShape, JsonText(text)), operator.party, now)


Places = tuple[tuple[Path, LocationShape], ...]


def _validated(shape: type[S], read: JsonText) -> S:
    try:
        return shape.model_validate(read.value)
    except ValidationError as error:
        problems = [
            read.problem(one["loc"], one["msg"].removeprefix("Value error, "))
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidFile(sorted(problems, key=lambda p: p.line)) from None


def _refuse_doubles(read: JsonText, marks: list[Mark]) -> None:
    seen: set[tuple[str, str]] = set()
    problems = []
    for kind, name, path in marks:
        if (kind, name) in seen:
            problems.append(read.problem(path, f"{kind} is there twice"))
        seen.add((kind, name))
    if problems:
        raise InvalidFile(problems)


def _stations(places: Places) -> Iterator[tuple[Path, LocationShape, StationShape]]:
    for path, location in places:
        for index, station in enumerate(location.stations):
            yield (*path, "stations", index), location, station


def _marks(places: Places) -> Iterator[Mark]:
    for path, location in places:
        yield "location", location.id.casefold(), (*path, "id")
    for path, location, station in _stations(places):
        yield "charger", station.id.casefold(), (*path, "id")
        yield from _evse_marks(path, location, station)


def _evse_marks(path: Path, location: LocationShape, station: StationShape) -> Iterator[Mark]:
    for index, evse in enumerate(station.evses):
        at = (*path, "evses", index)
        number = evse_number(evse, index)
        yield "EVSE", f"{location.id}/{evse_uid(station, index)}".casefold(), at
        yield "EVSE number", f"{station.id}/{number}".casefold(), at
        if evse.evse_id:
            yield "EVSE id", evse_id_key(evse.evse_id), (*at, "evse_id")
        for i, plug in enumerate(evse.connectors):
            name = f"{station.id}/{number}/{connector_id(plug, i)}".casefold()
            yield "connector", name, (*at, "connectors", i)
            numbered = f"{station.id}/{number}/{plug.number or i + 1}".casefold()
            yield "connector number", numbered, (*at, "connectors", i)


def _chargers(places: Places) -> Iterator[Charger]:
    for path, location, station in _stations(places):
        yield Charger(
            station.id, location.id, station.password, path, station.strict, station.version
        )


def _links(places: Places) -> Iterator[TariffLink]:
    for path, _, station in _stations(places):
        for i, evse in enumerate(station.evses):
            for j, plug in enumerate(evse.connectors):
                at = (*path, "evses", i, "connectors", j, "tariffs")
                for k, tariff_id in enumerate(plug.tariffs):
                    yield TariffLink(tariff_id, (*at, k))
