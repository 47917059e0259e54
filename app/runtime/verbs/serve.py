"""`serve`: run the hub, or one role of it, until it is told to stop."""

import asyncio
import gc
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from app.domain.errors import DomainError
from app.runtime.logs import set_up_logs
from app.runtime.process import open_process
from app.runtime.settings import Settings
from app.runtime.shapes import RoleName, Stop, refusal_in
from app.runtime.verbs.trouble import give_up, settings_or_exit

GC_THRESHOLDS = (50_000, 20, 20)
"""Messages leave hardly any cycles; the default of 700 searches for them all the time."""

serve = typer.Typer(add_completion=False)
verbs = {"serve": serve}


@serve.command()
def run(
    role: Annotated[
        RoleName, typer.Option(help="Which part to run in this process")
    ] = RoleName.ALL,
) -> None:
    """Run until SIGTERM or Ctrl-C."""
    settings = settings_or_exit()
    set_up_logs(settings.log_level)
    try:
        traced = settings.trace_asyncio == "yes"
        with asyncio.Runner(debug=traced, loop_factory=_new_loop) as runner:
            runner.run(_serve(settings, role))
    except (DomainError, BaseExceptionGroup) as error:
        refusal = refusal_in(error)
        if refusal is None:
            raise
        give_up(refusal)


def _new_loop() -> asyncio.AbstractEventLoop:
    """A loop on libuv, which takes a third off what sockets cost; not to be had on Windows."""
    if find_spec("uvloop") is None:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = import_module("uvloop").new_event_loop()
    return loop


async def _serve(settings: Settings, role: RoleName) -> None:
    stop = Stop()
    async with open_process(settings, role) as process:
        stop.on_signals()
        typer.echo(f"Roamwatt {role}: HTTP on port {process.web.port}", err=True)
        _warn(settings)
        _collect_less()
        await process.run(stop)


def _collect_less() -> None:
    """Leave what was loaded at the start, which stays for good, out of every later search."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _warn(settings: Settings) -> None:
    """Say loudly what belongs on a test bed only."""
    for name in ("unknown_chargers", "unknown_tokens"):
        if getattr(settings, name) == "accept":
            typer.secho(
                f"WARNING: ROAMWATT_{name.upper()}=accept lets anybody in. Test beds only!",
                fg=typer.colors.RED,
                bold=True,
                err=True,
            )
