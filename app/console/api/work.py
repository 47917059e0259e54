"""Routes for the daily work: sessions, CDRs, and commands to chargers."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import Asking, PageAfter, Services
from app.console.api.book_shapes import CdrOut, CommandOut, SessionOut
from app.domain.commands import CommandChannel
from app.domain.operators import Operator
from app.use_cases.command_requests import (
    Asker,
    ResetRequest,
    StartRequest,
    StopRequest,
    UnlockRequest,
)

router = APIRouter()

Name = Annotated[str, Field(min_length=1, max_length=255)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StartIn(_In):
    """Where to start; `token_uid` is whose card pays, without it the operator does."""

    location_id: Name
    evse_uid: Name
    connector_id: Name | None = None
    token_uid: Name | None = None


class StopIn(_In):
    """Which session to stop."""

    session_id: Name


class UnlockIn(_In):
    """Which cable to let go."""

    location_id: Name
    evse_uid: Name
    connector_id: Name


class ResetIn(_In):
    """Which charger to restart; `hard` at once."""

    station_id: Name
    hard: bool = False


def _asker(operator: Operator) -> Asker:
    return Asker(channel=CommandChannel.OPERATOR, cpo=operator.party)


@router.get("/sessions")
async def list_sessions(
    asking: Asking,
    services: Services,
    page: PageAfter,
    running: Annotated[bool | None, Query()] = None,
) -> list[SessionOut]:
    """Sessions, the newest first; `after` is the last id of the page before."""
    found = await services.operations.sessions(asking.party, page, running=running)
    return [SessionOut.of(session) for session in found]


@router.get("/sessions/{session_id}")
async def get_session(session_id: str, asking: Asking, services: Services) -> SessionOut:
    """One session."""
    return SessionOut.of(await services.operations.session(asking.party, session_id))


@router.get("/cdrs")
async def list_cdrs(asking: Asking, services: Services, page: PageAfter) -> list[CdrOut]:
    """CDRs, the newest first; `after` is the last id of the page before."""
    return [CdrOut.of(cdr) for cdr in await services.operations.cdrs(asking.party, page)]


@router.get("/cdrs/{cdr_id}")
async def get_cdr(cdr_id: str, asking: Asking, services: Services) -> CdrOut:
    """One CDR."""
    return CdrOut.of(await services.operations.cdr(asking.party, cdr_id))


@router.post("/commands/start", status_code=202)
async def start(given: StartIn, asking: Asking, services: Services) -> CommandOut:
    """Start charging; ask for the command again to see what became of it."""
    token = await services.operators.charging_token(asking, given.token_uid)
    request = StartRequest(
        asker=_asker(asking),
        party=asking.party,
        location_id=given.location_id,
        token=token,
        evse_uid=given.evse_uid,
        connector_id=given.connector_id,
    )
    return CommandOut.of(await services.commands.request(request))


@router.post("/commands/stop", status_code=202)
async def stop(given: StopIn, asking: Asking, services: Services) -> CommandOut:
    """Stop a session."""
    request = StopRequest(asker=_asker(asking), session_id=given.session_id)
    return CommandOut.of(await services.commands.request(request))


@router.post("/commands/unlock", status_code=202)
async def unlock(given: UnlockIn, asking: Asking, services: Services) -> CommandOut:
    """Let go of a cable."""
    request = UnlockRequest(
        asker=_asker(asking),
        party=asking.party,
        location_id=given.location_id,
        evse_uid=given.evse_uid,
        connector_id=given.connector_id,
    )
    return CommandOut.of(await services.commands.request(request))


@router.post("/commands/reset", status_code=202)
async def reset(given: ResetIn, asking: Asking, services: Services) -> CommandOut:
    """Restart a charger."""
    request = ResetRequest(asker=_asker(asking), station_id=given.station_id, hard=given.hard)
    return CommandOut.of(await services.commands.request(request))


@router.get("/commands/{command_id}")
async def get_command(command_id: str, asking: Asking, services: Services) -> CommandOut:
    """What became of a command."""
    return CommandOut.of(await services.operations.command(asking.party, command_id))
