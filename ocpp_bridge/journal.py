"""The last frames of every charger, for people who look for trouble; secrets blacked out.

Keeping a frame costs next to nothing: the bytes that were received or sent are held as they are,
up to a number of bytes per charger. Redaction happens when somebody looks.
"""

import hashlib
import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MAX_BYTES = 8_192
HIDDEN = "•••"

_SECRET_KEYS = frozenset({"authorizationkey", "basicauthpassword", "sharedsecret", "totp"})
_SECRET_FIELDS = frozenset({"password", "basicauthpassword", "apnpassword", "privatekey"})
_VALUE_FIELDS = frozenset({"value", "attributevalue", "actualvalue"})
_TAG_FIELDS = frozenset({"idtag", "parentidtag", "idtoken", "additionalidtoken"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One frame; `inbound` came from the charger. `text` is safe to show."""

    at: datetime
    inbound: bool
    text: str


class Ring:
    """One charger's frames, newest last."""

    __slots__ = ("_frames", "_size")

    def __init__(self) -> None:
        self._frames: deque[tuple[datetime, bool, bytes]] = deque()
        self._size = 0

    def keep(self, at: datetime, frame: bytes, *, inbound: bool) -> None:
        """Remember a frame, at the cost of the oldest ones."""
        frames = self._frames
        frames.append((at, inbound, frame))
        self._size += len(frame)
        while self._size > MAX_BYTES and len(frames) > 1:
            self._size -= len(frames.popleft()[2])

    def entries(self) -> list[Entry]:
        """What can be shown, oldest first."""
        return [Entry(at, inbound, redacted(frame)) for at, inbound, frame in self._frames]


class Journal:
    """The rings of all chargers that have been admitted here."""

    def __init__(self) -> None:
        self._rings: dict[str, Ring] = {}

    def ring(self, station_id: str) -> Ring:
        """A charger's ring; it outlives the connection."""
        return self._rings.setdefault(station_id, Ring())


def redacted(frame: bytes) -> str:
    """A frame with keys and passwords blacked out and id tags replaced by a short hash.

    What is no JSON is not shown at all, since nothing can be found in it.
    """
    try:
        parsed = json.loads(frame)
    except (ValueError, RecursionError):
        return f"({len(frame)} bytes that are no JSON)"
    return json.dumps(_clean(parsed), ensure_ascii=False, separators=(",", ":"))


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if not isinstance(value, dict):
        return value
    names_secret = _names_secret(value)
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
    if isinstance(item, str):
        if name in _TAG_FIELDS:
            return "#" + hashlib.sha256(item.upper().encode()).hexdigest()[:8]
        if name in _SECRET_FIELDS:
            return HIDDEN
    return _clean(item)
