"""Sessions: how they are started, and as they are now."""

from datetime import datetime

from pydantic import Field, SecretStr

from app.domain.charging import Begun, ChargingState
from app.domain.payments import Payment, PaymentState
from app.queries.history import Snapshot
from mobile_api.live_states import position
from mobile_api.schemas.progress import (
    AheadOut,
    ElsewhereOut,
    IdleOut,
    LimitsOut,
    estimate_of,
    progress_fields,
)
from mobile_api.schemas.quotes import EstimateLineOut, cost_lines
from mobile_api.schemas.values import MoneyOut, Shape, number, shown


class StartIn(Shape):
    """Take a quote: a driver pays with a card of theirs, by default the default one."""

    quote_id: str = Field(max_length=36)
    payment_method_id: str | None = Field(None, max_length=36)


class GuestStartIn(Shape):
    """Take a quote as a guest; `email` is for the receipt.

    `method` is what the provider's form in the browser gave. Without it the card is filled in at
    the payment's `action_url`.
    """

    quote_id: str = Field(max_length=36)
    method: str | None = Field(None, min_length=1, max_length=120)
    email: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")


class PaymentOut(Shape):
    """What the money does; `action_url` is where its holder confirms."""

    state: PaymentState
    hold: MoneyOut
    captured: MoneyOut | None
    action_url: str | None
    client_secret: str | None
    failure: str | None

    @classmethod
    def of(cls, payment: Payment | None) -> "PaymentOut | None":
        """Nothing before the quote was taken."""
        if payment is None:
            return None
        waits = payment.state is PaymentState.ACTION_REQUIRED
        return cls(
            state=payment.state,
            hold=MoneyOut.of(payment.hold),
            captured=shown(payment.captured),
            action_url=payment.action_url if waits else None,
            client_secret=payment.client_secret if waits else None,
            failure=payment.failure,
        )


class SessionOut(Shape):
    """A session as it is now; events of the live stream have the same form.

    `energy_kwh`, `power_kw` and `soc` are text to be exact; `cost` is by the price function that
    makes the bill, `lines` say what it consists of. `position` rises with every visible change.
    `interrupted`: the charger has no contact, so that what is shown is as old as `data_age_s`.
    `ahead` is how it will end as things are, `estimate` what it will probably cost. A cable is
    waited for until `plug_in_until`. `unlock` is what came of asking for the cable: `asked`,
    `unlocked` or `failed`. `elsewhere` is another charger, when this one did not start.
    `begun_by` is the app, a card, or the vehicle itself.
    """

    id: str
    position: int
    state: ChargingState
    reason: str | None
    over: bool
    location_name: str | None
    party: str
    location_id: str
    evse_uid: str
    evse_label: str
    partner: bool
    begun_by: Begun
    paid_by_group: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime
    energy_kwh: str | None
    power_kw: str | None
    soc: str | None
    cost: MoneyOut | None
    lines: list[EstimateLineOut]
    final: bool
    estimate: MoneyOut | None
    hold: MoneyOut
    payment: PaymentOut | None
    elapsed_s: int | None
    data_age_s: int
    interrupted: bool
    plug_in_until: datetime | None
    limits: LimitsOut
    ahead: AheadOut | None
    idle: IdleOut | None
    unlock: str | None
    elsewhere: ElsewhereOut | None

    @classmethod
    def of(cls, snapshot: Snapshot) -> "SessionOut":
        """As the phone shows it."""
        charging, session, bill = snapshot.charging, snapshot.session, snapshot.bill
        evse = snapshot.evse
        label = evse and (evse.physical_reference or evse.evse_id)
        return cls(
            id=charging.id,
            position=position(snapshot),
            state=charging.state,
            reason=charging.reason,
            over=charging.ended,
            location_name=snapshot.location and snapshot.location.name,
            party=str(charging.cpo),
            location_id=charging.location_id,
            evse_uid=charging.evse_uid,
            evse_label=label or charging.evse_uid,
            partner=not charging.own,
            begun_by=charging.begun_by,
            paid_by_group=charging.group_id is not None,
            created_at=charging.created_at,
            started_at=session and session.started_at,
            ended_at=session and session.ended_at,
            updated_at=session.last_updated if session else charging.state_since,
            energy_kwh=session and number(session.energy.value),
            power_kw=number(session.power.value) if session and session.power else None,
            soc=number(session.soc) if session else None,
            cost=shown(bill.total.due) if bill and bill.is_priced else None,
            lines=cost_lines(bill) if bill and bill.is_priced else [],
            final=snapshot.final,
            estimate=estimate_of(snapshot),
            hold=MoneyOut.of(charging.hold),
            payment=PaymentOut.of(snapshot.payment),
            **progress_fields(snapshot),
        )


class SessionsOut(Shape):
    """A page of sessions, the newest first; `next` is the `before` of the following page."""

    sessions: list[SessionOut]
    next: str | None


class ClaimIn(Shape):
    """A guest's secret, from the page or the link in the mail."""

    secret: SecretStr = Field(min_length=16, max_length=100)


class PayIn(Shape):
    """Pay what is owed, perhaps with another card."""

    payment_method_id: str | None = Field(None, max_length=36)
