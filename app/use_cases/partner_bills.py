"""A partner's bill that is not what the driver was shown: the driver is told.

Source: product, push catalogue, `roaming.cdr_final_differs`.
"""

from datetime import datetime
from decimal import Decimal

from app.domain.charging import Charging
from app.domain.driver_notices import DriverNoticeKind
from app.domain.money import Money
from app.domain.pricing import price
from app.domain.sessions import Session
from app.domain.timeline import slices
from app.store.transaction import Transaction
from app.use_cases.driver_notices import tell_driver

A_CENT = Decimal("0.01")


def provisional(charging: Charging, session: Session) -> Money:
    """What a partner's session seemed to cost: as its CPO said, else as the quote promised."""
    if session.total_cost is not None:
        return session.total_cost.due.payable()
    bill = price(
        slices(session, session.last_updated),
        charging.tariff,
        zone=charging.zone,
        currency=charging.currency,
    )
    return bill.total.due.payable()


async def tell_difference(
    tx: Transaction,
    charging: Charging,
    session: Session | None,
    final: Money,
    *,
    now: datetime,
) -> bool:
    """Tell the driver of a difference of more than a cent; False when there is nothing to tell."""
    if charging.own or charging.driver_id is None or session is None:
        return False
    shown = provisional(charging, session)
    if shown.currency == final.currency and abs(final.amount - shown.amount) <= A_CENT:
        return False
    location = await tx.locations.get(charging.cpo, charging.location_id)
    place = charging.location_id if location is None else location.name or location.address
    return await tell_driver(
        tx,
        charging.driver_id,
        DriverNoticeKind.CDR_FINAL_DIFFERS,
        subject=charging.id,
        fields={"place": place, "before": str(shown), "after": str(final)},
        now=now,
    )
