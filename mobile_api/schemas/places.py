"""Where somebody wants to charge: what is read off a sticker, or off the map."""

from typing import Self

from pydantic import Field, model_validator

from mobile_api.schemas.values import Shape


class PlaceIn(Shape):
    """An EVSE, by its QR code or by party, location and EVSE."""

    code: str | None = Field(None, min_length=1, max_length=16)
    party: str | None = Field(None, max_length=6)
    location_id: str | None = Field(None, max_length=36)
    evse_uid: str | None = Field(None, max_length=36)
    connector_id: str | None = Field(None, max_length=36)

    @model_validator(mode="after")
    def _names_a_place(self) -> Self:
        place = (self.party, self.location_id, self.evse_uid)
        if self.code is None and None in place:
            raise ValueError("either code, or party, location_id and evse_uid")
        if self.code is not None and any(place):
            raise ValueError("code alone names the place")
        return self
