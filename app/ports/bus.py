"""The bus carries hints and routed calls between processes; never the truth.

Losing a published message costs latency, not data. A request is answered by whoever owns the
subject, or fails at once when nobody does.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol


class NoResponder(Exception):
    """Nobody serves the subject of a request."""


class ReplyTimeout(Exception):
    """A request was taken but not answered in time: its outcome is unknown."""


def word(text: str) -> str:
    """A foreign id as one word of a subject: what would split or match more is escaped."""
    return "".join(c if c.isalnum() or c in "-_" else f"~{ord(c):x}~" for c in text)


Handler = Callable[[str, bytes], Awaitable[None]]
Responder = Callable[[bytes], Awaitable[bytes]]


class Subscription(Protocol):
    """A standing interest; ends with `close`."""

    async def close(self) -> None:
        """Stop receiving."""
        ...


class Bus(Protocol):
    """Subjects are dotted words; a pattern may end in `*` for one word or `>` for the rest."""

    async def publish(self, subject: str, data: bytes = b"") -> None:
        """Tell whoever listens, at most once."""
        ...

    async def subscribe(self, pattern: str, handler: Handler) -> Subscription:
        """Call the handler with (subject, data) for every message from now on.

        A handler only notes the hint and returns: whoever publishes in the same process waits
        for it.
        """
        ...

    async def respond(self, subject: str, responder: Responder) -> Subscription:
        """Answer requests to this subject; each runs in a task of its own."""
        ...

    async def request(self, subject: str, data: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - NATS's
        """Ask; raises NoResponder or ReplyTimeout (`timeout` in seconds)."""
        ...

    @property
    def connected(self) -> bool:
        """Whether messages can pass now."""
        ...

    async def close(self) -> None:
        """Leave the bus."""
        ...
