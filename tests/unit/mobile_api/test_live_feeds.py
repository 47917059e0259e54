"""Many streams ask one question, and none waits for another that gave up."""

import asyncio
from collections.abc import Sequence

import pytest

from mobile_api.live_feeds import Together


class Asked:
    """Answers with the key's own length, and keeps what was asked."""

    def __init__(self) -> None:
        self.questions: list[list[str]] = []
        self.held = asyncio.Event()
        self.fails_at = 0

    async def __call__(self, keys: Sequence[str]) -> dict[str, int]:
        self.questions.append(list(keys))
        await self.held.wait()
        if len(self.questions) == self.fails_at:
            raise OSError("gone")
        return {key: len(key) for key in keys if key != "nobody"}


async def ask(together: Together[int], *keys: str) -> list[asyncio.Task[int | None]]:
    asked = [asyncio.ensure_future(together.get(key)) for key in keys]
    await asyncio.sleep(0)
    return asked


async def test_what_is_wanted_meanwhile_is_asked_for_together_but_not_too_much() -> None:
    asked = Asked()
    together = Together(asked, within_s=0.01, most=3)
    answers = await ask(together, "a", "bb", "nobody", "bb", "dddd", "eeeee")
    asked.held.set()
    assert await asyncio.gather(*answers) == [1, 2, None, 2, 4, 5]
    assert asked.questions == [["a"], ["bb", "nobody", "dddd"], ["eeeee"]]


async def test_the_next_question_waits_for_company() -> None:
    asked = Asked()
    asked.held.set()
    together = Together(asked, within_s=0.02, most=30)
    assert await together.get("a") == 1
    answers = await ask(together, "b", "c")
    await asyncio.sleep(0.005)
    answers += await ask(together, "d")
    assert await asyncio.gather(*answers) == [1, 1, 1]
    assert asked.questions == [["a"], ["b", "c", "d"]]


async def test_a_failure_is_its_askers_and_the_others_ask_again() -> None:
    asked = Asked()
    asked.fails_at = 2
    together = Together(asked, within_s=0.0, most=30)
    before, first, second = await ask(together, "a", "b", "c")
    asked.held.set()
    with pytest.raises(OSError, match="gone"):
        await first
    assert [await before, await second] == [1, 1]
    assert asked.questions == [["a"], ["b", "c"], ["c"]]


async def test_who_gives_up_leaves_the_question_to_others() -> None:
    asked = Asked()
    together = Together(asked, within_s=0.0, most=30)
    before, first, second = await ask(together, "a", "b", "c")
    asked.held.set()
    await before
    asked.held.clear()
    await asyncio.sleep(0)
    first.cancel()
    asked.held.set()
    assert await second == 1
