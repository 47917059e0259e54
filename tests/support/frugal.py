"""What spares a run of thousands of tests work that it would do again and again.

None of it changes what a test sees; a run without it is only longer.
"""

import gc
import os
import shutil
import sys
from collections import UserDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Compiled, Connection, Engine, event

GC_THRESHOLDS = (20_000, 20, 20)
MOST_STATEMENTS = 3_000
MEMORY = Path("/dev/shm")  # the kernel's, and what is in it goes with the test
ROOM = 500_000_000
"""Bytes; containers may have little."""


class _Statements(UserDict[tuple[Any, ...], Compiled]):
    """Compiled statements of all engines: each test has engines, their statements are the same.

    SQLAlchemy's key begins with the dialect, of which each engine has its own.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return self.data.get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], statement: Compiled) -> None:
        if len(self.data) >= MOST_STATEMENTS:
            self.data.clear()
        self.data[(key[0].name, *key[1:])] = statement


def share_statements() -> None:
    """Compile each statement once in this process."""
    statements = _Statements()

    @event.listens_for(Engine, "engine_connect")
    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=statements)


def in_memory(folder: Path) -> Path:
    """Where a test's database waits for no disk, else this folder: no test cuts the power."""
    there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if there and shutil.disk_usage(MEMORY).free > ROOM else folder


def collect_without_gc() -> None:
    """What is imported and collected stays: looking through it for garbage finds none."""
    gc.disable()


def keep_what_was_collected() -> None:
    """From here on garbage is looked for among what the tests make."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


@contextmanager
def _keeping_compiled(folder: Path) -> Iterator[None]:
    """Whoever wants no files of compiled code beside the sources has them here for the run."""
    if not sys.dont_write_bytecode:
        yield
        return
    before = sys.pycache_prefix
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(folder)
    try:
        yield
    finally:
        sys.dont_write_bytecode, sys.pycache_prefix = True, before


def import_in_turn(root: Path, shared: Path, *, worker: int, workers: int) -> None:
    """Import all tests, each worker beginning elsewhere: so that each module is prepared once.

    pytest takes longer to prepare a module's assertions than Python to import it, and keeps the
    result in a file, where the others find it. An error shows when the module is collected.
    """
    with _keeping_compiled(shared / "compiled"):
        _import_in_turn(root, worker, workers)


def _import_in_turn(root: Path, worker: int, workers: int) -> None:
    modules = sorted((root / "tests").glob("*/**/test_*.py"))
    begin = len(modules) * worker // workers
    for module in modules[begin:] + modules[:begin]:
        parts = module.relative_to(root).with_suffix("").parts
        if parts[1] not in ("foreign", "chaos"):
            with suppress(Exception):
                import_module(".".join(parts))
