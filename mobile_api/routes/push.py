"""Notifications: browsers and live activities that want them, and what was told."""

from typing import Annotated

from fastapi import APIRouter, Path

from mobile_api.dependencies import Deps, Driver, OwnSession
from mobile_api.idempotency import OnceOnly
from mobile_api.notice_list import notice_list
from mobile_api.paging import Page
from mobile_api.schemas.push import (
    ActivityStartIn,
    BrowserIn,
    BrowserOut,
    BrowsersOut,
    LiveActivitiesOut,
    LiveActivityIn,
    LiveActivityOut,
    NoticesOut,
    PushKeyOut,
)

router = APIRouter(tags=["notifications"])
DeviceId = Annotated[str, Path(min_length=8, max_length=64)]
SubscriptionId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.get("/notices")
async def notices(deps: Deps, driver: Driver, page: Page) -> NoticesOut:
    """What the driver was told, the newest first."""
    before = None if page.before is None else (page.before, page.before_id or "")
    return notice_list(
        await deps.notices.of_driver(driver.driver_id, before=before, limit=page.limit)
    )


@router.get("/push/key")
async def key(deps: Deps) -> PushKeyOut:
    """What a page subscribes its browser with."""
    return PushKeyOut(key=deps.push_key)


@router.get("/push/subscriptions")
async def browsers(deps: Deps, driver: Driver) -> BrowsersOut:
    """The driver's browsers that are told."""
    found = await deps.push_targets.browsers_of_driver(driver.driver_id)
    return BrowsersOut(subscriptions=[BrowserOut.of(each) for each in found])


@router.post("/push/subscriptions", status_code=201)
async def subscribe(deps: Deps, driver: Driver, asked: BrowserIn, once: OnceOnly) -> BrowserOut:
    """Tell this browser of the driver everything, until it is signed out."""

    async def make() -> BrowserOut:
        made = await deps.push_targets.subscribe_driver(
            driver.driver_id, asked.browser, family=driver.family
        )
        return BrowserOut.of(made)

    return await once(driver.driver_id, BrowserOut, make)


@router.delete("/push/subscriptions/{subscription_id}", status_code=204)
async def unsubscribe(deps: Deps, driver: Driver, subscription_id: SubscriptionId) -> None:
    """Tell this browser nothing more."""
    await deps.push_targets.unsubscribe(subscription_id, driver_id=driver.driver_id)


@router.get("/sessions/{session_id}/push-subscriptions")  # noqa: FAST003 - OwnSession reads it
async def browsers_of_session(deps: Deps, session: OwnSession) -> BrowsersOut:
    """The browsers that are told of this session only; a guest's are here."""
    found = await deps.push_targets.browsers_of_session(session.id)
    return BrowsersOut(subscriptions=[BrowserOut.of(each) for each in found])


@router.post("/sessions/{session_id}/push-subscriptions", status_code=201)  # noqa: FAST003 - the same
async def subscribe_to_session(
    deps: Deps, session: OwnSession, asked: BrowserIn, once: OnceOnly
) -> BrowserOut:
    """Tell a browser of this session from now on, with or without an account."""

    async def make() -> BrowserOut:
        return BrowserOut.of(await deps.push_targets.subscribe_session(session, asked.browser))

    return await once(f"session:{session.id}", BrowserOut, make)


@router.delete(
    "/sessions/{session_id}/push-subscriptions/{subscription_id}",  # noqa: FAST003 - the same
    status_code=204,
)
async def unsubscribe_from_session(
    deps: Deps, session: OwnSession, subscription_id: SubscriptionId
) -> None:
    """Tell this browser nothing more of this session."""
    await deps.push_targets.unsubscribe(subscription_id, charging_id=session.id)


@router.get("/sessions/{session_id}/live-activities")  # noqa: FAST003 - the same
async def live_activities(deps: Deps, session: OwnSession) -> LiveActivitiesOut:
    """The lock screens that show this session."""
    found = await deps.push_targets.activities(session.id)
    return LiveActivitiesOut(live_activities=[LiveActivityOut.of(each) for each in found])


@router.put("/sessions/{session_id}/live-activities/{device_id}")  # noqa: FAST003 - the same
async def show(
    deps: Deps, session: OwnSession, device_id: DeviceId, asked: LiveActivityIn
) -> LiveActivityOut:
    """Let a live activity follow this session; a new token replaces the device's old one."""
    return LiveActivityOut.of(await deps.push_targets.show(session, device_id, asked.app))


@router.delete("/sessions/{session_id}/live-activities/{device_id}", status_code=204)  # noqa: FAST003 - the same
async def hide(deps: Deps, session: OwnSession, device_id: DeviceId) -> None:
    """Let it follow no more."""
    await deps.push_targets.hide(session.id, device_id)


@router.put("/devices/{device_id}/live-activity-start", status_code=204)
async def set_start(deps: Deps, driver: Driver, device_id: str, asked: ActivityStartIn) -> None:
    """What live activities are begun with on a device when a session starts."""
    await deps.push_targets.set_activity_start(driver.driver_id, device_id, asked.token)
