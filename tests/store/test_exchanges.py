"""The journal comes back as it was written, is found by what people know, and stays bounded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.exchanges import Direction, Exchange, Pushed, Side
from app.store.exchanges import KEEP, Wanted, taken_down
from app.store.transaction import Store
from tests.support.clock import NOON

WHOLE = Exchange(
    id="x-000", direction=Direction.OUT, at=NOON, method="PUT", url="https://them.example/x",
    request=Side({"x-request-id": "r", "cookie": "•••"}, '{"id":"L-1","ü":"•••"}', 24),
    request_id="r", correlation_id="c", partner_id="p-1", version="2.2.1", module="locations",
    sender="NL-RW1", receiver="DE-PRT", http=200, status=1000,
    duration=timedelta(milliseconds=1_234), answer=Side({"content-length": "9"}, "{}… (more)", 9),
    pushed=Pushed("ocpi.location", "NL-RW1/L-1"),
)  # fmt: skip
BARE = Exchange(
    id="x-001", direction=Direction.IN, at=NOON, method="GET", url="/ocpi/versions",
    request=Side(), request_id="r2", correlation_id="c2", failure="the caller did not wait",
)  # fmt: skip


async def keep(store: Store, *exchanges: Exchange) -> None:
    async with store.transaction() as tx:
        await tx.exchanges.append(exchanges)


async def found(store: Store, **wanted: Any) -> list[str]:
    async with store.reading() as tx:
        return [e.id for e in await tx.exchanges.find(Wanted(**wanted))]


def numbered(count: int, **fields: Any) -> Sequence[Exchange]:
    return [
        replace(WHOLE, id=f"{fields.get('partner_id', 'p-1')}-{n:03}", **fields)
        for n in range(count)
    ]


async def test_an_exchange_comes_back(store: Store) -> None:
    await keep(store, WHOLE, BARE, replace(WHOLE, id="x-002", pushed=Pushed("k", "s", every=True)))
    async with store.reading() as tx:
        assert await tx.exchanges.get("x-000") == WHOLE
        assert await tx.exchanges.get("x-001") == BARE
        third = await tx.exchanges.get("x-002")
        assert third is not None
        assert third.pushed == Pushed("k", "s", every=True)
        assert await tx.exchanges.get("none") is None


async def test_many_come_back_that_were_kept_at_once(store: Store) -> None:
    many = [replace(each, id=f"{each.id}-{n}") for each in (WHOLE, BARE) for n in range(9)]
    await store.database.write([(KEEP, [taken_down(each).values for each in many])])
    async with store.reading() as tx:
        assert [await tx.exchanges.get(each.id) for each in many] == many


async def test_a_list_leaves_headers_and_bodies_out(store: Store) -> None:
    await keep(store, WHOLE)
    async with store.reading() as tx:
        (listed,) = await tx.exchanges.find(Wanted())
    assert listed == replace(WHOLE, request=Side(size=24), answer=Side(size=9))
    assert not listed.failed


async def test_exchanges_are_found_the_newest_first(store: Store) -> None:
    other = replace(WHOLE, id="x-002", partner_id="p-2", correlation_id="c", status=2001)
    await keep(store, WHOLE, BARE, other)
    assert await found(store) == ["x-002", "x-001", "x-000"]
    assert await found(store, partner_id="p-1") == ["x-000"]
    assert await found(store, correlation_id="c") == ["x-002", "x-000"]
    assert await found(store, correlation_id="c", partner_id="p-2") == ["x-002"]
    assert await found(store, direction=Direction.IN) == ["x-001"]
    assert await found(store, failed=True) == ["x-002", "x-001"]
    assert await found(store, failed=False) == ["x-000"]
    assert await found(store, limit=2) == ["x-002", "x-001"]
    assert await found(store, before="x-001") == ["x-000"]


@pytest.mark.parametrize("partner_id", ["p-1", None])
async def test_each_partner_has_so_many_at_most(store: Store, partner_id: str | None) -> None:
    """Strangers together have as many as one partner."""
    await keep(store, *numbered(10, partner_id=partner_id), *numbered(3, partner_id="p-2"))
    async with store.reading() as tx:
        assert await tx.exchanges.partners_with_more_than(3) == [partner_id]
        assert len(await tx.exchanges.partners_with_more_than(2)) == 2
    async with store.transaction() as tx:
        assert await tx.exchanges.forget_beyond(partner_id, 4, limit=5) == 5
        assert await tx.exchanges.forget_beyond(partner_id, 4, limit=5) == 1
        assert await tx.exchanges.forget_beyond(partner_id, 4, limit=5) == 0
        assert await tx.exchanges.forget_beyond(partner_id, 50, limit=5) == 0
    kept = [f"{partner_id}-{n:03}" for n in (9, 8, 7, 6)]
    assert [i for i in await found(store) if not i.startswith("p-2")] == kept
    assert len(await found(store, partner_id="p-2")) == 3
    async with store.transaction() as tx:
        assert await tx.exchanges.forget_beyond(partner_id, 0, limit=50) == 4


async def test_what_is_old_is_forgotten_little_by_little(store: Store) -> None:
    old = [replace(WHOLE, id=f"o-{n}", at=NOON - timedelta(hours=n)) for n in range(6)]
    await keep(store, *old)
    async with store.transaction() as tx:
        limit = NOON - timedelta(hours=2)
        assert await tx.exchanges.forget_before(limit, 2) == 2
        assert await tx.exchanges.forget_before(limit, 2) == 1
        assert await tx.exchanges.forget_before(limit, 2) == 0
    assert await found(store) == ["o-2", "o-1", "o-0"]
