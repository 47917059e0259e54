"""The nouns that processes keep in memory, whose changes are therefore told."""

from enum import StrEnum


class Noun(StrEnum):
    """What is kept in memory somewhere, with the key of its repository.

    A partner's location and tariff are told as PLACE and PRICE, since lists are of our own only.
    Sessions that are over and CDRs are told by the party of their token, who has them counted.
    """

    LOCATION = "location"
    PLACE = "place"
    TARIFF = "tariff"
    PRICE = "price"
    TOKEN = "token"  # noqa: S105 - the noun
    PARTNER = "partner"
    OPERATOR = "operator"
    HUB_RULE = "hub_rule"
    SESSION = "session"
    CDR = "cdr"
    HUB_LOCATION = "hub_location"
    HUB_TARIFF = "hub_tariff"
    HUB_TOKEN = "hub_token"  # noqa: S105 - the noun


DECIDING = frozenset({Noun.PARTNER, Noun.OPERATOR, Noun.HUB_RULE})
"""What decides who may do what: asked with every message, written seldom.

Whoever writes one of them goes on only when every process heeds it (`store.watch`).
"""

Seen = tuple[Noun, str]
"""What was written: a noun and a key."""
