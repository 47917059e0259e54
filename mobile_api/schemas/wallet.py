"""The cards a driver pays with."""

from datetime import datetime

from pydantic import Field

from app.domain.payments import PaymentMethod
from mobile_api.schemas.values import Shape


class CardSetupOut(Shape):
    """What the provider's form on the device needs to save a card."""

    reference: str
    client_secret: str


class CardIn(Shape):
    """A finished setup."""

    reference: str = Field(min_length=1, max_length=120)


class PaymentMethodOut(Shape):
    """A card; `default` is what a session is paid with unless another is named.

    `valid_until` is its last month, such as 2027-03; null when the provider does not tell.
    """

    id: str
    brand: str
    last4: str
    valid_until: str | None
    default: bool
    created_at: datetime

    @classmethod
    def of(cls, method: PaymentMethod) -> "PaymentMethodOut":
        """Without the provider's reference."""
        return cls(
            id=method.id,
            brand=method.brand,
            last4=method.last4,
            valid_until=method.valid_until,
            default=method.default,
            created_at=method.created_at,
        )


class PaymentMethodsOut(Shape):
    """A driver's cards, the oldest first."""

    payment_methods: list[PaymentMethodOut]
