"""A foreign partner: our app around foreign software, in a process of its own, told what to do.

An app is started with one argument, a JSON object (`version`, `role`, `country`, `party`,
`name`), prints one JSON line (`origin`, `versions_url`) when it serves, and takes orders by
`POST {origin}/control/{order}` with a JSON object; it answers one, or HTTP 500 and why.
Everybody knows: `invite`, `register`, `renew`, `leave`, `pull`, `push`, `received`. As eMSP
also `start`, `stop`, `result`, `asked`; as CPO `executed`, `progress`, `finish`.
"""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from httpx import AsyncClient

from tests.foreign.counterparts import Counterpart

READY_WITHIN_S = 60.0
Document = dict[str, Any]


class ForeignFailed(Exception):
    """The app could not do what it was told."""


@dataclass
class ForeignPartner:
    """One running app."""

    counterpart: Counterpart
    role: str
    party: str
    name: str
    versions_url: str
    http: AsyncClient
    log: Path

    async def do(self, order: str, **what: Any) -> Any:
        """Give an order; raises ForeignFailed with the app's own words."""
        answer = await self.http.post(f"/control/{order}", json=what)
        if answer.is_error:
            raise ForeignFailed(f"{self.name}: {order}: {answer.text[:2000]}")
        return answer.json()

    async def received(self, module: str) -> list[Document]:
        """What it holds of ours, in its own words."""
        found: list[Document] = await self.do("received", module=module)
        return found


@asynccontextmanager
async def foreign_partner(
    counterpart: Counterpart, role: str, party: str, folder: Path
) -> AsyncIterator[ForeignPartner]:
    """Install what is needed, start the app, stop it in the end."""
    command = await asyncio.to_thread(counterpart.kit.command)
    name = f"Foreign {party}"
    about = {"version": counterpart.version, "role": role, "country": "DE", "party": party}
    log = folder / f"{counterpart}-{party}.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, json.dumps({**about, "name": name}), stdout=PIPE, stderr=errors, cwd=folder
        )
    try:
        ready = await _ready(process, log)
        async with AsyncClient(base_url=ready["origin"], trust_env=False, timeout=30) as http:
            yield ForeignPartner(counterpart, role, party, name, ready["versions_url"], http, log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _ready(process: Process, log: Path) -> Document:
    if process.stdout is None:
        raise LookupError("the app has no output")
    async with asyncio.timeout(READY_WITHIN_S):
        line = await process.stdout.readline()
    if not line:
        said = await asyncio.to_thread(log.read_text, errors="replace")
        raise ForeignFailed(f"the app ended at once: {said[-2000:]}")
    ready: Document = json.loads(line)
    return ready
