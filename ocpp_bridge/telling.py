"""Handlers of what chargers tell beyond charging: read it, make it known, answer."""

from collections.abc import Callable
from typing import Any

from app.domain.station_news import StationNews
from ocpp_bridge.dialect import Handler
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload


def confirm(_reply: Any) -> Payload:
    """Nothing but that it was taken."""
    return {}


def telling(
    read: Callable[[Asked], StationNews], write: Callable[[Any], Payload] = confirm
) -> Handler:
    """A handler that makes the news known; `write` puts what became of it into an answer."""

    async def told(visit: Visit, asked: Asked) -> Payload:
        return write(await visit.tell(read(asked)))

    return told
