"""The shape of what hears a charger's news (`domain.station_news`), area by area."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Handler = Callable[..., Awaitable[Any]]
"""`(tx, station_id, news, *, now)` → what the charger is answered, None when that is nothing."""

Handlers = Mapping[type, Handler]
"""By the kind of news."""
