"""Operators: the companies that run their chargers on this platform, each an OCPI party."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.identifiers import PartyId


@dataclass(frozen=True, slots=True)
class Operator:
    """A CPO party of ours. `name` and `website` are what drivers and partners are shown."""

    party: PartyId
    name: str
    created_at: datetime
    website: str | None = None
    help_phone: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key to an operator's API; only its keyed hash is kept (see `ports.sealing`).

    With `platform` it may also act for the whole platform: partners and stuck deliveries.
    """

    id: str
    party: PartyId
    fingerprint: str
    created_at: datetime
    label: str = ""
    platform: bool = False
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who presents a key: the operator, whether it may act for the platform, and which key."""

    operator: Operator
    platform: bool
    key_id: str = ""
