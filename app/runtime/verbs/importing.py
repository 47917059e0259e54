"""`import`: an operator's sites, tariffs and chargers from one file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.domain.errors import InvalidFile, InvalidInput
from app.runtime.container import Container
from app.runtime.verbs.once import once
from app.runtime.verbs.trouble import give_up
from app.use_cases.locations import Imported

import_verb = typer.Typer(add_completion=False)
verbs = {"import": import_verb}


@import_verb.command()
def run(
    file: Annotated[Path, typer.Argument(help="The file, see docs/import.md", exists=True)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Take the whole file, or nothing of it when a line is wrong."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        give_up(InvalidInput(str(file), str(error)))

    async def work(parts: Container) -> Imported | InvalidFile:
        try:
            return await parts.locations.import_site(text)
        except InvalidFile as error:
            return error

    done = once(work)
    if isinstance(done, InvalidFile):
        for problem in done.problems:
            typer.echo(f"{file}: {problem}", err=True)
        raise typer.Exit(2)
    if as_json:
        typer.echo(json.dumps({**asdict(done), "party": str(done.party)}))
    else:
        _tell(done)


def _tell(done: Imported) -> None:
    typer.echo(
        f"Imported for {done.party}: {len(done.locations)} locations, "
        f"{len(done.tariffs)} tariffs, {len(done.chargers)} chargers."
    )
    for station, password in done.passwords.items():
        typer.echo(f"Password of charger {station}, shown only now: {password}")
