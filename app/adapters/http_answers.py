"""Reads HTTP/1.1 answers as their bytes come, with bounds on what they may hold."""

import httptools

from app.ports.http import HttpAnswer, HttpFailure

LARGEST_ANSWER = 8 * 1024 * 1024
LARGEST_HEAD = 64 * 1024
_FINAL = 200


class AnswerReader:
    """Feed it until `done`; interim answers (1xx) are skipped. Raises HttpFailure for nonsense.

    One reads all that comes on one connection: it and its parser know each other, and such pairs
    are nobody's any more only when Python searches for them, which makes everybody wait.
    """

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        """Another answer is to come, after one that `keeps_alive`."""
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._head = 0
        self._status = 0
        self._keeps_alive = False
        self._surplus = False
        self.started = False
        self.done = False

    @property
    def keeps_alive(self) -> bool:
        """Whether the server lets the connection be used again."""
        return self.done and self._keeps_alive and not self._surplus

    def feed(self, data: bytes) -> None:
        """Take in what arrived."""
        self.started = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            raise error.__context__ or error from None
        except httptools.HttpParserError:
            if not self.done:
                raise HttpFailure("the answer is no HTTP", sent=True) from None
            self._surplus = True

    def finish(self) -> HttpAnswer:
        """The answer, now that it is done or the connection has ended."""
        if not self.done and not self._ends_with_connection():
            raise HttpFailure("the connection ended before the answer did", sent=True)
        return HttpAnswer(self._status, self._headers, bytes(self._body))

    def _ends_with_connection(self) -> bool:
        framed = {"content-length", "transfer-encoding"} & self._headers.keys()
        return self._status >= _FINAL and not framed

    def on_message_begin(self) -> None:
        """Something comes; after the answer it is nothing we asked for."""
        self._surplus = self.done

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._head += len(name) + len(value)
        if self._head > LARGEST_HEAD:
            raise HttpFailure("the answer's headers are too large", sent=True)
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        if not self.done:
            known = self._headers.get(key)
            self._headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """The status line and all headers are there."""
        if not self.done:
            self._status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self.done:
            return
        self._body += body
        if len(self._body) > LARGEST_ANSWER:
            raise HttpFailure("the answer is too large", sent=True)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was an interim one."""
        if self.done:
            return
        if self._status < _FINAL:
            self._headers.clear()
            self._status = 0
            return
        self._keeps_alive = bool(self._parser.should_keep_alive())
        self.done = True
