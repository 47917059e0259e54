"""OCPP-J frames: one text message of the websocket ⇄ CALL, CALLRESULT, CALLERROR.

A well-formed CALL is recognised by its head alone and its payload stays bytes, for the schema to
read once. Everything else takes the long way through a general JSON reader.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

from ocpp_bridge.faults import MAX_DESCRIPTION

MAX_DEPTH = 32
MAX_ID = 36
NO_ID = '"-1"'
"""OCPP 2.0.1 Part 4, 4.2.3: the message id of a CALLERROR about a frame whose id is not known."""

CALL_RESULT_ERROR = 5

_HEAD = re.compile(
    rb'\s*\[\s*2\s*,\s*("[\x20\x21\x23-\x5b\x5d-\x7e]{1,36}")\s*,\s*"([A-Za-z0-9]{1,50})"\s*,\s*(?=\{)'
)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_CLOSING_BRACKET = 0x5D
_NEVER_JSON = (b"NaN", b"Infinity")
_CALL_LENGTH = 4
_RESULT_LENGTH = 3
_ERROR_LENGTHS = range(3, 6)


@dataclass(slots=True)
class Call:
    """A question; `id` is the message id as JSON text, to be repeated byte for byte."""

    id: str
    action: str
    payload: bytes


@dataclass(slots=True)
class Result:
    """The answer to a CALL of ours; `payload` is JSON."""

    id: str
    payload: bytes


@dataclass(slots=True)
class Error:
    """The refusal of a CALL of ours (or, `of_result`, of an answer of ours)."""

    id: str
    code: str
    description: str
    of_result: bool = False


@dataclass(slots=True)
class Sent:
    """A message that wants no answer (OCPP 2.1, SEND)."""

    id: str | None
    action: str
    payload: bytes


@dataclass(slots=True)
class Malformed:
    """Not a frame of OCPP; `id` (JSON text) when its sender can be told which one."""

    why: str
    id: str | None = None


@dataclass(slots=True)
class UnknownType:
    """An array that begins with a number no OCPP version knows."""

    id: str | None


Frame = Call | Result | Error | Sent | Malformed | UnknownType


def read_frame(data: bytes) -> Frame:
    """Read one text message. Never raises for any bytes that are UTF-8."""
    head = _HEAD.match(data)
    if head is not None and _is_plain(data):
        end = len(data) - 1
        if data[end] != _CLOSING_BRACKET:
            data = data.rstrip()
            end = len(data) - 1
        if data[end] == _CLOSING_BRACKET and _is_one_object(data, head.end(), end):
            return Call(head[1].decode(), head[2].decode(), data[head.end() : end])
    return _read_slowly(data)


def _is_plain(data: bytes) -> bool:
    """Whether the schema's JSON reader may have it, which allows NaN and more depth than we do."""
    if any(word in data for word in _NEVER_JSON):
        return False
    return data.count(b"[") + data.count(b"{") <= MAX_DEPTH or is_shallow(data)


def _is_one_object(data: bytes, start: int, end: int) -> bool:
    """Whether the payload is closed by the brace before the frame's own bracket."""
    return data[start:end].rstrip().endswith(b"}")


def is_shallow(data: bytes) -> bool:
    """Whether brackets never nest deeper than any OCPP message does."""
    depth = 0
    for token in _TOKENS.finditer(data):
        mark = data[token.start()]
        if mark in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return False
        elif mark in b"]}":
            depth -= 1
    return True


def holds_nul(payload: bytes) -> bool:
    """Whether a text of this JSON holds the character NUL, which no database keeps."""
    return b"\\u0000" in payload and _NUL.search(payload) is not None


def _read_slowly(data: bytes) -> Frame:
    if not is_shallow(data):
        return Malformed("nested too deeply")
    try:
        frame = from_json(data, allow_inf_nan=False)
    except ValueError:
        return Malformed("not JSON")
    if not isinstance(frame, list) or not frame:
        return Malformed("not an array with a message type")
    kind = frame[0]
    if type(kind) is not int:
        return Malformed("no message type")
    message_id = _message_id(frame)
    reader = _READERS.get(kind)
    return UnknownType(message_id) if reader is None else reader(frame, message_id)


def _message_id(frame: list[Any]) -> str | None:
    if len(frame) > 1 and isinstance(frame[1], str) and len(frame[1]) <= MAX_ID:
        return json.dumps(frame[1], ensure_ascii=False)
    return None


def _read_call(frame: list[Any], message_id: str | None) -> Frame:
    if message_id is None:
        return Malformed("the message id is no string of at most 36 characters")
    if len(frame) != _CALL_LENGTH:
        return Malformed("a CALL has four elements", message_id)
    if not isinstance(frame[2], str):
        return Malformed("the action is no string", message_id)
    return Call(message_id, frame[2], to_json(frame[3]))


def _read_result(frame: list[Any], message_id: str | None) -> Frame:
    if message_id is None or len(frame) != _RESULT_LENGTH:
        return Malformed("not a CALLRESULT of three elements")
    return Result(message_id, to_json(frame[2]))


def _read_error(frame: list[Any], message_id: str | None) -> Frame:
    """Quirk Q-11: chargers leave out the details, or even the description."""
    if message_id is None or len(frame) not in _ERROR_LENGTHS:
        return Malformed("not a CALLERROR of five elements")
    code = frame[2] if isinstance(frame[2], str) and frame[2] else "GenericError"
    told = frame[3] if len(frame) > _RESULT_LENGTH and isinstance(frame[3], str) else ""
    return Error(message_id, code, told, of_result=frame[0] == CALL_RESULT_ERROR)


def _read_sent(frame: list[Any], message_id: str | None) -> Frame:
    if len(frame) != _CALL_LENGTH or not isinstance(frame[2], str):
        return UnknownType(message_id)
    return Sent(message_id, frame[2], to_json(frame[3]))


_READERS: dict[int, Callable[[list[Any], str | None], Frame]] = {
    2: _read_call,
    3: _read_result,
    4: _read_error,
    CALL_RESULT_ERROR: _read_error,
    6: _read_sent,
}


def write_call(message_id: str, action: str, payload: bytes) -> bytes:
    """A CALL of ours; `message_id` is JSON text."""
    return b'[2,%b,"%b",%b]' % (message_id.encode(), action.encode(), payload)


def write_result(message_id: str, payload: bytes) -> bytes:
    """A CALLRESULT; `message_id` is JSON text as it came."""
    return b"[3,%b,%b]" % (message_id.encode(), payload)


def write_error(message_id: str, code: str, description: str) -> bytes:
    """A CALLERROR without details, which would only send a charger's data back to it."""
    told = json.dumps(description[:MAX_DESCRIPTION], ensure_ascii=False)
    return f'[4,{message_id},"{code}",{told},{{}}]'.encode()


def write_result_error(message_id: str, code: str, description: str) -> bytes:
    """OCPP 2.1, CALLRESULTERROR: an answer of the charger's was not understood."""
    return b"[5" + write_error(message_id, code, description)[2:]
