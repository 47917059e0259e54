"""How a verb does one thing with the whole graph and ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.domain.errors import DomainError
from app.runtime.container import Container, build_container
from app.runtime.logs import set_up_logs
from app.runtime.outside import open_outside
from app.runtime.verbs.trouble import give_up, settings_or_exit
from app.store.migrations import upgrade

T = TypeVar("T")


def once(work: Callable[[Container], Awaitable[T]]) -> T:
    """Migrate, connect, do the work, disconnect; a refusal ends the program with one line."""
    settings = settings_or_exit()
    set_up_logs("WARNING")

    async def run() -> T:
        await upgrade(settings.database_url)
        async with open_outside(settings) as outside:
            return await _with_commits(build_container(outside), work)

    try:
        return asyncio.run(run())
    except DomainError as error:
        give_up(error)


async def _with_commits(parts: Container, work: Callable[[Container], Awaitable[T]]) -> T:
    """Do the work while somebody commits what is written together, the journal for one."""
    async with asyncio.TaskGroup() as tasks:
        committing = tasks.create_task(parts.batch.run())
        # A task group would wrap a refusal; who called is to get it as it is.
        [done] = await asyncio.gather(work(parts), return_exceptions=True)
        await parts.recorder.flush()
        committing.cancel()
    if isinstance(done, BaseException):
        raise done
    return done
