"""Ids are unique, of version 7, and sort as they were made."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import RFC_4122, UUID

from app.store.ids import first_id_at, new_id


def test_ids_sort_in_the_order_they_were_made() -> None:
    """Source: RFC 9562, 6.2: monotonicity within a millisecond."""
    made = [new_id() for _ in range(20_000)]
    assert all(one < other for one, other in pairwise(made))
    read = [UUID(each) for each in made]
    assert {(each.version, each.variant) for each in read} == {(7, RFC_4122)}


def test_an_id_tells_when_it_was_made() -> None:
    now = datetime.now(UTC)
    made = new_id()
    assert first_id_at(now) <= made < first_id_at(now + timedelta(minutes=1))
    assert UUID(first_id_at(now)).version == 7
    assert UUID(first_id_at(now)).variant == RFC_4122
    before = datetime(1926, 1, 1, tzinfo=UTC)
    assert first_id_at(before) == first_id_at(datetime(1970, 1, 1, tzinfo=UTC)) < made
