"""A family's or fleet's card was declined: the member knows, and its owner is asked to pay."""

from datetime import datetime

from app.domain.charging import Charging, ChargingState
from app.domain.driver_notices import DriverNoticeKind
from app.store.transaction import Transaction
from app.use_cases.driver_notices import tell_driver

NOBODY = "…"


async def ask_payer(tx: Transaction, charging: Charging, *, now: datetime) -> None:
    """Tell who pays for a member's session that their card was declined, once for each reason.

    That is a start which did not come about, an amount that is open and tried again, and one
    that is owed for good.
    """
    if charging.payer_id is None or charging.group_id is None:
        return
    group = await tx.drivers.groups.get(charging.group_id)
    member = await tx.drivers.groups.members.of_driver(charging.driver_id or "")
    named = member is not None and member.group_id == charging.group_id
    owed = charging.state is ChargingState.SETTLEMENT_FAILED
    amount = charging.total if owed and charging.total is not None else charging.hold
    await tell_driver(
        tx,
        charging.payer_id,
        DriverNoticeKind.GROUP_PAYMENT_FAILED,
        subject=f"{charging.id}:{charging.state}:{charging.reason or ''}",
        fields={
            "group": group.name if group is not None else NOBODY,
            "member": (member.label if named and member is not None else None) or NOBODY,
            "amount": str(amount.payable()),
        },
        now=now,
    )
