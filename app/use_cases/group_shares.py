"""What a group's month still bears: set aside when a session begins, booked when it is over."""

from dataclasses import replace
from datetime import datetime

from app.domain.charging import Begun, Charging
from app.domain.driver_notices import DriverNoticeKind
from app.domain.errors import PaymentDeclined
from app.domain.groups import Group, Member, Spent, crossed, left_of, limit_of, month_of
from app.domain.money import Money
from app.store.transaction import Transaction
from app.use_cases.driver_notices import tell_driver

GROUP_LIMIT, MEMBER_LIMIT, OTHER_CURRENCY = "group_limit", "member_limit", "group_currency"
"""Why a group does not pay for a start."""


async def share_in(
    tx: Transaction, charging: Charging, group_id: str, *, now: datetime
) -> Charging:
    """The session with its hold set aside in the group's month, and no larger than what is left.

    Who asked for it in the app is refused where the estimate is beyond that; a card's transaction
    runs already, and is let go on as far as the money goes. Raises PaymentDeclined.
    """
    group = await tx.drivers.groups.need(group_id, lock=True)
    member = await tx.drivers.groups.members.of_driver(charging.driver_id or "")
    if member is None or member.group_id != group.id or group.closed_at is not None:
        raise PaymentDeclined("no_payment_method")
    if charging.currency != group.currency:
        raise PaymentDeclined(OTHER_CURRENCY)
    asked = charging.begun_by is Begun.APP and charging.estimate is not None
    wanted = charging.estimate if asked else None
    hold = charging.hold
    for left, why in await _left(tx, group, member, now):
        if left is None:
            continue
        if left.minor <= 0 or (wanted is not None and left < wanted):
            raise PaymentDeclined(why)
        hold = min(hold, left)
    shared = replace(charging, hold=hold, payer_id=group.owner_id, group_id=group.id)
    await tx.drivers.groups.spending.reserve(shared, month_of(now, group.zone), hold, now)
    return shared


async def obstacle_in(
    tx: Transaction, group: Group, member: Member, *, now: datetime
) -> str | None:
    """Why the group pays for nothing more this month, if so."""
    for left, why in await _left(tx, group, member, now):
        if left is not None and left.minor <= 0:
            return why
    return None


async def spent_in(
    tx: Transaction, group: Group, *, now: datetime, driver_id: str | None = None
) -> Spent:
    """What the group, or one of its members, spent this month."""
    month, spending = month_of(now, group.zone), tx.drivers.groups.spending
    return await spending.of(group.id, month, group.currency, driver_id=driver_id)


async def _left(
    tx: Transaction, group: Group, member: Member, now: datetime
) -> list[tuple[Money | None, str]]:
    whole = await spent_in(tx, group, now=now)
    mine = await spent_in(tx, group, now=now, driver_id=member.driver_id)
    return [
        (left_of(group.limit, whole), GROUP_LIMIT),
        (left_of(limit_of(group, member), mine), MEMBER_LIMIT),
    ]


async def book_in(tx: Transaction, charging: Charging, *, now: datetime) -> None:
    """A session of a group is over: what it cost stays, and 80 and 100 percent are told once."""
    cost = (charging.total or Money.zero(charging.currency)).payable()
    month = await tx.drivers.groups.spending.book(charging.id, cost)
    group = await tx.drivers.groups.get(charging.group_id or "")
    if month is None or group is None or not cost:
        return
    spending = tx.drivers.groups.spending
    whole = (await spending.of(group.id, month, group.currency)).booked
    spent = (whole - cost, whole)
    await _tell(tx, group, month, limit=group.limit, spent=spent, now=now)
    member = await tx.drivers.groups.members.of_driver(charging.driver_id or "")
    if member is not None and member.group_id == group.id:
        driver_id = charging.driver_id
        mine = (await spending.of(group.id, month, group.currency, driver_id=driver_id)).booked
        limit = limit_of(group, member)
        spent = (mine - cost, mine)
        await _tell(tx, group, month, limit=limit, spent=spent, now=now, member=member)


async def _tell(
    tx: Transaction,
    group: Group,
    month: str,
    *,
    limit: Money | None,
    spent: tuple[Money, Money],
    now: datetime,
    member: Member | None = None,
) -> None:
    """Owner and member hear of a member's limit, the owner alone of the group's."""
    before, after = spent
    for percent in crossed(limit, before, after):
        subject = f"{member.id if member else group.id}:{month}:{percent}"
        fields = {
            "group": group.name,
            "percent": str(percent),
            "spent": str(after),
            "limit": str(limit),
            "member": (member.label or "") if member else "",
        }
        people = {group.owner_id, *([member.driver_id] if member and member.driver_id else [])}
        for driver_id in sorted(people):
            await tell_driver(
                tx, driver_id, DriverNoticeKind.GROUP_LIMIT,
                subject=subject, fields=fields, now=now,
            )  # fmt: skip
