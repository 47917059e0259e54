"""A message is followed over its legs."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.exchanges import Direction, Exchange, Side
from app.store.transaction import Store
from app.use_cases.traces import Traces
from tests.support.clock import NOON
from tests.support.roaming_objects import a_partner


def leg(number: int, direction: Direction, after_ms: int, took_ms: int, **changes: object):  # type: ignore[no-untyped-def]
    values: dict[str, object] = {
        "id": f"0000-{number}",
        "direction": direction,
        "at": NOON + timedelta(milliseconds=after_ms),
        "method": "PUT",
        "url": "/ocpi/hub/2.2.1/receiver/locations/DE/PRT/L1",
        "request": Side(),
        "request_id": f"r{number}",
        "correlation_id": "c-1",
        "http": 200,
        "status": 1000,
        "duration": timedelta(milliseconds=took_ms),
        "answer": Side(size=10),
    }
    return Exchange(**(values | changes))  # type: ignore[arg-type]


async def test_legs_stand_in_their_order_with_who_they_were_with(store: Store) -> None:
    """A request, two legs while it is answered, the callback's two legs, and another message."""
    legs = [
        leg(5, Direction.OUT, 901, 20, partner_id="p-1"),
        leg(4, Direction.IN, 900, 30, partner_id="p-2"),
        leg(2, Direction.OUT, 3, 40, partner_id="p-2", status=2001),
        leg(1, Direction.IN, 0, 50, partner_id="p-1"),
        leg(3, Direction.OUT, 200, 9, partner_id="gone"),
        leg(6, Direction.IN, 1, 1, correlation_id="c-2"),
    ]
    async with store.transaction() as tx:
        await tx.partners.put(a_partner(hub=True))
        await tx.partners.put(a_partner(id="p-2", name="Others", roles=()))
        await tx.exchanges.append(legs)
    trace = await Traces(store).follow("c-1")
    assert [(each.exchange.request_id, each.partner, each.depth) for each in trace.legs] == [
        ("r1", "Them", 0), ("r2", "Others", 1), ("r3", None, 0), ("r4", "Others", 0),
        ("r5", "Them", 1),
    ]  # fmt: skip
    assert [each.hub for each in trace.legs] == [True, False, False, False, True]
    assert trace.failed == 1
    assert trace.took == timedelta(milliseconds=930)


async def test_an_unknown_message_is_said_to_be(store: Store) -> None:
    with pytest.raises(NotFound):
        await Traces(store).follow("c-1")
