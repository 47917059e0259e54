"""The command line: `python3 -m app VERB …` and `roamwatt VERB …`.

Each verb is a module of its own, imported only when it is asked for, so that help comes at once.
"""

import logging
import sys
from importlib import import_module

import typer

VERBS = {
    "demo": ("app.runtime.verbs.demo", "Play the whole story on this machine and keep running"),
    "serve": ("app.runtime.verbs.serve", "Run the hub: all in one, or one role of it"),
    "migrate": ("app.runtime.verbs.migrate", "Bring the database to this version's tables"),
    "import": (
        "app.runtime.verbs.importing",
        "Import an operator's sites and tariffs from a file",
    ),
    "operator": ("app.runtime.verbs.operator", "Add operators and their API keys"),
    "charger": ("app.runtime.verbs.charger", "Register chargers"),
    "partner": ("app.runtime.verbs.partner", "Invite, join and list roaming partners"),
    "simulate": ("app.runtime.verbs.simulate", "Run a charger or a partner to play with"),
    "test": ("app.runtime.verbs.checks", "Run the tests; arguments go to pytest"),
    "lint": ("app.runtime.verbs.checks", "Check style, types, import rules and sizes"),
}


def main() -> None:
    """Run the verb named by the first argument; exit code 2 when there is none of that name."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name not in VERBS:
        _help(error=None if name in {"--help", "-h", "help"} else name)
        return
    # Libraries' warnings belong into the log, once there is one, not between its lines.
    logging.captureWarnings(capture=True)
    module = import_module(VERBS[name][0])
    verb: typer.Typer = module.verbs[name]
    verb(args=sys.argv[2:], prog_name=f"python3 -m app {name}")


def _help(*, error: str | None) -> None:
    out = sys.stderr if error else sys.stdout
    if error:
        typer.echo(f"There is no verb {error!r}.", file=out)
    typer.echo("Roamwatt: python3 -m app VERB [--help]\n", file=out)
    for name, (_, what) in VERBS.items():
        typer.echo(f"  {name:<9} {what}", file=out)
    sys.exit(2 if error else 0)
