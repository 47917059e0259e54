"""What chargers of any maker write that is no JSON, or against their schema, and clearly means.

It is looked at only after a payload was refused, and never for a charger that is held to the
letter.
"""

import re

from pydantic_core import from_json, to_json

from ocpp_bridge.exchange import Payload

LONGEST_TAG = 20

# `"transactionId":,` is seen from chargers outside of a transaction (quirk Q-03).
_EMPTY = re.compile(rb'"transactionId"\s*:\s*,')
_EMPTY_LAST = re.compile(rb',\s*"transactionId"\s*:\s*(?=\})')


def repaired(action: str, payload: bytes) -> bytes | None:
    """The payload as it is meant, None when there is nothing to mend."""
    text = _EMPTY_LAST.sub(b"", _EMPTY.sub(b"", payload))
    try:
        said = from_json(text)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    meant = _without_nothing(said)
    if action == "StopTransaction":
        meant = _without_long_tag(meant)
    return None if meant == said and text == payload else to_json(meant)


def _without_nothing(said: Payload) -> Payload:
    """A property that is null is one that is not there."""
    return {
        key: _without_nothing(value) if isinstance(value, dict) else value
        for key, value in said.items()
        if value is not None
    }


def _without_long_tag(said: Payload) -> Payload:
    """Q-30: who stopped is not worth losing the session's end for."""
    tag = said.get("idTag")
    if isinstance(tag, str) and len(tag) > LONGEST_TAG:
        return {key: value for key, value in said.items() if key != "idTag"}
    return said
