"""How the command line refuses: one clear line, exit code 2."""

from typing import NoReturn

import typer

from app.domain.errors import DomainError, InvalidInput
from app.runtime.settings import Settings, read_settings


def give_up(error: DomainError) -> NoReturn:
    """Say why and leave."""
    typer.echo(f"roamwatt: {error}", err=True)
    raise typer.Exit(2)


def settings_or_exit(**given: object) -> Settings:
    """The settings; a bad one ends the program with one line."""
    try:
        return read_settings(**given)
    except InvalidInput as error:
        give_up(error)
