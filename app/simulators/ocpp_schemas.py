"""Judges OCPP payloads by the JSON schemas that ship inside the `ocpp` package.

The files are read here directly: the library's cache of validators may be replaced by others.
"""

import json
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # no stubs

Protocol = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
Payload = dict[str, Any]

SENDS = frozenset({"NotifyPeriodicEventStream"})
"""What goes out as a SEND of 2.1, and has no answer."""

_FOLDERS = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}


def is_action(protocol: Protocol, action: str) -> bool:
    """Whether the protocol version has such a request."""
    return _validator(protocol, _request_name(protocol, action)) is not None


def request_faults(protocol: Protocol, action: str, payload: Payload) -> list[str]:
    """What is wrong with a request's payload; empty when nothing is."""
    return _faults(protocol, _request_name(protocol, action), payload)


def response_faults(protocol: Protocol, action: str, payload: Payload) -> list[str]:
    """What is wrong with the payload that answers `action`; empty when nothing is."""
    return _faults(protocol, f"{action}Response", payload)


def _request_name(protocol: Protocol, action: str) -> str:
    bare = protocol == "ocpp1.6" or action in SENDS
    return action if bare else f"{action}Request"


def _faults(protocol: Protocol, schema: str, payload: Payload) -> list[str]:
    validator = _validator(protocol, schema)
    if validator is None:
        return [f"{schema}: no such message in {protocol}"]
    exact = json.loads(json.dumps(payload), parse_float=Decimal)
    return [f"{schema} {e.json_path}: {e.message[:200]}" for e in validator.iter_errors(exact)]


@cache
def _validator(protocol: Protocol, schema: str) -> Draft4Validator | None:
    if not schema.isalnum():
        return None
    file = files("ocpp") / _FOLDERS[protocol] / "schemas" / f"{schema}.json"
    if not file.is_file():
        return None
    return Draft4Validator(json.loads(file.read_text("utf-8-sig"), parse_float=Decimal))
