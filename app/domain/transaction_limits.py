"""What a transaction may cost, take and last, where the charger watches over that by itself.

A charger of OCPP 2.1 is told a driver's limits and stops at them also while nobody reaches it; any
other is stopped from afar, and so is this one should it not. Source: OCPP 2.1,
TransactionLimitType.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from app.domain.units import Kwh

STOPPED_BY_LIMIT = frozenset(
    {"EnergyLimitReached", "LocalOutOfCredit", "SOCLimitReached", "TimeLimitReached"}
)
"""Source: OCPP 2.1, ReasonEnumType; out of credit is a limit of the cost."""


@dataclass(frozen=True, slots=True)
class TransactionLimit:
    """None is no limit. `cost` is in the currency of the session's tariff, `soc` in percent."""

    cost: Decimal | None = None
    energy: Kwh | None = None
    time: timedelta | None = None
    soc: int | None = None
