"""Services run together and stop in stages."""

import asyncio

import pytest

from app.runtime.shapes import Service, Stop, run_services


def ending(name: str, stage: int, ended: list[str]) -> Service:
    async def run() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ended.append(name)

    return Service(name, run, stage)


async def test_what_takes_work_stops_before_what_stores_it() -> None:
    ended: list[str] = []
    services = [ending("batch", 3, ended), ending("worker", 2, ended), ending("web", 1, ended)]
    stop = Stop()
    asyncio.get_running_loop().call_later(0.05, stop.now)
    await run_services(services, stop)
    assert ended == ["web", "worker", "batch"]


async def test_one_that_fails_ends_them_all_and_is_told() -> None:
    ended: list[str] = []

    async def fail() -> None:
        await asyncio.sleep(0.01)
        raise OSError("the port is taken")

    with pytest.raises(ExceptionGroup) as caught:
        await run_services([ending("batch", 3, ended), Service("web", fail)], Stop())
    assert caught.group_contains(OSError, match="port is taken")
    assert ended == ["batch"]


async def test_one_that_ends_by_itself_ends_them_all() -> None:
    ended: list[str] = []

    async def leave() -> None:
        await asyncio.sleep(0.01)

    await run_services([ending("batch", 3, ended), Service("web", leave)], Stop())
    assert ended == ["batch"]
