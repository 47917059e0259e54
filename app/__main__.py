"""`python3 -m app …` from a bare Python: makes `.venv`, installs the locked versions, hands over.

Only the standard library is used until that is done. What is installed is what `requirements.lock`
says, checked by its hashes. `.venv/.ready` notes for which lock and extras that was, so every
later start goes straight to `app.runtime.cli`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

try:
    import fcntl
except ImportError:  # Windows, where two first starts at once are the user's own care
    fcntl = None  # type: ignore[assignment]

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
PROJECT, LOCK = ROOT / "pyproject.toml", ROOT / "requirements.lock"
VENV = ROOT / ".venv"
STAMP = VENV / ".ready"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
EXTRAS = {"test": {"dev", "e2e"}, "lint": {"dev", "e2e"}}


def main() -> None:
    """Prepare what is missing, then run the command line inside `.venv`."""
    if sys.version_info < OLDEST:
        _fail(
            f"Python {'.'.join(map(str, OLDEST))} or newer is needed, not {sys.version.split()[0]}"
        )
    if LOCK.exists():
        wanted = EXTRAS.get(sys.argv[1] if len(sys.argv) > 1 else "", set())
        if not _is_ready(wanted):
            with _alone():
                if not _is_ready(wanted):
                    _prepare(wanted)
        if Path(sys.prefix).resolve() != VENV.resolve():
            _continue_inside()
    import_module("app.runtime.cli").main()


def _digest() -> str:
    return hashlib.sha256(LOCK.read_bytes() + PROJECT.read_bytes()).hexdigest()


def _stamped() -> tuple[str, set[str]]:
    """The lock that was installed and its extras; nothing when the environment is unusable."""
    if not PYTHON.exists() or not STAMP.exists():
        return "", set()
    digest, *extras = STAMP.read_text().split()
    return digest, set(extras)


def _is_ready(wanted: set[str]) -> bool:
    digest, extras = _stamped()
    return digest == _digest() and wanted <= extras


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process prepare while others wait for it."""
    with PROJECT.open("rb") as held:
        if fcntl is not None:
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _prepare(wanted: set[str]) -> None:
    extras = wanted | _stamped()[1]
    digest = _digest()
    STAMP.unlink(missing_ok=True)
    uv = shutil.which("uv")
    _make_environment(uv)
    uv = uv or _own_uv()
    what = f" with {', '.join(sorted(extras))}" if extras else ""
    _say(f"installing the locked packages{what}")
    if uv:
        target = f"{ROOT}[{','.join(sorted(extras))}]" if extras else str(ROOT)
        _run(uv, "pip", "install", "--python", str(PYTHON), "-c", str(LOCK), "-e", target)
    else:
        extras |= {"dev", "e2e"}  # pip checks hashes only for a whole lock
        pip = (str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check")
        _run(*pip, "--require-hashes", "-r", str(LOCK))
        _run(*pip, "--no-deps", "-e", str(ROOT))
    STAMP.write_text("\n".join([digest, *sorted(extras)]) + "\n")
    _say("ready")


def _make_environment(uv: str | None) -> None:
    if PYTHON.exists():
        return
    _say(f"making {VENV.name} for Python {sys.version.split()[0]}; this happens once")
    if uv:
        _run(uv, "venv", "--clear", "--python", sys.executable, str(VENV))
        return
    if find_spec("ensurepip") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        _fail(f"Python's venv module is not complete; on Debian: apt install python{version}-venv")
    venv.create(VENV, clear=True, with_pip=True, symlinks=os.name != "nt")


def _own_uv() -> str | None:
    """The uv of the environment, installed as the lock says; None when it cannot be had."""
    uv = PYTHON.with_name("uv.exe" if os.name == "nt" else "uv")
    if uv.exists():
        return str(uv)
    _say("fetching the installer")
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "uv.lock.txt"
        pinned.write_text(_locked("uv"))
        command = [
            str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--require-hashes", "-r", str(pinned),
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own
    return str(uv) if done.returncode == 0 else None


def _locked(name: str) -> str:
    """A package's pin and hashes, as the lock has them."""
    lines: list[str] = []
    for line in LOCK.read_text().splitlines():
        if lines and not line.startswith(" "):
            break
        if lines or line.startswith(f"{name}=="):
            lines.append(line)
    return "\n".join(lines) + "\n"


def _run(*command: str) -> None:
    """Run quietly; show what was said only when it fails."""
    done = subprocess.run(  # noqa: S603 - our own words only
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"},
    )
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        _fail(f"this did not work: {' '.join(command)}")


def _continue_inside() -> NoReturn:
    command = [str(PYTHON), "-m", "app", *sys.argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        sys.exit(subprocess.call(command, env=_variables()))  # noqa: S603 - our own words only
    os.execve(command[0], command, _variables())  # noqa: S606


def _variables() -> dict[str, str]:
    """The environment's variables, for inside.

    Where Python may not leave byte code beside sources, as in many containers, every start would
    compile every library anew, which takes longer than all else of it: it is kept in `.venv` then.
    """
    variables = dict(os.environ)
    if variables.pop("PYTHONDONTWRITEBYTECODE", None):
        variables.setdefault("PYTHONPYCACHEPREFIX", str(VENV / "bytecode"))
    return variables


def _say(line: str) -> None:
    sys.stderr.write(f"roamwatt: {line}\n")
    sys.stderr.flush()


def _fail(line: str) -> NoReturn:
    sys.exit(f"roamwatt: {line}")


if __name__ == "__main__":
    main()
