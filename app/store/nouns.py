"""The nouns that processes keep in memory, whose changes are therefore told."""

from enum import StrEnum


class Noun(StrEnum):
    """What is kept in memory somewhere, with the key of its repository."""

    LOCATION = "location"
    TARIFF = "tariff"
    TOKEN = "token"  # noqa: S105 - the noun
    PARTNER = "partner"
    OPERATOR = "operator"
    SESSION = "session"
    CDR = "cdr"
