"""The response envelope every OCPI answer comes in, and what the status codes in it mean."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.domain.errors import InvalidInput
from ocpi.models.common import write_datetime
from ocpi.wire.documents import encode_text

SUCCESS = 1000
CLIENT_ERROR = 2000
INVALID_PARAMETERS = 2001
NOT_ENOUGH_INFORMATION = 2002
UNKNOWN_LOCATION = 2003
UNKNOWN_TOKEN = 2004
SERVER_ERROR = 3000
UNUSABLE_API = 3001
UNSUPPORTED_VERSION = 3002
MISSING_ENDPOINTS = 3003
HUB_ERROR = 4000
UNKNOWN_RECEIVER = 4001
HUB_TIMEOUT = 4002
HUB_CONNECTION = 4003

_SUCCESSES = range(1000, 2000)


class _Nothing:
    """No data at all, which is not null."""


NOTHING: Final = _Nothing()


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class Envelope:
    """What a partner answered, read tolerantly."""

    status_code: int
    message: str | None
    data: Any
    timestamp: str | None

    @property
    def is_success(self) -> bool:
        """Whether the OCPI status is one of success; HTTP's has to be looked at as well."""
        return self.status_code in _SUCCESSES


def seal(
    now: datetime, data: Any = NOTHING, *, status_code: int = SUCCESS, message: str | None = None
) -> bytes:
    """The bytes of an answer; `data` may be bytes that are JSON already."""
    fields = {"status_code": status_code, "status_message": message or _word(status_code)}
    rest = encode_text({**fields, "timestamp": write_datetime(now)})
    if isinstance(data, _Nothing):
        return rest.encode()
    ready = data if isinstance(data, bytes) else encode_text(data).encode()
    return b"".join((b'{"data":', ready, b",", rest[1:].encode()))


def _word(status_code: int) -> str:
    return "Success" if status_code in _SUCCESSES else "Error"


def open_envelope(document: object) -> Envelope:
    """Read a parsed answer; raises InvalidInput when it is no envelope."""
    if not isinstance(document, dict):
        raise InvalidInput("", "the answer is no OCPI envelope")
    code = document.get("status_code")
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code)
    if isinstance(code, bool) or not isinstance(code, int):
        raise InvalidInput("status_code", "missing or no integer")
    message, timestamp = document.get("status_message"), document.get("timestamp")
    return Envelope(
        status_code=code,
        message=message if isinstance(message, str) else None,
        data=document.get("data"),
        timestamp=timestamp if isinstance(timestamp, str) else None,
    )
