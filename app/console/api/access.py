"""What every route gets: the use-cases, who is asking, and the body as text."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from app.console.api.connection_services import ConnectionServices
from app.domain.errors import Forbidden, InvalidFile, InvalidInput, Problem, Unauthenticated
from app.domain.operators import Holder, Operator
from app.ports.clock import Clock
from app.queries.chargers import Chargers
from app.queries.operations import After, Operations
from app.use_cases.bookings import Bookings
from app.use_cases.circuits import Circuits
from app.use_cases.commands import Commands
from app.use_cases.exchanges import Exchanges
from app.use_cases.locations import Locations
from app.use_cases.operators import Operators
from app.use_cases.partners import Partners
from app.use_cases.profiles import Profiles
from app.use_cases.pulls import Pulls
from app.use_cases.reservations import Reservations
from app.use_cases.stations import Stations
from app.use_cases.tariffs import Tariffs
from app.use_cases.windows import Window

STRANGERS_PER_MINUTE = 60
"""How often one address may show a key that is none; a valid one is always let in."""

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes; a site file of some ten thousand EVSEs."""


@dataclass(frozen=True, slots=True)
class OperatorServices:
    """What the operator's API is made of; `public_url` is without a final slash."""

    operators: Operators
    locations: Locations
    tariffs: Tariffs
    stations: Stations
    commands: Commands
    profiles: Profiles
    reservations: Reservations
    bookings: Bookings
    partners: Partners
    circuits: Circuits
    pulls: Pulls
    operations: Operations
    chargers: Chargers
    exchanges: Exchanges
    connections: ConnectionServices
    clock: Clock
    public_url: str


async def _services(request: Request) -> OperatorServices:
    services: OperatorServices = request.app.state.services
    return services


Services = Annotated[OperatorServices, Depends(_services)]


async def _holder(request: Request, services: Services) -> Holder:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthenticated("an API key is needed: Authorization: Bearer KEY")
    try:
        return await services.operators.of_key(key.strip())
    except Unauthenticated:
        strangers: Window = request.app.state.strangers
        strangers.take(request.client.host if request.client is not None else "unknown")
        raise


async def _operator(holder: Annotated[Holder, Depends(_holder)]) -> Operator:
    return holder.operator


async def _platform_holder(holder: Annotated[Holder, Depends(_holder)]) -> Holder:
    if not holder.platform:
        raise Forbidden("this key may not act for the platform")
    return holder


async def _for_platform(holder: Annotated[Holder, Depends(_platform_holder)]) -> Operator:
    return holder.operator


async def _text(request: Request) -> str:
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > LARGEST_BODY:
            raise InvalidInput("", f"more than {LARGEST_BODY} bytes")
    try:
        return received.decode()
    except UnicodeDecodeError as error:
        line = received[: error.start].count(b"\n") + 1
        raise InvalidFile([Problem(line, "", "no UTF-8")]) from None


async def _after(
    after: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> After:
    return After(after, limit)


AskingHolder = Annotated[Holder, Depends(_holder)]
"""Whose key it is, with the key, for what has to be known later: who did it."""

Asking = Annotated[Operator, Depends(_operator)]
"""The operator whose key it is."""

PlatformAsking = Annotated[Operator, Depends(_for_platform)]
"""The same, if the key may act for the whole platform."""

PlatformHolder = Annotated[Holder, Depends(_platform_holder)]
"""The same, with the key, for what has to be known later: who did it."""

Text = Annotated[str, Depends(_text)]
PageAfter = Annotated[After, Depends(_after)]
