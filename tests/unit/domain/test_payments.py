"""The payment machine: every edge, no cent lost, nothing taken twice."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import PaymentDeclined
from app.domain.payment_moves import (
    Change,
    amount_of,
    answered,
    begin,
    give_up,
    key_of,
    let_go,
    mark_asked,
    must_not_repeat,
    next_call,
    observed,
    retry_is_due,
    settle,
    try_again,
)
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
)
from tests.support.chargings import a_payment
from tests.support.clock import NOON
from tests.support.money import eur

P, W = PaymentState, Wish
REF = "pi_1"
HELD, GONE, NO = Held(REF, NOON + timedelta(days=7)), LetGo(REF), Declined("generic_decline")
ASKS = ActionNeeded(REF, "https://bank.example", "secret")


def balance(entries: Iterable[Entry]) -> dict[AccountName, Decimal]:
    """What the accounts hold; every entry must add up to zero."""
    sums: Counter[AccountName] = Counter()
    for entry in entries:
        assert sum(posting.amount.amount for posting in entry.postings) == 0
        for posting in entry.postings:
            sums[posting.account] += posting.amount.amount  # type: ignore[assignment]
    return {account: Decimal(amount) for account, amount in sums.items() if amount}


class Story:
    """A payment with everything that was booked for it; each step says what is next."""

    def __init__(self, **changes: Any) -> None:
        self.payment: Payment = a_payment(**changes)
        self.entries: list[Entry] = []
        self.now = NOON

    def take(self, change: Change) -> "Story":
        self.payment = change.payment
        self.entries += change.entries
        return self

    def answer(self, reply: Reply) -> "Story":
        """The provider answers the call that is due."""
        call = next_call(self.payment)
        assert call is not None
        self.payment = mark_asked(self.payment, self.now)
        return self.take(answered(self.payment, key_of(self.payment, call), reply, self.now))

    def hear(self, reply: Reply) -> "Story":
        return self.take(observed(self.payment, reply, self.now))

    def settle(self, due: str) -> "Story":
        return self.take(settle(self.payment, eur(due), self.now))

    def let_go(self) -> "Story":
        return self.take(let_go(self.payment, self.now))

    def is_at(self, state: P, call: Call | None = None) -> "Story":
        assert (self.payment.state, next_call(self.payment)) == (state, call)
        return self

    def books(self, **accounts: str) -> None:
        wanted = {AccountName(name): Decimal(amount) for name, amount in accounts.items()}
        assert balance(self.entries) == wanted


def held(**changes: Any) -> Story:
    return Story(**changes).answer(HELD).is_at(P.HELD)


def test_hold_capture_part_and_release_the_rest() -> None:
    story = held().settle("9.38").is_at(P.CAPTURING, Call.CAPTURE)
    assert amount_of(story.payment, Call.CAPTURE) == eur("9.38")
    story.answer(Taken(REF, eur("9.38"))).is_at(P.CAPTURED)
    story.books(cash="9.38", sales="-9.38")
    assert story.payment.from_hold == eur("9.38")


def test_hold_and_release() -> None:
    story = held().let_go().is_at(P.RELEASING, Call.RELEASE).answer(GONE).is_at(P.RELEASED)
    story.books()


def test_nothing_to_hold_is_held_and_released_at_once() -> None:
    free = begin(a_payment(state=P.NONE, hold=eur("0")), NOON).payment
    assert (free.state, next_call(free)) == (P.HELD, None)
    assert let_go(free, NOON).payment.state is P.RELEASED
    assert begin(a_payment(state=P.NONE), NOON).payment.state is P.HOLD_REQUESTED


def test_a_capture_beyond_the_hold_charges_the_rest() -> None:
    """Product §3 case 3: the money is not lost, and never more of the hold is taken."""
    story = held().settle("42").is_at(P.CAPTURING, Call.CAPTURE)
    assert amount_of(story.payment, Call.CAPTURE) == eur("30")
    story.answer(Taken(REF, eur("30"))).is_at(P.CAPTURING, Call.CHARGE)
    assert amount_of(story.payment, Call.CHARGE) == eur("12")
    story.answer(Taken("pi_2", eur("12"))).is_at(P.CAPTURED)
    assert (story.payment.captured, story.payment.from_hold) == (eur("42"), eur("30"))
    assert story.payment.charge_reference == "pi_2"
    story.books(cash="42", sales="-42")


def test_a_refused_rest_is_tried_again_and_then_owed() -> None:
    story = held().settle("42").answer(Taken(REF, eur("30"))).answer(NO)
    keys = set()
    for wait in RETRIES:
        story.is_at(P.CAPTURE_FAILED)
        assert story.payment.retry_at == NOON + wait
        assert not retry_is_due(story.payment, NOON + wait - timedelta(seconds=1))
        story.now = NOON + wait
        assert retry_is_due(story.payment, story.now)
        story.take(try_again(story.payment, story.now)).is_at(P.CAPTURING, Call.CHARGE)
        keys.add(key_of(story.payment, Call.CHARGE))
        story.answer(NO)
    story.is_at(P.OWED).books(cash="30", receivable="12", sales="-42")
    assert len(keys) == len(RETRIES)
    story.take(try_again(story.payment, story.now, method="pm_other"))
    assert story.payment.method_reference == "pm_other"
    story.answer(Taken("pi_9", eur("12"))).is_at(P.CAPTURED).books(cash="42", sales="-42")


@pytest.mark.parametrize("reply", [NO, GONE])
def test_a_hold_that_cannot_be_captured_is_charged(reply: Reply) -> None:
    story = held().settle("9.38").answer(reply).is_at(P.CAPTURING, Call.CHARGE)
    story.answer(Taken("pi_2", eur("9.38"))).is_at(P.CAPTURED)
    assert story.payment.from_hold is None
    story.books(cash="9.38", sales="-9.38")


@pytest.mark.parametrize("refusal", [NO, GONE, ASKS])
def test_a_charge_that_is_refused_fails(refusal: Reply) -> None:
    story = held().settle("9.38").answer(NO).answer(refusal).is_at(P.CAPTURE_FAILED)
    story.books(receivable="9.38", sales="-9.38")
    assert story.payment.failure


def test_a_declined_hold_is_final() -> None:
    story = Story().answer(NO).is_at(P.DECLINED)
    assert story.payment.failure == "generic_decline"
    story.let_go().is_at(P.DECLINED).books()
    assert Declined.of(PaymentDeclined("expired_card")) == Declined("expired_card")


def test_the_holder_confirms() -> None:
    story = Story().answer(ASKS).is_at(P.ACTION_REQUIRED)
    assert (story.payment.action_url, story.payment.client_secret) == (
        "https://bank.example",
        "secret",
    )
    story.hear(HELD).is_at(P.HELD)
    assert story.payment.action_url is None
    assert story.payment.capture_before == HELD.capture_before


@pytest.mark.parametrize(("reply", "state"), [(NO, P.DECLINED), (GONE, P.DECLINED)])
def test_the_holder_does_not_confirm(reply: Reply, state: P) -> None:
    Story().answer(ASKS).hear(reply).is_at(state).books()


def test_a_payment_nobody_waits_for_is_let_go_before_the_holder_confirms() -> None:
    story = Story().answer(ASKS).let_go().is_at(P.RELEASING, Call.RELEASE)
    story.answer(GONE).is_at(P.RELEASED).books()


def test_a_confirmation_that_comes_too_late_is_released() -> None:
    story = Story().answer(ASKS).hear(NO).is_at(P.DECLINED)
    story.hear(HELD).is_at(P.RELEASING, Call.RELEASE).answer(GONE).is_at(P.RELEASED).books()


def test_a_hold_never_asked_for_needs_no_release() -> None:
    Story().let_go().is_at(P.RELEASED).books()


def test_a_hold_in_flight_is_released_when_it_arrives() -> None:
    """Product §3 case 1: start refused while the hold was on its way; released exactly once."""
    story = Story()
    story.payment = mark_asked(story.payment, NOON)
    story.let_go().is_at(P.HOLD_REQUESTED, Call.HOLD)
    story.answer(HELD).is_at(P.RELEASING, Call.RELEASE).answer(GONE).is_at(P.RELEASED)
    assert story.let_go().payment.state is P.RELEASED
    story.books()


def test_a_hold_in_flight_that_the_provider_let_go() -> None:
    story = Story()
    story.payment = mark_asked(story.payment, NOON)
    story.let_go().answer(GONE).is_at(P.RELEASED).books()


def test_a_bill_for_a_hold_in_flight_is_captured_when_it_arrives() -> None:
    story = Story().settle("5").is_at(P.HOLD_REQUESTED, Call.HOLD)
    story.answer(HELD).is_at(P.CAPTURING, Call.CAPTURE)


def test_a_bill_for_a_hold_that_waits_for_its_holder_is_charged() -> None:
    story = Story().answer(ASKS).settle("5").is_at(P.RELEASING, Call.RELEASE)
    story.answer(GONE).is_at(P.CAPTURING, Call.CHARGE)
    story.answer(Taken("pi_2", eur("5"))).is_at(P.CAPTURED).books(cash="5", sales="-5")


@pytest.mark.parametrize("before", ["declined", "released"])
def test_a_bill_without_a_hold_is_charged(before: str) -> None:
    story = Story().answer(NO) if before == "declined" else held().let_go().answer(GONE)
    story.settle("5").is_at(P.CAPTURING, Call.CHARGE)


def test_a_bill_while_releasing_waits_for_the_release() -> None:
    story = held().let_go().settle("5").is_at(P.RELEASING, Call.RELEASE)
    story.answer(GONE).is_at(P.CAPTURING, Call.CHARGE)


def test_an_expired_hold_is_charged_later() -> None:
    story = held().hear(GONE).is_at(P.RELEASED)
    assert story.payment.failure == "hold_expired"
    story.settle("5").is_at(P.CAPTURING, Call.CHARGE)


def test_a_slow_provider_tells_later() -> None:
    story = Story().answer(Processing(REF)).is_at(P.HOLD_REQUESTED)
    assert story.payment.reference == REF
    story.hear(HELD).is_at(P.HELD)


@pytest.mark.parametrize("wish", ["release", "capture"])
def test_a_hold_captured_by_hand_counts_as_paid(wish: str) -> None:
    story = held()
    story = story.let_go() if wish == "release" else story.settle("9.38")
    amount = "30" if wish == "release" else "9.38"
    story.hear(Taken(REF, eur(amount))).is_at(P.CAPTURED)
    story.books(cash=amount, sales=f"-{amount}")


def test_a_bill_while_releasing_and_captured_by_hand() -> None:
    story = held().let_go().settle("30").answer(Taken(REF, eur("30"))).is_at(P.CAPTURED)
    story.books(cash="30", sales="-30")


def test_an_answer_to_an_earlier_call_changes_nothing() -> None:
    """Two workers made the same call; the second to come back finds its work done."""
    story = held().settle("42")
    key = key_of(story.payment, Call.CAPTURE)
    story.answer(Taken(REF, eur("30")))
    late = answered(story.payment, key, Taken(REF, eur("30")), NOON)
    assert (late.payment, late.entries) == (story.payment, ())


@pytest.mark.parametrize("reply", [HELD, GONE, NO, ASKS, Taken(REF, eur("30")), Processing(REF)])
def test_news_of_a_captured_payment_changes_nothing(reply: Reply) -> None:
    done = held().settle("9.38").answer(Taken(REF, eur("9.38"))).payment
    assert observed(done, reply, NOON) == Change(done)
    assert settle(done, eur("5"), NOON) == Change(done)
    assert let_go(done, NOON) == Change(done)
    assert try_again(done, NOON) == Change(done)


@pytest.mark.parametrize(
    ("state", "changes", "reply"),
    [
        (P.HOLD_REQUESTED, {}, Taken(REF, eur("30"))),
        (P.CAPTURING, {"blocked": True, "due": eur("5")}, HELD),
        (P.CAPTURING, {"due": eur("5")}, Processing(REF)),
        (P.RELEASING, {"blocked": True}, HELD),
    ],
)
def test_an_answer_that_makes_no_sense_changes_nothing(
    state: P, changes: dict[str, Any], reply: Reply
) -> None:
    story = Story(state=state, **changes)
    before = mark_asked(story.payment, NOON)
    assert replace(story.answer(reply).payment, updated_at=None) == replace(
        before, updated_at=None
    )


def test_only_a_positive_amount_is_due() -> None:
    with pytest.raises(ValueError, match="positive"):
        settle(a_payment(), eur("0"), NOON)


def test_each_call_has_a_key_and_repeating_it_has_the_same() -> None:
    payment = a_payment()
    assert key_of(payment, Call.HOLD) == key_of(mark_asked(payment, NOON), Call.HOLD)
    assert len({key_of(payment, call) for call in Call}) == len(Call)
    assert amount_of(payment, Call.HOLD) == payment.hold


def test_an_unknown_outcome_is_not_asked_for_under_a_forgotten_key() -> None:
    asked = mark_asked(a_payment(), NOON)
    assert not must_not_repeat(asked, NOON + KEY_LIFE)
    late = NOON + KEY_LIFE + timedelta(seconds=1)
    assert must_not_repeat(mark_asked(asked, late), late)
    assert give_up(asked, late).payment.state is P.DECLINED
    charging = Story().answer(NO).settle("5").payment
    owed = give_up(mark_asked(charging, NOON), late).payment
    assert (owed.state, owed.failure, owed.round) == (P.OWED, "outcome_unknown", 1)
    capturing = mark_asked(held().settle("5").payment, NOON)
    assert not must_not_repeat(capturing, late)


def test_final_states_ask_for_nothing() -> None:
    assert all(next_call(a_payment(state=state)) is None for state in FINAL)
