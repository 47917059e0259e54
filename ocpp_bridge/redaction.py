"""Frames without secrets: keys and passwords blacked out, id tags replaced by a short hash."""

import hashlib
import json
from typing import Any

HIDDEN = "•••"

_SECRET_KEYS = frozenset({"authorizationkey", "basicauthpassword", "sharedsecret", "totp"})
_SECRET_FIELDS = frozenset({"password", "basicauthpassword", "apnpassword", "privatekey"})
_VALUE_FIELDS = frozenset({"value", "attributevalue", "actualvalue"})
_NEVER = frozenset({"simpin"})
_TAG_FIELDS = frozenset({"idtag", "parentidtag", "idtoken", "additionalidtoken"})


def written(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def redacted(frame: bytes) -> str:
    """A frame that may be seen; what is no JSON is not, since nothing can be found in it."""
    try:
        parsed = json.loads(frame)
    except (ValueError, RecursionError):
        return unreadable(frame)
    return written(clean(parsed))


def unreadable(frame: bytes) -> str:
    """What is said of a frame that is no JSON."""
    return f"({len(frame)} bytes that are no JSON)"


def clean(value: Any) -> Any:
    """JSON that may be seen."""
    if isinstance(value, list):
        return [clean(item) for item in value]
    if not isinstance(value, dict):
        return value
    names_secret = _names_secret(value)
    if "server" in value and "key" in value:  # OCPP 2.x, VPNType
        value = {**value, "key": HIDDEN}
    return {
        key: _clean_field(key.lower(), item, names_secret=names_secret)
        for key, item in value.items()
    }


def _names_secret(value: dict[str, Any]) -> bool:
    """Whether this object gives the value of a setting that must not be seen."""
    variable = value.get("variable")
    names = (value.get("key"), variable.get("name") if isinstance(variable, dict) else None)
    return any(isinstance(name, str) and name.lower() in _SECRET_KEYS for name in names)


def _clean_field(name: str, item: Any, *, names_secret: bool) -> Any:
    if names_secret and name in _VALUE_FIELDS:
        return HIDDEN
    if name in _NEVER:
        return HIDDEN
    if isinstance(item, str):
        if name in _TAG_FIELDS:
            return "#" + hashlib.sha256(item.upper().encode()).hexdigest()[:8]
        if name in _SECRET_FIELDS:
            return HIDDEN
    return clean(item)
