"""What a charger tells of smart charging, and what follows."""

from datetime import datetime, timedelta
from logging import getLogger

from app.domain.errors import DomainError
from app.domain.profiles import ChargingProfile, ProfilePeriod, RateUnit, capacity
from app.domain.sessions import Session
from app.domain.smart_charging import (
    DynamicLimit,
    DynamicWanted,
    LimitGone,
    LimitTold,
    ListedProfile,
    NeedsTold,
    PriorityTold,
    ProfilesListed,
    ProfilesToListing,
    ScheduleTold,
)
from app.store.sessions import session_key
from app.store.transaction import Transaction
from app.use_cases.command_plans import goes_on
from app.use_cases.command_requests import BY_US
from app.use_cases.news_handlers import Handlers
from app.use_cases.profile_requests import LimitRequest, place_of, request_profile_in
from app.use_cases.report_parts import keep_part

log = getLogger(__name__)

LISTED = "charging_profiles"
NEEDS, SCHEDULE = "vehicle_needs", "vehicle_schedule"
LIMITS, PRIORITY, DYNAMIC = "outer_limits", "priority_charging", "dynamic_profiles"


async def profiles_to_come(
    tx: Transaction,
    station_id: str,
    news: ProfilesToListing,
    *,
    now: datetime,  # noqa: ARG001 - the handlers' shape
) -> None:
    """A charger without any profile sends no list."""
    if news.none:
        await tx.station_facts.forget(station_id, LISTED)


async def profiles_listed(
    tx: Transaction, station_id: str, news: ProfilesListed, *, now: datetime
) -> None:
    """Put the parts of a list together. Source: OCPP 2.0.1, K09 (P-203)."""
    parts = {
        f"{news.evse}/{profile['id']}": ListedProfile(news.source, news.evse, profile)
        for profile in news.profiles
    }
    await keep_part(tx, station_id, LISTED, parts, request=news.request, last=news.last, now=now)


async def needs_told(tx: Transaction, station_id: str, news: NeedsTold, *, now: datetime) -> bool:
    """A vehicle's needs are kept, and its session gets a profile; False when none is there.

    Source: OCPP 2.0.1, K15 (P-201). The profile is the one that somebody wished for, else what
    the connector gives: the vehicle makes its own schedule below it.
    """
    await tx.station_facts.put(station_id, NEEDS, news, name=str(news.evse), now=now)
    session = await _session_at(tx, station_id, news.evse)
    if session is None:
        return False
    wished = await tx.profiles.get(session_key(session))
    profile = wished.profile if wished and wished.profile else await _whole(tx, session)
    if profile is None:
        return False
    request = LimitRequest(asker=BY_US, session_key=session_key(session), profile=profile)
    try:
        await request_profile_in(tx, request, now=now)
    except DomainError as error:
        log.info("smart_charging.no_profile", extra={"session": session.id, "why": str(error)})
        return False
    return True


async def _session_at(tx: Transaction, station_id: str, evse: int) -> Session | None:
    places = await tx.locations.by_station(station_id)
    uids = {place.evse.uid for place in places if place.evse.number == evse}
    running = await tx.sessions.running_of(station_id)
    return next((s for s in running if s.evse_uid in uids and goes_on(s)), None)


async def _whole(tx: Transaction, session: Session) -> ChargingProfile | None:
    place = await place_of(tx, session)
    if place is None:
        return None
    most = ProfilePeriod(timedelta(), capacity(place.connector, RateUnit.WATT))
    return ChargingProfile(RateUnit.WATT, (most,))


async def schedule_told(
    tx: Transaction, station_id: str, news: ScheduleTold, *, now: datetime
) -> None:
    """How the vehicle is going to charge."""
    await tx.station_facts.put(station_id, SCHEDULE, news, name=str(news.evse), now=now)


async def limit_told(tx: Transaction, station_id: str, news: LimitTold, *, now: datetime) -> None:
    """Somebody else limits the charger (P-202)."""
    name = f"{news.evse}/{news.source}"
    await tx.station_facts.put(station_id, LIMITS, news, name=name, now=now)


async def limit_gone(
    tx: Transaction,
    station_id: str,
    news: LimitGone,
    *,
    now: datetime,  # noqa: ARG001 - the handlers' shape
) -> None:
    """That limit holds no more."""
    await tx.station_facts.forget(station_id, LIMITS, [f"{news.evse}/{news.source}"])


async def priority_told(
    tx: Transaction, station_id: str, news: PriorityTold, *, now: datetime
) -> None:
    """A session goes before others, or no more (P-217)."""
    await tx.station_facts.put(station_id, PRIORITY, news, name=news.transaction, now=now)


async def dynamic_moved(
    tx: Transaction, station_id: str, news: DynamicLimit, *, now: datetime
) -> None:
    """The charger took what we said of a dynamic profile."""
    await tx.station_facts.put(station_id, DYNAMIC, news, name=str(news.number), now=now)


async def dynamic_wanted(
    tx: Transaction,
    station_id: str,
    news: DynamicWanted,
    *,
    now: datetime,  # noqa: ARG001 - the handlers' shape
) -> DynamicLimit | None:
    """What we last said of it (P-216)."""
    found = await tx.station_facts.get(station_id, DYNAMIC, DynamicLimit, name=str(news.number))
    return None if found is None else found.value


SMART_HANDLERS: Handlers = {
    ProfilesToListing: profiles_to_come,
    ProfilesListed: profiles_listed,
    NeedsTold: needs_told,
    ScheduleTold: schedule_told,
    LimitTold: limit_told,
    LimitGone: limit_gone,
    PriorityTold: priority_told,
    DynamicLimit: dynamic_moved,
    DynamicWanted: dynamic_wanted,
}
