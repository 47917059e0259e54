"""The hub is killed in the middle of a session: a process of its own, with SIGKILL."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from app.runtime.demo.narrator import Narrator
from app.runtime.demo.stage import SITE_FILE, free_port, site_stations
from app.simulators.charger import Charger

STATION = "RW-AMS-01"
CARD = "04A1B2C3D4"
BEFORE_KWH, DURING_KWH, AFTER_KWH = Decimal(5), Decimal(7), Decimal("9.25")

Environment = dict[str, str]


async def survive_a_kill(folder: Path, say: Narrator) -> None:
    """A charger charges, the hub dies and comes back; nothing is lost or counted twice."""
    say.scene("The server is killed in the middle of a session")
    home = folder / "second"
    home.mkdir()
    environment = _environment(home)
    url = environment["ROAMWATT_PUBLIC_URL"]
    key = json.loads(await _verb(environment, "operator", "add", "NL-RW1", "--json"))["api_key"]
    await _verb(environment, "import", str(SITE_FILE))
    async with _charger(environment) as charger:
        async with _serving(environment) as hub:
            await say.until(lambda: _ready(url), "A second hub serves, as a process of its own")
            await charger.reconnect()
            await charger.plug_in(1)
            await charger.present(1, CARD)
            await charger.meter(1, energy_kwh=BEFORE_KWH, power_kw=Decimal(11))
            hub.send_signal(signal.SIGKILL)
            await hub.wait()
            say.tell(f"kill -9 at {BEFORE_KWH} kWh; the charger goes on and keeps its readings")
        charger.drop()
        await charger.meter(1, energy_kwh=DURING_KWH, power_kw=Decimal(11))
        async with _serving(environment):
            await say.until(lambda: _ready(url), "The hub is back")
            await charger.reconnect()
            await charger.meter(1, energy_kwh=AFTER_KWH, power_kw=Decimal(11))
            await charger.stop(1)
            await charger.unplug(1)
            sessions = await say.until(
                lambda: _completed(url, key), "The session went on and was completed"
            )
    say.check(
        len(sessions) == 1 and Decimal(sessions[0]["energy"]) == AFTER_KWH,
        f"It is one session of {AFTER_KWH} kWh: nothing was lost, nothing counted twice",
    )


def _environment(home: Path) -> Environment:
    http, ocpp = free_port(), free_port()
    given = {
        "DATABASE_URL": f"sqlite:///{home}/roamwatt.db",
        "HTTP_BIND": f"127.0.0.1:{http}",
        "OCPP_BIND": f"127.0.0.1:{ocpp}",
        "PUBLIC_URL": f"http://127.0.0.1:{http}",
        "UNKNOWN_TOKENS": "accept",
        "LOG_LEVEL": "WARNING",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROAMWATT_")}
    return kept | {f"ROAMWATT_{name}": value for name, value in given.items()}


def _charger(environment: Environment) -> Charger:
    station, evses = next((s, n) for s, n in site_stations() if s["id"] == STATION)
    return Charger(
        f"ws://{environment['ROAMWATT_OCPP_BIND']}/ocpp",
        STATION,
        station["password"],
        protocol="ocpp1.6",
        evses=evses,
        longest_backoff_s=0.5,
    )


async def _verb(environment: Environment, *arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return output


@asynccontextmanager
async def _serving(environment: Environment) -> AsyncIterator[asyncio.subprocess.Process]:
    quiet = asyncio.subprocess.DEVNULL
    hub = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "serve", env=environment, stdout=quiet, stderr=quiet
    )
    try:
        yield hub
    finally:
        if hub.returncode is None:
            hub.terminate()
            await hub.wait()


async def _ready(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"{url}/readyz")).is_success
        except httpx.HTTPError:
            return False


async def _completed(url: str, key: str) -> list[dict[str, Any]] | None:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        answer = await client.get(f"{url}/operator/api/v1/sessions")
    found: list[dict[str, Any]] = answer.json()
    return found if found and all(s["status"] == "COMPLETED" for s in found) else None
