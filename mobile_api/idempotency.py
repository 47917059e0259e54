"""The Idempotency-Key header: a POST that comes twice under one key is done once.

The first answer is kept and repeated, its key being the caller's own. What the second of two
simultaneous requests did before it lost is left to expire: it is a quote or a card setup.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from app.domain.errors import InvalidInput
from app.use_cases.repeats import Repeats
from mobile_api.dependencies import Deps

HEADER = "Idempotency-Key"
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Once:
    """One request with its key, if it has one, and a fingerprint of what it asks."""

    repeats: Repeats
    key: str | None
    asked: str

    async def __call__(self, asker: str, shape: type[T], make: Callable[[], Awaitable[T]]) -> T:
        """Make the answer, or repeat it; raises InvalidInput for another request's key."""
        if self.key is None:
            return await make()
        kept = await self.repeats.find(asker, self.key)
        if kept is None:
            made = {"asked": self.asked, "answer": (await make()).model_dump(mode="json")}
            kept = await self.repeats.keep(asker, self.key, json.dumps(made))
        told = json.loads(kept)
        if told["asked"] != self.asked:
            raise InvalidInput(HEADER, "was used for another request")
        return shape.model_validate(told["answer"])


async def _once(
    request: Request,
    deps: Deps,
    key: Annotated[str | None, Header(alias=HEADER, min_length=16, max_length=120)] = None,
) -> Once:
    body = await request.body()
    asked = sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()
    return Once(deps.repeats, key, asked)


OnceOnly = Annotated[Once, Depends(_once)]
