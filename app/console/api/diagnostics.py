"""Routes for files that a charger sends, and for what it told: security, events, alarms."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.console.api.maintenance_shapes import ErrandOut, LoggedOut, Severity, SpanIn
from app.domain.diagnostics import GetDiagnostics, GetLog
from app.domain.errands import ErrandKind
from app.store.station_log import Sought
from app.use_cases.station_logs import ALARMS, EVENTS, SECURITY, TRANSFERS

router = APIRouter(prefix="/chargers/{station_id}")


class LogKind(StrEnum):
    """Which log; the last one since OCPP 2.1."""

    DIAGNOSTICS = "DiagnosticsLog"
    SECURITY = "SecurityLog"
    DATA_COLLECTOR = "DataCollectorLog"


class Upload(StrEnum):
    """What a charger was asked to send: 1.6's diagnostics, or a log."""

    DIAGNOSTICS = "diagnostics"
    LOG = "log"


class Topic(StrEnum):
    """What a charger told one thing after the other."""

    SECURITY = "security-events"
    EVENTS = "events"
    TRANSFERS = "data-transfers"
    ALARMS = "alarms"


TOPICS = {
    Topic.SECURITY: SECURITY,
    Topic.EVENTS: EVENTS,
    Topic.TRANSFERS: TRANSFERS,
    Topic.ALARMS: ALARMS,
}


class LogIn(SpanIn):
    """Which log of which time, and the directory it is sent to."""

    log: LogKind


@router.get("/uploads/{upload}")
async def list_uploads(charger: Asked, upload: Upload) -> list[ErrandOut]:
    """What was asked for, the newest first, and how far it is."""
    party, kind = charger.party, ErrandKind(upload.value)
    found = await charger.services.chargers.records.errands(party, charger.id, kind)
    return [ErrandOut.of(each) for each in found]


@router.post("/uploads/diagnostics", status_code=202)
async def get_diagnostics(charger: Asked, given: SpanIn) -> AskedOut:
    """Let a 1.6 charger send its diagnostics."""
    times = (given.since, given.until, given.retries, given.retry_after)
    ask = GetDiagnostics(given.location, *times)
    return await charger.ask(ask)


@router.post("/uploads/log", status_code=202)
async def get_log(charger: Asked, given: LogIn) -> AskedOut:
    """Let a charger send a log."""
    times = (given.since, given.until, given.retries, given.retry_after)
    ask = GetLog(given.location, *times, log=given.log.value)
    return await charger.ask(ask)


@router.post("/uploads/{upload}/{request_id}/retry", status_code=202)
async def retry_upload(charger: Asked, upload: Upload, *, request_id: int) -> AskedOut:
    """Ask for the same once more."""
    party, kind = charger.party, ErrandKind(upload.value)
    records = charger.services.chargers.records
    ask = await records.errand_again(party, charger.id, kind, request_id=request_id)
    return await charger.ask(ask)


@router.get("/told/{topic}")
async def list_told(
    charger: Asked,
    topic: Topic,
    *,
    kind: Annotated[str | None, Query(max_length=255)] = None,
    severity: Annotated[Severity | None, Query()] = None,
    since: Annotated[AwareDatetime | None, Query()] = None,
    until: Annotated[AwareDatetime | None, Query()] = None,
    after: Annotated[str | None, Query(max_length=36)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[LoggedOut]:
    """What a charger told, the newest first; `severity` is the least grave that is wanted.

    `after` is the last id of the page before.
    """
    sought = Sought(kind, severity, since, until, after, limit)
    party = charger.party
    found = await charger.services.chargers.records.log(party, charger.id, TOPICS[topic], sought)
    return [LoggedOut.of(each) for each in found]
