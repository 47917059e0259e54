"""PATCH: a partial object onto a stored one, in the words of the version both are in.

OCPI says little; these rules follow its maintainers. Fields are replaced as a whole, null changes
nothing, a session's charging periods are appended (one that starts at the same moment replaces),
and EVSEs and connectors are merged by their id and never removed.
Source: OCPI 2.2.1, Transport and format, PATCH; Sessions, PATCH method.
"""

from typing import Any

from app.domain.errors import InvalidInput
from ocpi.models.common import read_datetime

Json = dict[str, Any]

IDENTITY = ("country_code", "party_id", "id", "uid")

_CHILDREN = {"evses": "uid", "connectors": "id"}


def merge(stored: Json, patch: Json, *, also_fixed: tuple[str, ...] = ()) -> Json:
    """The object after the PATCH; raises InvalidInput when it touches the object's identity."""
    for name in (*IDENTITY, *also_fixed):
        given, kept = patch.get(name), stored.get(name)
        if given is not None and kept is not None and _folded(given) != _folded(kept):
            raise InvalidInput(name, "cannot be changed by PATCH")
    merged = dict(stored)
    for name, value in patch.items():
        if value is None or (name in IDENTITY and name in stored):
            continue
        merged[name] = _merged(name, stored.get(name), value)
    return merged


def _merged(name: str, kept: Any, given: Any) -> Any:
    if not isinstance(kept, list) or not isinstance(given, list):
        return given
    if name == "charging_periods":
        return _appended(kept, given)
    key = _CHILDREN.get(name)
    return given if key is None else _by_key(kept, given, key)


def _appended(kept: list[Any], given: list[Any]) -> list[Any]:
    starts = {_start(period) for period in given}
    return [period for period in kept if _start(period) not in starts] + given


def _start(period: Any) -> Any:
    text = period.get("start_date_time") if isinstance(period, dict) else None
    try:
        return read_datetime(text)
    except ValueError:
        return id(period)


def _by_key(kept: list[Any], given: list[Any], key: str) -> list[Any]:
    merged = list(kept)
    places = {_folded(child.get(key)): place for place, child in enumerate(kept)}
    for child in given:
        if not isinstance(child, dict) or isinstance(child.get(key), dict | list):
            raise InvalidInput(key, "is missing")
        place = places.get(_folded(child.get(key)))
        if place is None:
            merged.append(child)
        else:
            merged[place] = merge(merged[place], child)
    return merged


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def with_child(parent: Json, name: str, child: Json, moment: str) -> Json:
    """Put a child object (an EVSE, a connector) into its parent, which is as new as the child.

    Source: OCPI 2.2.1, Locations, Receiver interface: the parents' `last_updated` follow.
    """
    key = _CHILDREN[name]
    children = [c for c in parent.get(name) or [] if isinstance(c, dict)]
    wanted = _folded(child.get(key))
    place = next((i for i, c in enumerate(children) if _folded(c.get(key)) == wanted), None)
    if place is None:
        children.append(child)
    else:
        children[place] = child
    return {**parent, name: children, "last_updated": moment}


def child_of(parent: Json, name: str, key: str) -> Json | None:
    """The EVSE or connector of this id, compared without regard to case."""
    children = parent.get(name) or []
    wanted = _folded(key)
    return next((c for c in children if _folded(c.get(_CHILDREN[name])) == wanted), None)
