"""Waiting for something to become true, without sleeping longer than needed."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

LOOK_EVERY_S = 0.03


async def until(condition: Callable[[], Any], timeout_s: float = 30.0) -> Any:
    """The first truthy value of the condition, which may be a coroutine function.

    Raises TimeoutError naming the condition when there is none in time.
    """
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                found = condition()
                if inspect.isawaitable(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        lines, first = inspect.getsourcelines(condition)
        where = f"{inspect.getsourcefile(condition)}:{first}"
        said = "".join(lines).strip()
        raise TimeoutError(f"not within {timeout_s} s: {where}: {said}") from None
