"""What a driver wants to see of the map: asked of kinds of places, and remembered for them."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.price_lines import PriceKind
from app.queries.map_facts import ENDLESS, Count, PlugKind, Profile, Spot
from app.queries.map_grid import Memo

MOST_LENSES = 24
Verdict = tuple[int, ...] | bool
"""All models of a place fit, none does, or these."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter; what is left out is not asked. Plug, power and price must be of one connector.

    `max_price` is per kWh, taxes as shown, in the station's own currency. `operators` are names in
    lower case or parties. Of `plugs` one is enough, of `facilities` all are wanted. `open_now`
    leaves out what is known to be closed.
    """

    free: bool = False
    min_power: Decimal | None = None
    plugs: frozenset[str] = frozenset()
    max_price: Decimal | None = None
    operators: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    open_now: bool = False
    own: bool | None = None

    @property
    def asks_plugs(self) -> bool:
        """Whether anything is asked of single connectors."""
        return bool(self.plugs) or self.min_power is not None or self.max_price is not None


class Lens:
    """A filter with what it said of kinds of places, until that can change."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._verdicts: dict[Profile, Verdict] = {}
        self._until = ENDLESS
        self._edition = 0
        self.memo = Memo()

    def at(self, now: datetime, edition: int) -> "Lens":
        """The lens for this moment and edition of the prices."""
        dearer = edition != self._edition and self._wanted.max_price is not None
        if now >= self._until or dearer:
            self._verdicts.clear()
            self.memo = Memo()
            self._until, self._edition = ENDLESS, edition
        return self

    def counted(self, spot: Spot, now: datetime) -> Count | None:
        """What of a place fits, None when nothing does."""
        verdict = self._verdicts.get(spot.profile)
        if verdict is None:
            verdict = self._verdicts[spot.profile] = self._judged(spot.profile, now)
        if verdict is True:
            count = spot.all
        elif verdict is False:
            return None
        else:
            count = _sum(spot, verdict)
        if not count.total or (self._wanted.free and not count.free):
            return None
        return count

    def _judged(self, profile: Profile, now: datetime) -> Verdict:
        wanted = self._wanted
        if not self._place_fits(profile, now):
            return False
        if not wanted.asks_plugs:
            return True
        fitting = tuple(
            number
            for number, plugs in enumerate(profile.models)
            if any(self._plug_fits(plug, now) for plug in plugs)
        )
        return fitting or False

    def _place_fits(self, profile: Profile, now: datetime) -> bool:
        wanted = self._wanted
        if wanted.own is not None and profile.own is not wanted.own:
            return False
        names = {profile.operator, str(profile.party).casefold()}
        if wanted.operators and wanted.operators.isdisjoint(names):
            return False
        if not wanted.facilities <= profile.facilities:
            return False
        if not wanted.open_now:
            return True
        state = profile.hours.state(now)
        self._until = min(self._until, profile.hours.until)
        return state.open is not False

    def _plug_fits(self, plug: PlugKind, now: datetime) -> bool:
        wanted = self._wanted
        if wanted.plugs and plug.standard not in wanted.plugs:
            return False
        if wanted.min_power is not None and plug.power.value < wanted.min_power:
            return False
        if wanted.max_price is None:
            return True
        headline = plug.tag.headline(now)
        self._until = min(self._until, plug.tag.until)
        per_kwh = headline is not None and headline.kind is PriceKind.ENERGY
        return per_kwh and headline is not None and headline.amount.amount <= wanted.max_price


def _sum(spot: Spot, models: tuple[int, ...]) -> Count:
    if len(models) == len(spot.counts):
        return spot.all
    found = Count()
    for number in models:
        count = spot.counts[number]
        found.free += count.free
        found.total += count.total
        found.rank = min(found.rank, count.rank)
    return found


class Lenses:
    """The lenses used last."""

    def __init__(self) -> None:
        self._known: OrderedDict[Wanted, Lens] = OrderedDict()

    def get(self, wanted: Wanted, now: datetime, edition: int) -> Lens:
        """The lens of a filter."""
        lens = self._known.get(wanted)
        if lens is None:
            lens = self._known[wanted] = Lens(wanted)
            if len(self._known) > MOST_LENSES:
                self._known.popitem(last=False)
        self._known.move_to_end(wanted)
        return lens.at(now, edition)
