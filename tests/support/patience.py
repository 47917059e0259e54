"""Waiting for something to become true, without sleeping longer than needed."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

FIRST_PAUSE_S, SLOWER, LONGEST_PAUSE_S = 0.02, 1.2, 0.2
"""Looking costs whoever looks and whoever is asked: what takes long is looked at less often."""


async def until(condition: Callable[[], Any], timeout_s: float = 30.0) -> Any:
    """The first truthy value of the condition, which may be a coroutine function.

    Raises TimeoutError naming the condition when there is none in time.
    """
    pause = FIRST_PAUSE_S
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                found = condition()
                if inspect.isawaitable(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(pause)
                pause = min(pause * SLOWER, LONGEST_PAUSE_S)
    except TimeoutError:
        lines, first = inspect.getsourcelines(condition)
        where = f"{inspect.getsourcefile(condition)}:{first}"
        said = "".join(lines).strip()
        raise TimeoutError(f"not within {timeout_s} s: {where}: {said}") from None
