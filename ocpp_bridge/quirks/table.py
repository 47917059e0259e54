"""Which quirks a charger has, by what it said of itself when it booted.

A charger that is held to the letter has none. What chargers of any maker do is forgiven without
this table: in the schemas, the times and numbers, and `repairs`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.stations import BootFacts
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.quirks.decorators import Dress, answering, meaning, putting, unpinged
from ocpp_bridge.quirks.rewrites import (
    error_only_when_faulted,
    in_watts,
    on_the_ground,
    unheard,
    whole_transaction,
)

Who = Callable[[BootFacts], bool]


def made_by(maker: str, *models: str, firmware: str = "") -> Who:
    """Chargers whose maker's name begins so, whose model has one of these in it."""

    def is_one(facts: BootFacts) -> bool:
        model = facts.model.casefold()
        return (
            facts.vendor.strip().casefold().startswith(maker)
            and (not models or any(each in model for each in models))
            and (facts.firmware or "").strip().casefold().startswith(firmware)
        )

    return is_one


@dataclass(frozen=True, slots=True)
class Quirk:
    """One way of some chargers, and what is made of their dialect for it."""

    number: str
    who: tuple[Who, ...]
    dress: Dress

    def is_of(self, facts: BootFacts) -> bool:
        """Whether this charger has it."""
        return any(is_one(facts) for is_one in self.who)


QUIRKS = (
    Quirk(
        "Q-04",
        (made_by("etrel", "inch"),),
        meaning(whole_transaction, "MeterValues", "StopTransaction"),
    ),
    Quirk(
        "Q-13",
        (made_by("en+", "ac7000"), made_by("en-plus", "ac7000"), made_by("starcharge")),
        unpinged,
    ),
    Quirk("Q-19", (made_by("abb"),), meaning(error_only_when_faulted, "StatusNotification")),
    Quirk(
        "Q-25",
        (made_by("huawei", "fusioncharge"),),
        putting(in_watts, "SetChargingProfile"),
    ),
    Quirk(
        "Q-26",
        (made_by("abb", "tac", "terra ac"), made_by("wall box", firmware="5."),
         made_by("wallbox", firmware="5.")),
        putting(on_the_ground, "SetChargingProfile"),
    ),
    Quirk(
        "Q-31",
        (made_by("en+"), made_by("en-plus")),
        answering("DataTransfer", unheard),
    ),
)  # fmt: skip

_dressed: dict[tuple[str, tuple[str, ...]], Dialect] = {}


def dressed(dialect: Dialect, facts: BootFacts | None, *, strict: bool) -> Dialect:
    """The dialect as this charger speaks it; made once for all that speak alike."""
    if strict or facts is None:
        return dialect
    found = [quirk for quirk in QUIRKS if quirk.is_of(facts)]
    if not found:
        return dialect
    key = (dialect.subprotocol, tuple(quirk.number for quirk in found))
    known = _dressed.get(key)
    if known is None:
        known = dialect
        for quirk in found:
            known = quirk.dress(known)
        _dressed[key] = known
    return known
