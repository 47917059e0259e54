"""What every route gets: the use-cases, who is asking, and the body as text."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query, Request

from app.console.api.services import OperatorServices
from app.domain.commands import CommandChannel
from app.domain.errors import Forbidden, InvalidFile, InvalidInput, Problem, Unauthenticated
from app.domain.operators import Holder, Operator
from app.queries.operations import After
from app.use_cases.command_requests import Asker
from app.use_cases.windows import Window

STRANGERS_PER_MINUTE = 60
"""How often one address may show a key that is none; a valid one is always let in."""

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes; a site file of some ten thousand EVSEs."""


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


async def _asker(holder: Annotated[Holder, Depends(_holder)]) -> Asker:
    return asker_of(holder)


async def _platform_asker(holder: Annotated[Holder, Depends(_platform_holder)]) -> Asker:
    return replace(asker_of(holder), cpo=None)


def asker_of(holder: Holder) -> Asker:
    """Who asks for a command at own chargers, as it is noted."""
    party = holder.operator.party
    return Asker(channel=CommandChannel.OPERATOR, cpo=party, key_id=holder.key_id)


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

OwnAsker = Annotated[Asker, Depends(_asker)]
"""Who asks for a command at own chargers, with the key."""

PlatformAsker = Annotated[Asker, Depends(_platform_asker)]
"""Who asks for one at partners', with the key."""

Text = Annotated[str, Depends(_text)]
PageAfter = Annotated[After, Depends(_after)]
