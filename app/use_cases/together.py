"""Work that many ask for at the same time, done in one go: one transaction for a hundred."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")


@dataclass(slots=True, eq=False)
class _Part(Generic[A, B]):
    ask: A
    answer: list[B] = field(default_factory=list)


class Together(Generic[A, B]):
    """While one go is under way, those who ask meanwhile wait together for the next.

    `work` gives an answer for each ask, in their order. When it fails, everybody tries alone,
    since one of the others may be the cause.
    """

    def __init__(
        self, work: Callable[[Sequence[A]], Awaitable[Sequence[B]]], *, at_once: int = 200
    ) -> None:
        self._work = work
        self._at_once = at_once
        self._parts: list[_Part[A, B]] = []
        self._lock = asyncio.Lock()

    async def __call__(self, ask: A) -> B:
        """The answer to this."""
        mine: _Part[A, B] = _Part(ask)
        self._parts.append(mine)
        try:
            async with self._lock:
                if not mine.answer:
                    await self._go(mine)
        finally:
            if mine in self._parts:
                self._parts.remove(mine)
        return mine.answer[0]

    async def _go(self, mine: _Part[A, B]) -> None:
        others = [part for part in self._parts if part is not mine][: self._at_once - 1]
        parts = [mine, *others]
        try:
            answers = await self._work([part.ask for part in parts])
        except Exception:  # the others try for themselves
            if len(parts) == 1:
                raise
            parts = [mine]
            answers = await self._work([mine.ask])
        for part, answer in zip(parts, answers, strict=True):
            part.answer.append(answer)
            if part in self._parts:
                self._parts.remove(part)
