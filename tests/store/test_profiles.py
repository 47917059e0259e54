"""Charging profiles in both databases: exact, never written over unseen, found when due."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.errors import StaleVersion
from app.domain.preferences import Preferences, ProfileType
from app.domain.profiles import (
    ActiveProfile,
    ChargingProfile,
    ProfilePeriod,
    ProfileSource,
    RateUnit,
    SessionProfile,
)
from app.domain.units import Kwh
from app.store.transaction import Store
from tests.support.roaming_objects import NOON

HOUR = timedelta(hours=1)
PROFILE = ChargingProfile(
    RateUnit.AMPERE,
    (ProfilePeriod(timedelta(), Decimal("16.1")), ProfilePeriod(HOUR, Decimal("0.0"))),
    start=NOON,
    duration=2 * HOUR,
    min_rate=Decimal("6.0"),
)
WHOLE = SessionProfile(
    "s-1",
    profile=PROFILE,
    source=ProfileSource.PARTNER,
    set_at=NOON,
    watcher="p-1",
    active=ActiveProfile(NOON, PROFILE),
    told=ActiveProfile(NOON, PROFILE),
    preferences=Preferences(
        ProfileType.CHEAP, NOON + HOUR, Kwh.of("12.3456"), discharge_allowed=True
    ),
    review_at=NOON + HOUR,
)


async def test_what_is_kept_is_what_was_given(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.profiles.add(WHOLE)
        assert await tx.profiles.locked("s-1") == WHOLE
        assert await tx.profiles.locked("s-2") is None
    async with store.reading() as tx:
        assert await tx.profiles.need("s-1") == WHOLE
        assert await tx.profiles.get("s-2") is None


async def test_only_what_was_read_is_written_over(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.profiles.add(WHOLE)
        saved = await tx.profiles.save(replace(WHOLE, profile=None))
    assert (saved.profile, saved.version) == (None, 1)
    with pytest.raises(StaleVersion):
        async with store.transaction() as tx:
            await tx.profiles.save(WHOLE)


async def test_what_is_due_is_found_in_its_order(store: Store) -> None:
    others = [
        replace(WHOLE, session_key=f"s-{n}", review_at=at)
        for n, at in ((2, NOON - HOUR), (3, None), (4, NOON - 2 * HOUR))
    ]
    async with store.transaction() as tx:
        for each in (WHOLE, *others):
            await tx.profiles.add(each)
    async with store.reading() as tx:
        assert [p.session_key for p in await tx.profiles.due(NOON, 10)] == ["s-4", "s-2"]
        assert [p.session_key for p in await tx.profiles.due(NOON, 1)] == ["s-4"]
