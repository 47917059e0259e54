"""A headless Chromium in a process of its own, for whoever speaks its debugging protocol."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from app.runtime.chromium import find_chromium

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-extensions", "--in-process-gpu",
    "--remote-debugging-port=0",
)  # fmt: skip
STARTS_WITHIN_S = 60.0


@contextmanager
def running_chromium(folder: Path) -> Iterator[str]:
    """Where it listens, until the block ends."""
    path = find_chromium()
    assert path is not None, "a Chromium is needed: ROAMWATT_CHROMIUM"
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [path, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{_port(process, folder)}"
    finally:
        process.terminate()
        process.wait()


def _port(process: subprocess.Popen[bytes], folder: Path) -> str:
    """The port it chose, which it writes down."""
    written = folder / "profile" / "DevToolsActivePort"
    until = monotonic() + STARTS_WITHIN_S
    while monotonic() < until and process.poll() is None:
        if written.exists() and (lines := written.read_text().splitlines()):
            return lines[0]
        sleep(0.02)
    raise RuntimeError((folder / "chromium.log").read_text(errors="replace")[-2000:])
