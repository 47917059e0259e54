"""What can be asked of a charger beyond charging: one dataclass for each thing.

They are the same for all OCPP versions; a family that cannot put one into its words says so. An
area (device model, firmware, …) keeps its own in its own file; this is where they come together.
"""

from dataclasses import dataclass
from typing import Union, get_args

from app.domain.certificates import (
    ChangePassword,
    DeleteCertificate,
    DeliverCertificate,
    InstallCertificate,
    ListCertificates,
    RaiseProfile,
    RenewCertificate,
)
from app.domain.der import DerAsk
from app.domain.device_model import DeviceModelAsk
from app.domain.event_streams import StreamAsk
from app.domain.local_tariffs import LocalTariffAsk
from app.domain.maintenance import MaintenanceAsk
from app.domain.raw_secrets import SealedCall
from app.domain.security_raise import PreferSecureWay, TeachSecureWay
from app.domain.smart_charging import SmartAsk
from app.domain.swaps import SwapAsk
from app.domain.transactions import AskTransactionStatus


@dataclass(frozen=True, slots=True)
class RawAsk:
    """An expert's CALL: `payload` is the JSON text of an object in the charger's own wire case."""

    action: str
    payload: str = "{}"


@dataclass(frozen=True, slots=True)
class ChangeAvailability:
    """Take a connector, an EVSE or (when the command names neither) all of it in or out of use.

    Source: OCPP 1.6, 5.2 Change Availability; OCPP 2.0.1, G03 and G04.
    """

    operative: bool


@dataclass(frozen=True, slots=True)
class ClearCache:
    """Forget which tokens were let in. Source: OCPP 1.6, 5.4; OCPP 2.0.1, C11."""


StationAsk = Union[  # noqa: UP007 - a list to add to, one line each
    RawAsk,
    AskTransactionStatus,
    ChangeAvailability,
    ClearCache,
    MaintenanceAsk,
    DeviceModelAsk,
    DerAsk,
    LocalTariffAsk,
    SmartAsk,
    StreamAsk,
    SwapAsk,
    ChangePassword,
    DeleteCertificate,
    DeliverCertificate,
    InstallCertificate,
    ListCertificates,
    RaiseProfile,
    RenewCertificate,
    TeachSecureWay,
    PreferSecureWay,
    SealedCall,
]

ASKS: dict[str, type] = {shape.__name__: shape for shape in get_args(StationAsk)}
"""All of them by name: how a command says which it carries."""
