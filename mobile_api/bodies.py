"""How large a request may be: refused as a problem, by what it declares or by what comes."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mobile_api.faults import problem

TOO_LARGE = 413


class BodyLimit:
    """Lets at most `most` bytes of a body through."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is declared too large at once, anything else when it has become so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._most:
            refusal = problem(TOO_LARGE, "too_large", self._detail)
            await refusal(scope, receive, send)
            return
        came = 0

        async def count() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self._most:
                raise HTTPException(TOO_LARGE, self._detail)
            return message

        await self._app(scope, count, send)

    @property
    def _detail(self) -> str:
        return f"at most {self._most} bytes are read"
