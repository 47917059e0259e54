"""What the operator's API answers about sites; decimals are texts, every field is there."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from app.console.api.rendering import render_location, render_tariff
from app.domain.locations import EvseStatus, Location
from app.domain.stations import ConnectorState, Station, StationState
from app.domain.tariffs import Tariff
from app.queries.operations import StationSheet


class ImportedOut(BaseModel):
    """What an import wrote; `passwords` of new chargers are shown only here."""

    party: str
    locations: list[str]
    tariffs: list[str]
    chargers: list[str]
    passwords: dict[str, str]


class EvseStateOut(BaseModel):
    """What changes about an EVSE by itself; `qr_url` is what its sticker says."""

    uid: str
    evse_id: str | None
    station_id: str | None
    status: EvseStatus
    qr_url: str | None
    last_updated: datetime


class LocationOut(BaseModel):
    """A location: `definition` may be edited and sent back."""

    id: str
    definition: dict[str, Any]
    evses: list[EvseStateOut]
    last_updated: datetime

    @classmethod
    def of(cls, location: Location, public_url: str) -> "LocationOut":
        """Show a location."""
        return cls(
            id=location.id,
            definition=_definition(render_location(location)),
            evses=[
                EvseStateOut(
                    uid=evse.uid,
                    evse_id=evse.evse_id,
                    station_id=evse.station_id,
                    status=evse.status,
                    qr_url=f"{public_url}/q/{evse.code}" if evse.code else None,
                    last_updated=evse.last_updated,
                )
                for evse in location.evses
            ],
            last_updated=location.last_updated,
        )


class TariffOut(BaseModel):
    """A tariff: `definition` may be edited and sent back."""

    id: str
    definition: dict[str, Any]
    last_updated: datetime

    @classmethod
    def of(cls, tariff: Tariff) -> "TariffOut":
        """Show a tariff."""
        definition = _definition(render_tariff(tariff))
        return cls(id=tariff.id, definition=definition, last_updated=tariff.last_updated)


def _definition(shape: BaseModel) -> dict[str, Any]:
    return shape.model_dump(mode="json", exclude_none=True)


class StationOut(BaseModel):
    """A charger."""

    id: str
    state: StationState
    connected: bool
    protocol: str | None
    vendor: str | None
    model: str | None
    firmware: str | None
    booted_at: datetime | None
    seen_at: datetime | None

    @classmethod
    def of(cls, station: Station) -> "StationOut":
        """Show a charger."""
        facts = station.facts
        return cls(
            id=station.id,
            state=station.state,
            connected=station.node is not None,
            protocol=station.protocol,
            vendor=facts.vendor if facts else None,
            model=facts.model if facts else None,
            firmware=facts.firmware if facts else None,
            booted_at=station.booted_at,
            seen_at=station.seen_at,
        )


class ConnectorOut(BaseModel):
    """What a connector last showed; evse and connector 0 stand for the whole."""

    evse: int
    connector: int
    state: ConnectorState
    at: datetime
    error: str | None
    vendor_error: str | None
    info: str | None


class PlaceOut(BaseModel):
    """Where one of a charger's connectors is."""

    location_id: str
    evse_uid: str
    connector_id: str
    evse: int
    connector: int
    status: EvseStatus


class StationSheetOut(StationOut):
    """A charger with its connectors."""

    connectors: list[ConnectorOut]
    places: list[PlaceOut]

    @classmethod
    def whole(cls, sheet: StationSheet) -> "StationSheetOut":
        """Show a charger with its connectors."""
        return cls(
            **StationOut.of(sheet.station).model_dump(),
            connectors=[
                ConnectorOut(
                    evse=shown.address.evse,
                    connector=shown.address.connector,
                    state=shown.state,
                    at=shown.at,
                    error=shown.error,
                    vendor_error=shown.vendor_error,
                    info=shown.info,
                )
                for shown in sheet.connectors
            ],
            places=[
                PlaceOut(
                    location_id=place.location.id,
                    evse_uid=place.evse.uid,
                    connector_id=place.connector.id,
                    evse=place.evse.number,
                    connector=place.connector.number,
                    status=place.evse.status,
                )
                for place in sheet.places
            ],
        )


class RegisteredOut(BaseModel):
    """A charger that may connect, with the password that is shown only now."""

    id: str
    password: str
