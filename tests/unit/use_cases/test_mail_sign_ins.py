"""Codes by mail: six digits, ten minutes, five tries, one use, one device, in five languages."""

import asyncio
import re
from dataclasses import dataclass

import pytest

from app.adapters.mail_log import LogMailer
from app.adapters.sealing_fernet import FernetSealer
from app.domain.drivers import Identity
from app.domain.errors import RateLimited, Unauthenticated
from app.domain.sign_in_mails import LANGUAGES, code_mail
from app.store.mail_codes import CODES
from app.store.transaction import Store
from app.use_cases.drivers import DeviceInfo, Drivers
from app.use_cases.mail_sign_ins import MailSignIns
from tests.support.clock import FakeClock

ME, PHONE = "Me@Example.com ", DeviceInfo("phone-1", "ios")
SEALER = FernetSealer(["a secret of sixteen characters"])


@dataclass
class Post:
    """The use-case with a mailbox."""

    codes: MailSignIns
    mailer: LogMailer

    async def send(self, device: str = PHONE.id, language: str = "en") -> str:
        await self.codes.send(ME, device, language)
        mail = self.mailer.sent[-1]
        assert mail.to == "me@example.com"
        found = re.search(r"\b\d{6}\b", mail.text)
        assert found is not None
        assert found[0] not in mail.subject
        return found[0]


@pytest.fixture
def post(store: Store, clock: FakeClock) -> Post:
    mailer = LogMailer()
    return Post(MailSignIns(store, clock, SEALER, mailer=mailer, platform="Roamwatt"), mailer)


async def refused(post: Post, code: str, *, device: str = PHONE.id, address: str = ME) -> None:
    with pytest.raises(Unauthenticated, match="wrong, used or too old"):
        await post.codes.check(address, device, code)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_code_signs_in_once(post: Post, store: Store) -> None:
    code = await post.send()
    async with store.reading() as tx:
        rows = (await tx.connection.execute(CODES.select())).all()
    assert code not in str(rows)
    assert "example.com" not in str(rows)
    who = await post.codes.check("me@example.com", PHONE.id, code)
    assert (who.subject, who.email) == ("me@example.com", "me@example.com")
    await refused(post, code)


async def test_a_code_is_for_its_device_and_address(post: Post) -> None:
    code = await post.send()
    await refused(post, code, device="phone-2")
    await refused(post, code, address="you@example.com")
    await post.codes.check(ME, PHONE.id, code)


async def test_a_code_lasts_ten_minutes(post: Post, clock: FakeClock) -> None:
    code = await post.send()
    await clock.advance(600)
    await refused(post, code)


async def test_five_tries(post: Post) -> None:
    code = await post.send()
    for _ in range(5):
        await refused(post, other(code))
    await refused(post, code)


async def test_the_fifth_try_may_be_right(post: Post) -> None:
    code = await post.send()
    for _ in range(4):
        await refused(post, other(code))
    await post.codes.check(ME, PHONE.id, code)


async def test_of_many_at_once_one_is_let_in(post: Post) -> None:
    """On PostgreSQL they really run at the same time."""
    code = await post.send()
    tries = (post.codes.check(ME, PHONE.id, code) for _ in range(5))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, Identity) for each in outcomes) == 1


async def test_a_new_code_ends_the_one_before(post: Post) -> None:
    first, second = await post.send(), await post.send()
    if first != second:
        await refused(post, first)
    await post.codes.check(ME, PHONE.id, second)


async def test_five_mails_an_hour_to_one_address(post: Post, clock: FakeClock) -> None:
    for number in range(5):
        await post.send(device=f"phone-{number}")
    with pytest.raises(RateLimited):
        await post.codes.send(ME, "phone-9", "en")
    await post.codes.send("you@example.com", "phone-9", "en")
    await clock.advance(3601)
    await post.send()


async def test_a_proved_address_opens_no_provider_s_account(
    post: Post, store: Store, clock: FakeClock
) -> None:
    """Whether the provider verified the same address or not: accounts are tied by subject only."""
    drivers = Drivers(store, clock, SEALER)
    google = await drivers.sign_in(Identity("https://id.example", "1", "me@example.com"), PHONE)
    by_mail = await drivers.sign_in(await post.codes.check(ME, PHONE.id, await post.send()), PHONE)
    assert by_mail.driver.id != google.driver.id
    again = await drivers.sign_in(await post.codes.check(ME, PHONE.id, await post.send()), PHONE)
    assert again.driver.id == by_mail.driver.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_code_and_the_name(language: str) -> None:
    subject, text = code_mail(language, "012345", "Roamwatt")
    assert text.count("012345") == 1
    assert "Roamwatt" in subject
    assert len(text.split("\n\n")) == 3
    assert language == "en" or text != code_mail("en", "012345", "Roamwatt")[1]


def test_other_languages_are_told_in_english() -> None:
    assert code_mail("fi", "1", "R") == code_mail("en", "1", "R")
    assert len(LANGUAGES) == 5
