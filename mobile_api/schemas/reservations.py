"""Reservations: an EVSE kept free for a driver, and what that costs."""

from datetime import datetime
from typing import Self

from pydantic import Field

from app.domain.price_lines import PriceKind, describe
from app.domain.wording import words
from app.use_cases.reservations import Offered
from mobile_api.schemas.places import PlaceIn
from mobile_api.schemas.values import Language, MoneyOut, PriceLineOut, Shape, shown

_KINDS = frozenset(
    {
        PriceKind.RESERVATION_TIME,
        PriceKind.RESERVATION,
        PriceKind.EXPIRED_TIME,
        PriceKind.EXPIRED,
    }
)


class ReservationIn(PlaceIn):
    """Where (a QR code, or party, location and EVSE) and for how long from now."""

    minutes: int = Field(30, ge=1, le=240)
    language: Language = "en"


class ReservationOut(Shape):
    """A reservation as it is now.

    `prices` are those of reserving only; nothing is held for it. Who comes pays for the time
    reserved with the session; `if_unused` is what is charged when nobody does, null when the
    price is not known. `reason` is why it is over.
    """

    id: str
    state: str
    party: str
    location_id: str
    evse_uid: str | None
    connector_id: str | None
    created_at: datetime
    active_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    reason: str | None
    prices: list[PriceLineOut]
    if_unused: MoneyOut | None
    partner: bool

    @classmethod
    def of(cls, offered: Offered) -> Self:
        """With its price in words."""
        found = offered.reservation
        lines = describe(offered.tariff) if offered.tariff else ()
        return cls(
            id=found.id,
            state=found.state,
            party=str(found.party),
            location_id=found.location_id,
            evse_uid=found.evse_uid,
            connector_id=found.connector_id,
            created_at=found.created_at,
            active_at=found.active_at,
            expires_at=found.expires_at,
            ended_at=found.ended_at,
            reason=found.reason,
            prices=[PriceLineOut.of(line, words(line)) for line in lines if line.kind in _KINDS],
            if_unused=shown(offered.if_unused()),
            partner=not found.own,
        )


class ReservationsOut(Shape):
    """A page of reservations, the newest first; `next` is the `before` of the following page."""

    reservations: list[ReservationOut]
    next: str | None
