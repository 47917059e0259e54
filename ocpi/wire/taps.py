"""Listens to a request and its answer as they pass the server, and keeps their beginnings."""

from collections.abc import Iterable, Mapping

from starlette.types import Message, Receive, Send


class Tap:
    """Stands between a site and its server; what passes is not changed.

    `asked` and `said` are the first `limit` bytes of the bodies, `asked_size` and `said_size`
    how many there were. `http` is None until an answer begins.
    """

    __slots__ = (
        "_headers", "_limit", "_receive", "_send", "asked", "asked_size", "http", "said",
        "said_size",
    )  # fmt: skip

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self.asked = self.said = b""
        self.asked_size = self.said_size = 0
        self.http: int | None = None
        self._headers: Iterable[tuple[bytes, bytes]] = ()

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self._headers}

    async def receive(self) -> Message:
        """The server's next message."""
        message = await self._receive()
        body = message.get("body", b"")
        if body:
            self.asked_size += len(body)
            self.asked += body[: self._limit - len(self.asked)]
        return message

    async def send(self, message: Message) -> None:
        """A message to the server; what it did not take was not said."""
        await self._send(message)
        if message["type"] == "http.response.start":
            self.http = message["status"]
            self._headers = message["headers"]
        elif body := message.get("body", b""):
            self.said_size += len(body)
            self.said += body[: self._limit - len(self.said)]
