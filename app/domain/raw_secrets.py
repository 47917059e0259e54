"""Secrets in what experts send to chargers as it is: they must not be kept in the clear.

A password set so is the charger's from then on. Source: OCPP 1.6, ChangeConfiguration; OCPP 2.0.1,
SetVariables, SecurityCtrlr.BasicAuthPassword.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.device_model import VariableName

PASSWORDS = frozenset({"authorizationkey", "basicauthpassword"})
_HEX = re.compile("(?:[0-9A-Fa-f]{2}){16,20}")


@dataclass(frozen=True, slots=True)
class SealedCall:
    """An expert's CALL with a secret in it; `secret` is its payload, sealed until it leaves."""

    action: str
    secret: str


def call_context(station_id: str) -> str:
    """What such a payload is sealed for."""
    return f"call to charger {station_id.casefold()}"


def holds_secret(action: str, payload: Mapping[str, Any]) -> bool:
    """Whether a CALL sets something that nobody may see."""
    return any(VariableName(name).is_secret for name, _ in _settings(action, payload))


def password_in(action: str, payload: Mapping[str, Any]) -> str | None:
    """The password of the charger that a CALL sets, as it is registered; None when it sets none.

    Digits of a key are the same key in either case, and chargers show it in small ones at least.
    """
    for name, value in _settings(action, payload):
        if name.casefold() in PASSWORDS and isinstance(value, str) and value:
            return value.lower() if _HEX.fullmatch(value) else value
    return None


def _settings(action: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a CALL sets, by name; a payload of any shape."""
    if action == "ChangeConfiguration":
        yield str(payload.get("key", "")).strip(), payload.get("value")
    wanted = payload.get("setVariableData") if action == "SetVariables" else None
    for each in wanted if isinstance(wanted, list) else ():
        variable = each.get("variable") if isinstance(each, dict) else None
        if isinstance(variable, dict):
            yield str(variable.get("name", "")).strip(), each.get("attributeValue")
