"""`charger`: the charging stations that may connect."""

import json
from typing import Annotated

import typer

from app.domain.identifiers import PartyId
from app.runtime.container import Container
from app.runtime.verbs.once import once

charger = typer.Typer(add_completion=False, no_args_is_help=True)
verbs = {"charger": charger}


@charger.callback()
def about() -> None:
    """Register chargers."""


@charger.command()
def add(
    station_id: Annotated[str, typer.Argument(help="The charger's OCPP identity")],
    *,
    operator: Annotated[str, typer.Option(help="Whose charger it is, e.g. NL-RW1")],
    password: Annotated[str | None, typer.Option(help="Its password; without it a random")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Let a charger connect, or give a known one another password, which is printed once."""

    async def work(parts: Container) -> str:
        return await parts.stations.register(station_id, PartyId.parse(operator), password)

    secret = once(work)
    if as_json:
        typer.echo(json.dumps({"station": station_id, "password": secret}))
        return
    typer.echo(f"Charger {station_id}. Its password, shown only now:\n{secret}")
