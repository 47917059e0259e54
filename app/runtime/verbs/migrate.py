"""`migrate`: bring the database to this version's tables."""

import asyncio

import typer

from app.runtime.verbs.trouble import settings_or_exit
from app.store.migrations import upgrade

migrate = typer.Typer(add_completion=False)
verbs = {"migrate": migrate}


@migrate.command()
def run() -> None:
    """Apply the revisions that the database does not have yet; safe to repeat."""
    settings = settings_or_exit()
    asyncio.run(upgrade(settings.database_url))
    typer.echo("The database is up to date.")
