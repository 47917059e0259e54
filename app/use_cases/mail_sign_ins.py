"""Sign-in without a provider: six digits by mail, good for ten minutes, one use, one device.

Whoever asks is answered the same and the same happens, whether an account exists or not. An
address that was proved this way is an identity of its own: it never opens the account of a
provider that names the same address.
"""

from datetime import timedelta
from hmac import compare_digest
from math import ceil
from secrets import randbelow

from app.domain.drivers import Identity
from app.domain.errors import RateLimited, Unauthenticated
from app.domain.sign_in_mails import code_mail
from app.ports.clock import Clock
from app.ports.mail import Mail, Mailer
from app.ports.sealing import Sealer
from app.store.ids import new_id
from app.store.mail_codes import MailCode
from app.store.transaction import Store

ISSUER = "urn:roamwatt:email"
LASTS = timedelta(minutes=10)
MOST_TRIES = 5
MOST_AN_HOUR = 5
HOUR = timedelta(hours=1)
_CODES = 1_000_000


class MailSignIns:
    """Sends codes, and tells who knows one."""

    def __init__(
        self, store: Store, clock: Clock, sealer: Sealer, *, mailer: Mailer, platform: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._mailer = mailer
        self._platform = platform

    async def send(self, address: str, device_id: str, language: str) -> None:
        """Mail a code; one that was sent to this device before counts no more.

        Raises RateLimited after five in an hour, ProviderUnavailable when no mail leaves.
        """
        address, now, code_id = plain(address), self._clock.now(), new_id()
        digits = f"{randbelow(_CODES):06}"
        code = MailCode(
            code_id,
            mail_hash(self._sealer, address),
            device_id,
            self._code_hash(code_id, digits),
            created_at=now,
            expires_at=now + LASTS,
        )
        async with self._store.transaction() as tx:
            if await tx.drivers.mail_codes.sent_since(code.mail, now - HOUR) >= MOST_AN_HOUR:
                raise RateLimited(ceil(HOUR / timedelta(seconds=1)))
            await tx.drivers.mail_codes.add(code)
        subject, text = code_mail(language, digits, self._platform)
        await self._mailer.send(Mail(f"code:{code_id}", address, subject, text))

    async def check(self, address: str, device_id: str, digits: str) -> Identity:
        """Who knows the code; raises Unauthenticated, the same whatever is wrong."""
        address = plain(address)
        mail = mail_hash(self._sealer, address)
        async with self._store.transaction() as tx:
            code = await tx.drivers.mail_codes.try_newest(mail, device_id, self._clock.now())
            known = (
                code is not None
                and code.tries <= MOST_TRIES
                and compare_digest(code.code, self._code_hash(code.id, digits))
                and await tx.drivers.mail_codes.spend(code.id)
            )
        if not known:
            raise Unauthenticated("the code is wrong, used or too old")
        return Identity(ISSUER, address, email=address, provider="email")

    def _code_hash(self, code_id: str, digits: str) -> str:
        return self._sealer.fingerprint(f"code:{code_id}:{digits}")


def plain(address: str) -> str:
    """An address as it is compared; mail goes to exactly this."""
    return address.strip().casefold()


def mail_hash(sealer: Sealer, address: str) -> str:
    """An address as codes are found by."""
    return sealer.fingerprint(f"mail:{plain(address)}")
