"""Routes for the tariffs that a charger shows by itself (OCPP 2.1)."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked, Name, PartIn
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
async def set_default(charger: Asked, given: DefaultIn) -> AskedOut:
    """Let a charger show a tariff of the operator's."""
    tariff = await charger.services.tariffs.get(charger.party, given.tariff_id)
    return await charger.ask(SetDefaultTariff(tariff), given)


@router.post("/session", status_code=202)
async def change_session(charger: Asked, given: SessionIn) -> AskedOut:
    """Let a charger show another tariff for a transaction."""
    tariff = await charger.services.tariffs.get(charger.party, given.tariff_id)
    ask = ChangeSessionTariff(given.transaction, tariff)
    return await charger.ask(ask, given)


@router.post("/list", status_code=202)
async def list_tariffs(charger: Asked, given: PartIn) -> AskedOut:
    """Make a charger tell its tariffs; they are among its facts once it did."""
    return await charger.ask(ListTariffs(), given)


@router.post("/clear", status_code=202)
async def clear_tariffs(charger: Asked, given: ClearIn) -> AskedOut:
    """Take tariffs from a charger."""
    return await charger.ask(ClearTariffs(tuple(given.tariff_ids)), given)
