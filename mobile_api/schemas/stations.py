"""A station with everything a driver decides by, and where else to charge."""

from datetime import datetime
from typing import Self

from app.domain.bills import Bill
from app.queries.station import Image, Other, Station
from mobile_api.schemas.locations import SheetOut
from mobile_api.schemas.values import MoneyOut, Shape, number, shown


class ImageOut(Shape):
    """A picture of the station."""

    url: str
    thumbnail: str | None
    category: str
    width: int | None
    height: int | None

    @classmethod
    def of(cls, image: Image) -> "ImageOut":
        """As it was published."""
        return cls(
            url=image.url,
            thumbnail=image.thumbnail,
            category=image.category,
            width=image.width,
            height=image.height,
        )


class OtherOut(Shape):
    """A free connector of the same plug near by, and what the same energy costs there."""

    party: str
    location_id: str
    name: str
    evse_uid: str
    connector_id: str
    power_kw: str
    distance_m: int
    free: int
    partner: bool
    cost: MoneyOut | None

    @classmethod
    def of(cls, other: Other) -> "OtherOut":
        """As a list shows it."""
        place = other.best.place
        location = place.location
        return cls(
            party=str(location.party),
            location_id=location.id,
            name=location.name or location.address,
            evse_uid=place.evse.uid,
            connector_id=place.connector.id,
            power_kw=number(place.connector.power.value) or "0",
            distance_m=other.best.distance_m,
            free=other.best.free,
            partner=not location.own,
            cost=_cost(other.bill),
        )


class RatingShownOut(Shape):
    """What drivers think of the station."""

    count: int
    average: str | None


class TextOut(Shape):
    """A text in a language."""

    language: str
    text: str


class StationOut(SheetOut):
    """A station's sheet, and what else counts.

    `open_now` is null when nobody knows, `favourite` for who is not signed in. `cost` is what
    `energy_kwh` costs at the first connector, `elsewhere` the nearest free ones of the same plug.
    """

    open_now: bool | None
    open_until: datetime | None
    facilities: list[str]
    parking_type: str | None
    directions: list[TextOut]
    images: list[ImageOut]
    rating: RatingShownOut
    favourite: bool | None
    energy_kwh: str
    cost: MoneyOut | None
    elsewhere: list[OtherOut]

    @classmethod
    def whole(cls, station: Station, language: str) -> Self:
        """All of it."""
        place, ratings = station.sheet.location, station.ratings
        return cls(
            **dict(SheetOut.of(station.sheet, language)),
            open_now=station.opening.open,
            open_until=station.opening.until,
            facilities=list(place.facilities),
            parking_type=place.parking_type,
            directions=[TextOut(language=tongue, text=text) for tongue, text in place.directions],
            images=[ImageOut.of(image) for image in station.images],
            rating=RatingShownOut(count=ratings.count, average=number(ratings.average)),
            favourite=station.favourite,
            energy_kwh=number(station.energy.value) or "0",
            cost=_cost(station.bill),
            elsewhere=[OtherOut.of(other) for other in station.others],
        )


def _cost(bill: Bill | None) -> MoneyOut | None:
    return shown(None if bill is None else bill.total.due)
