"""PATCH bodies between versions: some fields of an object, in the words of another version.

The ladder converts whole objects. So a fragment is laid over a small whole one, that is converted,
and of the outcome only those fields are taken that the fragment's own fields became. EVSEs and
connectors inside are fragments themselves (OCPI 2.2.1, Transport and format, PATCH).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.domain.errors import InvalidInput
from ocpi.versions.registry import Inexpressible, OcpiVersion
from ocpi.versions.rung import Json, Kind, Surroundings

Names = Mapping[str, tuple[str, ...]]
"""What fields of one form are in another; those that are missing are called the same."""

_CHILDREN = {Kind.LOCATION: ("evses", Kind.EVSE), Kind.EVSE: ("connectors", Kind.CONNECTOR)}

_NEWER: dict[Kind, Names] = {
    Kind.LOCATION: {"type": ("parking_type",)},
    Kind.CONNECTOR: {
        "voltage": ("max_voltage",),
        "amperage": ("max_amperage",),
        "tariff_id": ("tariff_ids",),
    },
    Kind.SESSION: {
        "start_datetime": ("start_date_time",),
        "end_datetime": ("end_date_time",),
        "auth_id": ("cdr_token",),
        "location": ("location_id", "evse_uid", "connector_id"),
    },
    Kind.TOKEN: {"auth_id": ("contract_id",)},
}
"""What fields of 2.1.1 became; all others kept their names."""

_PLACE = ("location_id", "evse_uid", "connector_id")
_MOMENT = "2026-01-01T00:00:00Z"
_CONNECTOR: Json = {
    "id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE",
    "last_updated": _MOMENT,
}  # fmt: skip
_WHOLE: dict[Kind, Json] = {
    Kind.CONNECTOR: _CONNECTOR,
    Kind.EVSE: {"uid": "1", "status": "AVAILABLE", "last_updated": _MOMENT},
    Kind.LOCATION: {
        "id": "1", "address": "-", "city": "-", "postal_code": "-", "country": "NLD",
        "coordinates": {"latitude": "0.00000", "longitude": "0.00000"}, "last_updated": _MOMENT,
    },
    Kind.SESSION: {
        "id": "1", "kwh": 0, "auth_method": "WHITELIST", "currency": "EUR", "status": "ACTIVE",
        "location_id": "1", "evse_uid": "1", "connector_id": "1", "last_updated": _MOMENT,
    },
    Kind.TOKEN: {"uid": "1", "valid": True, "whitelist": "NEVER", "last_updated": _MOMENT},
}  # fmt: skip
"""Enough of an object to be converted; nothing of it ever goes out."""

_OLDER_NEEDS: dict[Kind, Json] = {Kind.LOCATION: {"type": "OTHER"}}


def is_patched(kind: Kind) -> bool:
    """Whether parts of such an object can be converted."""
    return kind in _WHOLE


def lift_fragment(version: OcpiVersion, kind: Kind, fragment: Json, around: Surroundings) -> Json:
    """Some fields of this version's object in canonical words; raises InvalidInput."""
    own, children = _apart(kind, fragment)
    whole = {**_WHOLE[kind], **_OLDER_NEEDS.get(kind, {}), **own}
    lifted = version.lift(kind, whole, around)
    newer = {} if version.owner_in_body else _NEWER.get(kind, {})

    def convert(child_kind: Kind, child: Json) -> Json:
        return lift_fragment(version, child_kind, child, around)

    return _taken(lifted, own, newer) | _converted_children(kind, children, convert)


def lower_fragment(version: OcpiVersion, kind: Kind, fragment: Json, around: Surroundings) -> Json:
    """Some canonical fields in this version; what it has no words for is left out.

    Raises Inexpressible where that is a field's value that may not be left out: a location that
    is not to be shown any more, a connector of an unknown standard.
    """
    own, children = _apart(kind, fragment)
    whole = {**_WHOLE[kind], **own}
    if kind is Kind.SESSION:
        around = _somewhere(around, whole)
    lowered = version.lower(kind, whole, around)
    older = {} if version.owner_in_body else _older(kind, own)

    def convert(child_kind: Kind, child: Json) -> Json:
        return lower_fragment(version, child_kind, child, around)

    return _taken(lowered, own, older) | _converted_children(kind, children, convert)


def _apart(kind: Kind, fragment: Json) -> tuple[Json, Any]:
    """The fragment's own fields, those that are null left out, and its children."""
    name = _CHILDREN[kind][0] if kind in _CHILDREN else None
    own = {key: value for key, value in fragment.items() if key != name and value is not None}
    return own, fragment.get(name) if name else None


def _taken(converted: Json, own: Iterable[str], became: Names) -> Json:
    """Of a whole converted object what the fragment's own fields became."""
    names = dict.fromkeys(name for field in own for name in became.get(field, (field,)))
    return {name: converted[name] for name in names if name in converted}


def _older(kind: Kind, own: Json) -> Names:
    """Where canonical fields went; a place is one field, and only whole can it be said."""
    older = {new: (old,) for old, news in _NEWER.get(kind, {}).items() for new in news}
    if kind is Kind.SESSION and not all(name in own for name in _PLACE):
        return {**older, **dict.fromkeys(_PLACE, ())}
    return older


def _somewhere(around: Surroundings, whole: Json) -> Surroundings:
    """A session cannot be written in 2.1.1 without a location, which is not asked for here."""
    if around.location is not None:
        return around
    return replace(around, location={**_WHOLE[Kind.LOCATION], "id": whole["location_id"]})


def _converted_children(kind: Kind, children: Any, convert: Callable[[Kind, Json], Json]) -> Json:
    """The EVSEs or connectors of a fragment under their name; none where nothing is left."""
    if kind not in _CHILDREN or not isinstance(children, list):
        return {}
    name, child_kind = _CHILDREN[kind]
    kept = []
    for index, child in enumerate(children):
        if not isinstance(child, dict):
            raise InvalidInput(f"{name}.{index}", "an object is needed")
        try:
            kept.append(convert(child_kind, child))
        except Inexpressible:
            continue
        except InvalidInput as error:
            raise InvalidInput(f"{name}.{index}.{error.path}", error.reason) from None
    return {name: kept} if kept else {}
