"""An answer as HTTP: the envelope, the ids and routing of the request, and what a refusal adds."""

from starlette.types import Send

from app.domain.errors import DomainError, RateLimited, Unauthenticated
from app.ports.clock import Clock
from ocpi.wire.calls import Answer, Relayed
from ocpi.wire.envelope import seal
from ocpi.wire.faults import Fault, MethodNotAllowed
from ocpi.wire.headers import answer_headers, id_headers
from ocpi.wire.requests import Request


def refusal(what: Fault, error: DomainError | None = None) -> Answer:
    """The answer to a request that was refused."""
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    if isinstance(error, RateLimited):
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Token"
    return Answer(
        status_code=what.status_code, http=what.http, message=what.message, headers=headers
    )


async def send_answer(
    send: Send, request: Request, answer: Answer | Relayed, clock: Clock
) -> None:
    """Send the answer; nothing is sent after it."""
    if isinstance(answer, Relayed):
        body = answer.body
    else:
        now = clock.now()
        body = seal(now, answer.data, status_code=answer.status_code, message=answer.message)
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **_own_headers(request),
        **answer.headers,
    }
    encoded = [
        (name.encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
    await send({"type": "http.response.start", "status": answer.http, "headers": encoded})
    request.http, request.answer_headers = answer.http, headers
    await send({"type": "http.response.body", "body": body})
    request.said = body


def _own_headers(request: Request) -> dict[str, str]:
    """The ids always; the routing only where the module and the version have any."""
    version, mount = request.exchange.version, request.mount
    routed = mount is not None and mount.functional
    if routed and version is not None and version.has_routing_headers:
        return answer_headers(request.exchange)
    return id_headers(request.exchange)
