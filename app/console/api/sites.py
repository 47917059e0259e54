"""Routes for sites: import, locations, tariffs, chargers."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import Asking, Services, Text
from app.console.api.site_shapes import (
    ImportedOut,
    LocationOut,
    RegisteredOut,
    StationOut,
    StationSheetOut,
    TariffOut,
)
from app.use_cases.locations import Imported

router = APIRouter()


class StationIn(BaseModel):
    """A charger to let in; without a password one is made up."""

    model_config = ConfigDict(extra="forbid")

    password: Annotated[str, Field(min_length=16, max_length=40)] | None = None


def _shown(imported: Imported) -> ImportedOut:
    return ImportedOut(
        party=str(imported.party),
        locations=list(imported.locations),
        tariffs=list(imported.tariffs),
        chargers=list(imported.chargers),
        passwords=imported.passwords,
    )


@router.post("/import")
async def import_site(text: Text, asking: Asking, services: Services) -> ImportedOut:
    """Take a whole site file (`docs/import.md`) or nothing of it."""
    return _shown(await services.locations.import_site(text, party=asking.party))


@router.get("/locations")
async def list_locations(asking: Asking, services: Services) -> list[LocationOut]:
    """All locations."""
    found = await services.operations.locations(asking.party)
    return [LocationOut.of(location, services.public_url) for location in found]


@router.get("/locations/{location_id}")
async def get_location(location_id: str, asking: Asking, services: Services) -> LocationOut:
    """One location."""
    location = await services.locations.get(asking.party, location_id)
    return LocationOut.of(location, services.public_url)


@router.put("/locations/{location_id}")
async def put_location(
    location_id: str, text: Text, asking: Asking, services: Services
) -> ImportedOut:
    """Write one location as it stands in a site file."""
    return _shown(await services.locations.write(text, asking.party, location_id))


@router.get("/tariffs")
async def list_tariffs(asking: Asking, services: Services) -> list[TariffOut]:
    """All tariffs."""
    return [TariffOut.of(tariff) for tariff in await services.operations.tariffs(asking.party)]


@router.get("/tariffs/{tariff_id}")
async def get_tariff(tariff_id: str, asking: Asking, services: Services) -> TariffOut:
    """One tariff."""
    return TariffOut.of(await services.tariffs.get(asking.party, tariff_id))


@router.put("/tariffs/{tariff_id}")
async def put_tariff(tariff_id: str, text: Text, asking: Asking, services: Services) -> TariffOut:
    """Write one tariff as it stands in a site file; running sessions keep theirs."""
    return TariffOut.of(await services.tariffs.write(text, asking.party, tariff_id))


@router.delete("/tariffs/{tariff_id}", status_code=204)
async def delete_tariff(tariff_id: str, asking: Asking, services: Services) -> None:
    """Withdraw a tariff that no connector names any more."""
    await services.tariffs.remove(asking.party, tariff_id)


@router.get("/stations")
async def list_stations(asking: Asking, services: Services) -> list[StationOut]:
    """All chargers by name."""
    found = await services.operations.stations(asking.party)
    return [StationOut.of(station) for station in found]


@router.get("/stations/{station_id}")
async def get_station(station_id: str, asking: Asking, services: Services) -> StationSheetOut:
    """One charger with its connectors."""
    return StationSheetOut.whole(await services.operations.station(asking.party, station_id))


@router.put("/stations/{station_id}")
async def register_station(
    station_id: str,
    asking: Asking,
    services: Services,
    given: Annotated[StationIn | None, Body()] = None,
) -> RegisteredOut:
    """Let a charger in, or give it another password."""
    password = given.password if given else None
    secret = await services.stations.register(station_id, asking.party, password)
    return RegisteredOut(id=station_id, password=secret)
