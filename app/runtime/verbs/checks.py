"""`test` and `lint`: what must hold before anything lands."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.runtime.chromium import find_chromium, install_chromium

ROOT = Path(__file__).parents[3]
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
MOST_AT_ONCE = 6
WORKERS_PER_CPU = 2
"""Much of a test is waiting: for a server to start, for a disk, for a page to settle."""
FOREIGN = ("--foreign", "tests/foreign", "tests/chaos")

test = typer.Typer(add_completion=False)
lint = typer.Typer(add_completion=False)
verbs = {"test": test, "lint": lint}


def _run(*command: str) -> int:
    typer.echo("$ " + " ".join(command), err=True)
    return subprocess.call(command, cwd=ROOT)  # noqa: S603 - our own fixed commands


@test.command(context_settings=PASS_ON)
def run_tests(
    context: typer.Context,
    *,
    foreign: Annotated[
        bool,
        typer.Option("--foreign", help="Run the long ones instead, with others' OCPI software"),
    ] = False,
) -> None:
    """Run all tests, a few at once; with arguments, run pytest with them."""
    if foreign:
        raise typer.Exit(_run(sys.executable, "-m", "pytest", *FOREIGN, *context.args))
    chromium = find_chromium() or install_chromium(lambda text: typer.echo(text, err=True))
    if chromium:
        os.environ["ROAMWATT_CHROMIUM"] = chromium
    workers = min(WORKERS_PER_CPU * (os.cpu_count() or 1), MOST_AT_ONCE)
    chosen = context.args or ["-n", str(workers)]
    browser = [] if chromium else ["-m", "not browser"]
    code = _run(sys.executable, "-m", "pytest", *browser, *chosen)
    if not chromium:
        typer.echo("No Chromium could be had here: the browser tests were left out.")
    raise typer.Exit(code)


@lint.command()
def run_lint(
    *, fix: Annotated[bool, typer.Option(help="Mend what can be mended by itself")] = False
) -> None:
    """Style, types, import rules, sizes."""
    python = sys.executable
    if fix:
        _run(python, "-m", "ruff", "check", "--fix", ".")
        _run(python, "-m", "ruff", "format", ".")
    codes = [
        _run(python, "-m", "ruff", "check", "."),
        _run(python, "-m", "ruff", "format", "--check", "."),
        _run(python, "-m", "mypy"),
        _run(str(Path(python).with_name("lint-imports"))),
        _run(python, "-m", "pytest", "-q", "tests/architecture"),
    ]
    raise typer.Exit(1 if any(codes) else 0)
