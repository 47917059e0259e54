"""One object from one version to another: up to the canonical form, and down again, purely.

What the way costs is told by fields: `evses.*.parking` is a field of EVSEs that the other version
does not have. Unknown fields stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.domain.errors import DomainError
from ocpi.hub.fragments import is_patched, lift_fragment, lower_fragment
from ocpi.versions.registry import Inexpressible, OcpiVersion
from ocpi.versions.rung import NOWHERE, Json, Kind, Surroundings

_FORMATTED = frozenset({"coordinates", "time_zone"})
"""Written differently, or guessed, but not lost."""

_FROM_ADDRESS = frozenset({"country_code", "party_id"})


@dataclass(frozen=True, slots=True)
class Crossed:
    """An object in another version, and the fields that it lost on the way."""

    document: Json
    lost: tuple[str, ...] = ()


def crosses(source: OcpiVersion, target: OcpiVersion) -> bool:
    """Whether anything has to be converted between these two."""
    return source.number != target.number


def crossed(
    kind: Kind,
    canonical: Json,
    target: OcpiVersion,
    around: Surroundings = NOWHERE,
    *,
    partial: bool = False,
) -> Crossed:
    """A canonical object in another version; raises Inexpressible.

    What it lost is found out by the way back; where there is none, nothing is said of losses.
    """
    if partial and is_patched(kind):
        lowered = lower_fragment(target, kind, canonical, around)
    else:
        lowered = target.lower(kind, canonical, around)
    try:
        back = lifted(kind, lowered, target, around, partial=partial)
    except (DomainError, Inexpressible):
        return Crossed(lowered)
    return Crossed(lowered, tuple(dict.fromkeys(_missing(canonical, back))))


def lifted(
    kind: Kind, document: Json, source: OcpiVersion, around: Surroundings, *, partial: bool = False
) -> Json:
    """A member's object in canonical form; raises InvalidInput in the member's own words."""
    if partial and is_patched(kind):
        return lift_fragment(source, kind, document, around)
    return source.lift(kind, document, around)


def _missing(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """The fields of one document that another does not have, or not with this value."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name in _FORMATTED or name in _FROM_ADDRESS or value is None or value == []:
                continue
            where = f"{path}.{name}" if path else name
            if name not in after:
                yield where
            else:
                yield from _missing(value, after[name], where)
    elif isinstance(before, list) and isinstance(after, list):
        if len(after) != len(before):
            yield path
            return
        for one, other in zip(before, after, strict=True):
            yield from _missing(one, other, f"{path}.*")
    elif before != after:
        yield path


__all__ = ["Crossed", "Inexpressible", "crossed", "crosses", "lifted"]
