"""The bus of one process: plain calls."""

import asyncio
import logging
from collections import defaultdict

from app.ports.bus import Handler, NoResponder, ReplyTimeout, Responder

log = logging.getLogger(__name__)


class _Standing:
    """A subscription that can end."""

    def __init__(self, registry: "dict[str, list[_Standing]]", pattern: str) -> None:
        self._registry = registry
        self._pattern = pattern
        self.handler: Handler | None = None
        self.responder: Responder | None = None
        registry[pattern].append(self)

    async def close(self) -> None:
        """Stop receiving."""
        standing = self._registry.get(self._pattern, [])
        if self in standing:
            standing.remove(self)
        if not standing:
            self._registry.pop(self._pattern, None)


class LocalBus:
    """Publishing calls the handlers, requesting awaits the responder; nothing is queued."""

    connected = True

    def __init__(self) -> None:
        self._listeners: dict[str, list[_Standing]] = defaultdict(list)
        self._responders: dict[str, list[_Standing]] = defaultdict(list)

    async def publish(self, subject: str, data: bytes = b"") -> None:
        """Call every handler whose pattern matches; a failing one is logged."""
        for pattern in _patterns(subject):
            for standing in tuple(self._listeners.get(pattern, ())):
                if standing.handler is not None:
                    await self._hand_over(standing.handler, subject, data)

    async def _hand_over(self, handler: Handler, subject: str, data: bytes) -> None:
        try:
            await handler(subject, data)
        except Exception:  # a listener's defect is not the publisher's
            log.exception("bus.handler_failed", extra={"bus_subject": subject})

    async def subscribe(self, pattern: str, handler: Handler) -> _Standing:
        """Call the handler from now on."""
        standing = _Standing(self._listeners, pattern)
        standing.handler = handler
        return standing

    async def respond(self, subject: str, responder: Responder) -> _Standing:
        """Answer requests from now on; the first to come answers."""
        standing = _Standing(self._responders, subject)
        standing.responder = responder
        return standing

    async def request(self, subject: str, data: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - the port's word
        """Ask whoever responds."""
        standing = self._responders.get(subject)
        if not standing or standing[0].responder is None:
            raise NoResponder(subject)
        try:
            async with asyncio.timeout(timeout):
                return await standing[0].responder(data)
        except TimeoutError as error:
            raise ReplyTimeout(subject) from error

    async def close(self) -> None:
        """Forget everybody."""
        self._listeners.clear()
        self._responders.clear()


def _patterns(subject: str) -> list[str]:
    """Every pattern that matches a subject: itself, `*` for its last word, `>` for a tail."""
    words = subject.split(".")
    tails = [".".join([*words[:i], ">"]) for i in range(len(words))]
    return [subject, ".".join([*words[:-1], "*"]), *tails]
