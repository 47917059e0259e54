"""Companies by their VAT numbers, for receipts that a charger makes out to one."""

from dataclasses import dataclass
from re import compile as pattern

_FORM = pattern(r"[A-Z]{2}[A-Z0-9+*]{2,13}")


@dataclass(frozen=True, slots=True)
class Company:
    """Whose number it is, and where. `country` is a two-letter code."""

    name: str
    address: str
    city: str
    country: str
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class VatAsked:
    """A charger asks whose VAT number this is. Source: OCPP 2.1, C24."""

    number: str
    evse: int | None = None


@dataclass(frozen=True, slots=True)
class VatAnswer:
    """Whose it is; without a company `why` not."""

    asked: VatAsked
    company: Company | None = None
    why: str | None = None


def vat_number(text: str) -> str | None:
    """The number as registers write it, None when it has not the form of one."""
    bare = "".join(c for c in text.upper() if c not in " .-")
    return bare if _FORM.fullmatch(bare) else None
