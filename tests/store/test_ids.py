"""Ids are unique, of version 7, and sort as they were made."""

from itertools import pairwise
from uuid import RFC_4122, UUID

from app.store.ids import new_id


def test_ids_sort_in_the_order_they_were_made() -> None:
    """Source: RFC 9562, 6.2: monotonicity within a millisecond."""
    made = [new_id() for _ in range(20_000)]
    assert all(one < other for one, other in pairwise(made))
    read = [UUID(each) for each in made]
    assert {(each.version, each.variant) for each in read} == {(7, RFC_4122)}
