"""Accounts: signing in, refresh tokens that are used once, devices, leaving."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.charging import ChargingState
from app.domain.drivers import Identity, PushKind
from app.domain.errors import Conflict, NotFound, Unauthenticated
from app.domain.events import TokenChanged
from app.store.transaction import Store
from app.use_cases.accounts import Accounts
from app.use_cases.drivers import DeviceInfo, Drivers, SignedIn, guest_secret
from app.use_cases.leaving import Leaving
from tests.support.chargers import a_token
from tests.support.chargings import a_charging
from tests.support.clock import FakeClock
from tests.support.drive import CARD

WHO = Identity("https://id.example", "sub-1", "driver@example.com", "Dana")
PHONE = DeviceInfo("phone-1", "android", "Pixel", "nl")
OTHER = DeviceInfo("phone-2", "ios")


SEALER = FernetSealer(["a secret of sixteen characters"])


@pytest.fixture
def drivers(store: Store, clock: FakeClock) -> Drivers:
    return Drivers(store, clock, SEALER)


@pytest.fixture
def accounts(store: Store, clock: FakeClock) -> Accounts:
    return Accounts(store, clock)


@pytest.fixture
def leaving(store: Store, clock: FakeClock) -> Leaving:
    return Leaving(store, clock, SEALER)


async def test_the_first_sign_in_makes_the_account(drivers: Drivers) -> None:
    first = await drivers.sign_in(WHO, PHONE)
    assert (first.driver.email, first.driver.language) == ("driver@example.com", "nl")
    again = await drivers.sign_in(Identity(WHO.issuer, WHO.subject, "new@example.com"), OTHER)
    assert again.driver.id == first.driver.id
    assert (again.driver.email, again.driver.name) == ("new@example.com", "Dana")
    stranger = await drivers.sign_in(Identity("https://evil.example", "sub-1", WHO.email), OTHER)
    assert stranger.driver.id != first.driver.id
    assert {s.device_id for s in await drivers.sign_ins(first.driver.id)} == {"phone-1"}


async def test_one_sign_in_per_device(drivers: Drivers) -> None:
    old = await drivers.sign_in(WHO, PHONE)
    new = await drivers.sign_in(WHO, PHONE)
    assert not await drivers.is_signed_in(old.family)
    assert await drivers.is_signed_in(new.family)


async def test_a_refresh_token_is_used_once(drivers: Drivers, clock: FakeClock) -> None:
    signed_in = await drivers.sign_in(WHO, PHONE)
    following = await drivers.refresh(signed_in.refresh_token, PHONE.id)
    assert following.family == signed_in.family
    assert following.refresh_token != signed_in.refresh_token
    await clock.advance(31)
    with pytest.raises(Unauthenticated):
        await drivers.refresh(signed_in.refresh_token, PHONE.id)
    assert not await drivers.is_signed_in(signed_in.family)
    with pytest.raises(Unauthenticated):
        await drivers.refresh(following.refresh_token, PHONE.id)


async def test_a_phone_that_lost_the_answer_gets_a_sibling(
    drivers: Drivers, clock: FakeClock
) -> None:
    signed_in = await drivers.sign_in(WHO, PHONE)
    await drivers.refresh(signed_in.refresh_token, PHONE.id)
    await clock.advance(29)
    sibling = await drivers.refresh(signed_in.refresh_token, PHONE.id)
    assert (await drivers.refresh(sibling.refresh_token, PHONE.id)).driver == signed_in.driver


async def test_a_token_from_another_device_revokes_the_family(drivers: Drivers) -> None:
    signed_in = await drivers.sign_in(WHO, PHONE)
    with pytest.raises(Unauthenticated):
        await drivers.refresh(signed_in.refresh_token, OTHER.id)
    assert not await drivers.is_signed_in(signed_in.family)


async def test_of_many_refreshes_at_once_one_rotates(
    drivers: Drivers, store: Store, clock: FakeClock
) -> None:
    """The others are siblings within the grace: all from one phone, nobody is signed out."""
    signed_in = await drivers.sign_in(WHO, PHONE)
    token_hash = FernetSealer(["a secret of sixteen characters"]).fingerprint(
        signed_in.refresh_token
    )

    async def rotate() -> bool:
        async with store.transaction() as tx:
            return await tx.drivers.sign_ins.rotate(token_hash, PHONE.id, clock.now())

    assert sum(await asyncio.gather(*(rotate() for _ in range(10)))) == 1
    many: list[SignedIn] = await asyncio.gather(
        *(drivers.refresh(signed_in.refresh_token, PHONE.id) for _ in range(5))
    )
    assert len({each.refresh_token for each in many}) == 5


async def test_tokens_end(drivers: Drivers, clock: FakeClock) -> None:
    signed_in = await drivers.sign_in(WHO, PHONE)
    with pytest.raises(Unauthenticated):
        await drivers.refresh("never given out", PHONE.id)
    clock.set(clock.now() + timedelta(days=61))
    with pytest.raises(Unauthenticated):
        await drivers.refresh(signed_in.refresh_token, PHONE.id)
    assert await drivers.is_signed_in(signed_in.family)
    assert await drivers.tidy() == 1


async def test_a_nonce_is_spent_once(drivers: Drivers, clock: FakeClock) -> None:
    nonce, old = await drivers.nonce(), await drivers.nonce()
    assert await drivers.spend_nonce(nonce)
    assert not await drivers.spend_nonce(nonce)
    assert not await drivers.spend_nonce("made up")
    await clock.advance(601)
    assert not await drivers.spend_nonce(old)
    assert guest_secret() != guest_secret()


async def test_signing_out_silences_the_device(drivers: Drivers) -> None:
    signed_in = await drivers.sign_in(WHO, PHONE)
    driver = signed_in.driver.id
    await drivers.set_push(driver, PHONE.id, "token-1", PushKind.FCM_TOKEN)
    with pytest.raises(NotFound):
        await drivers.revoke(signed_in.family, driver_id="d-9")
    await drivers.revoke(signed_in.family, driver_id=driver)
    assert not await drivers.is_signed_in(signed_in.family)
    assert [d.push_target for d in await drivers.devices(driver)] == [None]
    with pytest.raises(Unauthenticated):
        await drivers.refresh(signed_in.refresh_token, PHONE.id)
    with pytest.raises(NotFound):
        await drivers.revoke("nobody's")


async def test_a_push_target_reaches_one_device(drivers: Drivers) -> None:
    mine = (await drivers.sign_in(WHO, PHONE)).driver.id
    theirs = (await drivers.sign_in(Identity(WHO.issuer, "sub-2"), OTHER)).driver.id
    await drivers.set_push(mine, PHONE.id, "token-1", PushKind.FCM_TOKEN)
    device = await drivers.set_push(theirs, OTHER.id, "token-1", PushKind.FID)
    assert device.push_address == "fid:token-1"
    assert [d.push_address for d in await drivers.devices(mine)] == [None]
    with pytest.raises(NotFound):
        await drivers.set_push(mine, OTHER.id, "token-2", PushKind.FID)
    await drivers.forget_target("token-1")
    await drivers.forget_target("token-1")
    assert [d.push_target for d in await drivers.devices(theirs)] == [None]


async def test_a_device_taken_over_does_not_ring_for_the_one_before(drivers: Drivers) -> None:
    mine = (await drivers.sign_in(WHO, PHONE)).driver.id
    await drivers.set_push(mine, PHONE.id, "token-1", PushKind.FCM_TOKEN)
    theirs = (await drivers.sign_in(Identity(WHO.issuer, "sub-2"), PHONE)).driver.id
    assert await drivers.devices(mine) == []
    assert [d.push_target for d in await drivers.devices(theirs)] == [None]


async def test_what_a_driver_decides(drivers: Drivers, accounts: Accounts) -> None:
    driver = (await drivers.sign_in(WHO, PHONE)).driver.id
    assert (await accounts.edit(driver, language="de")).name == "Dana"
    assert (await accounts.get(driver)).language == "de"
    await accounts.consent(driver, "marketing", granted=True)
    await accounts.consent(driver, "marketing", granted=False)
    assert [(c.kind, c.granted) for c in await accounts.consents(driver)] == [("marketing", False)]


async def test_an_account_is_forgotten_but_not_its_bills(
    drivers: Drivers, accounts: Accounts, leaving: Leaving, store: Store
) -> None:
    signed_in = await drivers.sign_in(WHO, PHONE)
    driver = signed_in.driver.id
    async with store.transaction() as tx:
        done = ChargingState.COMPLETED
        await tx.charging.add(a_charging(state=done, driver_id=driver, email="x@example.com"))
        await tx.payments.methods.add(replace(CARD, driver_id=driver))
        await tx.tokens.put(a_token("CARD1", driver_id=driver, own=True))
    await leaving.delete_account(driver)
    with pytest.raises(NotFound):
        await accounts.get(driver)
    assert not await drivers.is_signed_in(signed_in.family)
    async with store.reading() as tx:
        kept = await tx.charging.need("c-1")
        assert (kept.driver_id, kept.email) == (None, None)
        assert await tx.payments.methods.of_driver(driver) == []
        assert await tx.drivers.devices.of_driver(driver) == []
        assert (await tx.drivers.need(driver)).email is None
        assert TokenChanged in {type(r.event) for r in await tx.events.unplanned(10)}
    back = await drivers.sign_in(WHO, PHONE)
    assert back.driver.id != driver


@pytest.mark.parametrize("state", [ChargingState.CHARGING, ChargingState.SETTLEMENT_FAILED])
async def test_who_charges_or_owes_cannot_leave(
    drivers: Drivers, leaving: Leaving, store: Store, state: ChargingState
) -> None:
    driver = (await drivers.sign_in(WHO, PHONE)).driver.id
    async with store.transaction() as tx:
        await tx.charging.add(a_charging(state=state, driver_id=driver))
    with pytest.raises(Conflict):
        await leaving.delete_account(driver)
