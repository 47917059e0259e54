"""What many ask for at once is done in one go, and nobody waits for another's failure."""

import asyncio
from collections.abc import Sequence

import pytest

from app.use_cases.together import Together


class Work:
    """Doubles numbers, and notes who came together; a negative one spoils its go."""

    def __init__(self) -> None:
        self.goes: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, asked: Sequence[int]) -> list[int]:
        self.goes.append(list(asked))
        await self.open.wait()
        if any(number < 0 for number in asked):
            raise ValueError(asked)
        return [2 * number for number in asked]


async def test_those_who_come_meanwhile_go_together() -> None:
    work = Work()
    work.open.clear()
    together = Together(work, at_once=3)
    asks = [asyncio.create_task(together(number)) for number in range(6)]
    await asyncio.sleep(0)
    work.open.set()
    assert await asyncio.gather(*asks) == [0, 2, 4, 6, 8, 10]
    assert work.goes == [[0], [1, 2, 3], [4, 5]]


async def test_a_failure_is_its_own() -> None:
    work = Work()
    together = Together(work)
    answers = await asyncio.gather(*map(together, (1, -1, 2)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["2", "[-1]", "4"]
    with pytest.raises(ValueError, match="-5"):
        await together(-5)


async def test_who_gives_up_keeps_nobody_waiting() -> None:
    work = Work()
    work.open.clear()
    together = Together(work)
    first, second = (asyncio.create_task(together(number)) for number in (1, 2))
    await asyncio.sleep(0)
    first.cancel()
    work.open.set()
    assert await second == 4
    assert first.cancelled() or await asyncio.gather(first, return_exceptions=True)
    assert await together(3) == 6
