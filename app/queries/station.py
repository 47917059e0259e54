"""A station as somebody sees it who thinks of going there: its sheet, and what else counts."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.bills import Bill
from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.issues import Ratings
from app.domain.locations import Connector, EvsePlace, Location
from app.domain.opening import OpenState, open_state
from app.domain.quotes import estimate
from app.domain.units import Kwh
from app.queries.sheets import Sheet, Sheets, plug_of, read_sheet, tariffs_of
from app.store.locations import object_key
from app.store.nearby import NextBest, nearest_free
from app.store.transaction import Transaction

MOST_OTHERS = 3
MOST_IMAGES = 20


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its address. Source: OCPI 2.2.1, Locations, Image class."""

    url: str
    thumbnail: str | None
    category: str
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Other:
    """A free connector of the same plug near by; `bill` is what the same energy costs there."""

    best: NextBest
    bill: Bill | None


@dataclass(frozen=True, slots=True)
class Station:
    """`bill` is what the energy costs here; `favourite` is None for who is not signed in."""

    sheet: Sheet
    opening: OpenState
    images: tuple[Image, ...]
    ratings: Ratings
    favourite: bool | None
    energy: Kwh
    bill: Bill | None
    others: tuple[Other, ...]


class Stations(Sheets):
    """Reads stations for people."""

    async def station(
        self,
        party: PartyId,
        location_id: str,
        now: datetime,
        *,
        driver_id: str | None,
        energy: Kwh,
    ) -> Station:
        """Everything about a station, with where else to charge; raises NotFound."""
        async with self._store.reading() as tx:
            location = await tx.locations.need(party, location_id)
            if not location.publish:
                raise NotFound("location", location_id)
            return Station(
                sheet=await read_sheet(tx, location, now, guest=False),
                opening=open_state(location.opening_times, location.time_zone, now),
                images=images_of(location),
                ratings=await tx.drivers.ratings.of_station(party, location.id),
                favourite=await _likes(tx, driver_id, location),
                energy=energy,
                bill=await _cost(tx, _first(location), energy, now),
                others=await _others(tx, location, energy, now),
            )


async def _likes(tx: Transaction, driver_id: str | None, location: Location) -> bool | None:
    if driver_id is None:
        return None
    return await tx.drivers.favourites.has(driver_id, object_key(location.party, location.id))


def _first(location: Location) -> EvsePlace | None:
    pair = next(location.pairs(), None)
    return None if pair is None else EvsePlace(location, *pair)


async def _others(
    tx: Transaction, location: Location, energy: Kwh, now: datetime
) -> tuple[Other, ...]:
    """Free connectors elsewhere, of the first plug of the station."""
    first = _first(location)
    if first is None:
        return ()
    found = await nearest_free(tx, first, limit=MOST_OTHERS + 1)
    here = (location.party, location.id)
    others = [b for b in found if (b.place.location.party, b.place.location.id) != here]
    return tuple(
        [Other(best, await _cost(tx, best.place, energy, now)) for best in others[:MOST_OTHERS]]
    )


async def _cost(
    tx: Transaction, place: EvsePlace | None, energy: Kwh, now: datetime
) -> Bill | None:
    """What an energy costs there with a contract; None when nobody knows the price."""
    if place is None:
        return None
    location, connector = place.location, place.connector
    tariff = plug_of(
        location, connector, await tariffs_of(tx, location), guest=False, now=now
    ).tariff
    if tariff is None or not _gives_power(connector):
        return None
    zone = location.time_zone
    return estimate(tariff, zone=zone, start=now, energy=energy, power=connector.power)


def _gives_power(connector: Connector) -> bool:
    return connector.power.value > 0


def images_of(location: Location) -> tuple[Image, ...]:
    """The pictures that a partner's document names; what is none of the web is left out."""
    if location.document is None:
        return ()
    document = json.loads(location.document)
    given = document.get("images") if isinstance(document, dict) else None
    made = [_image(each) for each in given if isinstance(each, dict)] if given else []
    return tuple(image for image in made if image is not None)[:MOST_IMAGES]


def _image(given: dict[str, Any]) -> Image | None:
    url, thumbnail = given.get("url"), given.get("thumbnail")
    if not _of_the_web(url):
        return None
    return Image(
        url=str(url),
        thumbnail=str(thumbnail) if _of_the_web(thumbnail) else None,
        category=str(given.get("category", "OTHER")),
        width=_whole(given.get("width")),
        height=_whole(given.get("height")),
    )


def _of_the_web(url: object) -> bool:
    return isinstance(url, str) and url.startswith("https://")


def _whole(number: object) -> int | None:
    return number if isinstance(number, int) and not isinstance(number, bool) else None
