"""Which exchange the present work belongs to, from the request into events and deliveries."""

from contextvars import ContextVar

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)

LONGEST = 64
"""Characters that events and deliveries keep of an id; partners may send longer ones."""


def origin() -> str | None:
    """The present exchange's id as events and deliveries keep it."""
    present = correlation_id.get()
    return None if present is None else present[:LONGEST]
