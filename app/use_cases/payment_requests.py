"""What a driver's session asks of its payment, inside the transaction of its own step."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.charging import Charging
from app.domain.events import PaymentDue, PaymentSettled
from app.domain.money import Money
from app.domain.payment_moves import Change, begin, let_go, next_call, settle
from app.domain.payments import FINAL, Payment, PaymentState
from app.store.ids import new_id
from app.store.transaction import Transaction

NO_CARD = ""
"""Is declined by every provider, which makes what is due a debt."""


@dataclass(frozen=True, slots=True)
class Card:
    """What to pay with: the provider's reference, and its customer when the card is saved.

    With `group_id` it is that group's owner who pays.
    """

    reference: str
    customer: str | None = None
    group_id: str | None = None


async def begin_in(
    tx: Transaction, charging: Charging, card: Card, *, again: bool, now: datetime
) -> Payment:
    """A new payment for the session's hold; `again` when the driver is not there to confirm it."""
    blank = Payment(
        id=new_id(),
        charging_id=charging.id,
        state=PaymentState.NONE,
        hold=charging.hold,
        created_at=now,
        method_reference=card.reference,
        customer=card.customer,
        off_session=again,
    )
    payment = begin(blank, now).payment
    await tx.payments.add(payment)
    tell(tx, payment)
    return payment


async def settle_in(tx: Transaction, payment_id: str, due: Money, *, now: datetime) -> None:
    """Take what the session costs."""
    payment = await tx.payments.locked(payment_id)
    await keep(tx, payment, settle(payment, due, now), now=now)


async def release_in(tx: Transaction, payment_id: str, *, now: datetime) -> None:
    """Let the payment go."""
    payment = await tx.payments.locked(payment_id)
    await keep(tx, payment, let_go(payment, now), now=now)


async def keep(tx: Transaction, before: Payment, change: Change, *, now: datetime) -> Payment:
    """Store a change and its ledger entries, and say what is due next and what is known now.

    A final state is told again even when nothing changed: who asks may have missed it.
    """
    if change.payment == before:
        if before.state in FINAL:
            tx.emit(PaymentSettled(before.id, before.charging_id))
        return before
    saved = await tx.payments.save(change.payment)
    await tx.payments.post(saved, change.entries, now)
    tell(tx, saved)
    return saved


def tell(tx: Transaction, payment: Payment) -> None:
    """Emit what follows from the payment's state."""
    if next_call(payment) is None:
        tx.emit(PaymentSettled(payment.id, payment.charging_id))
    else:
        tx.emit(PaymentDue(payment.id))
