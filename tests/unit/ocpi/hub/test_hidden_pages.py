"""Pages of one owner's list without what the reader may not see."""

import json

import pytest

from app.domain.hub_rules import Decision
from app.domain.identifiers import PartyId
from ocpi.hub.rules import without_hidden
from ocpi.wire.calls import Relayed

OWNER = PartyId("NL", "TNM")
DECISION = Decision(allowed=True, hidden=frozenset({"t2", "t3"}))


def a_page(ids: list[str], total: str | None) -> Relayed:
    body = json.dumps({"data": [{"id": each} for each in ids], "status_code": 1000}).encode()
    return Relayed(body, OWNER, headers={} if total is None else {"x-total-count": total})


@pytest.mark.parametrize(
    ("ids", "total", "shown", "told"),
    [
        (["T1", "T2"], "2", ["T1"], "1"),
        (["T2", "T3"], "2", [], "0"),
        (["T1", "T2"], "5", ["T1"], "5"),
        (["T3"], "5", [], "5"),
        (["T1", "T2"], "many", ["T1"], "many"),
        (["T1", "T2"], None, ["T1"], None),
    ],
)
def test_the_total_lets_nobody_stop_early(
    ids: list[str], total: str | None, shown: list[str], told: str | None
) -> None:
    """C-263; the offsets of a longer list count what its owner has, so its total does too."""
    page = without_hidden(a_page(ids, total), DECISION)
    assert [each["id"] for each in json.loads(page.body)["data"]] == shown
    assert page.headers.get("x-total-count") == told


def test_a_page_without_anything_hidden_stays_as_it_is() -> None:
    page = a_page(["T1", "T4"], "9")
    assert without_hidden(page, DECISION) is page
