"""Frames without secrets: keys and passwords blacked out, id tags replaced by a short hash."""

import hashlib
import json
import re
from typing import Any

from ocpp_bridge.frames import is_shallow

HIDDEN = "•••"

_SECRET_KEYS = frozenset({"authorizationkey", "basicauthpassword", "sharedsecret", "totp"})
_SECRET_FIELDS = frozenset({"password", "basicauthpassword", "apnpassword", "privatekey"})
_VALUE_FIELDS = frozenset({"value", "attributevalue", "actualvalue"})
_NEVER = frozenset({"simpin"})
_WRAPPING_FIELDS = frozenset({"data"})
_USER_INFO = re.compile(r"//[^/@\s]+@")
_TAG_FIELDS = frozenset({
    "additionalidtoken", "customeridentifier", "idtag", "idtoken", "parentidtag",
})  # fmt: skip
_OF_A_PERSON = frozenset({"data", "generatedAt", "requestId", "seqNo"})
"""Who has these is OCPP 2.x's NotifyCustomerInformation."""


def written(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parsed(text: bytes) -> Any:
    """JSON that can be walked through; raises ValueError for what is none, or nested too deeply.

    A reader may take more depth than whoever goes through what it read.
    """
    if not is_shallow(text):
        raise ValueError("nested too deeply")
    return json.loads(text)


def redacted(frame: bytes) -> str:
    """A frame that may be seen; what is no JSON is not, since nothing can be found in it."""
    try:
        return written(clean(parsed(frame)))
    except ValueError:
        return unreadable(frame)


def unreadable(frame: bytes) -> str:
    """What is said of a frame that is no JSON."""
    return f"({len(frame)} bytes that are no JSON)"


def clean(value: Any) -> Any:
    """JSON that may be seen."""
    return _clean(value, tags=True, names_secret=False)


def without_secrets(value: Any) -> Any:
    """JSON without keys and passwords; whose tags are in it may be seen by their operator."""
    return _clean(value, tags=False, names_secret=False)


def _clean(value: Any, *, tags: bool, names_secret: bool) -> Any:
    """`names_secret` holds for all that is in an object that names a secret setting."""
    if isinstance(value, list):
        return [_clean(item, tags=tags, names_secret=names_secret) for item in value]
    if isinstance(value, str):
        return _clean_text(value)
    if not isinstance(value, dict):
        return value
    names_secret = names_secret or _names_secret(value)
    if "server" in value and "key" in value:  # OCPP 2.x, VPNType
        value = {**value, "key": HIDDEN}
    if tags and value.keys() >= _OF_A_PERSON:
        value = {**value, "data": HIDDEN}
    return {
        key: _clean_field(key.lower(), item, tags=tags, names_secret=names_secret)
        for key, item in value.items()
    }


def _names_secret(value: dict[str, Any]) -> bool:
    """Whether this object gives the value of a setting that must not be seen."""
    variable = value.get("variable")
    names = (value.get("key"), variable.get("name") if isinstance(variable, dict) else None)
    return any(isinstance(name, str) and name.lower() in _SECRET_KEYS for name in names)


def _clean_field(name: str, item: Any, *, tags: bool, names_secret: bool) -> Any:
    if (names_secret and name in _VALUE_FIELDS) or name in _NEVER:
        return HIDDEN
    if isinstance(item, str):
        if tags and name in _TAG_FIELDS:
            return "#" + hashlib.sha256(item.upper().encode()).hexdigest()[:8]
        if name in _SECRET_FIELDS:
            return HIDDEN
        if name in _WRAPPING_FIELDS and item.lstrip()[:1] in {"{", "["}:
            return _clean_wrapped(item, tags=tags)
    return _clean(item, tags=tags, names_secret=names_secret)


def _clean_wrapped(text: str, *, tags: bool) -> str:
    """JSON in a text, as DataTransfer carries messages of other versions."""
    try:
        return written(_clean(parsed(text.encode()), tags=tags, names_secret=False))
    except ValueError:
        return f"({len(text)} characters that are no JSON)"


def _clean_text(text: str) -> str:
    """Without private keys, and without the passwords that addresses of files can carry."""
    if "PRIVATE KEY-----" in text:
        return HIDDEN
    return _USER_INFO.sub(f"//{HIDDEN}@", text) if "@" in text else text
