"""What we do of OCPI, as a page: `python -m tests.conformance.page > docs/ocpi.md`."""

import sys
import tomllib
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from ocpi.versions.registry import VERSIONS
from tests.conformance.mounts import Mounted, mounted
from tests.conformance.named import proofs

HERE = Path(__file__).parent
SIDES = {"": "both", "cpo": "CPO", "emsp": "eMSP", "hub": "hub"}

HEAD = """# OCPI: what we do, and the tests that prove it

Every module, both interfaces, as CPO and as eMSP, in 2.1.1, 2.2.1 and 2.3.0. This page is made of
what is mounted and of what the tests say they prove; a test keeps it true. To make it anew:
`python -m tests.conformance.page > docs/ocpi.md`.

Addresses stand below the public address of the platform. `{version}` is the version's number. A
partner uses the addresses that its version details list and never builds them.
"""

SERVED = """
## What we serve

A dash: not in that version. Everything that a version's details list is below.
"""

SENT = """
## What we send

Objects of ours go to the partners that may see them, in the version that each registered for, when
they change. What only the newest state matters of is sent once however often it changed; CDRs and
results are sent one by one, until they are taken.

| we are | what happens | request | test |
| --- | --- | --- | --- |
"""

LINES = """
## Conformance

Our own short words for what OCPI asks of a platform with chargers, with drivers, or both. The
numbers are ours; tests name them.

| line | of | level | what | proved by |
| --- | --- | --- | --- | --- |
"""

POINTS = """
## Trouble known from the field

What real partners do, and traps of the platform.

| point | what we do | proved by |
| --- | --- | --- |
"""

Entry = Mapping[str, Any]


def read(name: str) -> dict[str, Any]:
    """One of the tables that people write."""
    return tomllib.loads((HERE / f"{name}.toml").read_text())


def flat(name: str) -> dict[str, list[str]]:
    """The lines of all sections of a table."""
    return {line: says for section in read(name).values() for line, says in section.items()}


def proof_of(row: Mounted, version: str) -> str | None:
    """The test of a request in a version; None when nobody wrote one down."""
    section = read("routes").get(row.module, {})
    if row.interface:
        section = section.get(row.interface, {})
    known: Entry = section.get(row.request, {})
    return known.get(version, known.get("every"))


def page() -> str:
    """The whole page."""
    rows = sorted(mounted(), key=_order)
    served = "".join(_module(name, list(of)) for name, of in groupby(rows, key=_module_of))
    return "".join([
        HEAD, SERVED, served,
        SENT, *(_row(each["we"], each["when"], f"`{each['request']}`", _link(each["test"]))
                for each in read("sent")["sent"]),
        LINES, *(_row(line, *says[:3], _proof(line, says[3:]))
                 for line, says in flat("lines").items()),
        POINTS, *(_row(point, says[0], _proof(point, says[1:]))
                  for point, says in flat("points").items()),
    ])  # fmt: skip


def _order(row: Mounted) -> tuple[bool, str, str]:
    return (row.module not in {"versions", "credentials"}, _ranked(row.module), row.interface)


def _ranked(module: str) -> str:
    return "" if module == "versions" else module


def _module_of(row: Mounted) -> str:
    return row.module


def _module(name: str, rows: Iterable[Mounted]) -> str:
    numbers = " | ".join(VERSIONS)
    head = (
        f"\n### {name}\n\n| interface | we are | request | what we do | {numbers} |\n"
        f"| --- | --- | --- | --- |{' --- |' * len(VERSIONS)}\n"
    )
    return head + "".join(_served(row) for row in rows)


def _served(row: Mounted) -> str:
    cells = [
        _link(proof_of(row, v) or "") if v in row.versions or not row.versions else "-"
        for v in VERSIONS
    ]
    return _row(row.interface.lower(), SIDES[row.side], f"`{row.request}`", row.does, *cells)


def _proof(line: str, reason: list[str]) -> str:
    return ", ".join(_link(name) for name in proofs().get(line, ())) or "".join(reason)


def _link(name: str) -> str:
    path, _, test = name.partition("::")
    return f"[{test}](../tests/{path}.py)" if test else ""


def _row(*cells: str) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
