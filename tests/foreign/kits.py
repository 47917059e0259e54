"""Environments for other people's software, made once and kept in the project's ignored folder.

What is installed is what a lock in `locks/` says, checked by its hashes, from whatever index this
machine's installers are set up for. Each lock has a folder of its own, named by its digest, so a
changed lock makes a new one, and nothing of ours is ever in it.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".venv" / "foreign"
APPS = HERE / "apps"
_SAID = 3000


class KitFailed(Exception):
    """The software could not be installed; says why, in the installer's words."""


@dataclass(frozen=True)
class PythonKit:
    """Packages of a lock in a virtual environment of their own; `app` is our program on them."""

    lock: str
    app: str

    def command(self) -> tuple[str, ...]:
        """How to run the app, once all is installed; raises KitFailed."""
        lock = HERE / "locks" / f"{self.lock}.lock"
        digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
        folder = KEPT / f"{self.lock}-{digest}"
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        with _alone(folder.name):
            if not (folder / ".ready").exists():
                _install(folder, python, lock)
                (folder / ".ready").touch()
        return (str(python), "-Es", str(APPS / self.app))


@dataclass(frozen=True)
class NodeKit:
    """Packages of a lock for Node.js; `app` is our program on them."""

    lock: str
    app: str

    def command(self) -> tuple[str, ...]:
        """How to run the app, once all is installed; raises KitFailed."""
        found = f"NODE_PATH={self.modules()}"
        return ("/usr/bin/env", found, _found("node"), str(APPS / self.app))

    def modules(self) -> Path:
        """The folder with the packages, installed if need be; raises KitFailed."""
        npm = _found("npm")
        lock = HERE / "locks" / self.lock / "package-lock.json"
        digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
        folder = KEPT / f"{self.lock}-{digest}"
        with _alone(folder.name):
            if not (folder / ".ready").exists():
                shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(lock.parent, folder)
                quiet = ("--ignore-scripts", "--no-audit", "--no-fund")
                _run(npm, "ci", "--prefix", str(folder), *quiet)
                (folder / ".ready").touch()
        return folder / "node_modules"


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise KitFailed(f"{program} is needed, and is not on the path")
    return path


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One process installs while others wait for it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _install(folder: Path, python: Path, lock: Path) -> None:
    """By pip, which knows how this machine gets packages."""
    shutil.rmtree(folder, ignore_errors=True)
    hashed = ("--require-hashes", "-r", str(lock))
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *hashed)


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        said = done.stdout.decode(errors="replace")[-_SAID:]
        raise KitFailed(f"this did not work: {' '.join(command)}\n{said}")
