"""Drivers' sign-ins: come in through an identity, stay in, and be told of what looks wrong.

A sign-in is a family of refresh tokens, each used once. A phone that lost our answer asks again
within half a minute and gets a sibling; a token that comes back later, or from another device, was
copied, and its whole family is revoked. That happens in a transaction of its own: one that refused
the token as well would be rolled back with the refusal.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from logging import getLogger
from secrets import token_urlsafe

from app.domain.driver_notices import Security
from app.domain.drivers import (
    Device,
    Driver,
    Identity,
    PushKind,
    RefreshToken,
    SignIn,
    SignInRules,
)
from app.domain.errors import Conflict, NotFound, Unauthenticated
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.ids import new_id
from app.store.sign_ins import counts
from app.store.transaction import Store, Transaction
from app.use_cases.grants import keep_grant, tie_of
from app.use_cases.security_warnings import warn

log = getLogger(__name__)

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What an installation of the app says of itself; `id` is its own, random and kept."""

    id: str
    platform: str
    name: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A driver with the refresh token for this device, in plain: it is shown here only."""

    driver: Driver
    refresh_token: str
    family: str


class Drivers:
    """Accounts, sign-ins and devices."""

    def __init__(
        self, store: Store, clock: Clock, sealer: Sealer, *, rules: SignInRules | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._rules = rules or SignInRules()

    async def nonce(self) -> str:
        """A text that an ID token must carry, good for one sign-in within ten minutes."""
        plain = token_urlsafe(_SECRET_BYTES)
        expires = self._clock.now() + self._rules.nonce_life
        async with self._store.transaction() as tx:
            await tx.drivers.sign_ins.add_nonce(self._hash(plain), expires)
        return plain

    async def spend_nonce(self, plain: str) -> bool:
        """Use a nonce up; False when it was never given out, is spent or too old."""
        async with self._store.transaction() as tx:
            return await tx.drivers.sign_ins.spend_nonce(self._hash(plain), self._clock.now())

    async def sign_in(self, identity: Identity, device: DeviceInfo) -> SignedIn:
        """Sign in who a provider vouched for; the first time, that makes the account.

        Whoever signs in on a device takes it over from whoever was signed in there.
        """
        now = self._clock.now()
        plain = token_urlsafe(_SECRET_BYTES)
        async with self._store.transaction() as tx:
            driver, is_new = await _known_or_new(tx, identity, device, now)
            await keep_grant(tx, self._sealer, identity)
            await tx.drivers.sign_ins.revoke_of_device(device.id, "signed_in_again", now)
            here_before = await _put_device(tx, driver.id, device, now)
            family = SignIn(new_id(), driver.id, device.id, created_at=now, used_at=now)
            if not is_new and not here_before:
                await warn(tx, family, Security.NEW_DEVICE, now)
            await tx.drivers.sign_ins.add(family)
            await tx.drivers.sign_ins.add_token(self._token(plain, family.id, device.id, now))
        return SignedIn(driver, plain, family.id)

    async def refresh(self, plain: str, device_id: str) -> SignedIn:
        """Exchange a refresh token for the next one; raises Unauthenticated.

        Of many at once with the same token one rotates it; the others, if from the same device
        within the grace, get siblings.
        """
        now, token_hash = self._clock.now(), self._hash(plain)
        following = token_urlsafe(_SECRET_BYTES)
        async with self._store.transaction() as tx:
            fresh = await tx.drivers.sign_ins.rotate(token_hash, device_id, now)
            token = await tx.drivers.sign_ins.token(token_hash)
            if token is None:
                raise Unauthenticated("unknown refresh token")
            if fresh or self._in_grace(token, device_id, now):
                driver = await _signed_in_driver(tx, token.family)
                if driver is not None:
                    sibling = self._token(following, token.family, device_id, now)
                    await tx.drivers.sign_ins.add_token(sibling)
                    await tx.drivers.sign_ins.touch(token.family, now)
                    return SignedIn(driver, following, token.family)
        if token.expires_at > now:
            await self._revoke_reused(token)
        raise Unauthenticated("the refresh token is used, revoked or too old")

    def _in_grace(self, token: RefreshToken, device_id: str, now: datetime) -> bool:
        same = token.device_id == device_id and token.expires_at > now
        used = token.rotated_at
        return same and used is not None and now - used <= self._rules.grace

    async def _revoke_reused(self, token: RefreshToken) -> None:
        async with self._store.transaction() as tx:
            now = self._clock.now()
            if await tx.drivers.sign_ins.revoke(token.family, "reused", now):
                log.warning("driver.refresh_token_reused", extra={"family": token.family})
                family = await tx.drivers.sign_ins.get(token.family)
                if family is not None:
                    await warn(tx, family, Security.SIGN_IN_COPIED, now)

    async def is_signed_in(self, family: str) -> bool:
        """Whether a sign-in still counts; access tokens name it as `sid`."""
        return await counts(self._store, family)

    async def device_of(self, family: str) -> str | None:
        """The device of a sign-in."""
        async with self._store.reading() as tx:
            known = await tx.drivers.sign_ins.get(family)
        return None if known is None else known.device_id

    async def sign_ins(self, driver_id: str) -> list[SignIn]:
        """Where a driver is signed in."""
        async with self._store.reading() as tx:
            return await tx.drivers.sign_ins.of_driver(driver_id)

    async def revoke(self, family: str, *, driver_id: str | None = None) -> None:
        """Sign out; with `driver_id` raises NotFound for somebody else's sign-in."""
        async with self._store.transaction() as tx:
            known = await tx.drivers.sign_ins.get(family)
            if known is None or driver_id not in {None, known.driver_id}:
                raise NotFound("sign-in", family)
            await tx.drivers.sign_ins.revoke(family, "signed_out", self._clock.now())
            await _silence(tx, known.device_id)

    async def set_push(
        self, driver_id: str, device_id: str, target: str | None, kind: PushKind
    ) -> Device:
        """Send a device's notifications to this target, or nowhere; raises NotFound.

        A target reaches one installation: whoever had it before has it no longer.
        """
        async with self._store.transaction() as tx:
            device = await tx.drivers.devices.need(device_id)
            if device.driver_id != driver_id:
                raise NotFound("device", device_id)
            other = await tx.drivers.devices.by_target(target) if target else None
            if other is not None and other.id != device_id:
                await tx.drivers.devices.put(replace(other, push_target=None))
            told = replace(device, push_target=target, push_kind=kind, seen_at=self._clock.now())
            await tx.drivers.devices.put(told)
        return told

    async def remove_device(self, driver_id: str, device_id: str) -> None:
        """Sign out on a device and forget it, with its push target; raises NotFound."""
        async with self._store.transaction() as tx:
            device = await tx.drivers.devices.need(device_id)
            if device.driver_id != driver_id:
                raise NotFound("device", device_id)
            now = self._clock.now()
            await tx.drivers.sign_ins.revoke_of_device(device_id, "device_removed", now)
            await tx.drivers.devices.delete(device_id)

    async def devices(self, driver_id: str) -> list[Device]:
        """A driver's devices."""
        async with self._store.reading() as tx:
            return await tx.drivers.devices.of_driver(driver_id)

    async def forget_target(self, target: str) -> None:
        """The push service says that nobody is there any more."""
        async with self._store.transaction() as tx:
            device = await tx.drivers.devices.by_target(target)
            if device is not None:
                await tx.drivers.devices.put(replace(device, push_target=None))

    async def tidy(self) -> int:
        """Delete nonces, codes and refresh tokens that are over; tells how many."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            # A code that is over still counts among those of the hour.
            codes = await tx.drivers.mail_codes.forget_before(now - timedelta(hours=1))
            return codes + await tx.drivers.sign_ins.forget_before(now)

    def _token(self, plain: str, family: str, device_id: str, now: datetime) -> RefreshToken:
        expires = now + self._rules.refresh_life
        return RefreshToken(
            self._hash(plain), family, device_id, issued_at=now, expires_at=expires
        )

    def _hash(self, plain: str) -> str:
        return self._sealer.fingerprint(plain)


def guest_secret() -> str:
    """What lets a guest back in to their session: in the page's cookie and the mail's link."""
    return token_urlsafe(_SECRET_BYTES)


async def _known_or_new(
    tx: Transaction, identity: Identity, device: DeviceInfo, now: datetime
) -> tuple[Driver, bool]:
    """The driver whom an identity means, and whether the account was made just now."""
    known = await tx.drivers.by_identity(identity.issuer, identity.subject)
    if known is not None:
        return await _told(tx, known, identity), False
    language = device.language or "en"
    driver = Driver(new_id(), now, identity.email, identity.name, language)
    if await tx.drivers.identities.tie(tie_of(identity, driver.id, now)):
        await tx.drivers.add(driver)
        return driver, True
    # The same person is signing in elsewhere at this moment, and was faster.
    known = await tx.drivers.by_identity(identity.issuer, identity.subject)
    if known is None:
        raise Conflict("the same person is signing in elsewhere at this moment")
    return known, False


async def _told(tx: Transaction, driver: Driver, identity: Identity) -> Driver:
    """The driver with what the provider tells now; what it does not tell stays."""
    told = replace(driver, email=identity.email or driver.email, name=driver.name or identity.name)
    if told != driver:
        await tx.drivers.put(told)
    return told


async def _put_device(tx: Transaction, driver_id: str, info: DeviceInfo, now: datetime) -> bool:
    """Note what a device says of itself; tells whether it was this driver's before."""
    known = await tx.drivers.devices.get(info.id)
    mine = known if known is not None and known.driver_id == driver_id else None
    device = mine or Device(info.id, driver_id, info.platform, now)
    told = replace(
        device, platform=info.platform, name=info.name, language=info.language, seen_at=now
    )
    await tx.drivers.devices.put(told)
    return mine is not None


async def _silence(tx: Transaction, device_id: str) -> None:
    """A device where nobody is signed in gets no notifications."""
    device = await tx.drivers.devices.get(device_id)
    if device is not None:
        await tx.drivers.devices.put(replace(device, push_target=None))


async def _signed_in_driver(tx: Transaction, family: str) -> Driver | None:
    known = await tx.drivers.sign_ins.get(family)
    if known is None or known.revoked_at is not None:
        return None
    driver = await tx.drivers.get(known.driver_id)
    return driver if driver is not None and driver.deleted_at is None else None
