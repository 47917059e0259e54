"""`operator`: the companies whose sites and chargers run on this platform."""

import json
from typing import Annotated

import typer

from app.domain.identifiers import PartyId
from app.runtime.container import Container
from app.runtime.verbs.once import once
from app.use_cases.operators import NewKey

operator = typer.Typer(add_completion=False, no_args_is_help=True)
verbs = {"operator": operator}


@operator.callback()
def about() -> None:
    """Add operators and their API keys."""


@operator.command()
def add(
    party: Annotated[str, typer.Argument(help="Country and party id, e.g. NL-RW1")],
    *,
    name: Annotated[str | None, typer.Option(help="The company's name, as drivers see it")] = None,
    website: Annotated[str | None, typer.Option(help="The company's website")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Add an operator, or give a known one another key; the API key is printed once."""

    async def work(parts: Container) -> NewKey:
        return await parts.operators.add(PartyId.parse(party), name, website=website)

    key = once(work)
    if as_json:
        typer.echo(json.dumps({"party": str(key.party), "key_id": key.id, "api_key": key.secret}))
        return
    typer.echo(f"Operator {key.party}. The API key, shown only now:\n{key.secret}")
