"""Tells the story in plain lines, and stops it at the first outcome that is not as told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.console import Console

T = TypeVar("T")

PATIENCE_S = 30.0
LOOK_EVERY_S = 0.05


class StoryFailed(Exception):
    """Something did not come out as the story says."""


class Narrator:
    """Prints scenes and facts; `checked` counts the outcomes that were looked at."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._scene = 0
        self.checked = 0

    def scene(self, title: str) -> None:
        """A new part of the story."""
        self._scene += 1
        self._console.print(f"\n[bold]{self._scene}. {title}[/bold]")

    def tell(self, text: str) -> None:
        """Something that happened."""
        self._console.print(f"   {text}", markup=False)

    def quiet(self, text: str) -> None:
        """Something in small print."""
        self._console.print(f"   {text}", style="dim", markup=False)

    def check(self, good: object, outcome: str) -> None:
        """An outcome that must hold."""
        if not good:
            raise StoryFailed(outcome)
        self.checked += 1
        self._console.print(f"   [green]✓[/green] {_plain(outcome)}")

    async def until(
        self, look: Callable[[], Awaitable[T | None]], outcome: str, patience_s: float = PATIENCE_S
    ) -> T:
        """Look until there is something, and check that it came in time."""
        try:
            async with asyncio.timeout(patience_s):
                while not (found := await look()):  # noqa: ASYNC110 - foreign state has no event
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise StoryFailed(f"not within {patience_s:.0f} s: {outcome}") from None
        self.check(found, outcome)
        return found


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
