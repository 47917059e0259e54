"""Drivers' wishes of smart charging, at our chargers and at partners'.

At ours a wish is answered and followed by the rules of `domain.preferences`: CHEAP becomes a
profile like any other, REGULAR and FAST take that one away again. Whoever put a profile on the
session by name (its eMSP, an operator) goes before the driver's wish. At a partner's the wish is
handed on, and the partner's answer is the answer.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.commands import CommandChannel
from app.domain.errors import ChargerRefused, Conflict
from app.domain.locations import EvsePlace
from app.domain.preferences import (
    Preferences,
    PreferencesAnswer,
    ProfileType,
    Stretch,
    cheapest,
    refusal,
)
from app.domain.profiles import (
    ChargingProfile,
    ProfilePeriod,
    ProfileSource,
    RateUnit,
    SessionProfile,
    capacity,
)
from app.domain.sessions import Session
from app.domain.units import Kwh
from app.ports.clock import Clock
from app.ports.preferences import RemotePreferences
from app.store.sessions import session_key
from app.store.transaction import Store, Transaction
from app.use_cases.charging import Chargings
from app.use_cases.command_plans import goes_on
from app.use_cases.command_requests import Asker
from app.use_cases.profile_news import held, keep
from app.use_cases.profile_requests import (
    LimitRequest,
    UnlimitRequest,
    place_of,
    request_profile_in,
)
from app.use_cases.quotes import Caller

CAPABLE = "CHARGING_PREFERENCES_CAPABLE"
"""Source: OCPI 2.2.1, Locations, Capability enum."""

_WISHING = Asker(channel=CommandChannel.DRIVER)
_SECOND = timedelta(seconds=1)
_NO_POWER = Decimal(0)


class Wishes:
    """Wishes about sessions at our own chargers."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def follow(self, key: str, wish: Preferences) -> PreferencesAnswer:
        """Answer a wish, keep it and follow it if it can be; raises NotFound."""
        async with self._store.transaction() as tx:
            session, now = await tx.sessions.need(key), self._clock.now()
            place = await place_of(tx, session) if session.own and goes_on(session) else None
            if place is None or CAPABLE not in place.evse.capabilities:
                return PreferencesAnswer.NOT_POSSIBLE
            said = refusal(wish, session.tariff, now)
            if said is not None:
                return said
            row = await held(tx, key)
            if not await _followed(tx, row, session, wish, place=place, now=now):
                return PreferencesAnswer.NOT_POSSIBLE
            await keep(tx, replace(row, preferences=wish))
        return PreferencesAnswer.ACCEPTED


async def _followed(
    tx: Transaction,
    row: SessionProfile,
    session: Session,
    wish: Preferences,
    *,
    place: EvsePlace,
    now: datetime,
) -> bool:
    """Ask the charger for what the wish means; whether it can be."""
    steered = row.profile is not None and row.source is not ProfileSource.PREFERENCES
    plan: ChargingProfile | None = None
    if wish.profile_type is ProfileType.CHEAP:
        found = _plan(session, place, wish, now=now)
        if found is None or steered:
            return False
        plan = found if any(not period.limit for period in found.periods) else None
    key = session_key(session)
    try:
        if plan is not None:
            limit = LimitRequest(asker=_WISHING, session_key=key, profile=plan)
            await request_profile_in(tx, limit, now=now)
        elif row.source is ProfileSource.PREFERENCES:
            await request_profile_in(tx, UnlimitRequest(asker=_WISHING, session_key=key), now=now)
    except (ChargerRefused, Conflict):
        return False
    return True


def _plan(
    session: Session, place: EvsePlace, wish: Preferences, *, now: datetime
) -> ChargingProfile | None:
    """Full power in the cheap hours before the departure and none else; None if it cannot be.

    What is wished for is energy from now on, at the power that the vehicle takes now, or that the
    connector gives while it takes none.
    """
    if session.tariff is None or wish.departure is None:
        return None
    start, end = now.replace(microsecond=0), wish.departure
    power = place.connector.power
    if session.power is not None and _NO_POWER < session.power.value < power.value:
        power = session.power
    need = wish.energy_need or Kwh(Decimal(0))
    chosen = cheapest(session.tariff, need, power, zone=session.zone, start=start, end=end)
    if chosen is None:
        return None
    full = capacity(place.connector, RateUnit.WATT)
    periods = _periods(chosen, full, start=start, end=end)
    return ChargingProfile(RateUnit.WATT, periods, start=start, duration=end - start)


def _periods(
    chosen: tuple[Stretch, ...], full: Decimal, *, start: datetime, end: datetime
) -> tuple[ProfilePeriod, ...]:
    limits = {start: _NO_POWER}
    for stretch in chosen:
        limits[stretch.start] = full
        if stretch.end < end:
            limits[stretch.end] = _NO_POWER
    return tuple(
        ProfilePeriod(_SECOND * ((at - start) // _SECOND), limit)
        for at, limit in sorted(limits.items())
    )


class DriverWishes:
    """Wishes of our own drivers, wherever they charge."""

    def __init__(
        self, store: Store, chargings: Chargings, wishes: Wishes, remote: RemotePreferences
    ) -> None:
        self._store = store
        self._chargings = chargings
        self._wishes = wishes
        self._remote = remote

    async def wish(self, charging_id: str, caller: Caller, wish: Preferences) -> PreferencesAnswer:
        """Answer a driver's wish about the session that goes on.

        Raises NotFound for another's, Conflict when nothing goes on, PartnerUnavailable.
        """
        charging = await self._chargings.get(charging_id, caller)
        async with self._store.reading() as tx:
            sessions = await tx.sessions.of_charging(charging.id)
        running = [session for session in sessions if goes_on(session)]
        if not running:
            raise Conflict("no session goes on")
        session = running[-1]
        if session.own:
            return await self._wishes.follow(session_key(session), wish)
        answer = await self._remote.ask(session, wish)
        if answer is PreferencesAnswer.ACCEPTED:
            await self._keep(session_key(session), wish)
        return answer

    async def _keep(self, key: str, wish: Preferences) -> None:
        async with self._store.transaction() as tx:
            row = await held(tx, key)
            await keep(tx, replace(row, preferences=wish))
