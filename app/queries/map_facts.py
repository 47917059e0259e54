"""What the map remembers of a place: where it is, what it offers, and how much of that is free.

Twenty thousand places offer a few hundred kinds of things, so kinds are made once and shared, and
a filter is asked of kinds rather than of places.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from app.domain.distances import scaled
from app.domain.identifiers import PartyId
from app.domain.locations import Evse, EvseStatus, Location, OpeningTimes
from app.domain.opening import OpenState, open_state
from app.domain.price_changes import next_price_change
from app.domain.price_lines import PriceKind, PriceLine, describe
from app.domain.tariffs import Tariff, price_list
from app.domain.units import Kw
from app.queries.mercator import xy_of
from app.store.locations import evse_key, object_key

BEST_FIRST = (
    EvseStatus.AVAILABLE,
    EvseStatus.CHARGING,
    EvseStatus.BLOCKED,
    EvseStatus.RESERVED,
    EvseStatus.OUTOFORDER,
    EvseStatus.INOPERATIVE,
    EvseStatus.UNKNOWN,
    EvseStatus.PLANNED,
)
SHOWN = frozenset(BEST_FIRST)
RANKS = {status: rank for rank, status in enumerate(BEST_FIRST)}
FREE = RANKS[EvseStatus.AVAILABLE]
WORST = len(BEST_FIRST)
ENDLESS = datetime.max.replace(tzinfo=UTC)
PAST = datetime.min.replace(tzinfo=UTC)
NO_POWER = Kw(Decimal(0))

Tariffs = Callable[[str], Tariff | None]
"""The tariff of a key, as it is remembered."""


class Tag:
    """The price that connectors with the same tariffs have; kept until it may be another."""

    __slots__ = ("_headline", "_tariffs", "keys", "until", "zone")

    def __init__(self, keys: tuple[str, ...], zone: str, tariffs: Tariffs) -> None:
        self.keys, self.zone = keys, zone
        self._tariffs = tariffs
        self._headline: PriceLine | None = None
        self.until = PAST

    def headline(self, now: datetime) -> PriceLine | None:
        """The lowest price per kWh of now for contracts, else the first price; None if unknown."""
        if now >= self.until:
            named = [t for t in map(self._tariffs, self.keys) if t is not None]
            tariff = price_list(named, now, ad_hoc=False)
            lines = () if tariff is None else describe(tariff, zone=self.zone, at=now)
            self._headline = cheapest(line for line in lines if line.now)
            self.until = next_price_change(named, self.zone, now) or ENDLESS
        return self._headline


def cheapest(lines: Iterable[PriceLine]) -> PriceLine | None:
    """The lowest price per kWh, else the first of the lines."""
    known = list(lines)
    per_kwh = [line for line in known if line.kind is PriceKind.ENERGY]
    if per_kwh:
        return min(per_kwh, key=lambda line: line.amount.amount)
    return known[0] if known else None


class Hours:
    """Opening times in a zone; what is worked out is kept until it changes."""

    __slots__ = ("_state", "_times", "_zone", "until")

    def __init__(self, times: OpeningTimes | None, zone: str) -> None:
        self._times, self._zone = times, zone
        self._state = OpenState(None, None)
        self.until = PAST

    def state(self, now: datetime) -> OpenState:
        """Open or not, and until when."""
        if now >= self.until:
            self._state = open_state(self._times, self._zone, now)
            self.until = self._state.until or ENDLESS
        return self._state


@dataclass(frozen=True, slots=True)
class PlugKind:
    """A connector as far as filters go."""

    standard: str
    power: Kw
    tag: Tag


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Everything that filters ask of a place besides what is free: `models` are its EVSEs' plugs.

    Places that offer the same share one.
    """

    models: tuple[tuple[PlugKind, ...], ...]
    party: PartyId
    operator: str
    facilities: frozenset[str]
    own: bool
    hours: Hours

    @property
    def power(self) -> Kw:
        """The most that any plug gives."""
        return max((kind.power for plugs in self.models for kind in plugs), default=NO_POWER)


@dataclass(slots=True)
class Count:
    """How many EVSEs are free of how many, and the rank of the best status among them."""

    free: int = 0
    total: int = 0
    rank: int = WORST

    def add(self, rank: int) -> None:
        """One more EVSE."""
        self.total += 1
        self.free += rank == FREE
        self.rank = min(self.rank, rank)


@dataclass(slots=True, eq=False)
class Spot:
    """A place on the map. `x` and `y` are Mercator's, the rest of the numbers degrees times 1e7.

    `counts` has one count for each model of the profile, `all` is their sum; `pin` is what was
    made of it last.
    """

    key: str
    party: PartyId
    id: str
    name: str
    address: str
    city: str
    latitude: int
    longitude: int
    x: int
    y: int
    profile: Profile
    text: int
    models: dict[str, int]
    evse_ids: dict[str, str]
    counts: list[Count] = field(default_factory=list)
    all: Count = field(default_factory=Count)
    pin: object = None

    def count(self, statuses: Mapping[str, EvseStatus]) -> None:
        """Take over the statuses of now; REMOVED EVSEs are not there any more."""
        self.counts = [Count() for _ in self.profile.models]
        self.all = Count()
        self.pin = None
        for key, model in self.models.items():
            rank = RANKS.get(statuses[key]) if key in statuses else None
            if rank is not None:
                self.counts[model].add(rank)
                self.all.add(rank)


K = TypeVar("K")
V = TypeVar("V")


class Shared(Generic[K, V]):
    """Values that are made once for each key."""

    def __init__(self) -> None:
        self.known: dict[K, V] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of the key."""
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = make()
        return found


class Facts:
    """Makes spots of locations, sharing what is equal."""

    def __init__(self, tariffs: Tariffs) -> None:
        self._tariffs = tariffs
        self._tags: Shared[tuple[tuple[str, ...], str], Tag] = Shared()
        self._kinds: Shared[tuple[str, Kw, int], PlugKind] = Shared()
        self._hours: Shared[tuple[OpeningTimes | None, str], Hours] = Shared()
        self._profiles: Shared[object, Profile] = Shared()

    def spot(self, location: Location, text: int) -> Spot:
        """A place, not counted yet."""
        models: dict[tuple[PlugKind, ...], int] = {}
        model_of: dict[str, int] = {}
        for evse in location.evses:
            plugs = self._plugs(location, evse)
            number = models.setdefault(plugs, len(models))
            model_of[evse_key(location.party, location.id, evse.uid)] = number
        latitude = scaled(location.coordinates.latitude)
        longitude = scaled(location.coordinates.longitude)
        x, y = xy_of(latitude, longitude)
        return Spot(
            key=object_key(location.party, location.id),
            party=location.party,
            id=location.id,
            name=location.name or location.address,
            address=location.address,
            city=location.city,
            latitude=latitude,
            longitude=longitude,
            x=x,
            y=y,
            profile=self._profile(location, tuple(models)),
            text=text,
            models=model_of,
            evse_ids={e.evse_id: e.uid for e in location.evses if e.evse_id},
        )

    def stale(self, tariffs: frozenset[str]) -> None:
        """These tariffs are other ones now."""
        for tag in self._tags.known.values():
            if not tariffs.isdisjoint(tag.keys):
                tag.until = PAST

    def _plugs(self, location: Location, evse: Evse) -> tuple[PlugKind, ...]:
        made = {self._plug(location, c.standard, c.power, c.tariff_ids) for c in evse.connectors}
        return tuple(sorted(made, key=id))

    def _plug(
        self, location: Location, standard: str, power: Kw, tariff_ids: tuple[str, ...]
    ) -> PlugKind:
        keys = tuple(object_key(location.party, tariff) for tariff in tariff_ids)
        zone = location.time_zone
        tag = self._tags.get((keys, zone), lambda: Tag(keys, zone, self._tariffs))
        kind = (standard, power, id(tag))
        return self._kinds.get(kind, lambda: PlugKind(standard, power, tag))

    def _profile(self, location: Location, models: tuple[tuple[PlugKind, ...], ...]) -> Profile:
        zone, times = location.time_zone, location.opening_times
        hours = self._hours.get((times, zone), lambda: Hours(times, zone))
        operator = (location.operator_name or "").casefold()
        facilities = frozenset(location.facilities)
        shape = tuple(tuple(map(id, plugs)) for plugs in models)
        key = (shape, location.party, operator, facilities, location.own, id(hours))
        return self._profiles.get(
            key,
            lambda: Profile(models, location.party, operator, facilities, location.own, hours),
        )
