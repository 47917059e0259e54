"""Signing in, the account, its devices and what its owner agreed to."""

from datetime import datetime

from pydantic import Field, SecretStr

from app.domain.drivers import Consent, Device, Driver, PushKind, SignIn
from app.use_cases.drivers import DeviceInfo
from mobile_api.schemas.values import Language, Shape


class NonceOut(Shape):
    """What the ID token must carry as its nonce; for one sign-in, for ten minutes."""

    nonce: str
    expires_in_s: int


class DeviceIn(Shape):
    """An installation of the app: `id` is random and kept by it."""

    id: str = Field(min_length=8, max_length=64)
    platform: str = Field(min_length=1, max_length=20)
    name: str | None = Field(None, max_length=80)
    language: Language | None = None
    push_token: str | None = Field(None, min_length=1, max_length=4096)
    push_kind: PushKind = PushKind.FCM_TOKEN

    @property
    def info(self) -> DeviceInfo:
        """Without its push target."""
        return DeviceInfo(self.id, self.platform, self.name, self.language)


class ExchangeIn(Shape):
    """An ID token of a provider, for tokens of ours.

    Apple tells the phone a name at the very first sign-in only, and a code that is needed to take
    the permission back when the account is deleted.
    """

    provider: str = Field(max_length=40)
    id_token: SecretStr = Field(min_length=1, max_length=16_000)
    nonce: SecretStr = Field(min_length=1, max_length=100)
    device: DeviceIn
    name: str | None = Field(None, min_length=1, max_length=120)
    authorization_code: SecretStr | None = Field(None, min_length=1, max_length=2_000)


class MailCodeIn(Shape):
    """Where a code to sign in with is sent, and the device it will be good for."""

    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    device_id: str = Field(min_length=8, max_length=64)
    language: Language = "en"


class MailCodeOut(Shape):
    """A code is on its way; the same is answered for every address."""

    expires_in_s: int


class MailExchangeIn(Shape):
    """The code from the mail, for tokens of ours."""

    email: str = Field(max_length=254)
    code: SecretStr = Field(min_length=6, max_length=6)
    device: DeviceIn


class RefreshIn(Shape):
    """The refresh token, once, from the device it was given to."""

    refresh_token: SecretStr = Field(min_length=1, max_length=200)
    device_id: str = Field(min_length=8, max_length=64)


class RevokeIn(Shape):
    """Which sign-in ends; without it the one that asks."""

    sign_in: str | None = Field(None, max_length=36)


class DriverOut(Shape):
    """A person with an account."""

    id: str
    name: str | None
    email: str | None
    language: str
    created_at: datetime

    @classmethod
    def of(cls, driver: Driver) -> "DriverOut":
        """What the driver may know of it."""
        return cls(
            id=driver.id,
            name=driver.name,
            email=driver.email,
            language=driver.language,
            created_at=driver.created_at,
        )


class TokensOut(Shape):
    """An access token for some minutes, and the refresh token that follows the one used."""

    access_token: str
    token_type: str
    expires_in_s: int
    refresh_token: str
    sign_in: str
    driver: DriverOut


class SignInOut(Shape):
    """Where a driver is signed in; `current` is the one that asks."""

    id: str
    device_id: str
    device_name: str | None
    platform: str | None
    created_at: datetime
    used_at: datetime
    current: bool

    @classmethod
    def of(cls, sign_in: SignIn, device: Device | None, *, current: bool) -> "SignInOut":
        """With what the device says of itself."""
        return cls(
            id=sign_in.id,
            device_id=sign_in.device_id,
            device_name=device and device.name,
            platform=device and device.platform,
            created_at=sign_in.created_at,
            used_at=sign_in.used_at,
            current=current,
        )


class SignInsOut(Shape):
    """All sign-ins that count."""

    sign_ins: list[SignInOut]


class AccountIn(Shape):
    """What of the account is to change."""

    name: str | None = Field(None, min_length=1, max_length=120)
    language: Language | None = None


class DeviceOut(Shape):
    """A device; whether notifications reach it, but not where. `current` is the one that asks."""

    id: str
    platform: str
    name: str | None
    language: str | None
    seen_at: datetime
    push: bool
    current: bool

    @classmethod
    def of(cls, device: Device, *, current: bool) -> "DeviceOut":
        """Without its push target."""
        return cls(
            id=device.id,
            platform=device.platform,
            name=device.name,
            language=device.language,
            seen_at=device.seen_at,
            push=device.push_target is not None,
            current=current,
        )


class DevicesOut(Shape):
    """A driver's devices."""

    devices: list[DeviceOut]


class PushIn(Shape):
    """Where a device's notifications go; null for nowhere."""

    push_token: str | None = Field(min_length=1, max_length=4096)
    push_kind: PushKind = PushKind.FCM_TOKEN


class ConsentIn(Shape):
    """A decision; `version` is that of the text the driver read."""

    granted: bool
    version: str | None = Field(None, min_length=1, max_length=40)


class ConsentOut(Shape):
    """What was decided last."""

    kind: str
    granted: bool
    version: str | None
    at: datetime

    @classmethod
    def of(cls, consent: Consent) -> "ConsentOut":
        """As it was written down."""
        return cls(
            kind=consent.kind, granted=consent.granted, version=consent.version, at=consent.at
        )


class ConsentsOut(Shape):
    """The newest decision of every kind."""

    consents: list[ConsentOut]
