"""Waiting for something to become true, without sleeping longer than needed."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_EVERY_S = 0.03


async def until(condition: Callable[[], T | Awaitable[T]], timeout_s: float = 20.0) -> T:
    """The first truthy value of the condition; TimeoutError naming it when there is none."""
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                found = condition()
                value = await found if inspect.isawaitable(found) else found
                if value:
                    return value
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        lines, first = inspect.getsourcelines(condition)
        where = f"{inspect.getsourcefile(condition)}:{first}"
        raise TimeoutError(
            f"not within {timeout_s} s: {where}: {''.join(lines).strip()}"
        ) from None
