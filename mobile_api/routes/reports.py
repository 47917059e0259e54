"""Reports of what did not work, answered by who runs the charger; ratings of stations."""

from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Path

from app.domain.identifiers import PartyId
from mobile_api.dependencies import Deps, Driver, DriverDependencies, MaybeDriver, limited_by
from mobile_api.idempotency import OnceOnly
from mobile_api.paging import Page, cursor_of
from mobile_api.schemas.reports import (
    RatingIn,
    RatingsOut,
    RemarkIn,
    ReportIn,
    ReportOut,
    ReportsOut,
)

router = APIRouter()

Id = Annotated[str, Path(max_length=36)]
Party = Annotated[str, Path(max_length=6)]
REPORTS: list[str | Enum] = ["reports"]
RATINGS: list[str | Enum] = ["ratings"]


@router.post("/reports", status_code=201, tags=REPORTS, dependencies=[limited_by("reports")])
async def report(deps: Deps, driver: Driver, asked: ReportIn, once: OnceOnly) -> ReportOut:
    """Tell that something did not work; the answer comes here, and as a notification."""

    async def make() -> ReportOut:
        issues = deps.belongings.issues
        return ReportOut.of(await issues.report(driver.driver_id, asked.complaint()))

    return await once(driver.driver_id, ReportOut, make)


@router.get("/reports", tags=REPORTS)
async def list_reports(deps: Deps, driver: Driver, page: Page) -> ReportsOut:
    """The driver's reports, the newest first."""
    found = await deps.belongings.issues.of_driver(
        driver.driver_id, before=page.before_id, limit=page.limit + 1
    )
    shown = [ReportOut.of(each) for each in found[: page.limit]]
    more = shown and len(found) > page.limit
    following = cursor_of(shown[-1].created_at, shown[-1].id) if more else None
    return ReportsOut(reports=shown, next=following)


@router.get("/reports/{report_id}", tags=REPORTS)
async def show(deps: Deps, driver: Driver, report_id: Id) -> ReportOut:
    """A report with its answers."""
    return ReportOut.of(await deps.belongings.issues.get(driver.driver_id, report_id))


@router.post("/reports/{report_id}/remarks", tags=REPORTS, dependencies=[limited_by("reports")])
async def write_back(
    deps: Deps, driver: Driver, report_id: Id, *, asked: RemarkIn, once: OnceOnly
) -> ReportOut:
    """Say more; an answered report is open again."""

    async def make() -> ReportOut:
        issues = deps.belongings.issues
        return ReportOut.of(await issues.write_back(driver.driver_id, report_id, asked.text))

    return await once(driver.driver_id, ReportOut, make)


@router.get("/locations/{party}/{location_id}/ratings", tags=RATINGS)
async def ratings(deps: Deps, driver: MaybeDriver, party: Party, location_id: Id) -> RatingsOut:
    """What drivers think of a station."""
    return await _shown(deps, driver.driver_id if driver else None, party, location_id)


@router.put(
    "/locations/{party}/{location_id}/rating",
    tags=RATINGS,
    dependencies=[limited_by("changes")],
)
async def rate(
    deps: Deps, driver: Driver, party: Party, *, location_id: Id, asked: RatingIn
) -> RatingsOut:  # fmt: skip
    """Rate a station one has charged at; a later rating takes the place of this one."""
    await deps.belongings.issues.rate(
        driver.driver_id,
        PartyId.parse(party),
        location_id,
        stars=asked.stars,
        kinds=tuple(asked.kinds),
    )
    return await _shown(deps, driver.driver_id, party, location_id)


@router.delete("/locations/{party}/{location_id}/rating", status_code=204, tags=RATINGS)
async def unrate(deps: Deps, driver: Driver, party: Party, location_id: Id) -> None:
    """Take the rating back."""
    await deps.belongings.issues.unrate(driver.driver_id, PartyId.parse(party), location_id)


async def _shown(
    deps: DriverDependencies, driver_id: str | None, party: str, location_id: str
) -> RatingsOut:
    found = await deps.belongings.issues.ratings(driver_id, PartyId.parse(party), location_id)
    return RatingsOut.of(*found)
