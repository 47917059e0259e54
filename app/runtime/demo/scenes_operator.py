"""The operator opens a site, the chargers come, a partner joins."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from app.domain.identifiers import PartyId
from app.domain.partners import Role
from app.runtime.demo.narrator import Narrator
from app.runtime.demo.stage import PROTOCOLS, SITE_FILE, Stage, site_stations
from app.simulators.charger import Charger

OPERATOR = "NL-RW1"
HARBOUR, EVSE = "AMS-HARBOUR", "RW-AMS-02-1"
EVERYWHERE = "/map?bbox=52,4,53,6"

Chargers = dict[str, Charger]


async def open_site(stage: Stage, say: Narrator) -> str:
    """The operator gets an API key and imports a site; gives the key."""
    say.scene("An operator opens a site")
    parts = stage.hub.parts
    key = await parts.operators.add(PartyId.parse(OPERATOR), "Roamwatt Example Charging")
    say.tell(f"Operator {OPERATOR} has an API key for {stage.url}/operator/api/v1")
    imported = await parts.locations.import_site(SITE_FILE.read_text())
    say.check(
        len(imported.chargers) == len(PROTOCOLS),
        f"Imported {len(imported.locations)} locations, {len(imported.tariffs)} tariffs "
        f"(by time of day, with idle fees) and {len(imported.chargers)} chargers from one file",
    )
    return key.secret


async def connect_chargers(stage: Stage, say: Narrator, cast: AsyncExitStack) -> Chargers:
    """Every charger connects in its own dialect, and the map turns green."""
    say.scene("The chargers connect")
    chargers = {}
    for station, evses in site_stations():
        charger = await cast.enter_async_context(stage.charger(station, evses))
        await charger.booted()
        chargers[station["id"]] = charger
        say.tell(f"{station['id']} booted over {PROTOCOLS[station['id']]}, {evses} EVSEs reported")
    phone = stage.phone()

    async def all_free() -> list[Any] | None:
        pins: list[Any] = (await phone.get(EVERYWHERE))["pins"]
        return pins if pins and all(p["free"] == p["total"] for p in pins) else None

    async with phone:
        pins = await say.until(all_free, "All EVSEs are AVAILABLE on the driver's map")
    for pin in pins:
        say.quiet(f"{pin['name']}: {pin['free']} of {pin['total']} free, {pin['max_power_kw']} kW")
    return chargers


async def join_partner(stage: Stage, say: Narrator, chargers: Chargers) -> None:
    """Another company's platform registers, pulls everything, and is told what changes."""
    say.scene("A roaming partner joins over OCPI 2.2.1")
    partner = stage.partner
    invited = await stage.hub.parts.partners.invite(partner.name, [Role.EMSP, Role.CPO])
    await partner.register(f"{stage.url}/ocpi/versions", invited.token)
    say.tell(f"{partner.name} (DE-PRT, eMSP and CPO) registered by the credentials handshake")
    locations, tariffs = await partner.pull("locations"), await partner.pull("tariffs")
    say.check(
        locations and tariffs, f"It pulled {len(locations)} locations, {len(tariffs)} tariffs"
    )
    await _see_partners_site(stage, say)
    charger = chargers["RW-AMS-02"]
    await charger.plug_in(1)
    await say.until(
        lambda: _told_status(stage, "CHARGING"),
        "A car is plugged in: the partner was told at once",
    )
    await charger.unplug(1)
    await say.until(
        lambda: _told_status(stage, "AVAILABLE"), "It drives off: the partner was told again"
    )


async def _see_partners_site(stage: Stage, say: Narrator) -> None:
    async with stage.phone() as phone:

        async def partners_pin() -> Any:
            pins = (await phone.get("/map?bbox=-90,-180,90,180"))["pins"]
            return next((pin for pin in pins if pin["partner"]), None)

        pin = await say.until(partners_pin, "The partner's own charger is on our driver's map")
    say.quiet(f"{pin['name']} of {pin['party']}")


async def _told_status(stage: Stage, status: str) -> bool:
    """Whether the partner's newest word about the EVSE, alone or in its location, is this."""
    await asyncio.sleep(0)
    known = next((x for x in stage.partner.received.of("locations") if x["id"] == HARBOUR), None)
    return any(e["uid"] == EVSE and e["status"] == status for e in (known or {}).get("evses", ()))
