"""Tariffs in the charger, so that its display can show a price (OCPP 2.1, I07 to I12).

What is paid comes from our own price function all the same; a charger only shows.
"""

from dataclasses import dataclass
from datetime import datetime

from app.domain.tariffs import Tariff


@dataclass(frozen=True, slots=True)
class SetDefaultTariff:
    """What the charger, or one EVSE of it, shows to whoever has no price of his own."""

    tariff: Tariff


@dataclass(frozen=True, slots=True)
class ListTariffs:
    """Tell the tariffs of the charger, or of one EVSE of it."""


@dataclass(frozen=True, slots=True)
class ClearTariffs:
    """Drop tariffs of these ids, or all of them."""

    tariff_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSessionTariff:
    """What the charger shows for a transaction from now on."""

    transaction: str
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class LocalTariff:
    """A tariff in the charger; `evses` are the numbers it told, `evse_uid` where we put it.

    Without either it is for all.
    """

    tariff_id: str
    kind: str
    since: datetime | None = None
    evses: tuple[int, ...] = ()
    evse_uid: str | None = None


@dataclass(frozen=True, slots=True)
class LocalTariffSet:
    """The charger took a default tariff, in the place of the one before."""

    tariff: LocalTariff


@dataclass(frozen=True, slots=True)
class LocalTariffsListed:
    """All tariffs that the charger has."""

    tariffs: tuple[LocalTariff, ...]


@dataclass(frozen=True, slots=True)
class LocalTariffsCleared:
    """The charger dropped these; None is all it was asked for."""

    tariff_ids: tuple[str, ...] | None


LocalTariffAsk = SetDefaultTariff | ListTariffs | ClearTariffs | ChangeSessionTariff
LocalTariffNews = LocalTariffSet | LocalTariffsListed | LocalTariffsCleared
