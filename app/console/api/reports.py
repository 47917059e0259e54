"""Routes for drivers' reports: at own chargers by the operator, at partners' by the platform."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import Asking, PlatformAsking, Services
from app.domain.issues import LONGEST_TEXT, Issue, IssueKind, IssueState

router = APIRouter()

Id = Annotated[str, Path(max_length=36)]
Cursor = Annotated[str | None, Query(max_length=36)]
Limit = Annotated[int, Query(ge=1, le=200)]


class AnswerIn(BaseModel):
    """What the driver is told; `close` ends the conversation."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    close: bool = False


class RemarkOut(BaseModel):
    """What was said by whom."""

    by: str
    at: datetime
    text: str


class ReportOut(BaseModel):
    """A report; who wrote it stays unknown."""

    id: str
    kind: IssueKind
    state: IssueState
    party: str
    location_id: str
    evse_uid: str
    session_id: str | None
    created_at: datetime
    changed_at: datetime
    remarks: list[RemarkOut]

    @classmethod
    def of(cls, issue: Issue) -> "ReportOut":
        """As the operator sees it."""
        return cls(
            id=issue.id,
            kind=issue.kind,
            state=issue.state,
            party=str(issue.party),
            location_id=issue.location_id,
            evse_uid=issue.evse_uid,
            session_id=issue.charging_id,
            created_at=issue.created_at,
            changed_at=issue.changed_at,
            remarks=[RemarkOut(by=r.side, at=r.at, text=r.text) for r in issue.remarks],
        )


class RatingsOut(BaseModel):
    """What drivers think of a station."""

    count: int
    average: str | None
    kinds: dict[str, int]


@router.get("/reports")
async def list_reports(
    asking: Asking,
    services: Services,
    *,
    state: IssueState | None = None,
    after: Cursor = None,
    limit: Limit = 50,
) -> list[ReportOut]:
    """Reports about own chargers, the oldest first; `after` is the id of the last one seen."""
    issues = services.belongings.issues
    found = await issues.page(asking.party, state=state, after=after, limit=limit)
    return [ReportOut.of(each) for each in found]


@router.get("/reports/{report_id}")
async def show(report_id: Id, asking: Asking, services: Services) -> ReportOut:
    """One report."""
    return ReportOut.of(await services.belongings.issues.need(asking.party, report_id))


@router.post("/reports/{report_id}/answers")
async def answer(report_id: Id, given: AnswerIn, asking: Asking, services: Services) -> ReportOut:
    """Answer the driver, who is told at once."""
    issues = services.belongings.issues
    said = await issues.answer(asking.party, report_id, given.text, close=given.close)
    return ReportOut.of(said)


@router.post("/reports/{report_id}/close")
async def close(report_id: Id, asking: Asking, services: Services) -> ReportOut:
    """Be done with it; the driver is told."""
    return ReportOut.of(await services.belongings.issues.close(asking.party, report_id))


@router.get("/locations/{location_id}/ratings")
async def ratings(location_id: Id, asking: Asking, services: Services) -> RatingsOut:
    """What drivers think of an own station."""
    found, _ = await services.belongings.issues.ratings(None, asking.party, location_id)
    average = None if found.average is None else str(found.average)
    return RatingsOut(count=found.count, average=average, kinds=dict(found.kinds))


@router.get("/roaming/reports")
async def list_theirs(
    _asking: PlatformAsking,
    services: Services,
    *,
    state: IssueState | None = None,
    after: Cursor = None,
    limit: Limit = 50,
) -> list[ReportOut]:
    """Reports about partners' chargers."""
    issues = services.belongings.issues
    found = await issues.page(None, state=state, after=after, limit=limit)
    return [ReportOut.of(each) for each in found]


@router.post("/roaming/reports/{report_id}/answers")
async def answer_theirs(
    report_id: Id, given: AnswerIn, _asking: PlatformAsking, services: Services
) -> ReportOut:
    """Answer a driver about a partner's charger."""
    issues = services.belongings.issues
    return ReportOut.of(await issues.answer(None, report_id, given.text, close=given.close))
