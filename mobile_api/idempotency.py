"""The Idempotency-Key header: a POST that comes twice under one key is done once.

The first answer is kept and repeated, its key being the caller's own. What the second of two
simultaneous requests did before it lost is left to expire, a card setup for one; a quote is
written together with its answer, or not at all.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from app.domain.errors import DomainError, InvalidInput
from app.use_cases.quotes import Caller
from app.use_cases.repeats import KeptAnswer, Repeats
from mobile_api.dependencies import deps_of

HEADER = "Idempotency-Key"
T = TypeVar("T", bound=BaseModel)


class Done(BaseModel):
    """That it was done."""


class Made(NamedTuple):
    """Something that is not written yet, the answer that tells of it, and what writes both.

    `secret` is whether there is something in the answer that must not be kept in clear.
    """

    answer: str
    keep: Callable[[KeptAnswer | None], Awaitable[None]]
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Once:
    """One request with its key, if it has one, and a fingerprint of what it asks."""

    repeats: Repeats
    key: str | None
    asked: str

    async def __call__(
        self,
        asker: str,
        shape: type[T],
        make: Callable[[], Awaitable[T]],
        *,
        lasts: timedelta | None = None,
    ) -> T:
        """Make the answer, or repeat it for as long as it `lasts`.

        Raises InvalidInput for another request's key.
        """
        if self.key is None:
            return await make()
        kept = await self.repeats.find(asker, self.key, lasts=lasts)
        if kept is None:
            made = {"asked": self.asked, "answer": (await make()).model_dump(mode="json")}
            kept = await self.repeats.keep(asker, self.key, json.dumps(made))
        return shape.model_validate(self._answer(kept))

    async def together(self, asker: str, make: Callable[[], Awaitable[Made]]) -> str:
        """The same where the answer is kept in the transaction of what was made; gives JSON.

        A repetition is noticed when it comes to writing, or when it is refused what the first
        request was not: so the first, which is most often the only one, need not look before.
        """
        try:
            made = await make()
            await made.keep(self._to_keep(asker, made))
        except DomainError:
            told = await self._told(asker)
            if told is None:
                raise
            return told
        return made.answer

    async def _told(self, asker: str) -> str | None:
        kept = None if self.key is None else await self.repeats.find(asker, self.key)
        return None if kept is None else json.dumps(self._answer(kept))

    def _to_keep(self, asker: str, made: Made) -> KeptAnswer | None:
        if self.key is None:
            return None
        text = f'{{"asked": "{self.asked}", "answer": {made.answer}}}'
        return self.repeats.to_keep(asker, self.key, text, secret=made.secret)

    def _answer(self, kept: str) -> Any:
        told = json.loads(kept)
        if told["asked"] != self.asked:
            raise InvalidInput(HEADER, "was used for another request")
        return told["answer"]

    async def nothing(self, asker: str, make: Callable[[], Awaitable[None]]) -> None:
        """Do it once, where there is nothing to tell."""

        async def done() -> Done:
            await make()
            return Done()

        await self(asker, Done, done)


def asker_of(caller: Caller) -> str:
    """Under whose name a session's answers are kept: a driver's, or that of a guest's secret."""
    secret = sha256((caller.secret or "").encode()).hexdigest()
    return caller.driver_id or f"guest:{secret[:32]}"


async def _once(
    request: Request,
    key: Annotated[str | None, Header(alias=HEADER, min_length=16, max_length=120)] = None,
) -> Once:
    body = await request.body()
    asked = sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()
    return Once(deps_of(request).repeats, key, asked)


OnceOnly = Annotated[Once, Depends(_once)]
