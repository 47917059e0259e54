"""Drivers, devices, sign-ins and notices come back as they were; what is used once stays used."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.charging_triggers import NoticeKind
from app.domain.drivers import (
    Consent,
    Device,
    Driver,
    Notice,
    PushKind,
    RefreshToken,
    SignIn,
)
from app.store.transaction import Store
from tests.support.clock import NOON

DRIVER = Driver("d-1", NOON, "d@example.com", "Dana", "nl", "cus_1")
DEVICE = Device("phone-1", "d-1", "ios", NOON, "iPhone", "de", PushKind.FID, "target-1")
FAMILY = SignIn("f-1", "d-1", "phone-1", created_at=NOON, used_at=NOON)
TOKEN = RefreshToken(
    "hash-1", "f-1", "phone-1", issued_at=NOON, expires_at=NOON + timedelta(days=60)
)


async def test_a_driver_and_who_providers_say_they_are(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.drivers.add(DRIVER)
        assert await tx.drivers.tie("https://id.example", "sub-1", "d-1")
        assert not await tx.drivers.tie("https://id.example", "sub-1", "d-2")
    async with store.transaction() as tx:
        assert await tx.drivers.need("d-1") == DRIVER
        assert await tx.drivers.by_identity("https://id.example", "sub-1") == DRIVER
        assert await tx.drivers.by_identity("https://other.example", "sub-1") is None
        await tx.drivers.identities.untie("d-1")
        assert await tx.drivers.by_identity("https://id.example", "sub-1") is None


async def test_a_driver_is_held_by_one_at_a_time(store: Store) -> None:
    """So that two wishes at once do not both find that there is none yet."""
    async with store.transaction() as tx:
        await tx.drivers.add(DRIVER)
    seen: list[str] = []

    async def begin(name: str) -> None:
        async with store.transaction() as tx:
            assert await tx.drivers.hold("d-1") == DRIVER
            seen.append(name)
            await asyncio.sleep(0.02)
            seen.append(name)

    await asyncio.gather(begin("one"), begin("two"))
    assert seen[0] == seen[1]
    assert seen[2] == seen[3]


async def test_devices_and_their_targets(store: Store) -> None:
    async with store.transaction() as tx:
        devices = tx.drivers.devices
        await devices.put(DEVICE)
        await devices.put(replace(DEVICE, name="Dana's"))
        await devices.put(replace(DEVICE, id="phone-2", push_target=None))
        found = await devices.by_target("target-1")
        assert found == replace(DEVICE, name="Dana's")
        assert len(await devices.of_driver("d-1")) == 2
        await devices.delete("phone-2")
        assert len(await devices.of_driver("d-1")) == 1
        await devices.delete_of_driver("d-1")
        assert await devices.by_target("target-1") is None
    with pytest.raises(IntegrityError):
        async with store.transaction() as tx:
            await tx.drivers.devices.put(DEVICE)
            await tx.drivers.devices.put(replace(DEVICE, id="phone-3"))


async def test_a_token_rotates_once_on_its_own_device_in_a_living_family(store: Store) -> None:
    async with store.transaction() as tx:
        families = tx.drivers.sign_ins
        await families.add(FAMILY)
        await families.add_token(TOKEN)
        await families.add_token(replace(TOKEN, hash="hash-2"))
        assert await families.get("f-1") == FAMILY
        assert await families.get("f-9") is None
        assert await families.of_driver("d-1") == [FAMILY]
        assert not await families.rotate("hash-1", "phone-2", NOON)
        assert not await families.rotate("hash-1", "phone-1", NOON + timedelta(days=60))
        assert await families.rotate("hash-1", "phone-1", NOON)
        assert not await families.rotate("hash-1", "phone-1", NOON)
        assert await families.token("hash-1") == replace(TOKEN, rotated_at=NOON)
        assert await families.token("hash-9") is None
        await families.touch("f-1", NOON + timedelta(hours=1))
        assert await families.revoke("f-1", "signed_out", NOON)
        assert not await families.revoke("f-1", "signed_out", NOON)
        assert not await families.rotate("hash-2", "phone-1", NOON)
        assert await families.of_driver("d-1") == []
        assert await families.forget_before(NOON + timedelta(days=61)) == 2


async def test_families_end_with_their_device(store: Store) -> None:
    async with store.transaction() as tx:
        families = tx.drivers.sign_ins
        await families.add(FAMILY)
        await families.add(replace(FAMILY, id="f-2", device_id="phone-2"))
        assert await families.revoke_of_device("phone-2", "signed_in_again", NOON) == 1


async def test_a_nonce_is_spent_once_and_in_time(store: Store) -> None:
    async with store.transaction() as tx:
        families = tx.drivers.sign_ins
        await families.add_nonce("n-1", NOON + timedelta(minutes=10))
        await families.add_nonce("n-2", NOON + timedelta(minutes=10))
        assert await families.spend_nonce("n-1", NOON)
        assert not await families.spend_nonce("n-1", NOON)
        assert not await families.spend_nonce("n-2", NOON + timedelta(minutes=10))


async def test_each_kind_of_news_is_told_once(store: Store) -> None:
    started = NoticeKind.STARTED
    async with store.transaction() as tx:
        notices = tx.drivers.notices
        assert await notices.add("c-1", started, NOON)
        assert not await notices.add("c-1", started, NOON)
        assert await notices.add("c-1", NoticeKind.COMPLETE, NOON + timedelta(hours=1))
        assert await notices.add("c-2", started, NOON)
        assert [n.kind for n in await notices.unsent("c-1")] == [started, NoticeKind.COMPLETE]
        assert await notices.mark_sent("c-1", started, NOON)
        assert not await notices.mark_sent("c-1", started, NOON)
        assert [n.kind for n in await notices.unsent("c-1")] == [NoticeKind.COMPLETE]
        assert (await notices.of_charging("c-1"))[0] == Notice("c-1", started, NOON, NOON)


async def test_the_newest_decision_counts(store: Store) -> None:
    async with store.transaction() as tx:
        for granted in (True, False):
            await tx.drivers.consents.add("d-1", Consent("marketing", granted, NOON))
        await tx.drivers.consents.add("d-1", Consent("terms", granted=True, at=NOON))
        assert await tx.drivers.consents.of_driver("d-1") == [
            Consent("marketing", granted=False, at=NOON),
            Consent("terms", granted=True, at=NOON),
        ]
