"""The event log keeps facts until each was claimed once."""

from datetime import UTC, datetime

import pytest

from app.domain.events import CommandSettled, EvseStatusChanged, SessionClosed
from app.domain.identifiers import PartyId
from app.ports.delivery import Delivery, Mode
from app.store.correlation import correlation_id
from app.store.transaction import Store, assert_no_transaction

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
EVENTS = (
    SessionClosed("s-1", "c-1"),
    CommandSettled("k-1"),
    EvseStatusChanged(PartyId("NL", "RW1"), "L1", "E1"),
)


async def test_events_come_back_as_they_were_with_their_correlation(store: Store) -> None:
    token = correlation_id.set("corr-1")
    async with store.transaction() as tx:
        for event in EVENTS:
            tx.emit(event)
    correlation_id.reset(token)
    async with store.reading() as tx:
        recorded = await tx.events.unplanned(10)
        assert await tx.events.backlog() == 3
    assert tuple(r.event for r in recorded) == EVENTS
    assert {r.correlation for r in recorded} == {"corr-1"}


async def test_a_correlation_id_may_be_longer_than_we_keep(store: Store) -> None:
    """A partner chooses it; its request must not fail over that."""
    delivery = Delivery("partner:p-1", "s-1", Mode.LATEST, "ocpi.session")
    token = correlation_id.set("c" * 255)
    async with store.transaction() as tx:
        tx.emit(EVENTS[0])
        await tx.deliveries.add([delivery], NOW)
    correlation_id.reset(token)
    async with store.reading() as tx:
        (event,) = await tx.events.unplanned(10)
        pending = await tx.deliveries.pending("partner:p-1")
    assert pending is not None
    assert event.correlation == pending.correlation == "c" * 64


async def test_a_rolled_back_transaction_tells_nobody(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.transaction() as tx:
            tx.emit(EVENTS[0])
            _ = 1 / 0
    async with store.reading() as tx:
        assert await tx.events.unplanned(10) == []


async def test_an_event_is_claimed_once(store: Store) -> None:
    async with store.transaction() as tx:
        for event in EVENTS:
            tx.emit(event)
    async with store.reading() as tx:
        ids = [r.id for r in await tx.events.unplanned(10)]
    async with store.transaction() as tx:
        assert await tx.events.claim(ids[:2], NOW) == set(ids[:2])
    async with store.transaction() as tx:
        assert await tx.events.claim(ids, NOW) == {ids[2]}
    async with store.reading() as tx:
        assert await tx.events.oldest_unplanned() is None


async def test_nothing_foreign_may_be_awaited_inside(store: Store) -> None:
    assert_no_transaction()
    async with store.transaction():
        with pytest.raises(RuntimeError):
            assert_no_transaction()
    assert_no_transaction()
