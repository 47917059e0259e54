"""Partners that say nothing of our drivers' sessions: asked for news, then for the bill.

Source: product, journey C, steps C5 and C8.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger

from app.domain.charging import PREPARING, WATCHED, Charging, ChargingState
from app.domain.identifiers import PartyId
from app.domain.money import Money
from app.domain.partners import Role
from app.domain.sessions import Session
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store, Transaction
from app.use_cases.partner_bills import provisional

log = getLogger(__name__)

POLL_SESSIONS = "poll_sessions"
CHASE_BILLS = "chase_bills"

_UNDER_WAY = PREPARING | WATCHED
_BATCH = 500


@dataclass(frozen=True, slots=True)
class SilenceRules:
    """When a partner's silence is looked into."""

    quiet: timedelta = timedelta(seconds=60)
    poll_for: timedelta = timedelta(minutes=15)
    bill_after: timedelta = timedelta(hours=24)
    chase_every: timedelta = timedelta(hours=6)
    alert_after: timedelta = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class OverdueBill:
    """A session that is over, what it seemed to cost, and the ids of who owes its bill."""

    charging: Charging
    session: Session | None
    expected: Money | None
    partners: tuple[str, ...]


class PartnerSilence:
    """Looks which partners owe us news, and has them asked."""

    def __init__(self, store: Store, clock: Clock, rules: SilenceRules | None = None) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules or SilenceRules()
        self._chased: dict[str, datetime] = {}
        self._told: set[str] = set()

    async def look(self) -> int:
        """Periodic, in one process: queue what is to be asked for; how many."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            running = await tx.charging.at_partners(_UNDER_WAY, _BATCH)
            silent = {c.cpo for c in running if await self._is_silent(tx, c, now)}
            unbilled = await tx.charging.at_partners({ChargingState.SETTLING}, _BATCH)
            late = [c for c in unbilled if now - c.state_since >= self._rules.bill_after]
            wanted = await self._asks(tx, silent, POLL_SESSIONS)
            wanted += self._due(await self._asks(tx, {c.cpo for c in late}, CHASE_BILLS), now)
            busy = await tx.deliveries.busy([each.destination for each in wanted])
        self._alert(late, now)
        wanted = [each for each in wanted if each.destination not in busy]
        if wanted:
            async with self._store.transaction() as tx:
                await tx.deliveries.add(wanted, now)
        return len(wanted)

    async def _is_silent(self, tx: Transaction, charging: Charging, now: datetime) -> bool:
        """Whether nothing was heard for a while, but not for so long that asking is in vain."""
        heard = charging.state_since
        if charging.session_id is not None:
            session = await tx.sessions.get(charging.session_id)
            heard = max(heard, session.last_updated) if session is not None else heard
        return self._rules.quiet <= now - heard <= self._rules.poll_for

    async def _asks(self, tx: Transaction, parties: Iterable[PartyId], ask: str) -> list[Delivery]:
        found = {
            partner.id
            for party in parties
            for partner in await tx.partners.hosting(party, Role.CPO, hub=False)
        }
        return [
            Delivery(f"{ask}:{partner_id}", partner_id, Mode.LATEST, f"follow.{ask}")
            for partner_id in sorted(found)
        ]

    def _due(self, wanted: list[Delivery], now: datetime) -> list[Delivery]:
        """Bills are not asked for each time somebody looks."""
        every = self._rules.chase_every
        due = [
            each
            for each in wanted
            if each.subject not in self._chased or now - self._chased[each.subject] >= every
        ]
        self._chased |= {each.subject: now for each in due}
        return due

    def _alert(self, late: list[Charging], now: datetime) -> None:
        """After three days it is for a person; each session once for as long as we run."""
        overdue = {c.id: c for c in late if now - c.state_since >= self._rules.alert_after}
        for charging_id in sorted(overdue.keys() - self._told):
            cpo = overdue[charging_id].cpo
            log.error("roaming.bill_overdue", extra={"charging": charging_id, "cpo": str(cpo)})
        self._told = set(overdue)

    async def overdue(self) -> list[OverdueBill]:
        """Our drivers' sessions whose bills a person should ask partners for, the oldest first."""
        since = self._clock.now() - self._rules.alert_after
        async with self._store.reading() as tx:
            unbilled = await tx.charging.at_partners({ChargingState.SETTLING}, _BATCH)
            late = [charging for charging in unbilled if charging.state_since <= since]
            return [await _overdue(tx, charging) for charging in late]


async def _overdue(tx: Transaction, charging: Charging) -> OverdueBill:
    session = await tx.sessions.get(charging.session_id) if charging.session_id else None
    hosts = await tx.partners.hosting(charging.cpo, Role.CPO, hub=False)
    expected = None if session is None else provisional(charging, session)
    return OverdueBill(charging, session, expected, tuple(sorted(each.id for each in hosts)))
