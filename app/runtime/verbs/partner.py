"""`partner`: other companies' platforms, invited or joined."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import QUIRKS, Partner, PartnerRole, Quirk
from app.runtime.container import Container
from app.runtime.verbs.once import once
from app.runtime.verbs.partner_check import check
from app.runtime.verbs.partner_hub import join_hub, resume, resync, suspend
from app.runtime.verbs.partner_onboard import onboard, read_roles
from app.runtime.verbs.partner_rules import group, groups, may, rule, rule_changes, rules
from app.runtime.verbs.partner_trace import show, trace
from app.use_cases.partners import Invited
from ocpi.wire.addresses import HUB as HUB_FACE
from ocpi.wire.addresses import OWN, face_at, versions_url

partner = typer.Typer(add_completion=False, no_args_is_help=True)
verbs = {"partner": partner}

for verb in (
    check, onboard, join_hub, suspend, resume, resync, trace, show,
    groups, group, rules, rule, may, rule_changes,
):  # fmt: skip
    partner.command(verb.__name__.replace("_", "-"))(verb)

HUB = Annotated[bool, typer.Option("--hub", help="With the hub platform, not our own parties")]

FOR = Annotated[
    str | None,
    typer.Option("--for", help="2.1.1 only: the party at the hub that it meets, such as NL-RWD"),
]

PARTIES = Annotated[
    list[str] | None,
    typer.Option("--party", help="At the hub: a party it will be, such as CPO:DE-ABC"),
]

NAME = Annotated[str, typer.Argument(help="The partner")]


@partner.callback()
def about() -> None:
    """Invite, join, list and check roaming partners."""


def _planned(text: str, name: str) -> PartnerRole:
    """A party as in CPO:DE-ABC; raises InvalidInput."""
    role, _, party = text.partition(":")
    roles = read_roles(role)
    if len(roles) != 1:
        raise InvalidInput("party", "a role and a party, as in CPO:DE-ABC")
    return PartnerRole(roles[0], PartyId.parse(party), name)


@partner.command()
def invite(
    *,
    name: Annotated[str, typer.Option(help="What we call the partner")],
    roles: Annotated[str, typer.Option(help="What it may be, e.g. EMSP,CPO")],
    hub: HUB = False,
    meets: FOR = None,
    parties: PARTIES = None,
) -> None:
    """Print, as JSON, the token and versions URL a partner registers with, once.

    A platform of OCPI 2.1.1 joins the hub once for each party that it is to meet there. Members
    of the hub are told of the parties that will come.
    """

    async def work(parts: Container) -> tuple[Invited, str]:
        counterpart = PartyId.parse(meets) if meets else None
        planned = [_planned(each, name) for each in parties or ()]
        invited = await parts.partners.invite(
            name, read_roles(roles), hub=hub, planned=planned, counterpart=counterpart
        )
        face = face_at(str(counterpart)) if counterpart else HUB_FACE if hub else OWN
        return invited, versions_url(parts.settings.public_url, face)

    invited, url = once(work)
    shown = {"partner": invited.partner.name, "token": invited.token, "versions_url": url}
    if invited.our_side:
        shown["versions_url_2_1_1"] = url.replace(
            "/versions", f"/{invited.our_side.lower()}/versions"
        )
    typer.echo(json.dumps(shown))


@partner.command()
def register(
    *,
    url: Annotated[str, typer.Option("--versions-url", help="The partner's versions URL")],
    token: Annotated[str, typer.Option(help="The token it gave us")],
    name: Annotated[str | None, typer.Option(help="What we call it; default: its host")] = None,
    roles: Annotated[str, typer.Option(help="What it may be; OCPI 2.1.1 does not tell it")] = "",
    hub: HUB = False,
    meets: FOR = None,
) -> None:
    """Register at a partner that invited us; our own server must be running."""

    async def work(parts: Container) -> Partner:
        return await parts.handshake.join(
            url,
            token,
            name=name or url.split("/")[2],
            roles=read_roles(roles),
            hub=hub,
            counterpart=PartyId.parse(meets) if meets else None,
        )

    joined = once(work)
    parties = ", ".join(f"{r.role} {r.party}" for r in joined.roles)
    typer.echo(f"Registered at {joined.name} in OCPI {joined.version}: {parties}")


@partner.command()
def renew(name: NAME) -> None:
    """Give a partner a new token and read its endpoints again; our server must be running."""

    async def work(parts: Container) -> Partner:
        return await parts.handshake.renew((await parts.partners.need_by_name(name)).id)

    typer.echo(f"Renewed with {once(work).name}")


@partner.command()
def leave(name: NAME) -> None:
    """Unregister at a partner; it can be invited again."""

    async def work(parts: Container) -> Partner:
        return await parts.handshake.leave((await parts.partners.need_by_name(name)).id)

    typer.echo(f"Left {once(work).name}")


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


@partner.command()
def quirks(
    name: Annotated[str, typer.Argument(help="The partner")],
    *,
    on: Annotated[list[str] | None, typer.Option(help="Switch on, e.g. page-size=20")] = None,
    off: Annotated[list[str] | None, typer.Option(help="Switch off")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Show and switch what a partner's platform needs beyond OCPI."""

    async def work(parts: Container) -> Partner:
        known = await parts.partners.need_by_name(name)
        if not on and not off:
            return known
        wanted = {_quirk(each): each.partition("=")[2] for each in on or ()}
        unwanted = [_quirk(each) for each in off or ()]
        return await parts.partners.switch(known.id, on=wanted, off=unwanted)

    switched = once(work).known_quirks()
    if as_json:
        typer.echo(json.dumps(switched))
        return
    table = Table("Quirk", "On", "The partner …")
    for quirk, meaning in QUIRKS.items():
        value = (switched[quirk] or "yes") if quirk in switched else ""
        table.add_row(quirk, value, meaning)
    Console().print(table)


def _quirk(text: str) -> Quirk:
    try:
        return Quirk(text.partition("=")[0])
    except ValueError as error:
        raise InvalidInput("quirks", f"{error}; known are {', '.join(Quirk)}") from error


def _shown(known: Partner) -> dict[str, object]:
    return {
        "id": known.id,
        "name": known.name,
        "state": known.state,
        "version": known.version,
        "roles": [{"role": r.role, "party": str(r.party)} for r in known.roles],
        "hub": known.hub,
        "counterpart": str(known.counterpart) if known.counterpart else None,
        "quirks": known.known_quirks(),
        "last_seen": known.last_seen.isoformat() if known.last_seen else None,
    }
