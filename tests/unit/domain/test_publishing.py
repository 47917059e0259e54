"""What happens to a published location when it is edited."""

from dataclasses import replace
from datetime import timedelta

from app.domain.locations import EvseStatus, Location
from app.domain.publishing import (
    only_statuses_differ,
    published,
    status_changes,
)
from tests.support.roaming_objects import EARLIER, NOON, a_connector, a_location, an_evse


def edited(location: Location, **fields: object) -> Location:
    """As a file gives it: no statuses, no codes, everything of now."""
    evses = tuple(
        replace(
            evse,
            status=EvseStatus.UNKNOWN,
            code=None,
            last_updated=NOON,
            connectors=tuple(replace(c, last_updated=NOON) for c in evse.connectors),
        )
        for evse in location.evses
    )
    return replace(location, **{"evses": evses, "last_updated": NOON, **fields})


def test_the_same_location_again_is_no_change() -> None:
    before = a_location()
    assert published(before, edited(before), NOON) is before


def test_statuses_and_codes_stay() -> None:
    before = a_location(evses=(an_evse("E1", code="AAAA1111", status=EvseStatus.CHARGING),))
    after = published(before, edited(before, name="Other"), NOON)
    assert (after.name, after.evses[0].code) == ("Other", "AAAA1111")
    assert after.evses[0] == before.evses[0]
    assert after.last_updated == NOON


def test_a_changed_connector_is_newer_and_so_is_all_above_it() -> None:
    """C-127: a change of a connector raises `last_updated` of connector, EVSE and location."""
    two = (a_connector(), a_connector(id="2", number=2))
    before = a_location(evses=(an_evse("E1", connectors=two), an_evse("E2", number=2)))
    wanted = edited(before)
    first = wanted.evses[0]
    plugs = (first.connectors[0], replace(first.connectors[1], max_amperage=16))
    after = published(
        before, replace(wanted, evses=(replace(first, connectors=plugs), wanted.evses[1])), NOON
    )
    assert after.last_updated == after.evses[0].last_updated == NOON
    assert [c.last_updated for c in after.evses[0].connectors] == [EARLIER, NOON]
    assert after.evses[1].last_updated == EARLIER


def test_a_missing_evse_stays_as_removed() -> None:
    """C-128: a removed EVSE stays in the list with status REMOVED."""
    before = a_location(evses=(an_evse("E1"), an_evse("E2", number=2, code="BBBB2222")))
    wanted = edited(before)
    after = published(before, replace(wanted, evses=wanted.evses[:1]), NOON)
    gone = after.evses[1]
    assert (gone.uid, gone.status, gone.last_updated) == ("E2", EvseStatus.REMOVED, NOON)
    assert (gone.station_id, gone.code, gone.evse_id) == (None, None, None)
    assert status_changes(before, after) == ["E2"]
    later = NOON + timedelta(days=1)
    assert published(after, replace(wanted, evses=wanted.evses[:1]), later) is after


def test_a_removed_evse_may_come_back() -> None:
    before = a_location(evses=(an_evse("E1", status=EvseStatus.REMOVED, station_id=None),))
    after = published(before, edited(a_location(evses=(an_evse("E1"),))), NOON)
    assert after.evses[0].status is EvseStatus.UNKNOWN


def test_new_locations_and_evses_are_as_given() -> None:
    wanted = edited(a_location())
    assert published(None, wanted, NOON) == wanted
    assert status_changes(None, wanted) == []


def test_what_counts_as_statuses_only() -> None:
    before = a_location()
    busy = replace(before.evses[0], status=EvseStatus.CHARGING, last_updated=NOON)
    moved = replace(before, evses=(busy, before.evses[1]), last_updated=NOON, document="{}")
    assert only_statuses_differ(before, moved)
    assert not only_statuses_differ(before, replace(moved, city="Bonn"))
