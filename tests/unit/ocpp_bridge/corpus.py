"""Reads the message cases of tests/corpus/ocpp: what a charger says and what comes of it.

`payload` is the body of a CALL of `action`, `told` what the use-cases hear (fields that differ
from their defaults; `raw` left out), `answer` the body of the CALLRESULT. The folder is the
sub-protocol. A message whose body is received at 2026-05-01T12:00:00Z.
"""

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from app.domain.tokens import Verdict
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.dialects import DIALECTS
from ocpp_bridge.exchange import Asked
from tests.edge.ocpp.counterpart import Hub

CORPUS = Path(__file__).parents[2] / "corpus" / "ocpp"
RECEIVED = datetime(2026, 5, 1, 12, tzinfo=UTC)
BY_NAME = {dialect.subprotocol: dialect for dialect in DIALECTS}


def cases() -> list[Path]:
    """Every case."""
    return sorted(CORPUS.glob("*/*.json"))


def dialect_of(case: Path) -> Dialect:
    """The version a case is written in."""
    return BY_NAME[case.parent.name]


async def play(dialect: Dialect, action: str, payload: Any) -> tuple[list[Any], Any]:
    """Give a CALL to its handler; what did the use-cases hear, what is the charger told?"""
    hub = Hub(keys={"CP1": None}, tokens={"GOOD": Verdict.ALLOWED, "STOLEN": Verdict.BLOCKED})
    visit = await hub.dispatch().admit("CP1", None, dialect.subprotocol)
    raw = json.dumps(payload, ensure_ascii=False).encode()
    checked = dialect.schemas.call(action).validate_json(raw)
    answer = await dialect.handlers[action](visit, Asked(checked, raw, RECEIVED))
    dialect.schemas.our_answer(action).validate_python(answer)
    return [plain(message) for _, message in hub.told], answer


def plain(value: Any) -> Any:
    """A domain value as JSON: only what differs from its default, quantities as text."""
    if is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in fields(value)]
        if names == ["value"]:
            return str(value)
        shown = {
            f.name: plain(getattr(value, f.name))
            for f in fields(value)
            if f.name != "raw" and (f.default is MISSING or getattr(value, f.name) != f.default)
        }
        return {"is": type(value).__name__, **shown}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
