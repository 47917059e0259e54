"""The free EVSEs nearest to a place: for drivers who cannot charge where they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, cast, func, or_, select

from app.domain.distances import COSINE_ONE, cosine, metres, scaled
from app.domain.locations import EvsePlace, EvseStatus, GeoPoint, Location
from app.store.locations import EVSES, LOCATIONS
from app.store.transaction import Transaction

REACHES = (Decimal("0.05"), Decimal("0.5"))
"""How far is looked, in degrees of latitude: some 5 km, and some 50 km if nothing is there."""

LOOKED_AT = 12
"""How many locations are read of those in reach, the nearest first."""


@dataclass(frozen=True, slots=True)
class NextBest:
    """A connector that is free, and how far it is in metres."""

    place: EvsePlace
    distance_m: int

    @property
    def free(self) -> int:
        """How many EVSEs are free there."""
        return sum(evse.status is EvseStatus.AVAILABLE for evse in self.place.location.evses)


_TURN = scaled(Decimal(360))
_NORTH = cast(LOCATIONS.c.latitude, BigInteger) - bindparam("latitude", type_=BigInteger)
_EAST = cast(LOCATIONS.c.longitude, BigInteger) - bindparam("longitude", type_=BigInteger)
_ROUND = func.abs(_EAST)
_SHORT = case((_ROUND > _TURN // 2, _TURN - _ROUND), else_=_ROUND)
_SHRUNK = _SHORT * bindparam("cosine", type_=BigInteger) // COSINE_ONE
# In hundred-thousandths of a degree, a metre, whose squares are no numbers too great.
_FAR_NORTH, _FAR_EAST = _NORTH // 100, _SHRUNK // 100
_FREE = select(EVSES.c.key).where(
    EVSES.c.location == LOCATIONS.c.key, EVSES.c.status == EvseStatus.AVAILABLE.value
)
_IN_REACH = (
    select(LOCATIONS.c.key)
    .where(
        LOCATIONS.c.publish,
        LOCATIONS.c.latitude.between(bindparam("south"), bindparam("north")),
        or_(
            LOCATIONS.c.longitude.between(bindparam("west"), bindparam("east")),
            LOCATIONS.c.longitude.between(bindparam("west2"), bindparam("east2")),
        ),
        _FREE.exists(),
    )
    .order_by(_FAR_NORTH * _FAR_NORTH + _FAR_EAST * _FAR_EAST)
    .limit(LOOKED_AT)
)


async def next_best(tx: Transaction, place: EvsePlace) -> NextBest | None:
    """The nearest free connector of the same plug, first at the same location; None if none."""
    found = await nearest_free(tx, place, limit=1)
    return found[0] if found else None


async def nearest_free(tx: Transaction, place: EvsePlace, *, limit: int) -> list[NextBest]:
    """One free connector of the same plug per location, the nearest first; never of this EVSE.

    Among those of a location the one nearest in power is taken. Locations that are not published
    do not count.
    """
    for reach in REACHES:
        around = await _locations(tx, place.location.coordinates, reach)
        found = sorted(_fitting(place, around), key=lambda best: best.distance_m)
        if found:
            return found[:limit]
    return []


def _fitting(place: EvsePlace, around: list[Location]) -> Iterator[NextBest]:
    for location in around:
        here = (location.party, location.id) == (place.location.party, place.location.id)
        fits = [
            EvsePlace(location, evse, connector)
            for evse, connector in location.pairs()
            if evse.status is EvseStatus.AVAILABLE
            and connector.standard == place.connector.standard
            and not (here and evse.uid.casefold() == place.evse.uid.casefold())
        ]
        if fits:
            wanted = place.connector.power.value
            best = min(fits, key=lambda fit: abs(fit.connector.power.value - wanted))
            yield NextBest(best, metres(place.location.coordinates, location.coordinates))


async def _locations(tx: Transaction, centre: GeoPoint, reach: Decimal) -> list[Location]:
    rows = await tx.connection.execute(_IN_REACH, _bounds(centre, reach))
    keys = list(rows.scalars())
    return list((await tx.locations.many(keys)).values())


def _bounds(centre: GeoPoint, reach: Decimal) -> dict[str, Any]:
    """The box around a point; across the date line it has a second part on the other side."""
    shrunk = max(cosine(centre.latitude), 1)
    half, turn = scaled(reach) * COSINE_ONE // shrunk, scaled(Decimal(360))
    longitude, latitude = scaled(centre.longitude), scaled(centre.latitude)
    other = longitude - turn if longitude > 0 else longitude + turn
    edges = {"west": longitude - half, "east": longitude + half}
    edges |= {"west2": other - half, "east2": other + half}
    return {
        "latitude": latitude,
        "longitude": longitude,
        "cosine": shrunk,
        "south": latitude - scaled(reach),
        "north": latitude + scaled(reach),
        **{name: max(-turn // 2, min(edge, turn // 2)) for name, edge in edges.items()},
    }
