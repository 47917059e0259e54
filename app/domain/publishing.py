"""How an edited location replaces the published one: what stays, what goes, what is newer."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from app.domain.locations import Connector, Evse, EvseStatus, Location


def published(before: Location | None, edited: Location, now: datetime) -> Location:
    """The location to publish, given what was published before.

    Statuses and QR codes stay, an EVSE that is not mentioned any more stays with status REMOVED,
    and `last_updated` is newer exactly where something changed and above it.
    Source: OCPI 2.2.1, Locations, EVSE object, and `last_updated` of all three (C-127, C-128).
    """
    known = {evse.uid.casefold(): evse for evse in before.evses} if before else {}
    evses = [_evse(known.pop(e.uid.casefold(), None), e, now) for e in edited.evses]
    gone = [_removed(evse, now) for evse in known.values()]
    new = replace(edited, evses=(*evses, *gone), last_updated=now)
    return before if before and _same(before, new) else new


def _same(before: Location, after: Location) -> bool:
    return replace(after, last_updated=before.last_updated) == before


def _evse(before: Evse | None, edited: Evse, now: datetime) -> Evse:
    if before is None:
        return edited
    back = before.status is EvseStatus.REMOVED
    new = replace(
        edited,
        status=EvseStatus.UNKNOWN if back else before.status,
        code=edited.code or before.code,
        connectors=tuple(_connectors(before, edited.connectors)),
        last_updated=now,
    )
    same = replace(new, last_updated=before.last_updated) == before
    return before if same else new


def _connectors(before: Evse, edited: Iterable[Connector]) -> Iterable[Connector]:
    for connector in edited:
        old = before.connector(connector.id)
        same = old and replace(connector, last_updated=old.last_updated) == old
        yield old if old and same else connector


def _removed(evse: Evse, now: datetime) -> Evse:
    """An EVSE that is gone keeps its uid for ever, and gives up what others may use again."""
    if evse.status is EvseStatus.REMOVED:
        return evse
    return replace(
        evse,
        status=EvseStatus.REMOVED,
        last_updated=now,
        evse_id=None,
        station_id=None,
        number=0,
        code=None,
    )


def status_changes(before: Location | None, after: Location) -> list[str]:
    """The uids of the EVSEs whose status is another one."""
    old = {evse.uid.casefold(): evse.status for evse in before.evses} if before else {}
    return [e.uid for e in after.evses if old.get(e.uid.casefold(), e.status) is not e.status]


def only_statuses_differ(before: Location, after: Location) -> bool:
    """Whether nothing but statuses and times is another; verbatim documents repeat these."""
    moment = before.last_updated
    return _timeless(before, moment) == _timeless(after, moment)


def _timeless(location: Location, moment: datetime) -> Location:
    evses = tuple(
        replace(
            evse,
            status=EvseStatus.UNKNOWN,
            last_updated=moment,
            connectors=tuple(replace(c, last_updated=moment) for c in evse.connectors),
        )
        for evse in location.evses
    )
    return replace(location, evses=evses, last_updated=moment, document=None)
