"""`partner check`: is a partner's platform as OCPI wants it? Read-only, with a report."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.runtime.container import Container
from app.runtime.verbs.once import once
from ocpi.client.check import Checked
from ocpi.client.findings import CHECKS, Verdict

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.SKIP: "dim",
}


def check(
    name: Annotated[str, typer.Argument(help="The partner")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Check a partner's endpoints by reading only; exit code 1 when something has to be mended."""

    async def work(parts: Container) -> Checked:
        known = await parts.partners.need_by_name(name)
        return await parts.partner_check.run(known.id)

    checked = once(work)
    if as_json:
        typer.echo(json.dumps(_document(checked), indent=2))
    else:
        print_report(checked)
    if not checked.report.passed:
        raise typer.Exit(1)


def _document(checked: Checked) -> dict[str, object]:
    report = checked.report
    return {
        "partner": checked.partner.name,
        "version": checked.partner.version,
        "passed": report.passed,
        "counts": {verdict.value: report.count(verdict) for verdict in Verdict},
        "findings": [
            {
                "where": finding.where,
                "check": finding.check,
                "title": finding.title,
                "must": CHECKS[finding.check].must,
                "verdict": finding.verdict.value,
                "said": finding.said,
            }
            for finding in report.findings
        ],
    }


def print_report(checked: Checked) -> None:
    """Show what was found, line by line."""
    report, console = checked.report, Console()
    console.print(f"[bold]{escape(checked.partner.name)}[/bold], OCPI {checked.partner.version}")
    table = Table("Where", "Check", "", "What", "Found")
    where = ""
    for finding in report.findings:
        colour = _COLOURS[finding.verdict]
        table.add_row(
            "" if finding.where == where else finding.where,
            finding.check,
            f"[{colour}]{finding.verdict}[/{colour}]",
            finding.title,
            escape(finding.said),
        )
        where = finding.where
    console.print(table)
    counts = ", ".join(f"{report.count(verdict)} {verdict}" for verdict in Verdict)
    console.print(counts)
