"""`partner`: other companies' platforms, invited or joined."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.domain.errors import InvalidInput
from app.domain.partners import Partner, Role
from app.runtime.container import Container
from app.runtime.verbs.once import once
from app.use_cases.partners import Invited

partner = typer.Typer(add_completion=False, no_args_is_help=True)
verbs = {"partner": partner}

HUB = Annotated[bool, typer.Option("--hub", help="With the hub platform, not our own parties")]


@partner.callback()
def about() -> None:
    """Invite, join and list roaming partners."""


def _roles(text: str) -> list[Role]:
    try:
        return [Role(part.strip().upper()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise InvalidInput("roles", f"{error}; known are {', '.join(Role)}") from error


@partner.command()
def invite(
    *,
    name: Annotated[str, typer.Option(help="What we call the partner")],
    roles: Annotated[str, typer.Option(help="What it may be, e.g. EMSP,CPO")],
    hub: HUB = False,
) -> None:
    """Print, as JSON, the token and versions URL a partner registers with, once."""

    async def work(parts: Container) -> tuple[Invited, str]:
        invited = await parts.partners.invite(name, _roles(roles), hub=hub)
        face = "/ocpi/hub/versions" if hub else "/ocpi/versions"
        return invited, parts.settings.public_url + face

    invited, url = once(work)
    shown = {"partner": invited.partner.name, "token": invited.token, "versions_url": url}
    typer.echo(json.dumps(shown))


@partner.command()
def register(
    *,
    versions_url: Annotated[str, typer.Option(help="The partner's versions URL")],
    token: Annotated[str, typer.Option(help="The token it gave us")],
    name: Annotated[str | None, typer.Option(help="What we call it; default: its host")] = None,
    hub: HUB = False,
) -> None:
    """Register at a partner that invited us; our own server must be running."""

    async def work(parts: Container) -> Partner:
        called = name or versions_url.split("/")[2]
        return await parts.handshake.join(versions_url, token, name=called, hub=hub)

    joined = once(work)
    parties = ", ".join(f"{r.role} {r.party}" for r in joined.roles)
    typer.echo(f"Registered at {joined.name} in OCPI {joined.version}: {parties}")


@partner.command("list")
def list_all(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False
) -> None:
    """Show all partners."""

    async def work(parts: Container) -> list[Partner]:
        return await parts.partners.all()

    known = once(work)
    if as_json:
        typer.echo(json.dumps([_shown(p) for p in known]))
        return
    table = Table("Name", "State", "OCPI", "Parties", "Last seen (UTC)")
    for each in known:
        seen = f"{each.last_seen:%Y-%m-%d %H:%M}" if each.last_seen else ""
        parties = ", ".join(f"{r.role} {r.party}" for r in each.roles)
        table.add_row(each.name, each.state, each.version or "", parties, seen)
    Console().print(table)


def _shown(known: Partner) -> dict[str, object]:
    return {
        "id": known.id,
        "name": known.name,
        "state": known.state,
        "version": known.version,
        "roles": [{"role": r.role, "party": str(r.party)} for r in known.roles],
        "hub": known.hub,
        "last_seen": known.last_seen.isoformat() if known.last_seen else None,
    }
