"""`partner trace` and `partner show`: one message over its legs, one partner with its troubles."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.domain.exchanges import Direction, Exchange
from app.queries.partner_sheets import PartnerSheet, PartnerSheets
from app.runtime.container import Container
from app.runtime.verbs.once import once
from app.runtime.verbs.partner_rules import objects_shown, rule_shown
from app.use_cases.traces import Trace, TraceLeg, Traces

JSON = Annotated[bool, typer.Option("--json", help="Print JSON")]
_ARROWS = {Direction.IN: "→ us", Direction.OUT: "us →"}


def trace(
    correlation_id: Annotated[str, typer.Argument(help="The message's X-Correlation-ID")],
    *,
    as_json: JSON = False,
) -> None:
    """Follow one message over all its legs; the last second's may not be written down yet."""

    async def work(parts: Container) -> Trace:
        return await Traces(parts.outside.store).follow(correlation_id)

    found = once(work)
    if as_json:
        typer.echo(json.dumps([_leg(leg) for leg in found.legs], indent=2))
        return
    table = Table("At (UTC)", "", "With", "Request", "From → to", "Answer", "ms")
    for leg in found.legs:
        table.add_row(*_row(leg.exchange, "  " * leg.depth, leg.partner or "a stranger"))
    console = Console()
    console.print(table)
    took = found.took.total_seconds()
    console.print(f"{len(found.legs)} legs in {took:.3f} s, {found.failed} without success")


def show(
    name: Annotated[str, typer.Argument(help="The partner")], *, as_json: JSON = False
) -> None:
    """Show a partner: its parties, the hub's rules about them, what waits, its last exchanges."""

    async def work(parts: Container) -> PartnerSheet:
        known = await parts.partners.need_by_name(name)
        return await PartnerSheets(parts.outside.store).of(known.id)

    sheet = once(work)
    if as_json:
        typer.echo(json.dumps(_sheet(sheet), indent=2))
        return
    _print(sheet, Console())


def _print(sheet: PartnerSheet, console: Console) -> None:
    partner = sheet.partner
    seen = f"{partner.last_seen:%Y-%m-%d %H:%M:%S}" if partner.last_seen else "never"
    console.print(
        f"[bold]{escape(partner.name)}[/bold]: {partner.state}, OCPI {partner.version or '-'}, "
        f"last seen {seen} UTC"
    )
    told = {(m.party, m.role): m.status.value for m in sheet.members}
    for role in partner.roles:
        status = told.get((role.party, role.role), "")
        console.print(f"  {role.role} {role.party} {escape(role.name)} {status}".rstrip())
    _print_rules(sheet, console)
    for queue in sheet.queues:
        since = f", the oldest of {queue.oldest:%H:%M:%S}" if queue.oldest else ""
        trouble = f": {escape(queue.trouble)}" if queue.trouble else ""
        kind = queue.destination.partition(":")[0]
        console.print(
            f"  {kind}: {queue.pending} waiting{since}, {queue.refused} refused{trouble}"
        )
    table = Table("At (UTC)", "", "Request", "From → to", "Answer", "ms")
    for exchange in sheet.exchanges:
        at, arrow, _, *rest = _row(exchange, "", "")
        table.add_row(at, arrow, *rest)
    console.print(table)
    console.print(f"{sheet.failures} exchanges in the journal did not succeed")


def _print_rules(sheet: PartnerSheet, console: Console) -> None:
    """Who of it may talk to whom; nothing for partners that are no members of the hub."""
    for party, groups in sheet.groups.items():
        console.print(f"  groups of {party}: {escape(', '.join(groups) or 'none')}")
    for rule in sheet.rules:
        parts = (f"{rule.scope.key}: {rule.effect}", objects_shown(rule), rule.note)
        console.print(f"  rule {escape(', '.join(part for part in parts if part))}")
    if sheet.groups and not sheet.rules:
        console.print("  no rule concerns it")


def _row(exchange: Exchange, indent: str, partner: str) -> tuple[str, ...]:
    parties = f"{exchange.sender or '-'} → {exchange.receiver or '-'}"
    status = f" {exchange.status}" if exchange.status else ""
    said = f"{exchange.http}{status}" if exchange.http else exchange.failure or ""
    colour = "red" if exchange.failed else "green"
    return (
        f"{exchange.at:%H:%M:%S.%f}"[:12],
        indent + _ARROWS[exchange.direction],
        escape(partner),
        escape(f"{exchange.method} {exchange.url}"),
        parties,
        f"[{colour}]{escape(said)}[/{colour}]",
        str(_ms(exchange)),
    )


def _ms(exchange: Exchange) -> int:
    return round(exchange.duration.total_seconds() * 1000)


def _leg(leg: TraceLeg) -> dict[str, Any]:
    return {**_short(leg.exchange), "partner": leg.partner, "hub": leg.hub, "depth": leg.depth}


def _short(exchange: Exchange) -> dict[str, Any]:
    return {
        "id": exchange.id,
        "at": exchange.at.isoformat(),
        "direction": exchange.direction,
        "method": exchange.method,
        "url": exchange.url,
        "version": exchange.version,
        "request_id": exchange.request_id,
        "correlation_id": exchange.correlation_id,
        "sender": exchange.sender,
        "receiver": exchange.receiver,
        "http": exchange.http,
        "status": exchange.status,
        "failure": exchange.failure,
        "ms": _ms(exchange),
    }


def _sheet(sheet: PartnerSheet) -> dict[str, Any]:
    partner = sheet.partner
    return {
        "name": partner.name,
        "state": partner.state,
        "hub": partner.hub,
        "version": partner.version,
        "last_seen": partner.last_seen.isoformat() if partner.last_seen else None,
        "roles": [{"role": r.role, "party": str(r.party)} for r in partner.roles],
        "members": [
            {"role": m.role, "party": str(m.party), "status": m.status} for m in sheet.members
        ],
        "queues": [
            {
                "destination": queue.destination,
                "pending": queue.pending,
                "oldest": queue.oldest.isoformat() if queue.oldest else None,
                "refused": queue.refused,
                "fails": queue.fails,
                "trouble": queue.trouble,
            }
            for queue in sheet.queues
        ],
        "groups": {str(party): list(groups) for party, groups in sheet.groups.items()},
        "rules": [rule_shown(rule) for rule in sheet.rules],
        "exchanges": [_short(exchange) for exchange in sheet.exchanges],
        "failures": sheet.failures,
    }
