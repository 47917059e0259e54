"""What is seen of a session: step, sentence, figures, money, and what can be done now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.charging import BEFORE_PAYMENT, PREPARING, RUNNING, ChargingState
from app.domain.charging_triggers import RULES
from app.domain.elsewhere import Elsewhere
from app.domain.payments import PaymentState
from app.domain.power_curve import CurvePoint
from app.domain.price_lines import describe
from app.domain.receipts import people_lines
from app.domain.tariffs import Dimension
from app.domain.wording import words
from app.queries.history import Snapshot
from app.use_cases.proof_text import in_a_word
from app.use_cases.receipt_lines import Receipt
from app.use_cases.receipt_text import line_text
from mobile_api.web.charts import Bar, Ring, Spark, bar, ring, spark
from mobile_api.web.limits import LimitForm, limit_form
from mobile_api.web.render import figure
from mobile_api.web.speech import Speech
from mobile_api.web.wording import Phase, StepName, phase_of, why

COSTS = {
    Dimension.ENERGY: "Energy",
    Dimension.TIME: "Charging time",
    Dimension.PARKING_TIME: "Idle time",
    Dimension.FLAT: "Session fee",
}
_EARLY = BEFORE_PAYMENT | PREPARING | {ChargingState.AUTHORIZED}
_ON_ITS_WAY = frozenset({StepName.START, StepName.WAIT})
_SOON_MS, _CALM_MS = 1_000, 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five steps; `mark` is `past`, `now`, `failed` or `ahead`."""

    name: StepName
    mark: str


@dataclass(frozen=True, slots=True)
class Row:
    """A label with an amount."""

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Ahead:
    """How the session will end as things are."""

    at: datetime
    cost: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """The status page.

    `stop` is what the button says, None when there is nothing to stop. `pay_at` is where the card
    is confirmed. `until` is when the time to plug in is over. `poll_ms` is how soon to look again
    when no event comes, 0 when nothing will change any more.
    """

    id: str
    place: str
    address: str
    label: str
    zone: str
    phase: Phase
    failed: bool
    reason: str
    since: datetime
    steps: Sequence[Step]
    kwh: str | None
    power: str | None
    soc: str | None
    cost: str | None
    final: bool
    started_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime | None
    hold: str | None
    held: bool
    prices: Sequence[str]
    stop: str | None
    pay_at: str | None
    until: datetime | None
    may_leave_address: bool
    email: str | None
    poll_ms: int
    over: bool
    receipt: Receipt | None
    lines: Sequence[Row]
    money: Sequence[Row]
    costs: Sequence[Row]
    spark: Spark | None
    bar: Bar | None
    ring: Ring | None
    ahead: Ahead | None
    limits: LimitForm | None
    unlock: str | None
    elsewhere: Elsewhere | None


def session_view(
    snapshot: Snapshot,
    receipt: Receipt | None,
    *,
    pay_at: str | None,
    curve: Sequence[CurvePoint],
    say: Speech,
) -> SessionView:
    """Everything the status page says."""
    charging, session, payment = snapshot.charging, snapshot.session, snapshot.payment
    shared, place, evse = charging.group_id is not None, snapshot.location, snapshot.evse
    phase = phase_of(charging.state, by_group=shared)
    failed = phase.step is StepName.PROBLEM
    lines = describe(charging.tariff, zone=charging.zone, at=charging.created_at)
    priced = snapshot.bill is not None and snapshot.bill.is_priced
    return SessionView(
        id=charging.id,
        place=(place and place.name) or (place and place.address) or charging.location_id,
        address="" if place is None or not place.name else place.address,
        label=charging.evse_uid if evse is None else evse.label,
        zone=charging.zone,
        phase=phase,
        failed=failed,
        reason=why(charging.reason, by_group=shared),
        since=charging.state_since,
        steps=tuple(_steps(snapshot, phase)),
        kwh=None if session is None else figure(session.energy.value, 2),
        power=_power(snapshot),
        soc=None if session is None or session.soc is None else figure(session.soc, 0),
        cost=str(snapshot.bill.total.due) if snapshot.bill is not None and priced else None,
        final=snapshot.final,
        started_at=None if session is None else session.started_at,
        ended_at=None if session is None else session.ended_at,
        updated_at=None if session is None else session.last_updated,
        hold=str(charging.hold) if charging.hold else None,
        held=payment is not None and payment.blocked,
        prices=tuple(words(line, say) for line in lines),
        stop=_stop(charging.state),
        pay_at=pay_at,
        until=_until(snapshot),
        may_leave_address=not charging.ended and charging.email is None,
        email=charging.email,
        poll_ms=_poll(snapshot, receipt, pay_at),
        over=charging.ended,
        receipt=receipt,
        lines=tuple(_lines(receipt, say)),
        money=tuple(_money(receipt, say)),
        costs=tuple(_costs(snapshot, say)),
        spark=spark(curve),
        bar=bar(snapshot),
        ring=ring(snapshot.idle),
        ahead=_ahead(snapshot),
        limits=limit_form(snapshot),
        unlock=_unlock(snapshot),
        elsewhere=snapshot.elsewhere,
    )


def _ahead(snapshot: Snapshot) -> Ahead | None:
    ahead = snapshot.ahead
    if ahead is None:
        return None
    return Ahead(ahead.ends_at, None if ahead.cost is None else str(ahead.cost))


def _unlock(snapshot: Snapshot) -> str | None:
    """`may` when the cable can be asked for, else what came of it."""
    command = snapshot.unlock
    if command is None:
        return "may" if snapshot.charging.state is ChargingState.AWAITING_UNPLUG else None
    if command.outcome is None:
        return "asked"
    return "unlocked" if command.outcome.accepted else "failed"


def _costs(snapshot: Snapshot, say: Speech) -> Iterator[Row]:
    """What the cost so far consists of."""
    bill = snapshot.bill
    if bill is None or not bill.is_priced or snapshot.final:
        return
    for each in people_lines(bill):
        name = COSTS[each.line.dimension] if each.line is not None else "Price limit"
        yield Row(say(name), str(each.amount))


def _steps(snapshot: Snapshot, phase: Phase) -> Iterator[Step]:
    """Past ones, the present one, those ahead; a problem stands at the end when there is one."""
    order = list(StepName)
    failed = phase.step is StepName.PROBLEM
    reached = _reached(snapshot) if failed else phase.step
    complete = snapshot.charging.state is ChargingState.COMPLETED
    for step in order[:-1]:
        if order.index(step) < order.index(reached) or complete:
            yield Step(step, "past")
        elif step is reached and not failed:
            yield Step(step, "now")
        else:
            yield Step(step, "ahead")
    yield Step(StepName.PROBLEM, "failed" if failed else "ahead")


def _reached(snapshot: Snapshot) -> StepName:
    """How far a session came that ended with a problem."""
    if snapshot.session is not None and snapshot.session.energy:
        return StepName.DONE
    held = snapshot.payment is not None and snapshot.payment.held_at is not None
    return StepName.WAIT if held else StepName.START


def _power(snapshot: Snapshot) -> str | None:
    """Power while it flows; what an ended or silent session last drew says nothing."""
    session = snapshot.session
    if session is None or session.power is None:
        return None
    if snapshot.charging.state is not ChargingState.CHARGING:
        return None
    return figure(session.power.value, 1)


def _stop(state: ChargingState) -> str | None:
    if state in RUNNING:
        return "Stop charging"
    return "Cancel" if state in _EARLY else None


def _until(snapshot: Snapshot) -> datetime | None:
    charging = snapshot.charging
    if charging.state is not ChargingState.AWAITING_PLUG:
        return None
    return charging.state_since + RULES.plug_window


def _poll(snapshot: Snapshot, receipt: Receipt | None, pay_at: str | None) -> int:
    if snapshot.charging.ended:
        waits = snapshot.charging.state is ChargingState.COMPLETED and receipt is None
        return _SOON_MS if waits else 0
    payment = snapshot.payment
    asking = payment is not None and payment.state is PaymentState.HOLD_REQUESTED
    starting = snapshot.charging.state is ChargingState.PAYMENT_PENDING and pay_at is None
    return _SOON_MS if asking or starting else _CALM_MS


def _lines(receipt: Receipt | None, say: Speech) -> Iterator[Row]:
    if receipt is None:
        return
    for line in receipt.lines:
        yield Row(line_text(line, receipt.total.currency, say), str(line.amount))
    yield Row(say("Total"), str(receipt.total), strong=True)
    if receipt.taxes is not None:
        yield Row(say("of which VAT"), str(receipt.taxes))
    yield Row(say("Signed meter values"), say(in_a_word(receipt.proof)))


def _money(receipt: Receipt | None, say: Speech) -> Iterator[Row]:
    if receipt is None:
        return
    yield Row(say("Held on your card"), str(receipt.held))
    yield Row(say("Charged"), str(receipt.captured + receipt.charged_after), strong=True)
    yield Row(say("Returned to you"), str(receipt.released))
    if receipt.owed:
        yield Row(say("Still to be paid"), str(receipt.owed), strong=True)
