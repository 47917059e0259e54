"""A foreign charger: our program around foreign software, in a process of its own.

What it says and hears is in `apps/charger_talk.cjs`.
"""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.foreign.kits import NodeKit

WITHIN_S = 30.0
Payload = dict[str, Any]


@dataclass(frozen=True)
class ChargerSoftware:
    """One piece of foreign software, in one version of OCPP."""

    name: str
    protocol: str
    kit: NodeKit

    def __str__(self) -> str:
        return f"{self.name}-{self.protocol}"


OCPP_RPC = NodeKit("ocpp_rpc", "charger_ocpp_rpc.cjs")
OCPP_TS = NodeKit("ocpp_ts", "charger_ocpp_ts.cjs")

CHARGERS = (
    ChargerSoftware("ocpp-rpc", "ocpp1.6", OCPP_RPC),
    ChargerSoftware("ocpp-rpc", "ocpp2.0.1", OCPP_RPC),
    ChargerSoftware("ocpp-rpc", "ocpp2.1", OCPP_RPC),
    ChargerSoftware("ocpp-ts", "ocpp1.6", OCPP_TS),
)


@dataclass
class ForeignCharger:
    """One running program; `wrong` is what its software did not like of what we said."""

    process: Process
    wrong: list[str] = field(default_factory=list)
    asked: asyncio.Queue[tuple[str, Payload]] = field(default_factory=asyncio.Queue)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[int, asyncio.Future[Payload]] = field(default_factory=dict)
    _calls: int = 0

    async def call(self, action: str, payload: Payload) -> Payload:
        """Say something to the central system; gives its answer, raises on a CALLERROR."""
        self._calls += 1
        number = self._calls
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._tell({"id": number, "call": action, "payload": payload})
        async with asyncio.timeout(WITHIN_S):
            return await answered

    async def answer(self, action: str, payload: Payload) -> None:
        """From now on answer this action so."""
        await self._tell({"answers": {action: payload}})

    async def hears(self, action: str) -> Payload:
        """What was asked by this; what else was asked meanwhile is passed over."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                heard, payload = await self.asked.get()
                if heard == action:
                    return payload

    async def _tell(self, order: Payload) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.process.stdin.drain()

    async def listen(self) -> None:
        """Take what the program says, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self._take(json.loads(line))

    def _take(self, said: Payload) -> None:
        if "ready" in said:
            self.ready.set()
        elif "wrong" in said:
            self.wrong.append(said["wrong"])
            self.ready.set()
        elif "asked" in said:
            self.asked.put_nowait((said["asked"], said["payload"]))
        elif "error" in said:
            self._waiting.pop(said["id"]).set_exception(AssertionError(said["error"]))
        else:
            self._waiting.pop(said["id"]).set_result(said.get("answer") or {})


@asynccontextmanager
async def foreign_charger(
    software: ChargerSoftware, url: str, identity: str, *, password: str, folder: Path
) -> AsyncIterator[ForeignCharger]:
    """Install what is needed, connect the charger, stop it in the end."""
    command = await asyncio.to_thread(software.kit.command)
    about = {"url": url, "identity": identity, "password": password}
    with (folder / f"{software}.log").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            json.dumps({**about, "protocol": software.protocol}),
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
        )
    charger = ForeignCharger(process)
    listening = asyncio.create_task(charger.listen())
    try:
        async with asyncio.timeout(WITHIN_S):
            await charger.ready.wait()
        assert charger.wrong == []
        yield charger
    finally:
        process.kill()
        await process.wait()
        await listening
