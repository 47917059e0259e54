"""A simulated charger as a process of its own, for `roamwatt simulate charger`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.simulators.charger import Charger
from app.simulators.charger_link import HandshakeRefusedError
from app.simulators.ocpp_schemas import Protocol

_WHY = {401: "wrong password", 404: "unknown station", 429: "too many attempts"}


@dataclass(frozen=True)
class ChargerOptions:
    """What the command line says; `url` without the station's id, e.g. ws://127.0.0.1:9000/ocpp.

    With `card` somebody plugs in at EVSE 1 and presents it; `charge_for_s` later he drives off.
    Without it the cable is in (`plugged`) or not, and the charger waits to be asked.
    """

    url: str
    station_id: str
    password: str
    protocol: Protocol = "ocpp2.0.1"
    evses: int = 2
    max_power_kw: Decimal = Decimal(22)
    sample_interval_s: float = 5.0
    speed: float = 1.0
    plugged: bool = False
    card: str | None = None
    charge_for_s: float = 60.0


async def run_charger(options: ChargerOptions, tell: Callable[[str], None]) -> None:
    """Lives until cancelled; raises `HandshakeRefusedError` when the server turns it away."""
    charger = Charger(
        options.url,
        options.station_id,
        options.password,
        protocol=options.protocol,
        evses=options.evses,
        max_power_kw=options.max_power_kw,
        sample_interval_s=options.sample_interval_s,
        speed=options.speed,
        tell=tell,
    )
    tell(f"{options.station_id}: connecting with {options.protocol}")
    async with charger:
        try:
            await charger.booted()
        except HandshakeRefusedError as refused:
            why = _WHY.get(refused.status, "refused")
            tell(f"{options.station_id}: turned away with HTTP {refused.status} ({why})")
            raise
        tell(f"{options.station_id}: booted, {options.evses} EVSEs announced")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_narrate(charger, tell))
            if options.plugged or options.card:
                await charger.plug_in(1)
            if options.card:
                await _charge(charger, options, tell)


async def _charge(charger: Charger, options: ChargerOptions, tell: Callable[[str], None]) -> None:
    verdict = await charger.present(1, options.card or "")
    tell(f"{charger.station_id}: card presented at EVSE 1, answer {verdict}")
    if verdict == "Accepted":
        await asyncio.sleep(options.charge_for_s)
    await charger.unplug(1)
    tell(f"{charger.station_id}: cable pulled at EVSE 1")


async def _narrate(charger: Charger, tell: Callable[[str], None]) -> None:
    """Tells of requests and violations as they come."""
    asked = blamed = 0
    while True:
        await asyncio.sleep(0.2)
        for request in charger.journal.asked[asked:]:
            tell(f"{charger.station_id}: asked to {request.action}")
        for fault in charger.violations[blamed:]:
            tell(f"{charger.station_id}: VIOLATION {fault}")
        asked, blamed = len(charger.journal.asked), len(charger.violations)
