"""Judges OCPI 2.2.1 messages by the field tables, strictly: what is written must be right."""

import re
from decimal import Decimal
from typing import Any

from app.simulators.ocpi_tables import CLASSES, ENUMS, Field

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z?")
_LATITUDE = re.compile(r"-?[0-9]{1,2}\.[0-9]{5,7}")
_LONGITUDE = re.compile(r"-?[0-9]{1,3}\.[0-9]{5,7}")
_LONGEST_URL = 255
_DECIMALS = -4
_STATUS_CODES = range(1000, 5000)


def faults(kind: str, found: Any, *, partial: bool = False, path: str = "") -> list[str]:
    """What is wrong with an object of class `kind`; `partial` for a PATCH body."""
    if not isinstance(found, dict):
        return [f"{path or kind}: not an object"]
    fields = CLASSES[kind]
    wrong = [f"{path}/{name}: no field of {kind}" for name in found if name not in fields]
    for name, rule in fields.items():
        value = found.get(name)
        where = f"{path}/{name}"
        if value is None or (rule.card == "*" and value == []):
            if rule.card in ("1", "+") and not partial:
                wrong.append(f"{where}: missing")
        elif rule.card in ("*", "+"):
            wrong += _list_faults(rule, value, where)
        else:
            wrong += _value_faults(rule, value, where)
    return wrong + _own_rules(kind, found, path)


def envelope_faults(found: Any) -> list[str]:
    """What is wrong with a response's envelope (OCPI 2.2.1, Response format)."""
    if not isinstance(found, dict):
        return ["envelope: not an object"]
    wrong = []
    code = found.get("status_code")
    if not _is_int(code) or code not in _STATUS_CODES:
        wrong.append(f"envelope/status_code: {code!r}")
    if not _is_date_time(found.get("timestamp")):
        wrong.append(f"envelope/timestamp: {found.get('timestamp')!r}")
    extra = set(found) - {"data", "status_code", "status_message", "timestamp"}
    return wrong + [f"envelope/{name}: no field of it" for name in extra]


def _list_faults(rule: Field, value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{where}: not a list"]
    if not value:
        return [f"{where}: empty"]
    return [
        wrong
        for number, item in enumerate(value)
        for wrong in _value_faults(rule, item, f"{where}/{number}")
    ]


def _value_faults(rule: Field, value: Any, where: str) -> list[str]:
    if rule.type in CLASSES:
        return faults(rule.type, value, path=where)
    if rule.type in ENUMS:
        return [] if value in ENUMS[rule.type] else [f"{where}: {value!r} is no {rule.type}"]
    is_right = _PLAIN[rule.type](value)
    if not is_right:
        return [f"{where}: {value!r} is no {rule.type}"]
    if rule.longest and len(str(value)) > rule.longest:
        return [f"{where}: longer than {rule.longest}"]
    return []


def _is_string(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_ci_string(value: Any) -> bool:
    return _is_string(value) and value.isascii()


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    if _is_int(value):
        return True
    if isinstance(value, float):
        value = Decimal(repr(value))
    return isinstance(value, Decimal) and int(value.normalize().as_tuple().exponent) >= _DECIMALS


def _is_date_time(value: Any) -> bool:
    return isinstance(value, str) and _DATE_TIME.fullmatch(value) is not None


def _is_url(value: Any) -> bool:
    is_web = _is_string(value) and value.startswith(("http://", "https://"))
    return is_web and len(value) <= _LONGEST_URL


_PLAIN = {
    "string": _is_string,
    "CiString": _is_ci_string,
    "int": _is_int,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "DateTime": _is_date_time,
    "URL": _is_url,
}


def _own_rules(kind: str, found: dict[str, Any], path: str) -> list[str]:
    """Rules of the text that no table holds."""
    match kind:
        case "GeoLocation" | "AdditionalGeoLocation":
            right = _LATITUDE.fullmatch(str(found.get("latitude"))) and _LONGITUDE.fullmatch(
                str(found.get("longitude"))
            )
            return [] if right else [f"{path}: no coordinates"]
        case "CDR":
            return _cdr_rules(found, path)
        case "Hours" if found.get("twentyfourseven") is False:
            return [] if found.get("regular_hours") else [f"{path}/regular_hours: missing"]
        case _:
            return []


def _cdr_rules(cdr: dict[str, Any], path: str) -> list[str]:
    """OCPI 2.2.1, CdrDimensionType: some dimensions are for sessions only."""
    live = {"CURRENT", "ENERGY_EXPORT", "ENERGY_IMPORT", "POWER", "STATE_OF_CHARGE"}
    wrong = [
        f"{path}/charging_periods: {dimension.get('type')} is for sessions only"
        for period in cdr.get("charging_periods") or []
        for dimension in period.get("dimensions") or []
        if dimension.get("type") in live
    ]
    if cdr.get("credit") and not cdr.get("credit_reference_id"):
        wrong.append(f"{path}/credit_reference_id: missing in a credit CDR")
    return wrong
