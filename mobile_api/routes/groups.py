"""Families and fleets: the owner invites, limits and pays; members accept, charge and leave."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.domain.errors import NotFound
from app.use_cases.groups import Agreed
from mobile_api.access import Bearer
from mobile_api.dependencies import Deps, Driver, DriverDependencies, limited_by
from mobile_api.etags import IfMatch, Unless
from mobile_api.idempotency import OnceOnly
from mobile_api.schemas.groups import (
    AcceptIn,
    GroupIn,
    GroupOut,
    GroupsOut,
    InvitedOut,
    InviteIn,
    MemberIn,
    MemberSessionOut,
    MemberSessionsOut,
    SharesIn,
    money,
)
from mobile_api.schemas.values import shown

router = APIRouter(tags=["groups"])

Id = Annotated[str, Path(max_length=36)]


@router.post("/groups", status_code=201, dependencies=[limited_by("changes")])
async def create(deps: Deps, driver: Driver, asked: GroupIn, once: OnceOnly) -> GroupOut:
    """A group that the caller pays for, with their default payment method."""

    async def make() -> GroupOut:
        groups = deps.belongings.groups
        made = await groups.create(driver.driver_id, asked.facts(), asked.currency)
        return await _shown(deps, driver.driver_id, made.id)

    return await once(driver.driver_id, GroupOut, make)


@router.get("/groups")
async def list_groups(deps: Deps, driver: Driver) -> GroupsOut:
    """The groups the caller owns, and the one they are a member of."""
    found = await deps.belongings.groups.sheets(driver.driver_id)
    return GroupsOut(groups=[GroupOut.of(each, driver.driver_id) for each in found])


@router.get("/groups/{group_id}")
async def show(deps: Deps, driver: Driver, group_id: Id) -> GroupOut:
    """One of them, with what was spent this month."""
    return await _shown(deps, driver.driver_id, group_id)


@router.put("/groups/{group_id}")
async def edit(
    deps: Deps, driver: Driver, group_id: Id, *, asked: GroupIn, unless: IfMatch
) -> GroupOut:
    """Decide otherwise; the currency stays. With If-Match only if the group is as it was read."""
    await deps.belongings.groups.edit(
        driver.driver_id, group_id, asked.facts(), agreed=_as_read(unless, driver)
    )
    return await _shown(deps, driver.driver_id, group_id)


@router.delete("/groups/{group_id}", status_code=204)
async def close(deps: Deps, driver: Driver, group_id: Id, unless: IfMatch) -> None:
    """Pay for nobody any more; what runs is still paid for. With If-Match only if as read."""
    agreed = _as_read(unless, driver)
    await deps.belongings.groups.close(driver.driver_id, group_id, agreed=agreed)


@router.post("/groups/{group_id}/members", status_code=201, dependencies=[limited_by("changes")])
async def invite(
    deps: Deps, driver: Driver, group_id: Id, *, asked: InviteIn, once: OnceOnly
) -> InvitedOut:
    """A code that lets one person in within two weeks, mailed where an address is given."""

    async def make() -> InvitedOut:
        groups, me = deps.belongings.groups, driver.driver_id
        currency = (await groups.sheet(me, group_id)).group.currency
        made = await groups.invite(
            me,
            group_id,
            email=asked.email,
            label=asked.label,
            limit=money(asked.limit_minor, currency),
        )
        member = made.member
        return InvitedOut(id=member.id, code=made.code, expires_at=member.expires_at)

    return await once(driver.driver_id, InvitedOut, make)


@router.put("/groups/{group_id}/members/{member_id}")
async def edit_member(
    deps: Deps, driver: Driver, group_id: Id, *, member_id: Id, asked: MemberIn, unless: IfMatch
) -> GroupOut:  # fmt: skip
    """Call a member something, or limit what they spend in a month.

    With If-Match only if the group is as it was read.
    """
    groups, me = deps.belongings.groups, driver.driver_id
    currency = (await groups.sheet(me, group_id)).group.currency
    limit = money(asked.limit_minor, currency)
    await groups.edit_member(
        me, group_id, member_id, label=asked.label, limit=limit, agreed=_as_read(unless, driver)
    )
    return await _shown(deps, me, group_id)


@router.delete("/groups/{group_id}/members/{member_id}", status_code=204)
async def remove(
    deps: Deps, driver: Driver, group_id: Id, *, member_id: Id, unless: IfMatch
) -> None:
    """Pay for a member no longer, or take an invitation back.

    With If-Match only if the group is as it was read.
    """
    agreed = _as_read(unless, driver)
    await deps.belongings.groups.remove(driver.driver_id, group_id, member_id, agreed=agreed)


@router.get("/groups/{group_id}/members/{member_id}/sessions")
async def sessions(deps: Deps, driver: Driver, group_id: Id, member_id: Id) -> MemberSessionsOut:
    """What a member charged this month, and what is owed; places with their consent."""
    return await _charged(deps, driver.driver_id, group_id, member_id=member_id)


@router.post(
    "/groups/{group_id}/members/{member_id}/sessions/{session_id}/pay",
    status_code=202,
    dependencies=[limited_by("changes")],
)
async def pay(
    deps: Deps, driver: Driver, group_id: Id, *, member_id: Id, session_id: Id, once: OnceOnly
) -> MemberSessionsOut:
    """Pay what is owed for a member's session now, with the owner's default payment method."""

    async def make() -> MemberSessionsOut:
        me = driver.driver_id
        known = await deps.belongings.groups.sessions(me, group_id, member_id)
        if session_id not in {each.id for each, _ in known}:
            raise NotFound("session", session_id)
        default = next((m.id for m in await deps.cards.methods(me) if m.default), None)
        await deps.payments.pay_owed(me, session_id, method_id=default)
        return await _charged(deps, me, group_id, member_id=member_id)

    return await once(driver.driver_id, MemberSessionsOut, make)


async def _charged(
    deps: DriverDependencies, owner_id: str, group_id: str, *, member_id: str
) -> MemberSessionsOut:
    found = await deps.belongings.groups.sessions(owner_id, group_id, member_id)
    return MemberSessionsOut(
        sessions=[
            MemberSessionOut(
                id=each.id,
                started_at=each.started_at,
                total=shown(each.total),
                state=each.state,
                party=str(each.cpo) if places else None,
                location_id=each.location_id if places else None,
            )
            for each, places in found
        ]
    )


@router.post("/group-invitations/accept")
async def accept(deps: Deps, driver: Driver, asked: AcceptIn, once: OnceOnly) -> GroupOut:
    """Join by a code; from then on the owner pays, unless another card is chosen at a start."""

    async def make() -> GroupOut:
        deps.limits.links.take(driver.driver_id)
        group = await deps.belongings.groups.accept(
            driver.driver_id, asked.code, shares_places=asked.shares_places
        )
        return await _shown(deps, driver.driver_id, group.id)

    return await once(driver.driver_id, GroupOut, make)


@router.put("/groups/{group_id}/membership")
async def share_places(
    deps: Deps, driver: Driver, group_id: Id, *, asked: SharesIn, unless: IfMatch
) -> GroupOut:
    """Let the owner see where one charges, or no longer. With If-Match only if as read."""
    groups, me = deps.belongings.groups, driver.driver_id
    agreed = _as_read(unless, driver)
    await groups.share_places(me, group_id, shares=asked.shares_places, agreed=agreed)
    return await _shown(deps, me, group_id)


@router.delete("/groups/{group_id}/membership", status_code=204)
async def leave(deps: Deps, driver: Driver, group_id: Id, unless: IfMatch) -> None:
    """Be no member any more. With If-Match only if the group is as it was read."""
    agreed = _as_read(unless, driver)
    await deps.belongings.groups.leave(driver.driver_id, group_id, agreed=agreed)


async def _shown(deps: DriverDependencies, driver_id: str, group_id: str) -> GroupOut:
    return GroupOut.of(await deps.belongings.groups.sheet(driver_id, group_id), driver_id)


def _as_read(unless: Unless, driver: Bearer) -> Agreed | None:
    if unless.header is None:
        return None
    return lambda known: unless.changed(GroupOut.of(known, driver.driver_id))
