"""An exchange has failed unless HTTP, OCPI and the network all say that it has not."""

from dataclasses import replace

import pytest

from app.domain.exchanges import Direction, Exchange, Side
from tests.support.clock import NOON

GOOD = Exchange(
    "x-1", Direction.OUT, NOON, "PUT", "https://them.example/ocpi", Side(), "req-1", "corr-1",
    http=200, status=1000, answer=Side(size=80),
)  # fmt: skip


def test_both_statuses_count() -> None:
    assert not GOOD.failed
    assert not replace(GOOD, http=201, status=1001).failed


@pytest.mark.parametrize(
    "changes",
    [
        {"http": None, "status": None, "answer": None, "failure": "refused"},
        {"http": 404},
        {"http": 500, "status": None},
        {"http": 302},
        {"status": 2001},
        {"status": 3000},
        {"status": None},
    ],
)
def test_whatever_is_not_a_success_is_a_failure(changes: dict[str, object]) -> None:
    assert replace(GOOD, **changes).failed  # type: ignore[arg-type]


def test_an_empty_answer_needs_no_envelope() -> None:
    assert not replace(GOOD, http=204, status=None, answer=Side()).failed
