"""Roaming both ways: the partner's driver at our charger, our driver at the partner's."""

import asyncio
from decimal import Decimal
from typing import Any

from app.runtime.demo.narrator import Narrator
from app.runtime.demo.scenes_drivers import settle
from app.runtime.demo.scenes_operator import Chargers
from app.runtime.demo.stage import Stage
from app.simulators.phone import Phone

PARTNERS_KWH = Decimal("22.5")
ROAMING_KWH = Decimal("9.5")


async def partner_starts_ours(stage: Stage, say: Narrator, chargers: Chargers) -> None:
    """START_SESSION from the partner's platform; session updates and a CDR go back."""
    say.scene("The partner's driver starts one of our chargers")
    partner, charger = stage.partner, chargers["RW-AMS-03"]
    location = next(x for x in await partner.pull("locations") if x["id"] == "AMS-RING")
    evse = location["evses"][0]
    await charger.plug_in(1)
    command = await partner.start_session(location["id"], evse["uid"], evse["connectors"][0]["id"])
    say.check(command.response["result"] == "ACCEPTED", "START_SESSION was taken at once")
    result = await partner.result(command)
    say.check(result["result"] == "ACCEPTED", "The charger's own answer followed to response_url")

    async def session() -> dict[str, Any] | None:
        found = partner.received.of("sessions")
        return next((s for s in found if s["authorization_reference"] == command.reference), None)

    told = await say.until(session, "The session was pushed to the partner")
    await charger.meter(1, energy_kwh=PARTNERS_KWH, power_kw=Decimal(96))
    stop = await partner.stop_session(told["id"])
    say.check(stop.response["result"] == "ACCEPTED", "STOP_SESSION was taken")

    async def ended() -> bool:
        await asyncio.sleep(0)
        return charger.running(1) is None

    await say.until(ended, "The charger stopped")
    await charger.unplug(1)

    async def cdr() -> dict[str, Any] | None:
        found = partner.received.of("cdrs")
        return next((c for c in found if c["session_id"] == told["id"]), None)

    bill = await say.until(cdr, "An immutable CDR reached the partner")
    say.check(
        Decimal(str(bill["total_energy"])) == PARTNERS_KWH,
        f"CDR {bill['id'][:8]}…: {bill['total_energy']} kWh, "
        f"{bill['total_cost']['incl_vat']} {bill['currency']}",
    )


async def driver_roams(stage: Stage, say: Narrator, phone: Phone) -> None:
    """Our driver starts the partner's charger: the same app, the same receipt."""
    say.scene("Our driver charges at the partner's charger")
    partner = stage.partner
    site = partner.site
    quote = await phone.post(
        "/quotes",
        {"party": "DE-PRT", "location_id": site.location_id, "evse_uid": site.evse_uid},
    )
    say.check(quote["partner"], f"The price is the partner's own: {quote['prices'][0]['words']}")
    await phone.post("/sessions", {"quote_id": quote["id"]})

    async def begun() -> str | None:
        await asyncio.sleep(0)
        return next((s.id for s in partner.sessions.values() if s.ended is None), None)

    session_id = await say.until(begun, "START_SESSION went to the partner, which started")
    await partner.progress(session_id, ROAMING_KWH)

    async def arrived() -> bool:
        shown = await phone.get(f"/sessions/{quote['id']}")
        return shown["energy_kwh"] is not None and Decimal(shown["energy_kwh"]) == ROAMING_KWH

    await say.until(arrived, f"Its updates show on the phone: {ROAMING_KWH} kWh")
    await phone.post(f"/sessions/{quote['id']}/stop")
    await settle(stage, say, phone, quote["id"])
