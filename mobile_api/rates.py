"""How often the API may be called: by anybody from one address, and by one driver.

Every answer says what is left (RateLimit, RateLimit-Policy), a refusal when to come back
(Retry-After). Source: IETF draft-ietf-httpapi-ratelimit-headers-10.
"""

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import RateLimited
from app.use_cases.windows import Left, Quota
from mobile_api.faults import problem

TOO_MANY = 429
KEPT = "rates"


@dataclass(frozen=True, slots=True)
class Counted:
    """A limit that a call counted against, and what is left of it."""

    name: str
    left: Left


def note(state: Any, name: str, left: Left) -> None:
    """Let the answer tell of this limit, too."""
    counted: list[Counted] = getattr(state, KEPT, [])
    counted.append(Counted(name, left))


class Rates:
    """Counts calls by address, and tells in every answer what is left."""

    def __init__(self, app: ASGIApp, quota: Quota) -> None:
        self._app = app
        self._quota = quota

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        counted: list[Counted] = []
        scope.setdefault("state", {})[KEPT] = counted
        telling = _telling(send, counted)
        try:
            client = scope.get("client")
            left = self._quota.take(client[0] if client else "unknown")
            counted.append(Counted("address", left))
        except RateLimited as error:
            counted.append(Counted("address", none_left(self._quota, error)))
            refusal = problem(TOO_MANY, error.code, str(error))
            refusal.headers["Retry-After"] = str(error.retry_after_s)
            await refusal(scope, receive, telling)
            return
        await self._app(scope, receive, telling)


def none_left(quota: Quota, error: RateLimited) -> Left:
    """What a caller has who was refused."""
    return Left(quota.most, 60, 0, error.retry_after_s)


def _telling(send: Send, counted: list[Counted]) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start" and counted:
            headers = MutableHeaders(raw=list(message["headers"]))
            headers["RateLimit-Policy"] = ", ".join(
                f'"{each.name}";q={each.left.most};w={each.left.seconds}' for each in counted
            )
            headers["RateLimit"] = ", ".join(
                f'"{each.name}";r={each.left.calls};t={each.left.again_s}' for each in counted
            )
            message = {**message, "headers": headers.raw}
        await send(message)

    return tell
