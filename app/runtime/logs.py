"""Structured logs: one JSON line per event, with the correlation id, without secrets."""

import json
import logging
import re
import sys
import time
from typing import Any, TextIO

from app.store.correlation import correlation_id

_STANDARD = frozenset(
    vars(logging.LogRecord("", 0, "", 0, "", None, None))
) | {"message", "asctime", "taskName"}  # fmt: skip
_SECRET_KEYS = re.compile(
    r"token|password|secret|authorization|api_?key|id_?tag|card|phone|email|cookie", re.IGNORECASE
)
_SECRET_TEXT = (
    re.compile(r"(?i)\b(Token|Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}"),
    re.compile(r"\b(sk|rk|whsec|pk)_[A-Za-z0-9_]{8,}"),
    re.compile(r"(?i)(://[^/\s:@]+):[^/\s@]+@"),
)
HIDDEN = "***"


def redact(text: str) -> str:
    """The text without anything that looks like a credential."""
    for pattern in _SECRET_TEXT[:2]:
        text = pattern.sub(HIDDEN, text)
    return _SECRET_TEXT[2].sub(rf"\1:{HIDDEN}@", text)


def _field(key: str, value: Any) -> Any:
    if _SECRET_KEYS.search(key) and value is not None:
        return HIDDEN
    if isinstance(value, str):
        return redact(value)
    return value if isinstance(value, int | float | bool | None) else redact(str(value))


class JsonLines(logging.Formatter):
    """A record as one JSON object: time, level, logger, event and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redact(record.getMessage()),
        }
        if (correlation := correlation_id.get()) is not None:
            line["correlation"] = correlation
        extra = ((k, v) for k, v in vars(record).items() if k not in _STANDARD)
        line.update((key, _field(key, value)) for key, value in extra)
        if record.exc_info:
            line["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, default=str)


def set_up_logs(level: str, stream: TextIO | None = None) -> None:
    """Send everything to one stream as JSON lines; libraries only speak up about trouble."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_utc(JsonLines()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for quiet in (
        "httpx",
        "httpcore",
        "stripe",
        "urllib3",
        "google",
        "uvicorn",
        "asyncio",
        "nats",
    ):
        logging.getLogger(quiet).setLevel(logging.WARNING)
    for loud in ("ocpp", "websockets"):
        logging.getLogger(loud).setLevel(logging.CRITICAL)


def _utc(formatter: logging.Formatter) -> logging.Formatter:
    formatter.converter = time.gmtime
    return formatter
