"""Battery swapping (OCPP 2.1, S) and payment at the charger (OCPP 2.1, C20 to C25)."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RequestBatterySwap:
    """Let a driver swap batteries."""

    number: int
    token: str
    token_type: str = "Central"  # noqa: S105 - OCPP's word for whom we vouch


@dataclass(frozen=True, slots=True)
class AnnounceWebPayment:
    """Somebody is paying on the page behind a charger's code. Source: OCPP 2.1, C25."""

    timeout_s: int


@dataclass(frozen=True, slots=True)
class SetUpWebPayment:
    """Show codes on the display that lead to the page. Source: OCPP 2.1, WebPaymentsCtrlr.

    `secret` is sealed (`domain.web_payments.secret_context`) until it leaves.
    """

    template: str
    validity_s: int
    length: int
    version: str
    secret: str


@dataclass(frozen=True, slots=True)
class Battery:
    """A battery; charge and health in percent."""

    evse: int
    serial: str
    charge: Decimal
    health: Decimal


@dataclass(frozen=True, slots=True)
class BatterySwapped:
    """Batteries came in or went out; `request` ties the two together."""

    request: int
    event: str
    token: str
    batteries: tuple[Battery, ...]


@dataclass(frozen=True, slots=True)
class SettlementTold:
    """What became of a payment at the charger's own terminal. Source: OCPP 2.1, C21."""

    reference: str
    status: str
    amount: Decimal
    at: str
    transaction: str | None = None
    info: str | None = None
    receipt_id: str | None = None
    receipt_url: str | None = None


SwapAsk = RequestBatterySwap | AnnounceWebPayment | SetUpWebPayment
SwapNews = BatterySwapped | SettlementTold
