"""A Chromium for the browser tests: the one that is there, else one that can be installed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_S = 240


def find_chromium() -> str | None:
    """The path of a Chromium on this machine, Playwright's own included, or None."""
    given = os.environ.get("ROAMWATT_CHROMIUM")
    if given:
        return given
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return _playwrights_own()


def _playwrights_own() -> str | None:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright")).expanduser()
    found = sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None


def install_chromium(say: Callable[[str], None]) -> str | None:
    """Try Playwright's download, then the Debian package where we may; None if neither works."""
    say("No Chromium found; trying to install one for the browser tests …")
    for command in _ways():
        if _succeeds(command) and (path := find_chromium()):
            return path
    return None


def _ways() -> list[list[str]]:
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        quiet = [apt, "-qq", "-y", "-o", "Dpkg::Use-Pty=0"]
        ways.append([*quiet, "install", "chromium"])
        ways.append(["/bin/sh", "-c", f"{apt} -qq update && {' '.join(quiet)} install chromium"])
    return ways


def _succeeds(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603 - our own fixed commands
            command, env=environment, capture_output=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
