"""Which exchange the present work belongs to, from the request into events and deliveries."""

from contextvars import ContextVar

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
