"""Routes for what chargers are set to: variables, reports, and what is wanted of them."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.console.api.access import Asking, AskingHolder, PageAfter, Services
from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.console.api.device_model_shapes import (
    ConfigurationOut,
    NameIn,
    NetworkProfileIn,
    ReadIn,
    ReportIn,
    ReportOut,
    VariableOut,
    WantIn,
    WishOut,
    WriteIn,
)

router = APIRouter()

CHARGER = "/chargers/{station_id}"
DEFAULTS = "/charger-defaults"


@router.get(f"{CHARGER}/variables")
async def list_variables(
    station_id: str,
    asking: Asking,
    services: Services,
    page: PageAfter,
    *,
    search: Annotated[str, Query(max_length=100)] = "",
) -> list[VariableOut]:
    """What a charger told of its variables, by name; `search` is a part of the name."""
    models = services.chargers.device_models
    found = await models.page(asking.party, station_id, search, after=page.key, limit=page.limit)
    return [VariableOut.of(key, stored) for key, stored in found]


@router.post(f"{CHARGER}/variables/read", status_code=202)
async def read_variables(charger: Asked, given: ReadIn) -> list[AskedOut]:
    """Read variables, as many at a time as the charger takes."""
    models = charger.services.chargers.device_models
    commands = await models.read(charger.asker, charger.id, given.ask())
    return [AskedOut.whole(command) for command in commands]


@router.post(f"{CHARGER}/variables/write", status_code=202)
async def write_variables(charger: Asked, given: WriteIn) -> list[AskedOut]:
    """Set variables once, as many at a time as the charger takes."""
    settings = [each.setting() for each in given.settings]
    models = charger.services.chargers.device_models
    commands = await models.write(charger.asker, charger.id, settings)
    return [AskedOut.whole(command) for command in commands]


@router.get(f"{CHARGER}/reports")
async def list_reports(station_id: str, asking: Asking, services: Services) -> list[ReportOut]:
    """The last reports of the device model, the newest first."""
    found = await services.chargers.device_models.reports(asking.party, station_id)
    return [ReportOut.of(stored) for stored in found]


@router.post(f"{CHARGER}/reports", status_code=202)
async def ask_report(charger: Asked, given: ReportIn) -> AskedOut:
    """Have a charger report what it is made of and set to (OCPP 2.x)."""
    command = await charger.services.chargers.device_models.report(
        charger.asker,
        charger.id,
        given.kind,
        criteria=given.criteria,
        parts=[each.part() for each in given.parts],
    )
    return AskedOut.whole(command)


@router.post(f"{CHARGER}/network-profiles", status_code=202)
async def set_network_profile(charger: Asked, given: NetworkProfileIn) -> AskedOut:
    """Teach a charger a way to connect (OCPP 2.x); it is used by priority, after a reset."""
    models = charger.services.chargers.device_models
    return AskedOut.whole(await models.set_profile(charger.asker, charger.id, given.ask()))


@router.get(f"{CHARGER}/configuration")
async def get_configuration(
    station_id: str, asking: Asking, services: Services
) -> ConfigurationOut:
    """What is wanted of a charger against what it reports."""
    found = await services.chargers.configurations.standing(asking.party, station_id)
    return ConfigurationOut.of(found)


@router.put(f"{CHARGER}/configuration")
async def want(charger: Asked, given: WantIn) -> ConfigurationOut:
    """Want these of a charger, besides what is wanted already."""
    settings = [each.setting() for each in given.settings]
    party, wishes = charger.party, charger.services.chargers.configurations
    await wishes.want(party, charger.id, settings, by=charger.holder.key_id)
    return ConfigurationOut.of(await wishes.standing(party, charger.id))


@router.delete(f"{CHARGER}/configuration")
async def want_no_more(
    station_id: str, given: Annotated[NameIn, Query()], asking: Asking, services: Services
) -> ConfigurationOut:
    """Want it of this charger no more; an operator's default counts again."""
    wishes = services.chargers.configurations
    await wishes.want_no_more(asking.party, station_id, given.name())
    return ConfigurationOut.of(await wishes.standing(asking.party, station_id))


@router.post(f"{CHARGER}/configuration/check", status_code=202)
async def check(station_id: str, asking: Asking, services: Services) -> ConfigurationOut:
    """Read all that is wanted once more, and set what differs."""
    wishes = services.chargers.configurations
    await wishes.again(asking.party, station_id)
    return ConfigurationOut.of(await wishes.standing(asking.party, station_id))


@router.get(DEFAULTS)
async def list_defaults(asking: Asking, services: Services) -> list[WishOut]:
    """What is wanted of all chargers of the operator."""
    found = await services.chargers.configurations.defaults(asking.party)
    return [WishOut.of(wish) for wish in found]


@router.put(DEFAULTS)
async def want_of_all(given: WantIn, asking: AskingHolder, services: Services) -> list[WishOut]:
    """Want these of all chargers, besides what is wanted already."""
    settings = [each.setting() for each in given.settings]
    party, wishes = asking.operator.party, services.chargers.configurations
    await wishes.want_of_all(party, settings, by=asking.key_id)
    return [WishOut.of(wish) for wish in await wishes.defaults(party)]


@router.delete(DEFAULTS)
async def want_of_all_no_more(
    given: Annotated[NameIn, Query()], asking: Asking, services: Services
) -> list[WishOut]:
    """Want it of all chargers no more; they stay as they are."""
    wishes = services.chargers.configurations
    await wishes.want_of_all_no_more(asking.party, given.name())
    return [WishOut.of(wish) for wish in await wishes.defaults(asking.party)]
