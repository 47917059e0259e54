"""The story from beginning to end."""

from contextlib import AsyncExitStack

from app.runtime.demo.narrator import Narrator
from app.runtime.demo.scene_crash import survive_a_kill
from app.runtime.demo.scenes_drivers import driver_charges, guest_charges
from app.runtime.demo.scenes_operator import (
    Chargers,
    connect_chargers,
    join_partner,
    open_site,
)
from app.runtime.demo.scenes_roaming import driver_roams, partner_starts_ours
from app.runtime.demo.stage import Stage


async def play(stage: Stage, say: Narrator, cast: AsyncExitStack) -> tuple[str, Chargers]:
    """Play every scene; gives the operator's key and the chargers, which stay connected."""
    key = await open_site(stage, say)
    chargers = await connect_chargers(stage, say, cast)
    await join_partner(stage, say, chargers)
    phone = await driver_charges(stage, say, chargers)
    async with phone:
        await guest_charges(stage, say, chargers)
        await partner_starts_ours(stage, say, chargers)
        await driver_roams(stage, say, phone)
    found = [*stage.violations, *(v for c in chargers.values() for v in c.violations)]
    await survive_a_kill(stage.folder, say)
    say.scene("The end of the story")
    say.check(not found, "No counterpart saw anything that its specification does not allow")
    say.tell(f"{say.checked} outcomes were checked.")
    return key, chargers
