"""Routes for the daily work: sessions, CDRs, and commands to chargers."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import Asking, AskingHolder, OwnAsker, PageAfter, Services
from app.console.api.book_shapes import CdrOut, CommandOut, SessionOut
from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import AskedCharger
from app.console.api.profile_shapes import ProfileShape
from app.domain.errors import Conflict
from app.domain.transactions import AskTransactionStatus
from app.use_cases.command_requests import (
    ResetRequest,
    StartRequest,
    StopRequest,
    UnlockRequest,
)
from app.use_cases.late_bills import Terms

router = APIRouter()

Name = Annotated[str, Field(min_length=1, max_length=255)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StartIn(_In):
    """Where to start; `token_uid` is whose card pays, without it the operator does.

    A `profile` limits the session from its beginning.
    """

    location_id: Name
    evse_uid: Name
    connector_id: Name | None = None
    token_uid: Name | None = None
    profile: ProfileShape | None = None


class StopIn(_In):
    """Which session to stop."""

    session_id: Name


class BillIn(_In):
    """By which tariff to bill a session; where it was, if it was at no place on the map."""

    tariff_id: Name
    location_id: Name | None = None
    evse_uid: Name | None = None
    connector_id: Name | None = None


class UnlockIn(_In):
    """Which cable to let go."""

    location_id: Name
    evse_uid: Name
    connector_id: Name


class ResetIn(_In):
    """Which charger to restart, or which EVSE of it; `hard` at once."""

    station_id: Name
    hard: bool = False
    evse_uid: Name | None = None


@router.get("/sessions")
async def list_sessions(
    asking: Asking,
    services: Services,
    page: PageAfter,
    *,
    running: Annotated[bool | None, Query()] = None,
    unbilled: Annotated[bool, Query()] = False,
) -> list[SessionOut]:
    """Sessions, the newest first; `after` is the last id of the page before.

    `unbilled` are those that ended with a payer but without a price or place to bill them by.
    """
    found = await services.operations.sessions(
        asking.party, page, running=running, unbilled=unbilled
    )
    proofs = await services.chargers.signed.proofs({each.id: each.energy for each in found})
    return [SessionOut.of(session, proofs[session.id]) for session in found]


@router.get("/sessions/{session_id}")
async def get_session(session_id: str, asking: Asking, services: Services) -> SessionOut:
    """One session."""
    session = await services.operations.session(asking.party, session_id)
    proofs = await services.chargers.signed.proofs({session.id: session.energy})
    return SessionOut.of(session, proofs[session.id])


@router.get("/sessions/{session_id}/messages")
async def session_messages(session_id: str, asking: Asking, services: Services) -> list[Any]:
    """Everything the charger said of a session, verbatim, in the order it came."""
    session = await services.operations.session(asking.party, session_id)
    return [json.loads(each) for each in await services.operations.messages(session.id)]


@router.post("/sessions/{session_id}/ask", status_code=202)
async def ask_about_session(session_id: str, asking: AskingHolder, services: Services) -> AskedOut:
    """Ask a charger of OCPP 2.x whether a session goes on, and whether messages are to come."""
    session = await services.operations.session(asking.operator.party, session_id)
    if session.station_id is None:
        raise Conflict("the session has no charger")
    ask = AskTransactionStatus(session.transaction)
    return await AskedCharger(session.station_id, asking, services).ask(ask)


@router.post("/sessions/{session_id}/bill", status_code=201)
async def bill_session(
    session_id: str, given: BillIn, asking: AskingHolder, services: Services
) -> CdrOut:
    """Bill a session that ended without a price, or at no place that was on the map."""
    terms = Terms(given.tariff_id, given.location_id, given.evse_uid, given.connector_id)
    cdr = await services.late_bills.issue(session_id, terms, asking)
    return CdrOut.of(cdr, await services.chargers.signed.proof_of(cdr))


@router.get("/cdrs")
async def list_cdrs(asking: Asking, services: Services, page: PageAfter) -> list[CdrOut]:
    """CDRs, the newest first; `after` is the last id of the page before."""
    found = await services.operations.cdrs(asking.party, page)
    proofs = await services.chargers.signed.proofs_of(found)
    return [CdrOut.of(cdr, proof) for cdr, proof in zip(found, proofs, strict=True)]


@router.get("/cdrs/{cdr_id}")
async def get_cdr(cdr_id: str, asking: Asking, services: Services) -> CdrOut:
    """One CDR."""
    cdr = await services.operations.cdr(asking.party, cdr_id)
    return CdrOut.of(cdr, await services.chargers.signed.proof_of(cdr))


@router.post("/commands/start", status_code=202)
async def start(given: StartIn, asking: Asking, asker: OwnAsker, services: Services) -> CommandOut:
    """Start charging; ask for the command again to see what became of it."""
    token = await services.operators.charging_token(asking, given.token_uid)
    request = StartRequest(
        asker=asker,
        party=asking.party,
        location_id=given.location_id,
        token=token,
        evse_uid=given.evse_uid,
        connector_id=given.connector_id,
        profile=None if given.profile is None else given.profile.read(),
    )
    return CommandOut.of(await services.commands.request(request))


@router.post("/commands/stop", status_code=202)
async def stop(given: StopIn, asker: OwnAsker, services: Services) -> CommandOut:
    """Stop a session."""
    request = StopRequest(asker=asker, session_id=given.session_id)
    return CommandOut.of(await services.commands.request(request))


@router.post("/commands/unlock", status_code=202)
async def unlock(
    given: UnlockIn, asking: Asking, asker: OwnAsker, services: Services
) -> CommandOut:
    """Let go of a cable."""
    request = UnlockRequest(
        asker=asker,
        party=asking.party,
        location_id=given.location_id,
        evse_uid=given.evse_uid,
        connector_id=given.connector_id,
    )
    return CommandOut.of(await services.commands.request(request))


@router.post("/commands/reset", status_code=202)
async def reset(given: ResetIn, asker: OwnAsker, services: Services) -> CommandOut:
    """Restart a charger."""
    request = ResetRequest(
        asker=asker,
        station_id=given.station_id,
        hard=given.hard,
        evse_uid=given.evse_uid,
    )
    return CommandOut.of(await services.commands.request(request))


@router.get("/commands/{command_id}")
async def get_command(command_id: str, asking: Asking, services: Services) -> CommandOut:
    """What became of a command."""
    return CommandOut.of(await services.operations.command(asking.party, command_id))
