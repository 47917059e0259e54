"""What a charger tells beyond charging, whether it was asked or not: one dataclass for each thing.

They are the same for all OCPP versions. An area (device model, firmware, …) keeps its own in its
own file; this is where they come together. What they change is in `use_cases.station_news`.
"""

from dataclasses import dataclass
from typing import Union, get_args

from app.domain.certificates import (
    CertificateDeleted,
    CertificateDelivered,
    CertificateInstalled,
    CertificatesListed,
    PasswordRefused,
    SigningWanted,
)
from app.domain.companies import VatAsked
from app.domain.der import DerNews
from app.domain.device_model import DeviceModelNews
from app.domain.event_streams import StreamNews
from app.domain.local_tariffs import LocalTariffNews
from app.domain.maintenance import MaintenanceNews
from app.domain.security import IdentityContended
from app.domain.smart_charging import SmartNews
from app.domain.swaps import SwapNews
from app.domain.transactions import TransactionKnown


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """The charger puts a part of it in or out of use; `scheduled` when a session ends first.

    `evse_uid` None is the whole charger.
    """

    operative: bool
    scheduled: bool
    evse_uid: str | None = None
    connector_id: str | None = None


@dataclass(frozen=True, slots=True)
class CacheCleared:
    """The charger has forgotten which tokens were let in."""


StationNews = Union[  # noqa: UP007 - a list to add to, one line each
    AvailabilityChanged,
    CacheCleared,
    TransactionKnown,
    MaintenanceNews,
    DeviceModelNews,
    DerNews,
    VatAsked,
    LocalTariffNews,
    SmartNews,
    StreamNews,
    SwapNews,
    CertificateDeleted,
    CertificateDelivered,
    CertificateInstalled,
    CertificatesListed,
    IdentityContended,
    PasswordRefused,
    SigningWanted,
]

NEWS: dict[str, type] = {shape.__name__: shape for shape in get_args(StationNews)}
"""All of them by name: how an outcome says what it brings."""
