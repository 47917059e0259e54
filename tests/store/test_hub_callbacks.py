"""Addresses of the hub that stand for members' own, on every database."""

from dataclasses import replace
from datetime import timedelta

from app.domain.hub_callbacks import CallbackKind
from app.store.transaction import Store
from tests.support.clock import NOON
from tests.support.passing import GIVEN, a_callback
from tests.support.roaming_objects import THEIR_EMSP

HOUR = timedelta(hours=1)


async def test_an_address_comes_back_as_it_was_kept(store: Store) -> None:
    kept = a_callback()
    async with store.transaction() as tx:
        await tx.hub_callbacks.add(kept)
        await tx.hub_callbacks.add(a_callback("c-2", kind=CallbackKind.OBJECT), "R1")
    async with store.reading() as tx:
        assert await tx.hub_callbacks.get("c-1") == kept
        assert await tx.hub_callbacks.get("C-1") is None


async def test_an_address_is_never_shortened(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.hub_callbacks.add(a_callback())
        await tx.hub_callbacks.prolong("c-1", NOON)
        await tx.hub_callbacks.prolong("c-9", NOON + 3 * HOUR)
        assert await tx.hub_callbacks.get("c-1") == a_callback()
        await tx.hub_callbacks.prolong("c-1", NOON + 2 * HOUR)
        assert await tx.hub_callbacks.get("c-1") == a_callback(expires_at=NOON + 2 * HOUR)


async def test_what_a_reservation_was_asked_with_lasts_as_long_as_it(store: Store) -> None:
    """C-259. Only those of the same provider and operator, and ids in any case."""
    elsewhere = replace(GIVEN, caller=THEIR_EMSP)
    later = NOON + 5 * HOUR
    async with store.transaction() as tx:
        callbacks = tx.hub_callbacks
        await callbacks.add(a_callback(), "Res-1")
        await callbacks.add(a_callback("c-2"), "Res-2")
        await callbacks.add(a_callback("c-3", supplied=elsewhere), "Res-1")
        await callbacks.add(a_callback("c-4"))
        await callbacks.prolong_reservation(GIVEN, "RES-1", later)
        ends = [(await callbacks.get(f"c-{n}")).expires_at for n in range(1, 5)]  # type: ignore[union-attr]
    assert ends == [later, NOON + HOUR, NOON + HOUR, NOON + HOUR]


async def test_expired_ones_are_forgotten_the_oldest_first(store: Store) -> None:
    async with store.transaction() as tx:
        for n in range(1, 4):
            await tx.hub_callbacks.add(a_callback(f"c-{n}", expires_at=NOON + n * HOUR))
    at = NOON + 2 * HOUR
    async with store.transaction() as tx:
        assert await tx.hub_callbacks.forget_expired(at, 1) == 1
        assert await tx.hub_callbacks.get("c-1") is None
        assert await tx.hub_callbacks.get("c-2") is not None
        assert await tx.hub_callbacks.forget_expired(at, 10) == 1
        assert await tx.hub_callbacks.forget_expired(at, 10) == 0
        assert await tx.hub_callbacks.get("c-3") is not None
