"""Live activities of iOS: what an iPhone shows of a session on its lock screen.

A change of state is told at once and with priority, new numbers once a minute at most and when it
suits the phone: more than that iOS slows down. What is told is the state as it is when it leaves,
so telling it twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from logging import getLogger

from app.domain.charging import RUNNING, ChargingState
from app.domain.charging_triggers import NoticeKind
from app.domain.drivers import Device
from app.domain.errors import NotFound
from app.domain.events import ChargingChanged, DomainEvent, SessionEvent
from app.domain.notice_rules import GAP
from app.domain.push_targets import LiveActivity
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Done, Mode, Outcome, Retry
from app.ports.push import ActivityEvent, ActivityUpdate, PushResult, PushSender
from app.queries.history import History, Snapshot
from app.use_cases.activities import ActivityBook, Showing
from app.use_cases.notice_parts import SessionFacts
from mobile_api.wording.texts import session_text

log = getLogger(__name__)

KIND = "activity.show"
STALE_AFTER = timedelta(minutes=15)
STAYS = timedelta(minutes=15)
"""How long the last state stays on the lock screen when the session is over."""

BEGINS_IN = RUNNING | {ChargingState.STARTING}


class Activities:
    """Audience and sender for live activities."""

    def __init__(
        self, book: ActivityBook, history: History, push: PushSender, *, clock: Clock
    ) -> None:
        self._book = book
        self._history = history
        self._push = push
        self._clock = clock
        self._watched: frozenset[str] | None = None

    def look_again(self) -> None:
        """Read anew which sessions are shown; to be called before events are read."""
        self._watched = None

    async def plan(self, event: DomainEvent) -> Sequence[Delivery]:
        """A delivery when a session that is shown somewhere, or could be, moved."""
        if not isinstance(event, ChargingChanged | SessionEvent) or event.charging_id is None:
            return []
        if self._watched is None:
            self._watched = await self._book.watched()
        wanted = event.charging_id in self._watched
        if not wanted and isinstance(event, ChargingChanged) and event.state in BEGINS_IN:
            wanted = await self._book.could_begin(event.charging_id)
        return _delivery(event.charging_id) if wanted else []

    async def send(self, delivery: Delivery) -> Outcome:
        """Show the session as it is to all who follow it, and begin where it can be begun."""
        now = self._clock.now()
        try:
            snapshot = await self._history.snapshot(delivery.subject, now)
        except NotFound:
            return Done()
        showing = await self._book.showing(delivery.subject)
        results = [await self._begin(device, snapshot, showing) for device in showing.could_begin]
        for activity in showing.activities:
            update = update_of(activity, snapshot, now)
            if update is not None:
                results.append(await self._show(activity, update, snapshot))
        waits = [r for r in results if r.retry_after_s is not None]
        if not waits:
            return Done()
        soonest = min(r.retry_after_s or 0 for r in waits)
        return Retry(waits[0].reason or "later", timedelta(seconds=soonest))

    async def _begin(self, device: Device, snapshot: Snapshot, showing: Showing) -> PushResult:
        """Ask a device to begin one, once: its answer is a token of the activity's own."""
        charging, now = snapshot.charging, self._clock.now()
        if charging.state not in BEGINS_IN or not device.activity_token:
            return PushResult(delivered=False)
        if not device.push_target:
            return PushResult(delivered=False)
        facts = SessionFacts(charging, snapshot.session, place_of(snapshot))
        language = device.language or showing.language
        text = session_text(facts, NoticeKind.STARTED, language)
        begun = LiveActivity(
            charging.id,
            device.id,
            device.push_target,
            device.push_kind,
            created_at=now,
            told_state=charging.state,
            told_at=now,
        )
        update = ActivityUpdate(
            token=device.activity_token,
            event=ActivityEvent.START,
            at=now,
            state=state_of(snapshot),
            changed=True,
            stale_at=now + STALE_AFTER,
            attributes={"session_id": charging.id, "place": facts.place},
            title=text.title,
            body=text.body,
        )
        result = await self._push.show(begun.address, update)
        if result.delivered:
            await self._book.keep(begun)
        elif result.gone:
            await self._book.forget_start(device.id, device.activity_token)
        return result

    async def _show(
        self, activity: LiveActivity, update: ActivityUpdate, snapshot: Snapshot
    ) -> PushResult:
        result = await self._push.show(activity.address, update)
        if result.gone or (result.delivered and update.event is ActivityEvent.END):
            await self._book.forget(activity)
        elif result.delivered:
            state = snapshot.charging.state
            await self._book.keep(replace(activity, told_state=state, told_at=update.at))
        elif result.retry_after_s is None:
            log.warning("activity.refused", extra={"why": result.reason})
        return result


def update_of(activity: LiveActivity, snapshot: Snapshot, now: datetime) -> ActivityUpdate | None:
    """What to show now; None when nothing is new enough, or the activity has no token yet."""
    charging = snapshot.charging
    if activity.token is None:
        return None
    changed = activity.told_state is not charging.state
    recent = activity.told_at is not None and now - activity.told_at < GAP
    if recent and not changed and not charging.ended:
        return None
    return ActivityUpdate(
        token=activity.token,
        event=ActivityEvent.END if charging.ended else ActivityEvent.UPDATE,
        at=now,
        state=state_of(snapshot),
        changed=changed or charging.ended,
        stale_at=now + STALE_AFTER,
        dismiss_at=now + STAYS if charging.ended else None,
    )


def state_of(snapshot: Snapshot) -> dict[str, str | int | None]:
    """The content state: numbers as texts, so that none is rounded on its way."""
    session, bill = snapshot.session, snapshot.bill
    cost = None if bill is None else bill.total.due.payable()
    return {
        "state": snapshot.charging.state.value,
        "energy_kwh": None if session is None else _tenths(session.energy.value),
        "power_kw": None if session is None or not session.power else _tenths(session.power.value),
        "soc": None if session is None or session.soc is None else int(session.soc),
        "cost": None if cost is None else str(cost.amount),
        "currency": snapshot.charging.currency,
    }


def place_of(snapshot: Snapshot) -> str:
    """Where it is, in words."""
    location = snapshot.location
    return snapshot.charging.location_id if location is None else location.name or location.address


def _tenths(number: Decimal) -> str:
    return str(number.quantize(Decimal("0.1"), ROUND_HALF_UP))


def _delivery(charging_id: str) -> list[Delivery]:
    return [Delivery(f"activity:{charging_id}", charging_id, Mode.LATEST, KIND)]
