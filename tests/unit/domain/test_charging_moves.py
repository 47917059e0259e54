"""Sessions and their money under random news: repeated, late, in any order.

The world offers what can happen at any moment; a provider of its own keeps the card's books. In
the end every session that began is captured, released or owed, exactly one of them; the ledger
agrees with the provider; nobody pays more than the bill.
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain.charging import Charging, ChargingState
from app.domain.charging_moves import advance
from app.domain.charging_triggers import (
    Accepted,
    ActionRequired,
    Billed,
    CancelAsked,
    Capture,
    CaptureDone,
    CaptureFailed,
    CommandAccepted,
    CommandNoAnswer,
    CommandRejected,
    ContactBack,
    ContactLost,
    EnergyEnded,
    LimitReached,
    Notify,
    Owed,
    PaymentDeclined,
    PaymentHeld,
    Plugged,
    Released,
    ReleaseHold,
    RequestHold,
    RequestStart,
    SessionClosed,
    SessionMoved,
    SessionStarted,
    StartSent,
    StopAsked,
    StopRefused,
    TimeUp,
    Trigger,
)
from app.domain.money import Money
from app.domain.payment_moves import (
    Change,
    amount_of,
    answered,
    begin,
    key_of,
    let_go,
    mark_asked,
    next_call,
    observed,
    retry_is_due,
    settle,
    try_again,
)
from app.domain.payment_replies import ActionNeeded, Declined, Held, LetGo, Reply, Taken
from app.domain.payments import FINAL, AccountName, Call, Payment, PaymentState
from app.domain.stations import Activity
from tests.support.chargings import a_charging, a_payment
from tests.support.clock import NOON

S, P = ChargingState, PaymentState
ZERO = Money.zero("EUR")

OF_PAYMENT: dict[P, Trigger] = {
    P.HELD: PaymentHeld(),
    P.ACTION_REQUIRED: ActionRequired(),
    P.DECLINED: PaymentDeclined(),
    P.CAPTURED: CaptureDone(),
    P.RELEASED: Released(),
    P.CAPTURE_FAILED: CaptureFailed(),
    P.OWED: Owed(),
}
NEWS: list[Trigger] = [
    CommandAccepted(cable_in=True),
    CommandAccepted(cable_in=False),
    CommandRejected("charger_refused"),
    CommandNoAnswer(),
    Plugged(),
    *(SessionMoved(activity, drawn=True) for activity in Activity),
    ContactLost(),
    ContactBack(Activity.CHARGING),
    LimitReached(),
    StopRefused(),
    TimeUp(),
]
HELD, WAITS, TAKEN, GONE, REFUSED = "held", "waits", "taken", "gone", "refused"


class Bank:
    """The provider's own books: what is blocked and what was taken, by idempotency key."""

    def __init__(self) -> None:
        self.kept: dict[str, Reply] = {}
        self.status: dict[str, str] = {}
        self.blocked: Counter[str] = Counter()
        self.captured: dict[str, Money] = {}
        self.taken = Decimal(0)

    def ask(self, payment: Payment, call: Call, mood: str) -> Reply:
        key = key_of(payment, call)
        if key not in self.kept:
            self.kept[key] = self._do(payment, call, mood)
        return self.kept[key]

    def _do(self, payment: Payment, call: Call, mood: str) -> Reply:
        amount, reference = amount_of(payment, call), payment.reference or f"pi-{payment.id}"
        if call is Call.HOLD:
            return self._hold(reference, amount, mood)
        if call is Call.CHARGE:
            if mood != "yes":
                return Declined("no")
            self.taken += amount.amount
            return Taken(f"ch-{key_of(payment, call)}", amount)
        if self.status[reference] == TAKEN:
            raise AssertionError("a captured hold is asked about again under another key")
        self.blocked[reference] = 0
        if call is Call.RELEASE or mood == "no" or self.status[reference] == GONE:
            self.status[reference] = GONE
            return LetGo(reference)
        self.status[reference] = TAKEN
        self.captured[reference] = amount
        self.taken += amount.amount
        return Taken(reference, amount)

    def _hold(self, reference: str, amount: Money, mood: str) -> Reply:
        if mood == "no":
            self.status[reference] = REFUSED
            return Declined("no")
        if mood == "asks":
            self.status[reference] = WAITS
            return ActionNeeded(reference, None, "secret")
        self.status[reference] = HELD
        self.blocked[reference] = amount.minor
        return Held(reference)

    def truth(self, payment: Payment) -> Reply:
        reference = payment.reference or ""
        status = self.status.get(reference, REFUSED)
        if status == HELD:
            return Held(reference)
        if status == WAITS:
            return ActionNeeded(reference, None, "secret")
        if status == TAKEN:
            return Taken(reference, self.captured[reference])
        return LetGo(reference) if status == GONE else Declined("no")


MOODS = st.sampled_from(["yes", "yes", "yes", "no", "asks"])


class SessionAndMoney(RuleBasedStateMachine):
    """One driver's session with its payments, in a disorderly world."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.charging: Charging = a_charging(deadline=NOON + timedelta(minutes=15))
        self.payments: dict[str, Payment] = {}
        self.ledger: Counter[tuple[str, AccountName]] = Counter()
        self.bank = Bank()
        self.current = ""
        self.last_mood = "yes"
        self.asked = False
        self.started = False
        self.closed = False
        self.bills: list[Money] = []

    # --- the use-case in small ---

    def feed(self, trigger: Trigger) -> None:
        step = advance(self.charging, trigger, self.now)
        self.charging = step.charging
        for effect in step.effects:
            self.do(effect)

    def do(self, effect: Any) -> None:
        match effect:
            case RequestHold():
                self.current = f"p{len(self.payments)}"
                self.book(begin(a_payment(id=self.current, state=P.NONE), self.now))
            case ReleaseHold() if self.current:
                self.book(let_go(self.payments[self.current], self.now))
            case Capture(amount):
                self.book(settle(self.payments[self.current], amount, self.now))
            case RequestStart():
                self.asked = True
                self.feed(StartSent())
            case Notify() | _:
                pass

    def book(self, change: Change) -> None:
        payment = change.payment
        self.payments[payment.id] = payment
        for entry in change.entries:
            for posting in entry.postings:
                self.ledger[payment.id, posting.account] += posting.amount.minor

    # --- what the world does ---

    @initialize(
        begun=st.sampled_from(["quoted", "held", "unanswered", "charging", "billed"]),
        last_mood=st.sampled_from(["yes", "no"]),
    )
    def it_began(self, begun: str, last_mood: str) -> None:
        """Start somewhere on the usual way, or in the middle of a start nobody confirms."""
        self.last_mood = last_mood
        if begun == "quoted":
            return
        self.pays()
        self.provider_is_asked("yes", lost=False, which=0)
        self.payment_news_comes(1)
        if begun == "unanswered":
            for _ in range(2):
                self.time_passes(1)
        if begun in {"charging", "billed"}:
            self.transaction_opens(Activity.CHARGING)
        if begun == "billed":
            self.transaction_closes()

    @rule()
    def pays(self) -> None:
        self.feed(Accepted())

    @rule()
    def cancels(self) -> None:
        self.feed(CancelAsked())

    @rule()
    def stops(self) -> None:
        self.feed(StopAsked())

    @rule(trigger=st.sampled_from(NEWS))
    def something_happens(self, trigger: Trigger) -> None:
        self.feed(trigger)

    @rule(minutes=st.sampled_from([0, 1, 4, 6, 61]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes, seconds=1)
        self.feed(TimeUp())

    @precondition(lambda self: self.asked)
    @rule(activity=st.sampled_from(list(Activity)))
    def transaction_opens(self, activity: Activity) -> None:
        self.started = True
        self.feed(SessionStarted("s-1", activity))

    @precondition(lambda self: self.started)
    @rule()
    def energy_ends(self) -> None:
        self.feed(EnergyEnded())

    @precondition(lambda self: self.started)
    @rule()
    def transaction_closes(self) -> None:
        self.closed = True
        self.feed(SessionClosed())

    @precondition(lambda self: self.started)
    @rule(cents=st.sampled_from([0, 1, 938, 3000, 4200]))
    def bill_comes(self, cents: int) -> None:
        self.bills = self.bills or [Money.from_minor(cents, "EUR")]
        self.feed(Billed(self.bills[0], "cdr-1"))

    @rule(mood=MOODS, lost=st.booleans(), which=st.integers(0, 3))
    def provider_is_asked(self, mood: str, lost: bool, which: int) -> None:  # noqa: FBT001 - a drawn value
        open_ones = [p for p in self.payments.values() if next_call(p) is not None]
        if not open_ones:
            return
        payment = open_ones[which % len(open_ones)]
        call = next_call(payment)
        assert call is not None
        payment = self.payments[payment.id] = mark_asked(payment, self.now)
        reply = self.bank.ask(payment, call, mood)
        if not lost:
            self.book(answered(payment, key_of(payment, call), reply, self.now))

    @precondition(lambda self: WAITS in self.bank.status.values())
    @rule(yes=st.booleans())
    def holder_decides(self, yes: bool) -> None:  # noqa: FBT001 - a drawn value
        for reference, status in self.bank.status.items():
            if status == WAITS:
                self.bank.status[reference] = HELD if yes else REFUSED
                self.bank.blocked[reference] = 3000 if yes else 0

    @rule()
    def webhook_comes(self) -> None:
        for payment in list(self.payments.values()):
            if payment.reference is not None:
                self.book(observed(payment, self.bank.truth(payment), self.now))

    @rule(which=st.integers(0, 3))
    def payment_news_comes(self, which: int) -> None:
        """News is of the present state, and of the session's own payment only."""
        payment = self.payments.get(self.current)
        if payment is not None and which:
            trigger = OF_PAYMENT.get(payment.state)
            if trigger is not None:
                self.feed(trigger)

    # --- what always holds ---

    @invariant()
    def nobody_pays_more_than_the_bill(self) -> None:
        bill = self.bills[0].amount if self.bills else Decimal(0)
        assert self.bank.taken <= bill

    @invariant()
    def books_balance(self) -> None:
        assert sum(self.ledger.values()) == 0
        for payment in self.payments.values():
            cash = self.ledger[payment.id, AccountName.CASH]
            assert cash == payment.taken.minor
            assert self.ledger[payment.id, AccountName.BLOCKED] == (
                payment.hold.minor if payment.blocked else 0
            )
            assert payment.from_hold is None or payment.from_hold <= payment.hold
            assert not payment.open_amount < ZERO

    def teardown(self) -> None:
        """Let everything that is under way come to its end, then look who has the money."""
        for _ in range(60):
            self.now += timedelta(hours=5)
            self.webhook_comes()
            self.holder_decides(yes=False)
            for which in range(len(self.payments)):
                self.provider_is_asked(self.last_mood, lost=False, which=which)
            self._retry()
            self.payment_news_comes(1)
            self.feed(TimeUp())
            self._world_ends()
        self._is_settled()

    def _world_ends(self) -> None:
        if self.charging.session_id is not None:
            self.feed(SessionClosed())
            self.bills = self.bills or [Money.from_minor(938, "EUR")]
            self.feed(Billed(self.bills[0], "cdr-1"))

    def _retry(self) -> None:
        for payment in list(self.payments.values()):
            if retry_is_due(payment, self.now):
                self.book(try_again(payment, self.now))

    def _is_settled(self) -> None:
        assert self.charging.ended, self.charging.state
        assert all(p.state in FINAL for p in self.payments.values()), self.payments
        assert not any(self.bank.blocked.values()), "a hold was forgotten"
        payment = self.payments.get(self.current)
        if payment is None or self.charging.state in {S.EXPIRED, S.PAYMENT_DECLINED}:
            assert self.bank.taken == 0
            return
        outcomes = [payment.state is each for each in (P.CAPTURED, P.RELEASED, P.OWED)]
        if self.charging.state is S.COMPLETED:
            assert sum(outcomes) == 1
            assert self.charging.total is not None
            assert self.bank.taken == self.charging.total.amount
        elif self.charging.state is S.SETTLEMENT_FAILED:
            assert payment.state is P.OWED
            assert self.bank.taken + payment.open_amount.amount == self.bills[0].amount
        else:
            assert payment.state in {P.RELEASED, P.DECLINED}
            assert self.bank.taken == 0


SessionAndMoney.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestSessionAndMoney = SessionAndMoney.TestCase
