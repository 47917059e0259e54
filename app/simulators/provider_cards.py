"""The cards of the simulated provider: Stripe's published test cards and how they behave."""

from dataclasses import dataclass
from typing import Literal

Asks = Literal["never", "setup", "always"]


@dataclass(frozen=True)
class Card:
    """`decline` is the decline code, None for a good card; `asks` when the bank wants the owner.

    `attachable` is false for cards that are declined already when they are saved.
    """

    number: str
    brand: str = "visa"
    decline: str | None = None
    asks: Asks = "never"
    attachable: bool = True

    @property
    def last4(self) -> str:
        return self.number[-4:]

    def needs_owner(self, *, setup: bool, saved_with_owner: bool) -> bool:
        """Whether the bank asks the owner to confirm."""
        if self.asks == "setup":
            return setup or not saved_with_owner
        return self.asks == "always"


CARDS = {
    "pm_card_visa": Card("4242424242424242"),
    "pm_card_mastercard": Card("5555555555554444", "mastercard"),
    "pm_card_amex": Card("378282246310005", "amex"),
    "pm_card_chargeDeclined": Card(
        "4000000000000002", decline="generic_decline", attachable=False
    ),
    "pm_card_visa_chargeDeclined": Card(
        "4000000000000002", decline="generic_decline", attachable=False
    ),
    "pm_card_chargeDeclinedInsufficientFunds": Card(
        "4000000000009995", decline="insufficient_funds", attachable=False
    ),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Card(
        "4000000000009995", decline="insufficient_funds", attachable=False
    ),
    "pm_card_chargeDeclinedExpiredCard": Card(
        "4000000000000069", decline="expired_card", attachable=False
    ),
    "pm_card_chargeCustomerFail": Card("4000000000000341", decline="generic_decline"),
    "pm_card_authenticationRequired": Card("4000002760003184", asks="always"),
    "pm_card_authenticationRequiredOnSetup": Card("4000002500003155", asks="setup"),
}
BY_NUMBER = {card.number: name for name, card in CARDS.items()}
