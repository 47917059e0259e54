"""Routes for the tariffs that a charger shows by itself (OCPP 2.1)."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from app.console.api.access import AskingHolder, Services
from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Name, PartIn, ask_of
from app.domain.local_tariffs import (
    ChangeSessionTariff,
    ClearTariffs,
    ListTariffs,
    SetDefaultTariff,
)

router = APIRouter(prefix="/chargers/{station_id}/tariffs")

Transaction = Annotated[str, Field(min_length=1, max_length=36)]


class DefaultIn(PartIn):
    """Which tariff to show at a charger, or at one EVSE of it."""

    tariff_id: Name


class SessionIn(PartIn):
    """Which tariff to show for a transaction."""

    tariff_id: Name
    transaction: Transaction


class ClearIn(PartIn):
    """Which tariffs to drop; without any all of them."""

    tariff_ids: Annotated[list[Name], Field(max_length=100)] = []


@router.post("/default", status_code=202)
async def set_default(
    station_id: str, given: DefaultIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Let a charger show a tariff of the operator's."""
    tariff = await services.tariffs.get(asking.operator.party, given.tariff_id)
    request = ask_of(asking, station_id, SetDefaultTariff(tariff), given)
    return AskedOut.whole(await services.commands.request(request))


@router.post("/session", status_code=202)
async def change_session(
    station_id: str, given: SessionIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Let a charger show another tariff for a transaction."""
    tariff = await services.tariffs.get(asking.operator.party, given.tariff_id)
    ask = ChangeSessionTariff(given.transaction, tariff)
    return AskedOut.whole(await services.commands.request(ask_of(asking, station_id, ask, given)))


@router.post("/list", status_code=202)
async def list_tariffs(
    station_id: str, given: PartIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Make a charger tell its tariffs; they are among its facts once it did."""
    request = ask_of(asking, station_id, ListTariffs(), given)
    return AskedOut.whole(await services.commands.request(request))


@router.post("/clear", status_code=202)
async def clear_tariffs(
    station_id: str, given: ClearIn, asking: AskingHolder, services: Services
) -> AskedOut:
    """Take tariffs from a charger."""
    request = ask_of(asking, station_id, ClearTariffs(tuple(given.tariff_ids)), given)
    return AskedOut.whole(await services.commands.request(request))
