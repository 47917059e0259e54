"""Tariffs: what a price list says. Source: OCPI 2.2.1, Tariffs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.identifiers import PartyId
from app.domain.units import Ampere, Kw, Kwh


class Dimension(StrEnum):
    """What a price component charges for. Source: OCPI 2.2.1, Tariffs, TariffDimensionType."""

    ENERGY = "ENERGY"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    TIME = "TIME"


class TariffType(StrEnum):
    """For whom a tariff is meant. Source: OCPI 2.2.1, Tariffs, TariffType enum."""

    AD_HOC_PAYMENT = "AD_HOC_PAYMENT"
    PROFILE_CHEAP = "PROFILE_CHEAP"
    PROFILE_FAST = "PROFILE_FAST"
    PROFILE_GREEN = "PROFILE_GREEN"
    REGULAR = "REGULAR"


class TaxIncluded(StrEnum):
    """Whether component prices hold the tax. Source: OCPI 2.3.0, Tariffs, TaxIncluded enum."""

    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "N/A"


class ReservationPhase(StrEnum):
    """Source: OCPI 2.2.1, Tariffs, ReservationRestrictionType enum."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


@dataclass(frozen=True, slots=True)
class PriceComponent:
    """One price: per kWh, per hour or flat, in the tariff's currency.

    `vat` is a percentage, None when no VAT applies or it is unknown; `step_size` is in Wh or
    seconds, 0 means "as measured".
    """

    dimension: Dimension
    price: Decimal
    vat: Decimal | None = None
    step_size: int = 1


@dataclass(frozen=True, slots=True)
class Restrictions:
    """When an element applies; every given field must hold. Local times are the location's.

    Lower bounds include, upper bounds exclude. `weekdays`: 1 = Monday … 7 = Sunday.
    Source: OCPI 2.2.1, Tariffs, TariffRestrictions class.
    """

    start_time: time | None = None
    end_time: time | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Kwh | None = None
    max_kwh: Kwh | None = None
    min_current: Ampere | None = None
    max_current: Ampere | None = None
    min_power: Kw | None = None
    max_power: Kw | None = None
    min_duration: timedelta | None = None
    max_duration: timedelta | None = None
    weekdays: frozenset[int] = frozenset()
    reservation: ReservationPhase | None = None


@dataclass(frozen=True, slots=True)
class TariffElement:
    """Price components that apply while the restrictions hold."""

    components: tuple[PriceComponent, ...]
    restrictions: Restrictions = Restrictions()


@dataclass(frozen=True, slots=True)
class PriceLimit:
    """A bound on a session's total; net and gross are applied independently of each other."""

    net: Decimal
    gross: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tariff:
    """A price list of one CPO party; valid from `start` (inclusive) to `end` (exclusive), UTC.

    `document` is a partner's object verbatim in OCPI version `version`.
    """

    party: PartyId
    id: str
    currency: str
    elements: tuple[TariffElement, ...]
    last_updated: datetime
    type: TariffType | None = None
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    start: datetime | None = None
    end: datetime | None = None
    tax_included: TaxIncluded = TaxIncluded.NO
    alt_text: tuple[tuple[str, str], ...] = ()
    alt_url: str | None = None
    own: bool = True
    document: str | None = None
    version: str | None = None

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether a session starting at this moment may use the tariff."""
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment < self.end
        )


def choose(tariffs: Iterable[Tariff], wanted: TariffType, moment: datetime) -> Tariff | None:
    """The tariff for a session: valid now, of the wanted type, else one for every type.

    Source: OCPI 2.2.1, Tariffs, Tariff object, `type`. Ties go to the first in the connector's
    order; None means the price is unknown, never that it is free.
    """
    valid = [t for t in tariffs if t.is_valid_at(moment)]
    exact = next((t for t in valid if t.type is wanted), None)
    return exact or next((t for t in valid if t.type is None), None)


def price_list(tariffs: Iterable[Tariff], moment: datetime, *, ad_hoc: bool) -> Tariff | None:
    """The tariff of a connector for whoever has a contract, or (`ad_hoc`) pays without one."""
    return choose(tariffs, TariffType.AD_HOC_PAYMENT if ad_hoc else TariffType.REGULAR, moment)
