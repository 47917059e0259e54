"""Routes for the journal of exchanges with partners; for the platform's keys only."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.console.api.access import PlatformAsking, PlatformHolder, Services
from app.domain.exchanges import Direction, Exchange, Side
from app.store.exchanges import Wanted

router = APIRouter()

_MILLISECOND = timedelta(milliseconds=1)
_TOKEN = "token"  # noqa: S105 - in the name of a kind of message


class SideOut(BaseModel):
    """A request or an answer as it may be seen; `size` in bytes, of the whole body."""

    headers: dict[str, str]
    body: str
    size: int

    @classmethod
    def of(cls, side: Side) -> "SideOut":
        """Show one side."""
        return cls(headers=dict(side.headers), body=side.body, size=side.size)


class ExchangeOut(BaseModel):
    """An exchange in short; `http` is None without an answer, `status` is OCPI's.

    `told` and `subject` are what a push told the partner of; subjects of tokens are not shown.
    """

    id: str
    partner: str | None
    direction: Direction
    at: datetime
    method: str
    url: str
    version: str | None
    module: str | None
    request_id: str
    correlation_id: str
    sender: str | None
    receiver: str | None
    http: int | None
    status: int | None
    duration_ms: int
    failed: bool
    failure: str | None
    told: str | None
    subject: str | None

    @classmethod
    def of(cls, exchange: Exchange) -> "ExchangeOut":
        """Show an exchange in short."""
        return cls(**_short(exchange))


class ExchangeSheetOut(ExchangeOut):
    """An exchange with headers and bodies, blacked out where they hold secrets."""

    request: SideOut
    answer: SideOut | None

    @classmethod
    def whole(cls, exchange: Exchange) -> "ExchangeSheetOut":
        """Show all of an exchange that is kept."""
        answer = SideOut.of(exchange.answer) if exchange.answer is not None else None
        return cls(**_short(exchange), request=SideOut.of(exchange.request), answer=answer)


class ResentOut(BaseModel):
    """What will be sent again, to whom, and by which id both exchanges can be found."""

    partner: str
    told: str
    correlation_id: str


def _short(exchange: Exchange) -> dict[str, object]:
    pushed = exchange.pushed
    return {
        "id": exchange.id,
        "partner": exchange.partner_id,
        "direction": exchange.direction,
        "at": exchange.at,
        "method": exchange.method,
        "url": exchange.url,
        "version": exchange.version,
        "module": exchange.module,
        "request_id": exchange.request_id,
        "correlation_id": exchange.correlation_id,
        "sender": exchange.sender,
        "receiver": exchange.receiver,
        "http": exchange.http,
        "status": exchange.status,
        "duration_ms": exchange.duration // _MILLISECOND,
        "failed": exchange.failed,
        "failure": exchange.failure,
        "told": pushed.kind if pushed else None,
        "subject": pushed.subject if pushed and _TOKEN not in pushed.kind else None,
    }


async def _wanted(
    *,
    partner: Annotated[str | None, Query(max_length=100)] = None,
    correlation_id: Annotated[str | None, Query(max_length=255)] = None,
    direction: Direction | None = None,
    failed: bool | None = None,
    before: Annotated[str | None, Query(max_length=36)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Wanted:
    return Wanted(
        partner_id=partner,
        correlation_id=correlation_id,
        direction=direction,
        failed=failed,
        before=before,
        limit=limit,
    )


@router.get("/exchanges")
async def list_exchanges(
    wanted: Annotated[Wanted, Depends(_wanted)], _asking: PlatformAsking, services: Services
) -> list[ExchangeOut]:
    """Exchanges with partners, the newest first; `partner` is an id or a name.

    `before` is the last id of the page before. What happened in the last second or two may not
    be there yet.
    """
    return [ExchangeOut.of(exchange) for exchange in await services.exchanges.find(wanted)]


@router.get("/exchanges/{exchange_id}")
async def get_exchange(
    exchange_id: str, _asking: PlatformAsking, services: Services
) -> ExchangeSheetOut:
    """One exchange with headers and bodies."""
    return ExchangeSheetOut.whole(await services.exchanges.get(exchange_id))


@router.post("/exchanges/{exchange_id}/resend", status_code=202)
async def resend(exchange_id: str, holder: PlatformHolder, services: Services) -> ResentOut:
    """Tell a partner again, as it is now, what an exchange told it of; once its turn comes."""
    exchange = await services.exchanges.resend(exchange_id, holder)
    return ResentOut(
        partner=exchange.partner_id or "",
        told=exchange.pushed.kind if exchange.pushed else "",
        correlation_id=exchange.correlation_id,
    )
