"""What a charger of OCPP 2.1 reckons a session costs: kept, and compared with our own bill.

Source: OCPP 2.1, CostDetailsType: the central system's bill is the one that counts.
"""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.money import Price

APART = Decimal("0.01")
"""Chargers round every component to cents."""


@dataclass(frozen=True, slots=True)
class ChargerCost:
    """A total, without and with taxes; None where the charger does not say."""

    currency: str
    net: Decimal | None = None
    gross: Decimal | None = None

    def differs(self, ours: Price) -> bool:
        """Whether it is not what we bill, by more than rounding."""
        if self.currency.upper() != ours.net.currency:
            return True
        pairs = [(self.net, ours.net.amount), (self.gross, ours.due.amount)]
        said = [(theirs, mine) for theirs, mine in pairs if theirs is not None]
        return any(abs(theirs - mine) > APART for theirs, mine in said)
