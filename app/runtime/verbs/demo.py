"""`demo`: the whole story on this machine, then a running hub to click through."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer

from app.runtime.demo.life import live_on
from app.runtime.demo.narrator import Narrator, StoryFailed
from app.runtime.demo.scenes_operator import Chargers
from app.runtime.demo.stage import Stage, open_stage
from app.runtime.demo.story import play
from app.runtime.logs import set_up_logs
from app.runtime.shapes import Stop

demo = typer.Typer(add_completion=False)
verbs = {"demo": demo}


@demo.command()
def run(
    *, once: Annotated[bool, typer.Option("--once", help="End after the story")] = False
) -> None:
    """Play the story; exit code 0 only if every outcome was as told."""
    say = Narrator()
    say.tell("Roamwatt demo: hub, three chargers, a partner, a card provider and a phone …")
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_demo(say, once=once))
    except StoryFailed as failure:
        typer.secho(f"\nThe story failed: {failure}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None
    typer.echo("The demo has ended.")


async def _demo(say: Narrator, *, once: bool) -> None:
    stop = Stop()
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(open_stage())
        log = stack.enter_context(_log_file(stage).open("w"))
        set_up_logs("INFO", log)
        failures: list[StoryFailed] = []
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stage.hub.run(stop))
            try:
                await _act(stage, say, once=once)
            except StoryFailed as failure:
                say.tell(f"The hub's log: {_log_file(stage).read_text()[-4000:]}")
                failures.append(failure)
            stop.now()
        if failures:
            raise failures[0]


def _log_file(stage: Stage) -> Path:
    return stage.folder / "hub.log"


async def _act(stage: Stage, say: Narrator, *, once: bool) -> None:
    async with AsyncExitStack() as cast:
        key, chargers = await play(stage, say, cast)
        if not once:
            await _stay(stage, say, key, chargers)


async def _stay(stage: Stage, say: Narrator, key: str, chargers: Chargers) -> None:
    sheet = await _codes(stage)
    say.scene("Now look around (Ctrl-C ends the demo)")
    say.tell(f"Map                 {stage.url}/")
    for label, code in sheet.items():
        say.tell(f"QR page of {label:<8} {stage.url}/q/{code}   (card 4242 4242 4242 4242)")
    say.tell(f"Driver API          {stage.url}/api/v1/openapi.json")
    say.tell(f"Operator API        {stage.url}/operator/api/v1/sessions")
    say.tell(f"                    Authorization: Bearer {key}")
    say.tell(f"OCPI versions       {stage.url}/ocpi/versions")
    say.tell(f"Metrics, health     {stage.url}/metrics  {stage.url}/readyz")
    say.tell(f"OCPP                {stage.ocpp_url}/STATION")
    say.tell(f"Log                 {_log_file(stage)}")
    await live_on(stage, chargers)


async def _codes(stage: Stage) -> dict[str, str]:
    async with stage.phone() as phone:
        sheet = await phone.get("/locations/NL-RW1/AMS-HARBOUR")
    return {evse["label"]: evse["code"] for evse in sheet["evses"]}
