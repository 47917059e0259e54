"""From what connectors report to what an EVSE shows.

Source: OCPI 2.2.1, Locations, Status enum; OCPP 1.6, 4.9 Status Notification.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from app.domain.locations import EvseStatus
from app.domain.stations import Activity, ConnectorState

OFFLINE_AFTER = timedelta(seconds=105)
"""How long a charger may be silent before its EVSEs are UNKNOWN.

With the time until somebody looks, that is two minutes at most.
"""

SESSION_BEATS_AVAILABLE = timedelta(seconds=30)
"""How long a running session outweighs an Available that came before its end was reported."""

FARTHEST_AHEAD = timedelta(hours=24)
CLOCK_IS_SET = datetime(2020, 1, 1, tzinfo=UTC)

SHOWN = {
    ConnectorState.AVAILABLE: EvseStatus.AVAILABLE,
    ConnectorState.PREPARING: EvseStatus.CHARGING,
    ConnectorState.CHARGING: EvseStatus.CHARGING,
    ConnectorState.SUSPENDED_EV: EvseStatus.CHARGING,
    ConnectorState.SUSPENDED_EVSE: EvseStatus.CHARGING,
    ConnectorState.FINISHING: EvseStatus.CHARGING,
    ConnectorState.OCCUPIED: EvseStatus.CHARGING,
    ConnectorState.RESERVED: EvseStatus.RESERVED,
    ConnectorState.UNAVAILABLE: EvseStatus.INOPERATIVE,
    ConnectorState.FAULTED: EvseStatus.OUTOFORDER,
}

BUSIEST_FIRST = (
    EvseStatus.CHARGING,
    EvseStatus.RESERVED,
    EvseStatus.AVAILABLE,
    EvseStatus.INOPERATIVE,
    EvseStatus.OUTOFORDER,
)

ACTIVITIES = {
    ConnectorState.CHARGING: Activity.CHARGING,
    ConnectorState.SUSPENDED_EV: Activity.SUSPENDED_EV,
    ConnectorState.SUSPENDED_EVSE: Activity.SUSPENDED_EVSE,
    ConnectorState.FINISHING: Activity.IDLE,
}
"""What a 1.6 connector's state says of the transaction at it."""

STILL_THERE = frozenset(
    {
        ConnectorState.PREPARING,
        ConnectorState.CHARGING,
        ConnectorState.SUSPENDED_EV,
        ConnectorState.SUSPENDED_EVSE,
        ConnectorState.FINISHING,
        ConnectorState.OCCUPIED,
    }
)
"""States in which a cable is still in a vehicle."""


def evse_status(
    connectors: Iterable[ConnectorState],
    *,
    station: ConnectorState | None = None,
    in_session: bool = False,
) -> EvseStatus:
    """What an EVSE shows: its busiest connector, unless the whole station is out.

    `connectors` are those that reported, `station` the state of the whole station if it ever
    reported one, `in_session` whether a session runs there now. UNKNOWN when nothing is known.
    """
    if station is ConnectorState.FAULTED:
        return EvseStatus.OUTOFORDER
    if station is ConnectorState.UNAVAILABLE:
        return EvseStatus.INOPERATIVE
    shown = {SHOWN[state] for state in connectors}
    if in_session and not shown & {EvseStatus.OUTOFORDER, EvseStatus.INOPERATIVE}:
        return EvseStatus.CHARGING
    return next((status for status in BUSIEST_FIRST if status in shown), EvseStatus.UNKNOWN)


def reported_at(claimed: datetime | None, now: datetime) -> datetime:
    """When a state was so: now, if the charger's time is missing or its clock was not set."""
    if claimed is None or claimed < CLOCK_IS_SET or claimed > now + FARTHEST_AHEAD:
        return now
    return claimed


def is_news(at: datetime, stored_at: datetime | None, now: datetime) -> bool:
    """Whether a state may replace the stored one: a state is never replaced by an older one.

    A stored time that lies ahead of our clock proves nothing, or a charger that had set its clock
    wrong once would stay stuck.
    """
    return stored_at is None or at >= stored_at or stored_at > now
