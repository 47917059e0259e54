"""Sessions: start, follow, stop, and read the receipt; drivers and guests alike."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header

from app.use_cases.quotes import Caller
from mobile_api.dependencies import (
    CallerOf,
    Deps,
    Driver,
    DriverDependencies,
    MaybeDriver,
    Now,
    OwnSession,
)
from mobile_api.event_stream import DOCUMENTED, STILL_HERE, EventStream, an_event
from mobile_api.guests import is_taken
from mobile_api.idempotency import OnceOnly, asker_of
from mobile_api.live_states import State
from mobile_api.paging import Page, cursor_of
from mobile_api.schemas.progress import CurveOut, LimitsIn
from mobile_api.schemas.receipts import ReceiptOut
from mobile_api.schemas.sessions import ClaimIn, PayIn, SessionOut, SessionsOut, StartIn

router = APIRouter(prefix="/sessions", tags=["sessions"])
RETRY_MS = 1000


async def snapshot_of(deps: DriverDependencies, session_id: str) -> SessionOut:
    """The session as it is now."""
    return SessionOut.of(await deps.history.snapshot(session_id, deps.clock.now()))


@router.post("", status_code=202)
async def start(deps: Deps, driver: Driver, asked: StartIn, once: OnceOnly) -> SessionOut:
    """Take a quote: the hold is asked for, and the charger as soon as it stands.

    The session has the quote's id, so asking again starts nothing twice.
    """
    caller = Caller(driver_id=driver.driver_id)

    async def make() -> SessionOut:
        charging = await deps.chargings.get(asked.quote_id, caller)
        if not is_taken(charging):
            await deps.chargings.start(charging.id, caller, method_id=asked.payment_method_id)
        return await snapshot_of(deps, charging.id)

    return await once(driver.driver_id, SessionOut, make)


@router.get("")
async def list_sessions(deps: Deps, driver: Driver, now: Now, page: Page) -> SessionsOut:
    """The driver's sessions, the newest first."""
    found = await deps.history.of_driver(
        driver.driver_id,
        now,
        before=page.before,
        before_id=page.before_id or "",
        limit=page.limit + 1,
    )
    shown = [SessionOut.of(each) for each in found[: page.limit]]
    more = shown and len(found) > page.limit
    following = cursor_of(shown[-1].created_at, shown[-1].id) if more else None
    return SessionsOut(sessions=shown, next=following)


@router.get("/{session_id}")  # noqa: FAST003 - OwnSession reads it
async def show(deps: Deps, session: OwnSession) -> SessionOut:
    """A session as it is now."""
    return await snapshot_of(deps, session.id)


@router.post("/{session_id}/stop", status_code=202)
async def stop(deps: Deps, session_id: str, caller: CallerOf, once: OnceOnly) -> SessionOut:
    """End it, or give it up when it has not begun."""

    async def make() -> SessionOut:
        charging = await deps.chargings.stop(session_id, caller)
        return await snapshot_of(deps, charging.id)

    return await once(asker_of(caller), SessionOut, make)


@router.post("/{session_id}/cancel", status_code=202)
async def cancel(deps: Deps, session_id: str, caller: CallerOf, once: OnceOnly) -> SessionOut:
    """Give it up before energy flows; the hold is released."""

    async def make() -> SessionOut:
        charging = await deps.chargings.cancel(session_id, caller)
        return await snapshot_of(deps, charging.id)

    return await once(asker_of(caller), SessionOut, make)


@router.patch("/{session_id}/limits")  # noqa: FAST003 - OwnSession reads it
async def set_limits(
    deps: Deps, session: OwnSession, caller: CallerOf, asked: LimitsIn
) -> SessionOut:
    """Where to stop from now on; what is not named stays, null takes a limit away."""
    await deps.session_wishes.set_limits(session.id, caller, asked.over(session))
    return await snapshot_of(deps, session.id)


@router.post("/{session_id}/unlock", status_code=202)
async def unlock(deps: Deps, session_id: str, caller: CallerOf, once: OnceOnly) -> SessionOut:
    """Ask the charger to let go of the cable; `unlock` of the session tells what came of it."""

    async def make() -> SessionOut:
        charging = await deps.session_wishes.unlock(session_id, caller)
        return await snapshot_of(deps, charging.id)

    return await once(asker_of(caller), SessionOut, make)


@router.get("/{session_id}/curve")  # noqa: FAST003 - OwnSession reads it
async def curve(deps: Deps, session: OwnSession) -> CurveOut:
    """The power of the session so far, thinned for a picture."""
    return CurveOut.of(await deps.history.curve(session))


@router.post("/{session_id}/confirmed", status_code=202)  # noqa: FAST003 - OwnSession reads it
async def confirmed(
    deps: Deps, session: OwnSession, caller: CallerOf, once: OnceOnly
) -> SessionOut:
    """The card's holder came back from confirming: ask the provider now, not by its webhook."""

    async def make() -> SessionOut:
        if session.payment_id is not None:
            await deps.payments.refresh(session.payment_id)
        return await snapshot_of(deps, session.id)

    return await once(asker_of(caller), SessionOut, make)


@router.post("/{session_id}/pay", status_code=202)
async def pay(
    *, deps: Deps, driver: Driver, session_id: str, once: OnceOnly, asked: PayIn | None = None
) -> SessionOut:
    """Pay what is owed for a session now, perhaps with another card."""
    method_id = asked.payment_method_id if asked is not None else None

    async def make() -> SessionOut:
        await deps.chargings.get(session_id, Caller(driver_id=driver.driver_id))
        await deps.payments.pay_owed(driver.driver_id, session_id, method_id=method_id)
        return await snapshot_of(deps, session_id)

    return await once(driver.driver_id, SessionOut, make)


@router.post("/{session_id}/claim")
async def claim(
    *, deps: Deps, driver: Driver, session_id: str, asked: ClaimIn, once: OnceOnly
) -> SessionOut:
    """Keep a guest's session in the account of who is signed in and knows the guest's secret."""

    async def make() -> SessionOut:
        secret = asked.secret.get_secret_value()
        await deps.people.claims.claim(session_id, driver.driver_id, secret)
        return await snapshot_of(deps, session_id)

    return await once(driver.driver_id, SessionOut, make)


@router.get("/{session_id}/receipt")  # noqa: FAST003 - OwnSession reads it
async def receipt(deps: Deps, session: OwnSession) -> ReceiptOut:
    """Every line of what was charged; not found until the session is billed and settled."""
    return ReceiptOut.of(await deps.receipts.receipt(session.id))


async def _until(bearer: MaybeDriver) -> datetime | None:
    return None if bearer is None else bearer.expires_at


@router.get(
    "/{session_id}/events",  # noqa: FAST003 - OwnSession reads it
    status_code=200,
    response_class=EventStream,
    responses=DOCUMENTED,
)
async def events(
    deps: Deps,
    session: OwnSession,
    until: Annotated[datetime | None, Depends(_until)],
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> EventStream:
    """The session's states as they come: `session` events with the body of GET, ids rising.

    With Last-Event-ID only what is newer is told. `end` follows the last state of a session that
    is over. The stream ends without it when the server stops or the access token runs out.
    """
    return EventStream(_told(deps.live.states(session.id, last_event_id, until=until)))


async def _told(states: AsyncGenerator[State | None]) -> AsyncGenerator[bytes]:
    over = False
    async with aclosing(states):
        async for state in states:
            over = state.ended if state is not None else over
            yield STILL_HERE if state is None else _worded(state)
    yield an_event("end", '{"over":true}') if over else an_event("bye", '{"over":false}')


def _worded(state: State) -> bytes:
    """The state as an event, put into words once for all who are told."""
    if state.event is None:
        body = SessionOut.of(state.snapshot).model_dump_json()
        state.event = an_event("session", body, id=state.position, retry=RETRY_MS)
    return state.event
