"""Many phones, or one impatient one, at the same moment: on PostgreSQL they really are."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from app.adapters.mail_log import LogMailer
from app.adapters.sealing_fernet import FernetSealer
from app.domain.driver_notices import DriverNoticeKind
from app.domain.drivers import Identity
from app.domain.errors import NotFound, Unauthenticated
from app.store.transaction import Store
from app.use_cases.accounts import Accounts, Wanted
from app.use_cases.claims import Claims
from app.use_cases.drivers import DeviceInfo, Drivers, SignedIn
from app.use_cases.mail_sign_ins import MailSignIns
from tests.support.clock import FakeClock

SEALER = FernetSealer(["a secret of sixteen characters"])
WHO = Identity("https://id.example", "sub-1", "driver@example.com", "Dana")
PHONE, OTHER = DeviceInfo("phone-1", "android", "Pixel"), DeviceInfo("phone-2", "ios")
MANY = 8


@pytest.fixture
def drivers(store: Store, clock: FakeClock) -> Drivers:
    return Drivers(store, clock, SEALER)


async def at_once(*calls: Coroutine[Any, Any, Any]) -> list[Any]:
    return list(await asyncio.gather(*calls, return_exceptions=True))


async def warned(store: Store, driver_id: str) -> list[str]:
    """What a driver was told of their account's security."""
    async with store.reading() as tx:
        told = await tx.drivers.driver_notices.of_driver(driver_id)
    return [n.fields["what"] for n in told if n.kind is DriverNoticeKind.ACCOUNT_SECURITY]


async def test_within_the_grace_every_refresh_gets_a_sibling(
    drivers: Drivers, store: Store
) -> None:
    """driver §A2: a phone that asks many times at once is not signed out."""
    first = await drivers.sign_in(WHO, PHONE)
    answers = await at_once(*(drivers.refresh(first.refresh_token, PHONE.id) for _ in range(MANY)))
    assert all(isinstance(each, SignedIn) for each in answers), answers
    assert len({each.refresh_token for each in answers}) == MANY
    for each in answers:
        await drivers.refresh(each.refresh_token, PHONE.id)
    assert await warned(store, first.driver.id) == []


async def test_a_copied_token_ends_the_family_and_is_told_once(
    drivers: Drivers, store: Store, clock: FakeClock
) -> None:
    """product §1.6, account.security: the thief and the driver race; both are out."""
    first = await drivers.sign_in(WHO, PHONE)
    mine = await drivers.refresh(first.refresh_token, PHONE.id)
    await clock.advance(31)
    answers = await at_once(
        *(drivers.refresh(first.refresh_token, "thief") for _ in range(MANY)),
        drivers.refresh(mine.refresh_token, PHONE.id),
    )
    assert all(isinstance(each, Unauthenticated) for each in answers[:-1])
    assert not await drivers.is_signed_in(first.family)
    last = answers[-1]
    if isinstance(last, SignedIn):  # it was faster, and lost the sign-in all the same
        with pytest.raises(Unauthenticated):
            await drivers.refresh(last.refresh_token, PHONE.id)
    assert await warned(store, first.driver.id) == ["sign_in_copied"]


async def test_another_device_with_the_token_ends_it_at_once(
    drivers: Drivers, store: Store
) -> None:
    first = await drivers.sign_in(WHO, PHONE)
    with pytest.raises(Unauthenticated):
        await drivers.refresh(first.refresh_token, OTHER.id)
    assert not await drivers.is_signed_in(first.family)
    assert await warned(store, first.driver.id) == ["sign_in_copied"]


async def test_a_new_device_is_told_and_a_known_one_is_not(drivers: Drivers, store: Store) -> None:
    """The first device of a new account is no news."""
    driver = (await drivers.sign_in(WHO, PHONE)).driver.id
    await drivers.sign_in(WHO, PHONE)
    assert await warned(store, driver) == []
    await drivers.sign_in(WHO, OTHER)
    await drivers.sign_in(WHO, OTHER)
    assert await warned(store, driver) == ["new_device"]


async def test_the_same_person_twice_at_once_has_one_account(drivers: Drivers) -> None:
    answers = await at_once(
        *(drivers.sign_in(WHO, DeviceInfo(f"phone-{n}", "ios")) for n in range(MANY))
    )
    assert all(isinstance(each, SignedIn) for each in answers), answers
    assert len({each.driver.id for each in answers}) == 1


async def test_a_code_is_good_for_one_of_many(store: Store, clock: FakeClock) -> None:
    mailer = LogMailer()
    codes = MailSignIns(store, clock, SEALER, mailer=mailer, platform="Roamwatt")
    await codes.send("me@example.com", PHONE.id, "en")
    digits = mailer.sent[-1].text.split(" is ")[1][:6]
    answers = await at_once(*(codes.check("me@example.com", PHONE.id, digits) for _ in range(5)))
    assert sum(isinstance(each, Identity) for each in answers) == 1


async def test_guesses_at_once_are_all_counted(store: Store, clock: FakeClock) -> None:
    """Five tries, however they come."""
    mailer = LogMailer()
    codes = MailSignIns(store, clock, SEALER, mailer=mailer, platform="Roamwatt")
    await codes.send("me@example.com", PHONE.id, "en")
    digits = mailer.sent[-1].text.split(" is ")[1][:6]
    wrong = f"{(int(digits) + 1) % 1_000_000:06}"
    await at_once(*(codes.check("me@example.com", PHONE.id, wrong) for _ in range(6)))
    with pytest.raises(Unauthenticated):
        await codes.check("me@example.com", PHONE.id, digits)


async def test_two_phones_do_not_overwrite_a_choice(
    drivers: Drivers, store: Store, clock: FakeClock
) -> None:
    driver = (await drivers.sign_in(WHO, PHONE)).driver.id
    accounts = Accounts(store, clock)
    wanted = Wanted(frozenset(), None)
    answers = await at_once(*(accounts.prefer(driver, wanted) for _ in range(MANY)))
    written = [each.version for each in answers if not isinstance(each, Exception)]
    assert (await accounts.preferences(driver)).version == max(written)
    assert len(set(written)) == len(written)


async def test_nobody_claims_what_is_not_there(drivers: Drivers, store: Store) -> None:
    driver = (await drivers.sign_in(WHO, PHONE)).driver.id
    with pytest.raises(NotFound):
        await Claims(store, SEALER).claim("c-9", driver, "a secret of a guest")
