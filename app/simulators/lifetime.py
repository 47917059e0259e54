"""How a counterpart lives: `async with` starts its long-running `run()` and ends it again."""

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Living(ABC):
    """Something with a `run()` of its own that is ready some time after it was started.

    A failure inside `run()` is raised where the block is left, so that a broken counterpart
    cannot pass for a quiet one.
    """

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._ready = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    @abstractmethod
    async def run(self) -> None:
        """Lives until cancelled; sets `_ready` once others may talk to it."""

    async def __aenter__(self) -> Self:
        self._life = asyncio.create_task(self.run())
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({self._life, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._life.done():
            self._life.result()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._life is None:
            return
        self._life.cancel()
        (outcome,) = await asyncio.gather(self._life, return_exceptions=True)
        if isinstance(outcome, Exception) and error is None:
            raise outcome
