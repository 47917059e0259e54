"""The hub as it runs in production: `serve` in processes of its own, on loopback sockets.

hub = Hub(folder, HubPlan(database_url="sqlite:////…/hub.db", roles=("all",)))
await hub.start()
await hub.kill9()
await hub.start()          # on the same ports, with the same database
assert await hub.stop() == {"all": 0}
assert not hub.troubles()
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httpx import AsyncClient, HTTPError

from tests.support.loopback import a_client
from tests.support.patience import until
from tests.support.programs import Program, start_verb
from tests.support.servers import HOST, free_port

ROOT = Path(__file__).parents[2]
SECRET_KEY = "a journey's secret of thirty-two characters"
READY_WITHIN_S = 60.0
STOPS_WITHIN_S = 20.0
# The command line without its bootstrap, which is about installing.
COMMAND = (sys.executable, "-c", "from app.runtime.cli import main; main()")
BAD_LEVELS = {"error", "critical"}


@dataclass(frozen=True, kw_only=True)
class HubPlan:
    """What a hub is made of; `settings` are more ROAMWATT_ variables, without the prefix.

    `roles` are the processes: `worker` and `worker-2` are two of the same role.
    """

    database_url: str
    nats_url: str | None = None
    roles: tuple[str, ...] = ("all",)
    settings: Mapping[str, str] = field(default_factory=dict)


class VerbFailed(Exception):
    """The command line ended with `code`; `said` is what it wrote to stderr, `out` to stdout."""

    def __init__(self, code: int, said: str, out: str) -> None:
        super().__init__(code, said, out)
        self.code, self.said, self.out = code, said, out


class Hub:
    """The processes of one hub; ports are chosen once and stay over restarts."""

    def __init__(self, folder: Path, plan: HubPlan) -> None:
        self.folder, self.plan = folder, plan
        self._http_ports = {role: free_port() for role in plan.roles}
        self._ocpp_port = free_port()
        self._processes: dict[str, Program] = {}

    @property
    def url(self) -> str:
        """Where the HTTP sites are."""
        role = "all" if "all" in self._http_ports else "api"
        return f"http://{HOST}:{self._http_ports[role]}"

    @property
    def ocpp_url(self) -> str:
        """Where chargers connect."""
        return f"ws://{HOST}:{self._ocpp_port}/ocpp"

    @property
    def running(self) -> bool:
        """Whether all its processes live."""
        living = [p for p in self._processes.values() if p.returncode is None]
        return len(living) == len(self.plan.roles)

    def log_of(self, role: str) -> Path:
        """Where a process writes its log, over all its lives."""
        return self.folder / f"{role}.log"

    async def start(self, *roles: str) -> None:
        """Start what does not run (of these roles), and return when all of it is ready."""
        wanted = [r for r in roles or self.plan.roles if r not in self._processes]
        for role in wanted:
            log = self.log_of(role)
            self._processes[role] = start_verb(
                ["serve", "--role", role.partition("-")[0]],
                environment=self._environment(role),
                out=log,
                err=log,
            )
        async with a_client(timeout=5) as http:
            for role in wanted:
                await self._ready(http, role)

    async def _ready(self, http: AsyncClient, role: str) -> None:
        url = f"http://{HOST}:{self._http_ports[role]}/readyz"
        process = self._processes[role]

        async def answers() -> bool:
            if process.returncode is not None:
                said = self.log_of(role).read_text(errors="replace")[-4000:]
                raise RuntimeError(f"{role} ended with {process.returncode}: {said}")
            try:
                return (await http.get(url)).is_success
            except HTTPError:
                return False

        await until(answers, READY_WITHIN_S)

    async def kill9(self, *roles: str) -> None:
        """SIGKILL (these roles, else all), as the kernel or a power cut would."""
        for role in roles or tuple(self._processes):
            self._processes[role].kill()
        for role in roles or tuple(self._processes):
            await self._processes.pop(role).wait()

    async def stop(self) -> dict[str, int]:
        """SIGTERM; the exit codes by role, all of which should be 0."""
        for process in self._processes.values():
            if process.returncode is None:
                process.terminate()
        codes = {}
        for role, process in self._processes.items():
            try:
                async with asyncio.timeout(STOPS_WITHIN_S):
                    codes[role] = await process.wait()
            except TimeoutError:
                process.kill()
                codes[role] = await process.wait()
        self._processes.clear()
        return codes

    async def verb(self, *arguments: str, out: Path | None = None) -> str:
        """Run the command line on this hub's database: what it wrote to stdout, also in `out`."""
        with TemporaryDirectory() as said:
            out, err = out or Path(said, "out"), Path(said, "err")
            process = start_verb(
                arguments, environment=self._environment(self.plan.roles[0]), out=out, err=err
            )
            return _said(await process.wait(), out, err)

    def log_lines(self, since: Mapping[str, int] | None = None) -> Iterator[dict[str, Any]]:
        """The JSON lines of all processes; what is none is an error of its own."""
        for role in self.plan.roles:
            text = self.log_of(role).read_bytes() if self.log_of(role).exists() else b""
            for line in text[(since or {}).get(role, 0) :].decode(errors="replace").splitlines():
                if line.startswith("Roamwatt ") or not line.strip():
                    continue
                try:
                    yield json.loads(line) | {"role": role}
                except ValueError:
                    yield {"level": "error", "event": line, "role": role}

    def log_position(self) -> dict[str, int]:
        """How long the logs are now, for `since`."""
        logs = {role: self.log_of(role) for role in self.plan.roles}
        return {role: log.stat().st_size if log.exists() else 0 for role, log in logs.items()}

    def troubles(self, since: Mapping[str, int] | None = None) -> list[dict[str, Any]]:
        """What a hub in good order does not log."""
        return [line for line in self.log_lines(since) if line["level"] in BAD_LEVELS]

    def _environment(self, role: str) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if "ROAMWATT_" not in name}
        own = {
            "DATABASE_URL": self.plan.database_url,
            "PUBLIC_URL": self.url,
            "HTTP_BIND": f"{HOST}:{self._http_ports[role]}",
            "OCPP_BIND": f"{HOST}:{self._ocpp_port}",
            "SECRET_KEY": SECRET_KEY,
            "PARTNER_NETWORKS": "127.0.0.0/8",
            "NODE": role,
        }
        if self.plan.nats_url is not None:
            own["NATS_URL"] = self.plan.nats_url
        own |= self.plan.settings
        return given | {f"ROAMWATT_{name}": value for name, value in own.items()}


def _said(code: int, out: Path, err: Path) -> str:
    if code:
        raise VerbFailed(code, err.read_text(), out.read_text())
    return out.read_text()
