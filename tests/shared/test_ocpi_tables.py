"""Every table of every version, rule by rule: what keeps it is taken, what breaks it is refused.

Objects are made from the tables, so each field, length, cardinality and word of theirs is tried,
and comes back from the canonical form as it was (C-015, C-016, C-017, C-020, C-022, C-276).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from ocpi.translate.locations import write_location
from ocpi.translate.tokens import write_token
from ocpi.versions.registry import VERSIONS, Kind, OcpiVersion, Surroundings
from ocpi.wire.documents import decode, encode
from tests.shared.ocpi_tables import TABLES, Objects, is_about
from tests.shared.test_ocpi_schema import MODELS
from tests.support.roaming_objects import a_location, a_token

Json = dict[str, Any]

AROUND = Surroundings(
    owner=("DE", "TNC"),
    provider=("NL", "RWD"),
    role="CPO",
    location=write_location(a_location()),
)
ASKED = replace(AROUND, token=write_token(a_token()))
"""2.1.1 does not repeat the token it was asked about."""

PARTS = {
    "AccessInformation", "AdditionalGeoLocation", "BookingOption", "BookingRequestStatus",
    "BookingTerms", "BookingToken", "BusinessDetails", "Cancellation", "CdrDimension",
    "CdrLocation", "CdrToken", "ChargingPeriod", "ChargingProfile", "ChargingProfilePeriod",
    "CredentialsRole", "DisplayText", "EVSEParking", "Endpoint", "EnergyContract", "EnergyMix",
    "EnergySource", "EnvironmentalImpact", "ExceptionalPeriod", "GeoLocation", "Hours", "Image",
    "Parking", "Period", "Policy", "Price", "PriceComponent", "PriceLimit", "PublishTokenType",
    "RegularHours", "SignedData", "SignedValue", "StatusSchedule", "TariffElement",
    "TariffRestrictions", "TaxAmount", "Timeslot",
}  # fmt: skip
"""Classes that cross the wire inside others only, and are tried there."""

ENVELOPE = "ResponseEnvelope"
"""What `wire.envelope` reads and writes; its own tests try it."""

WHOLE = [
    (number, name)
    for number, table in TABLES.items()
    for name in table["classes"]
    if name not in PARTS | {ENVELOPE}
]

TOLERATED = {
    # Members of lists that a newer version knows are left out, not refused (§6.7, 4).
    "2.2.1": (
        r"(Location|EVSE) .*(capabilities|parking_restrictions|facilities) unknown word in list",
        r"(Version|VersionDetails) .*(version|identifier) unknown word",
        r"CDR cdr_location\.(address|state) too long",
    ),
    "2.3.0": (r"CDR cdr_location\.(address|state) too long",),
    "2.1.1": (
        r"(Location|EVSE) .*(capabilities|parking_restrictions|facilities) unknown word in list",
        r"(Version|VersionDetails) .*(version|identifier) unknown word",
        # 2.1.1's own samples give these as numbers, and its text leaves `twentyfourseven` open.
        r"(Location|EVSE) .*(floor_level|physical_reference) number for text",
        r"Location opening_times\.twentyfourseven missing",
        # Later texts are longer.
        r"Location address too long", r"CDR id too long", r"CDR location\.address too long",
        # Of an embedded location only what names the place counts, the rest is a copy.
        r"Session location\.(?!id |evses\.0\.uid |evses\.0\.connectors\.0\.id ).*",
        r"Session location\.(evses\.0\.uid|evses\.0\.connectors\.0\.id) (null|missing)",
        r"CDR location\.(?!(id|address|city|country|coordinates)\b).*",
        # No later version has it, so nothing of ours reads it.
        r"(LocationReferences|AuthorizationInfo) (location\.)?connector_ids .*",
    ),
}  # fmt: skip
"""What is taken although a table says otherwise, and why."""

CHANGED = {
    ("2.1.1", "Location"): {"time_zone"},
    ("2.1.1", "LocationReferences"): {"connector_ids"},
    ("2.1.1", "AuthorizationInfo"): {"location"},
    ("2.1.1", "Session"): {"location"},
    ("2.1.1", "CDR"): {"location"},
}
"""What 2.1.1 does not get back: guessed zones, snapshots that are made anew."""


PLACED = {("2.1.1", "CDR")}
"""Whose location has to hold the EVSE and the connector, which only its text says."""


def kind_of(name: str) -> Kind | None:
    """The kind that a class goes up and down the ladder as; None when it is the same in all."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return Kind(snake) if snake in set(Kind) else None


def module_of(name: str) -> str:
    """Where refusals of a class are told; it matters where a version has its own words."""
    return {"Session": "sessions", "CDR": "cdrs"}.get(name, "")


def read(version: OcpiVersion, name: str, document: Json) -> Any:
    """What the site makes of a body: parsed, lifted, checked."""
    parsed, kind = decode(encode(document)), kind_of(name)
    around = ASKED if kind is Kind.AUTHORIZATION_INFO else AROUND
    lifted = version.lift(kind, parsed, around) if kind else parsed
    return MODELS[name].read(lifted)


@pytest.mark.parametrize(("number", "name"), WHOLE)
def test_what_keeps_the_table_is_taken_and_comes_back(number: str, name: str) -> None:
    """C-026, C-030, C-109."""
    version, kind, objects = VERSIONS[number], kind_of(name), Objects(number)
    whole, least = objects.full(name), objects.least(name)
    if (number, name) in PLACED:
        least["location"] = whole["location"]
    for document in (whole, least):
        written = decode(encode(read(version, name, document).document()))
        again = version.lower(kind, written, AROUND) if kind else written
        lost = CHANGED.get((number, name), set())
        assert _but(again, lost) == _but(decode(encode(document)), lost)


def tolerated(number: str, name: str, rule: str) -> bool:
    """Whether a broken rule of a class is overlooked on purpose."""
    return any(re.fullmatch(pattern, f"{name} {rule}") for pattern in TOLERATED[number])


def _but(document: Json, names: set[str]) -> Json:
    return {name: value for name, value in document.items() if name not in names}


@pytest.mark.parametrize(("number", "name"), WHOLE)
def test_what_breaks_a_rule_of_the_table_is_refused_by_its_path(number: str, name: str) -> None:
    """C-015, C-016, C-017, C-022: the path is in the words of the sender's version."""
    assert list(_failures(number, name)) == []


def _failures(number: str, name: str) -> Iterator[str]:
    version, objects = VERSIONS[number], Objects(number)
    whole = objects.full(name)
    for rule in objects.rules(name):
        document = rule.broken_in(whole)
        if document is None or tolerated(number, name, str(rule)):
            continue
        try:
            read(version, name, document)
        except InvalidInput as refused:
            path = version.spelled(refused.path, module_of(name))
            if not is_about(path, rule):
                yield f"{name} {rule}: refused because of {path}"
        else:
            yield f"{name} {rule}: taken"


@pytest.mark.parametrize("number", VERSIONS)
def test_every_table_is_tried(number: str) -> None:
    """A class of the tables is tried on its own, or inside one that is."""
    inside: set[str] = set()
    todo = [name for each, name in WHOLE if each == number]
    while todo:
        name = todo.pop()
        if name not in inside:
            inside.add(name)
            fields = TABLES[number]["classes"][name]["fields"].values()
            todo += [f["type"] for f in fields if f["type"] in TABLES[number]["classes"]]
    assert inside == set(TABLES[number]["classes"]) - {ENVELOPE}
