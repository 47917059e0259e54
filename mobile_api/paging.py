"""Pages of lists that go on: what comes after is asked for with a cursor, not with a number.

A cursor is opaque to the phone: the time and the id of the last thing it has, so what comes new
meanwhile shifts nothing, and of things of the same moment none is lost.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query

from app.domain.errors import InvalidInput

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page: the things before this moment and id, at most so many."""

    limit: int
    before: datetime | None = None
    before_id: str | None = None


def cursor_of(moment: datetime, ident: str) -> str:
    """What leads on from this thing."""
    text = f"{moment.astimezone(UTC).isoformat()} {ident}"
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_cursor(text: str) -> tuple[datetime, str]:
    """What `cursor_of` wrote; raises InvalidInput."""
    try:
        padded = text + "=" * (-len(text) % 4)
        moment, ident = urlsafe_b64decode(padded.encode()).decode().split(" ")
        return datetime.fromisoformat(moment).astimezone(UTC), ident
    except (ValueError, binascii.Error, OverflowError) as error:
        raise InvalidInput("before", "is not the `next` of a page") from error


async def _asked(
    before: Annotated[
        str | None, Query(max_length=LONGEST, description="The `next` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Asked:
    return Asked(limit, *(read_cursor(before) if before is not None else (None, None)))


Page = Annotated[Asked, Depends(_asked)]
"""The page that is asked for."""
