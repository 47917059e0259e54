"""Programs of ours in processes of their own, forked from one that has read all the code before.

Reading it takes each start two to four seconds of a processor; a fork takes a tenth. What they do,
and how they die, is the same. `tests/journeys/test_start_up.py` starts the hub as people do.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from app.runtime.cli import main

LOADED = (
    "app.runtime.verbs.charger",
    "app.runtime.verbs.importing",
    "app.runtime.verbs.migrate",
    "app.runtime.verbs.operator",
    "app.runtime.verbs.partner",
    "app.runtime.verbs.serve",
    "app.simulators.partner_process",
    "tests.support.programs",
)
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(list(LOADED))


class Program:
    """A running program; what it says goes to files."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs, minus the signal that killed it."""
        return self._process.exitcode

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    async def wait(self) -> int:
        """Until it has ended: how."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        code = self._process.exitcode
        assert code is not None
        return code


def start(
    target: Callable[..., None],
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    out: Path | None = None,
    err: Path | None = None,
) -> Program:
    """Run a function of a module in a process; both files are added to, without one it is mute."""
    files = tuple(str(each or os.devnull) for each in (out, err))
    given = dict(os.environ if environment is None else environment)
    process = FORKS.Process(target=_alone, args=(target, arguments, given, files))
    process.start()
    return Program(process)


def start_verb(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    out: Path,
    err: Path,
) -> Program:
    """Run the command line."""
    return start(_verb, list(arguments), environment=environment, out=out, err=err)


def _verb(arguments: list[str]) -> None:
    sys.argv = ["roamwatt", *arguments]
    main()


def _alone(
    target: Callable[..., None],
    arguments: tuple[object, ...],
    environment: dict[str, str],
    files: tuple[str, str],
) -> None:
    """As a program that was started: its own environment, files and signals."""
    for number, file in enumerate(files, start=1):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    target(*arguments)
