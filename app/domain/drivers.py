"""Drivers: people with an account, their devices and sign-ins, and what they were told."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.charging_triggers import NoticeKind


class PushKind(StrEnum):
    """What a push target's text is: Firebase's registration token or its installation id."""

    FCM_TOKEN = "fcm_token"  # noqa: S105 - a word of the wire
    FID = "fid"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an identity provider says somebody is; accounts are tied by issuer and subject only.

    `email` is kept when its provider has verified it; it never ties accounts together. `grant`
    is what the provider wants back when the account is deleted, in plain, given to `client_id`.
    """

    issuer: str
    subject: str
    email: str | None = None
    name: str | None = None
    provider: str | None = None
    client_id: str | None = None
    grant: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Driver:
    """A person with an account. `customer` is the payment provider's name for them."""

    id: str
    created_at: datetime
    email: str | None = None
    name: str | None = None
    language: str = "en"
    customer: str | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """An installation of the app; `push_target` is where its notifications go, if anywhere.

    `activity_token` is what live activities are begun with on it (iOS 17.2, push-to-start).
    """

    id: str
    driver_id: str
    platform: str
    seen_at: datetime
    name: str | None = None
    language: str | None = None
    push_kind: PushKind = PushKind.FCM_TOKEN
    push_target: str | None = None
    activity_token: str | None = None

    @property
    def push_address(self) -> str | None:
        """The target as `ports.push` takes it: an installation id says that it is one."""
        if self.push_target is None or self.push_kind is PushKind.FCM_TOKEN:
            return self.push_target
        return f"fid:{self.push_target}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in on one device: a family of refresh tokens that is revoked as a whole."""

    id: str
    driver_id: str
    device_id: str
    created_at: datetime
    used_at: datetime
    revoked_at: datetime | None = None
    revoked_why: str | None = None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One refresh token of a family; only its hash is kept. Using it makes another one."""

    hash: str
    family: str
    device_id: str
    issued_at: datetime
    expires_at: datetime
    rotated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignInRules:
    """How long things last."""

    refresh_life: timedelta = timedelta(days=60)
    grace: timedelta = timedelta(seconds=30)
    nonce_life: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Notice:
    """That a driver is to be told something about a session; at most one of a kind.

    Phones are told at `sent_at`, not before `due_at` if it is kept back; mail at `mailed_at`.
    """

    charging_id: str
    kind: NoticeKind
    created_at: datetime
    sent_at: datetime | None = None
    due_at: datetime | None = None
    mailed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a driver agreed to, or no longer; the newest of a kind counts.

    `version` is that of the text they read.
    """

    kind: str
    granted: bool
    at: datetime
    version: str | None = None
