"""Life after the story: cars come and go, so that there is something to watch."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from app.runtime.demo.scenes_operator import Chargers
from app.runtime.demo.stage import Stage
from app.simulators.charger import Charger

STEP_S = 2.0
STEPS = 45
PAUSE_S = 6.0


async def live_on(stage: Stage, chargers: Chargers) -> None:
    """Until cancelled, partners' drivers charge at two of the chargers."""
    places = [("RW-AMS-01", 2, Decimal(11)), ("RW-AMS-03", 1, Decimal(120))]
    async with asyncio.TaskGroup() as cars:
        for number, (station, evse, power) in enumerate(places):
            card = stage.partner.add_token(f"DEMO-CARD-{number}")
            await stage.partner.push_token(card["uid"])
            cars.create_task(_come_and_go(chargers[station], evse, power, card=card["uid"]))


async def _come_and_go(charger: Charger, evse: int, power: Decimal, *, card: str) -> None:
    while True:
        await asyncio.sleep(PAUSE_S)
        await charger.plug_in(evse)
        await charger.present(evse, card)
        await _fill(charger, evse, power, steps=range(1, STEPS + 1))
        await charger.stop(evse)
        await charger.unplug(evse)


async def _fill(charger: Charger, evse: int, power: Decimal, *, steps: Sequence[int]) -> None:
    """A charge in fast motion: each step stands for a minute."""
    for step in steps:
        await asyncio.sleep(STEP_S)
        energy = power * step / 60
        soc = min(Decimal(100), Decimal(20) + step)
        await charger.meter(evse, energy_kwh=energy, power_kw=power, soc=soc)
