"""Which servers and loops run in this process: all of them, or one role's."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import DomainError

log = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def refusal_in(error: BaseException) -> DomainError | None:
    """The refusal that an exception, or a group of them, comes from; None for a defect."""
    if isinstance(error, BaseExceptionGroup):
        return next((r for each in error.exceptions if (r := refusal_in(each))), None)
    return error if isinstance(error, DomainError) else None


class RoleName(StrEnum):
    """The roles a process can have."""

    ALL = "all"
    API = "api"
    BRIDGE = "bridge"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Service:
    """Something that runs until it is cancelled; `stage` orders the stopping, low numbers first.

    What takes new work stops before what carries it out, and that before what stores it.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    stage: int = 1


class Stop:
    """Set when the process should end, by a signal or by whoever runs it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def on_signals(self) -> None:
        """End on SIGTERM and SIGINT."""
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.now)

    def now(self) -> None:
        """End soon."""
        self._event.set()

    async def wait(self) -> None:
        """Until it should end."""
        await self._event.wait()


async def run_services(services: Sequence[Service], stop: Stop) -> None:
    """Run all until told to stop, then stop them stage by stage; one that fails ends them all."""
    async with asyncio.TaskGroup() as group:
        tasks = {s: group.create_task(_named(s), name=s.name) for s in services}
        watcher = group.create_task(stop.wait())
        await asyncio.wait({watcher, *tasks.values()}, return_when=asyncio.FIRST_COMPLETED)
        watcher.cancel()
        await _stop(tasks)


async def _named(service: Service) -> None:
    try:
        await service.run()
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        refusal = refusal_in(error)
        extra = {"service": service.name, "why": str(refusal or "")}
        log.critical("service.failed", extra=extra, exc_info=refusal is None)
        raise
    log.critical("service.ended", extra={"service": service.name})


async def _stop(tasks: Mapping[Service, asyncio.Task[None]]) -> None:
    for stage in sorted({service.stage for service in tasks}):
        ending = [task for service, task in tasks.items() if service.stage == stage]
        for task in ending:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*ending, return_exceptions=True)
