"""`partner onboard`: invite a partner, wait for its handshake, look it over, say what is wrong."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from app.domain.errors import InvalidInput, PartnerUnavailable
from app.domain.exchanges import Direction, Exchange
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Role
from app.runtime.container import Container
from app.runtime.verbs.once import once
from app.runtime.verbs.partner_check import print_report
from app.store.exchanges import Wanted
from ocpi.client.check import Checked
from ocpi.client.findings import CHECKS, Finding, Report, Verdict

LOOKS_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where a partner registers: with our parties, or with the hub."""

    roles: tuple[Role, ...]
    hub: bool
    counterpart: PartyId | None = None

    def versions_url(self, public_url: str) -> str:
        """The address a partner begins with."""
        at = f"at/{self.counterpart}/" if self.counterpart else ""
        return f"{public_url}/ocpi/{'hub/' if self.hub else ''}{at}versions"


class NotYetThere(PartnerUnavailable):
    """The partner did not register in the time it had."""

    code = "not_registered_yet"


def onboard(
    name: Annotated[str, typer.Argument(help="What we call the partner")],
    *,
    roles: Annotated[str, typer.Option(help="What it may be")] = "CPO,EMSP",
    hub: Annotated[bool, typer.Option("--hub", help="With the hub, not our own parties")] = False,
    meets: Annotated[
        str | None, typer.Option("--for", help="2.1.1 at the hub: the one party that it meets")
    ] = None,
    wait_s: Annotated[int, typer.Option("--wait", help="For its handshake, seconds")] = 3600,
) -> None:
    """Invite a partner, wait until it has registered, and check it; exit code 1 if it has faults.

    One that is registered already is only checked. Can be broken off and repeated: an invitation
    that was not used yet is replaced then.
    """

    async def work(parts: Container) -> Checked:
        door = Door(tuple(read_roles(roles)), hub)
        known = await parts.partners.by_name(name)
        if known is None or not known.registered:
            counterpart = PartyId.parse(meets) if meets else None
            invited = await _invite(parts, name, replace(door, counterpart=counterpart))
            known = await _wait(parts, invited, wait_s)
        typer.echo(f"{known.name} is registered in OCPI {known.version}; looking it over …")
        return await parts.partner_check.run(known.id)

    checked = once(work)
    print_report(checked)
    wrong = to_be_mended(checked.report)
    typer.echo("\n".join(wrong) if wrong else f"{checked.partner.name} is ready.")
    if not checked.report.passed:
        raise typer.Exit(1)


def read_roles(text: str) -> list[Role]:
    """Roles as people write them, separated by commas; raises InvalidInput."""
    try:
        return [Role(part.strip().upper()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise InvalidInput("roles", f"{error}; known are {', '.join(Role)}") from error


async def _invite(parts: Container, name: str, door: Door) -> Partner:
    invited = await parts.partners.invite(
        name, door.roles, hub=door.hub, counterpart=door.counterpart
    )
    url = door.versions_url(parts.settings.public_url)
    typer.echo("Give this to the partner's engineers; the token is good for one registration:")
    shown = {"token": invited.token, "versions_url": url}
    if invited.our_side:
        shown["versions_url_2_1_1"] = url.replace(
            "/versions", f"/{invited.our_side.lower()}/versions"
        )
    typer.echo(json.dumps(shown))
    return invited.partner


async def _wait(parts: Container, invited: Partner, wait_s: int) -> Partner:
    """The partner once it is registered; raises NotYetThere. Tells what it does meanwhile."""
    told = ""
    for _ in range(round(wait_s / LOOKS_EVERY_S)):
        partner = await parts.partners.get(invited.id)
        if partner.registered:
            return partner
        last = await _last_said(parts, partner)
        if last != told:
            typer.echo(f"waiting for {partner.name}: {last}")
            told = last
        await asyncio.sleep(LOOKS_EVERY_S)
    raise NotYetThere(f"{invited.name} did not register within {wait_s} s: {told}")


async def _last_said(parts: Container, partner: Partner) -> str:
    """The last thing between us, in words; what it was refused for stands in our answer."""
    found = await parts.exchanges.find(Wanted(partner_id=partner.id, limit=1))
    if not found:
        return "it has not called yet"
    last = found[0]
    who = "it called" if last.direction is Direction.IN else "we called it:"
    said = f"HTTP {last.http}" if last.http else last.failure or "no answer"
    said += f", OCPI {last.status}" if last.status else ""
    why = _message_of(await parts.exchanges.get(last.id)) if last.failed else ""
    return f"{last.at:%H:%M:%S} {who} {last.method} {last.url} → {said}{why}"


def _message_of(exchange: Exchange) -> str:
    try:
        document = json.loads(exchange.answer.body if exchange.answer else "")
    except ValueError:
        return ""
    message = document.get("status_message") if isinstance(document, dict) else None
    return f" ({message})" if message else ""


def to_be_mended(report: Report) -> list[str]:
    """What is wrong, in words for the partner's engineers: what OCPI demands and what came."""
    failed = [f for f in report.findings if f.verdict is Verdict.FAIL]
    advised = [f for f in report.findings if f.verdict is Verdict.WARN]
    lines = [f"{number}. {_sentence(each)}" for number, each in enumerate(failed, 1)]
    head = ["", "To be mended by the partner:"] if failed else []
    more = ["", "Recommended:", *(f"- {_sentence(each)}" for each in advised)] if advised else []
    return [*head, *lines, *more]


def _sentence(finding: Finding) -> str:
    demand = "must" if CHECKS[finding.check].must else "should"
    found = f" Found: {finding.said}." if finding.said else ""
    return f"{finding.where}: it {demand} be so that {finding.title} ({finding.check}).{found}"
