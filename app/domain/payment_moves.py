"""The payment machine: what the session wants and what the provider answers, as pure functions.

A payment ends captured, released or owed, or declined before anything began. At most the hold is
captured; what is due beyond it, or without a hold, is charged to the same card. Each change gives
the ledger entries that go with it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from app.domain.money import Money
from app.domain.payment_replies import (
    ActionNeeded,
    Declined,
    Held,
    LetGo,
    Processing,
    Reply,
    Taken,
)
from app.domain.payments import (
    FINAL,
    KEY_LIFE,
    RETRIES,
    AccountName,
    Call,
    Entry,
    Payment,
    PaymentState,
    Wish,
    entry,
)

P = PaymentState


@dataclass(frozen=True, slots=True)
class Change:
    """A payment after something happened to it, and its new ledger entries."""

    payment: Payment
    entries: tuple[Entry, ...] = ()


# --- what the session wants ----------------------------------------------------------------------


def begin(payment: Payment, now: datetime) -> Change:
    """A new payment; nothing to hold is held at once."""
    state = P.HOLD_REQUESTED if payment.hold.minor > 0 else P.HELD
    return Change(replace(payment, state=state, updated_at=now))


def settle(payment: Payment, due: Money, now: datetime) -> Change:
    """Take what the session costs, a positive amount, once the call in flight is answered."""
    if payment.due is not None or payment.state in {P.CAPTURED, P.OWED}:
        return Change(payment)
    due = due.payable()
    if due.minor <= 0:
        raise ValueError("only a positive amount is due")
    after = replace(payment, due=due, wish=Wish.CAPTURE, updated_at=now)
    sale = entry("bill", due, AccountName.RECEIVABLE, AccountName.SALES)
    return Change(_follow(after, now), (sale,))


def let_go(payment: Payment, now: datetime) -> Change:
    """Nothing will be taken: release what is held or about to be."""
    if payment.due is not None or payment.state in FINAL:
        return Change(payment)
    after = replace(payment, wish=Wish.RELEASE, updated_at=now)
    if payment.state is P.HOLD_REQUESTED and payment.attempts == 0:
        return Change(_enter(after, P.RELEASED, now))
    return Change(_follow(after, now))


def try_again(payment: Payment, now: datetime, *, method: str | None = None) -> Change:
    """Charge an amount that was refused once more, perhaps from another card."""
    if payment.state not in {P.CAPTURE_FAILED, P.OWED}:
        return Change(payment)
    card = method or payment.method_reference
    return Change(_enter(replace(payment, method_reference=card), P.CAPTURING, now))


def retry_is_due(payment: Payment, now: datetime) -> bool:
    """Whether a refused amount should be tried again by now."""
    due = payment.retry_at is not None and payment.retry_at <= now
    return payment.state is P.CAPTURE_FAILED and due


def _follow(payment: Payment, now: datetime) -> Payment:
    """Go where the wish leads, if nothing is in flight that could still change the picture."""
    state, wish = payment.state, payment.wish
    if state is P.ACTION_REQUIRED and wish is not Wish.KEEP:
        return _enter(payment, P.RELEASING, now)
    if wish is Wish.CAPTURE and state in {P.HELD, P.DECLINED, P.RELEASED}:
        return _enter(payment, P.CAPTURING, now)
    if wish is Wish.RELEASE and state is P.HELD:
        return _enter(payment, P.RELEASING if payment.blocked else P.RELEASED, now)
    return payment


def _enter(payment: Payment, state: PaymentState, now: datetime, **changes: Any) -> Payment:
    fresh = {"attempts": 0, "asked_at": None, "retry_at": None, "updated_at": now}
    return replace(payment, **{**fresh, "state": state, **changes})


# --- what is asked of the provider ---------------------------------------------------------------


def next_call(payment: Payment) -> Call | None:
    """What to ask now; None when there is nothing to ask or the answer comes by webhook."""
    if payment.state is P.HOLD_REQUESTED:
        return Call.HOLD if payment.reference is None else None
    if payment.state is P.RELEASING:
        return Call.RELEASE
    if payment.state is P.CAPTURING:
        return Call.CAPTURE if payment.blocked else Call.CHARGE
    return None


def key_of(payment: Payment, call: Call) -> str:
    """The idempotency key; a charge gets another one after each definite answer."""
    if call is Call.CHARGE:
        return f"{payment.id}:charge:{payment.round}"
    return f"{payment.id}:{call}"


def amount_of(payment: Payment, call: Call) -> Money:
    """How much the call is about: never more of a hold than was held."""
    if call is Call.CAPTURE:
        return min(payment.open_amount, payment.hold, key=lambda money: money.amount)
    if call is Call.CHARGE:
        return payment.open_amount
    return payment.hold


def mark_asked(payment: Payment, now: datetime) -> Payment:
    """About to ask: from here on the provider may have acted, whether or not we hear of it."""
    asked_at = payment.asked_at or now
    return replace(payment, attempts=payment.attempts + 1, asked_at=asked_at, updated_at=now)


def must_not_repeat(payment: Payment, now: datetime) -> bool:
    """Whether the key may be forgotten, so that asking again could take the money twice."""
    moves = next_call(payment) in {Call.HOLD, Call.CHARGE}
    return moves and payment.asked_at is not None and now - payment.asked_at > KEY_LIFE


# --- what the provider says ----------------------------------------------------------------------


def answered(payment: Payment, key: str, reply: Reply, now: datetime) -> Change:
    """Apply the provider's answer to the call of this key; to an earlier one, change nothing."""
    call = next_call(payment)
    if call is None or key_of(payment, call) != key:
        return Change(payment)
    match call:
        case Call.HOLD:
            return held_reply(payment, reply, now)
        case Call.CAPTURE:
            return _captured(payment, reply, now)
        case Call.CHARGE:
            return _charged(payment, reply, now)
        case Call.RELEASE:
            return _released(payment, reply, now)
        case _:
            assert_never(call)


def observed(payment: Payment, reply: Reply, now: datetime) -> Change:
    """Apply the truth about `payment.reference`, fetched because something was heard of it."""
    state = payment.state
    if state in {P.HOLD_REQUESTED, P.ACTION_REQUIRED}:
        return held_reply(payment, reply, now)
    if state is P.CAPTURING and payment.blocked and isinstance(reply, Taken):
        return _captured(payment, reply, now)
    if state is P.RELEASING and isinstance(reply, LetGo | Taken):
        return _released(payment, reply, now)
    if state is P.HELD and payment.blocked and isinstance(reply, LetGo):
        return _hold_lost(payment, now)
    if state in {P.DECLINED, P.RELEASED} and isinstance(reply, Held):
        return _held_too_late(payment, now)
    return Change(payment)


def held_reply(payment: Payment, reply: Reply, now: datetime) -> Change:
    """The outcome of a hold."""
    known = replace(payment, action_url=None, client_secret=None)
    match reply:
        case Held(reference, capture_before):
            known = replace(known, reference=reference, capture_before=capture_before)
            after, entries = _block(known, now)
            return Change(_follow(_enter(after, P.HELD, now), now), entries)
        case ActionNeeded(reference, action_url, client_secret):
            known = replace(
                payment, reference=reference, action_url=action_url, client_secret=client_secret
            )
            return Change(_follow(_enter(known, P.ACTION_REQUIRED, now), now))
        case Processing(reference):
            return Change(replace(payment, reference=reference, updated_at=now))
        case Declined(reason):
            refused = _enter(known, P.DECLINED, now, failure=reason)
            return Change(_follow(refused, now))
        case LetGo():
            wished = payment.wish is Wish.RELEASE
            gone = _enter(known, P.RELEASED if wished else P.DECLINED, now)
            return Change(_follow(gone, now))
        case _:
            return Change(payment)


def _hold_lost(payment: Payment, now: datetime) -> Change:
    """The provider let the hold expire; what the session costs will be charged without it."""
    after, entries = _unblock(payment)
    return Change(_enter(after, P.RELEASED, now, failure="hold_expired"), entries)


def _held_too_late(payment: Payment, now: datetime) -> Change:
    """The holder confirmed after we had given up: let it go again."""
    after, entries = _block(replace(payment, wish=Wish.RELEASE), now)
    return Change(_follow(_enter(after, P.HELD, now), now), entries)


def _captured(payment: Payment, reply: Reply, now: datetime) -> Change:
    after, entries = _unblock(payment)
    match reply:
        case Taken(_, amount):
            cash = _cash_entry("capture", amount)
            taken = replace(after, captured=amount, from_hold=amount)
            return Change(_after_taking(taken, now), (*entries, cash))
        case Declined() | LetGo():
            lost = _enter(after, P.CAPTURING, now, failure=_why(reply))
            return Change(lost, entries)
        case _:
            return Change(payment)


def _charged(payment: Payment, reply: Reply, now: datetime) -> Change:
    match reply:
        case Taken():
            cash = _cash_entry(f"charge:{payment.round}", reply.amount)
            taken = payment.taken + reply.amount
            after = replace(
                payment,
                captured=taken,
                charge_reference=reply.reference,
                round=payment.round + 1,
            )
            return Change(_after_taking(after, now), (cash,))
        case Declined() | LetGo() | ActionNeeded():
            return Change(_refused(payment, _why(reply), now))
        case _:
            return Change(payment)


def _after_taking(payment: Payment, now: datetime) -> Payment:
    if payment.open_amount.minor > 0:
        return _enter(payment, P.CAPTURING, now)
    return _enter(payment, P.CAPTURED, now, failure=None, failed_since=None)


def _refused(payment: Payment, why: str, now: datetime) -> Payment:
    """Plan the next try, counted from the first failure, or make it a debt."""
    since = payment.failed_since or now
    known = replace(payment, round=payment.round + 1, failure=why, failed_since=since)
    if payment.retries >= len(RETRIES):
        return _enter(known, P.OWED, now)
    after = _enter(known, P.CAPTURE_FAILED, now, retry_at=since + RETRIES[payment.retries])
    return replace(after, retries=payment.retries + 1)


def give_up(payment: Payment, now: datetime) -> Change:
    """The outcome of a charge or hold stayed unknown for too long to ask again: see to it."""
    why = "outcome_unknown"
    if next_call(payment) is Call.CHARGE:
        round_ = payment.round + 1
        return Change(_enter(payment, P.OWED, now, failure=why, round=round_))
    return held_reply(payment, Declined(why), now)


def _released(payment: Payment, reply: Reply, now: datetime) -> Change:
    match reply:
        case Taken(_, amount):
            return _taken_elsewhere(payment, amount, now)
        case LetGo() | Declined():
            after, entries = _unblock(payment)
            return Change(_follow(_enter(after, P.RELEASED, now), now), entries)
        case _:
            return Change(payment)


def _taken_elsewhere(payment: Payment, amount: Money, now: datetime) -> Change:
    """Somebody captured the hold at the provider, by hand: it counts as what was due."""
    if payment.due is not None:
        return _captured(payment, Taken("", amount), now)
    sale = entry("bill", amount, AccountName.RECEIVABLE, AccountName.SALES)
    change = _captured(replace(payment, due=amount), Taken("", amount), now)
    return Change(change.payment, (sale, *change.entries))


def _why(reply: Reply) -> str:
    if isinstance(reply, Declined):
        return reply.reason
    return "authentication_required" if isinstance(reply, ActionNeeded) else "hold_expired"


# --- the ledger ----------------------------------------------------------------------------------


def _block(payment: Payment, now: datetime) -> tuple[Payment, tuple[Entry, ...]]:
    made = entry("hold", payment.hold, AccountName.BLOCKED, AccountName.PROMISED)
    return replace(payment, blocked=True, held_at=now), () if payment.blocked else (made,)


def _unblock(payment: Payment) -> tuple[Payment, tuple[Entry, ...]]:
    """The hold is over, captured or not."""
    made = entry("unhold", payment.hold, AccountName.PROMISED, AccountName.BLOCKED)
    return replace(payment, blocked=False), (made,) if payment.blocked else ()


def _cash_entry(key: str, amount: Money) -> Entry:
    return entry(key, amount, AccountName.CASH, AccountName.RECEIVABLE)
