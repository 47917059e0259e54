"""Guests: a quote from the code on the sticker, and a start, without an account.

Everything after that is under `/sessions/{id}`, with the secret as bearer or in the cookie.
"""

from functools import partial

from fastapi import APIRouter, Request

from app.domain.errors import Unauthenticated
from mobile_api.dependencies import Deps, MaybeDriver, Presented, caller_of, limited_by
from mobile_api.guests import Wish, remember
from mobile_api.idempotency import Made, OnceOnly, asker_of
from mobile_api.json_answers import Json
from mobile_api.routes.sessions import snapshot_of
from mobile_api.schemas.quotes import GuestQuoteIn, GuestQuoteOut, quote_fields
from mobile_api.schemas.sessions import GuestStartIn, SessionOut

router = APIRouter(prefix="/guest", tags=["guests"])


@router.post(
    "/quotes",
    status_code=201,
    response_model=GuestQuoteOut,
    dependencies=[limited_by("guests")],
)
async def quote(deps: Deps, asked: GuestQuoteIn, once: OnceOnly) -> Json:
    """What charging costs here without a contract, and the secret that belongs to the quote."""
    wish = Wish(
        energy=asked.energy_of(asked.battery),
        time=asked.time,
        soc=asked.soc,
        battery=asked.battery,
        language=asked.language,
        email=asked.email,
        connector_id=asked.connector_id,
    )

    async def make() -> Made:
        made = await deps.guests.promise(asked.code, wish)
        way_back = deps.guests.way_back(made.charging.id, made.secret)
        more = {"secret": made.secret, "way_back": way_back}
        answer = GuestQuoteOut.model_validate(quote_fields(made.promise) | more)
        keep = partial(deps.chargings.quotes.keep, made.promise)
        return Made(answer.model_dump_json(), keep, secret=True)

    text = await once.together("guest", make)
    response, told = Json(text, 201), GuestQuoteOut.model_validate_json(text)
    remember(response, told.id, told.secret, secure=deps.secure)
    return response


@router.post("/sessions", status_code=202, dependencies=[limited_by("guests")])
async def start(
    *,
    deps: Deps,
    request: Request,
    presented: Presented,
    driver: MaybeDriver,
    asked: GuestStartIn,
    once: OnceOnly,
) -> SessionOut:
    """Take a guest's quote; asking again starts nothing twice."""
    caller = caller_of(request, driver, presented, asked.quote_id)
    secret = caller.secret
    if secret is None:
        raise Unauthenticated("the guest's secret is needed")

    async def make() -> SessionOut:
        charging = await deps.guests.start(
            asked.quote_id, secret, method=asked.method, email=asked.email
        )
        return await snapshot_of(deps, charging.id)

    return await once(asker_of(caller), SessionOut, make)
