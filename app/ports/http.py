"""One HTTP request, one answer, one time limit; rules about where we may connect included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class HttpFailure(Exception):
    """No answer: refused, timed out, not allowed; `sent`: the request may have arrived."""

    def __init__(self, reason: str, *, sent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


# Nobody changes these; frozen ones take five times as long to make, for each message.
@dataclass(slots=True)
class HttpAnswer:
    """What came back; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class HttpClient(Protocol):
    """Follows no redirects, uses no proxies, and enters private networks only where allowed."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        timeout: float,  # noqa: ASYNC109
    ) -> HttpAnswer:
        """Send; raises HttpFailure. `timeout` in seconds, for the whole exchange."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
