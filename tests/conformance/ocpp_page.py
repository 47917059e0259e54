"""What we do of OCPP, as a page: `python -m tests.conformance.ocpp_page > docs/ocpp.md`."""

import sys
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dialects import DIALECTS
from tests.conformance.named import OCPP, TESTS, proofs

VERSIONS = tuple(reversed(DIALECTS))
SEND = "NotifyPeriodicEventStream"
"""OCPP 2.1's only SEND; it has no answer, and so no action of the library's."""

ASKED, ASKING = "from chargers", "to chargers"

HEAD = """# OCPP: what we do, and the tests that prove it

Every message of OCPP 1.6J (with the security extension), 2.0.1 and 2.1. This page is made of what
the bridge handles and of what the tests say they prove; a test keeps it true, and looks into the
official schemas for messages that were forgotten. To make it anew:
`python -m tests.conformance.ocpp_page > docs/ocpp.md`.

A dash: that version has no such message. *open*: chargers are told that we do not do it, or it
cannot be asked yet.
"""

LINES = """
## Conformance

Our own short words for what a charger expects of a central system. The numbers are ours; tests
name them.
"""


def read(name: str) -> dict[str, Any]:
    """One of the tables that people write."""
    return tomllib.loads((TESTS / "conformance" / f"ocpp_{name}.toml").read_text())


def number(dialect: Dialect) -> str:
    """`1.6` of OCPP 1.6."""
    return dialect.subprotocol.removeprefix("ocpp")


def messages(dialect: Dialect) -> set[str]:
    """All messages of a version, by its schemas."""
    return set(dialect.schemas.actions) | ({SEND} if dialect.has_sends else set())


def states(side: str, action: str) -> dict[str, str]:
    """By version how far we are with a message that goes this way."""
    return {number(d): _state(d, side, action) for d in VERSIONS if action in messages(d)}


def _state(dialect: Dialect, side: str, action: str) -> str:
    if side == ASKING:
        return "yes" if action in dialect.sends else "open"
    return "yes" if action in dialect.handlers or action in dialect.hearers else "open"


def page() -> str:
    """The whole page."""
    return "".join([HEAD, *(_side(side) for side in (ASKED, ASKING)), LINES, *_lines()])


def _side(side: str) -> str:
    numbers = " | ".join(number(dialect) for dialect in VERSIONS)
    head = f"\n## Messages {side}\n\n| message | {numbers} | what we do | test |\n"
    rows = [_message(side, action, says) for action, says in read("messages")[side].items()]
    return head + _row(*["---"] * (len(VERSIONS) + 3)) + "".join(rows)


def _message(side: str, action: str, says: list[str]) -> str:
    told = states(side, action)
    cells = [told.get(number(dialect), "-") for dialect in VERSIONS]
    return _row(f"`{action}`", *cells, says[0] if says else "", _links(says[1:]))


def _lines() -> Iterable[str]:
    proved: Mapping[str, tuple[str, ...]] = proofs(OCPP)
    for section, lines in read("lines").items():
        yield f"\n### {section}\n\n| line | versions | what | proved by |\n"
        yield _row(*["---"] * 4)
        for line, (versions, what) in lines.items():
            yield _row(line, versions, what, _links(proved.get(line, ())) or "open")


def _links(tests: Iterable[str]) -> str:
    return ", ".join(
        f"[{t.partition('::')[2]}](../tests/{t.partition('::')[0]}.py)" for t in tests
    )


def _row(*cells: str) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
