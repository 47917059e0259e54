"""Charge cards: orders, and the cards a driver holds."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.charge_cards import Address, CardOrder, ChargeCard
from mobile_api.schemas.values import Shape

Line = Annotated[str, Field(min_length=1, max_length=120)]
Name = Annotated[str, Field(min_length=1, max_length=60)]


class AddressIn(Shape):
    """Where to send a card; `country` is ISO 3166-1 alpha-2."""

    name: Line
    street: Line
    postal_code: str = Field(min_length=1, max_length=16)
    city: Line
    country: str = Field(pattern=r"^[A-Z]{2}$")

    def address(self) -> Address:
        """As it is kept."""
        return Address(self.name, self.street, self.postal_code, self.city, self.country)


class CardOrderIn(Shape):
    """A card to be sent; `label` is what is printed on it, if anything."""

    address: AddressIn
    label: Name | None = None


class AddressOut(Shape):
    """Where a card is sent."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str


class CardOrderOut(Shape):
    """An order: ordered, produced, sent or cancelled; over, its address is forgotten."""

    id: str
    state: str
    created_at: datetime
    changed_at: datetime
    label: str | None
    visual_number: str | None
    address: AddressOut | None

    @classmethod
    def of(cls, order: CardOrder) -> "CardOrderOut":
        """As the driver sees it."""
        at = order.address
        return cls(
            id=order.id,
            state=order.state,
            created_at=order.created_at,
            changed_at=order.changed_at,
            label=order.label,
            visual_number=order.visual_number,
            address=at
            and AddressOut(
                name=at.name,
                street=at.street,
                postal_code=at.postal_code,
                city=at.city,
                country=at.country,
            ),
        )


class CardOrdersOut(Shape):
    """A driver's orders, the oldest first."""

    orders: list[CardOrderOut]


class ChargeCardIn(Shape):
    """A card in the driver's hands: its printed number, and the code under the scratch field."""

    visual_number: str = Field(min_length=1, max_length=64)
    check: str = Field(min_length=1, max_length=32)
    name: Name | None = None


class CardNameIn(Shape):
    """What a card is called; null is nothing."""

    name: Name | None


class ChargeCardOut(Shape):
    """A card: linked, blocked or lost. `contract_id` is what partners know it by."""

    visual_number: str
    state: str
    name: str | None
    contract_id: str | None
    changed_at: datetime

    @classmethod
    def of(cls, card: ChargeCard) -> "ChargeCardOut":
        """Without what readers read."""
        return cls(
            visual_number=card.visual_number,
            state=card.state,
            name=card.name,
            contract_id=card.contract_id,
            changed_at=card.changed_at,
        )


class ChargeCardsOut(Shape):
    """A driver's cards, the oldest first."""

    cards: list[ChargeCardOut]
