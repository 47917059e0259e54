"""Locations between the domain and OCPI."""

from dataclasses import replace
from datetime import UTC, datetime

from app.domain.locations import ExceptionalPeriod, OpeningHours, OpeningTimes
from app.domain.units import Kw
from ocpi.models.locations import Location as WireLocation
from ocpi.translate.locations import (
    read_location,
    write_evse_status,
    write_location,
)
from ocpi.translate.values import Verbatim
from ocpi.versions.registry import V221, Kind
from tests.support.roaming_documents import location_document
from tests.support.roaming_objects import a_connector, a_location, an_evse

SOURCE = Verbatim("{}", "2.2.1")
TIMES = OpeningTimes(
    always=False,
    regular=(OpeningHours(1, "08:00", "20:00"),),
    openings=(
        ExceptionalPeriod(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)),
    ),
    closings=(
        ExceptionalPeriod(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC)),
    ),
)


def test_what_we_write_reads_the_same() -> None:
    """Besides what only we know: chargers, numbers and codes."""
    strong = a_connector(max_power=Kw.of("11"))
    ours = a_location(evses=(an_evse(connectors=(strong,)),), opening_times=TIMES, state="NRW")
    back = read_location(WireLocation.read(write_location(ours)), SOURCE)
    (evse,) = back.evses
    (plug,) = evse.connectors
    again = replace(evse, station_id="ST-1", number=1, connectors=(replace(plug, number=1),))
    assert replace(back, evses=(again,), own=True, document=None, version=None) == ours


def test_regular_hours_are_not_sent_when_always_open() -> None:
    """C-136."""
    times = replace(TIMES, always=True)
    hours = write_location(a_location(opening_times=times))["opening_times"]
    assert hours["twentyfourseven"] is True
    assert "regular_hours" not in hours
    assert len(hours["exceptional_closings"]) == 1


def test_what_is_not_known_is_not_sent() -> None:
    bare = a_location(opening_times=None, operator_name=None, directions=(), evses=())
    document = write_location(bare)
    assert not {"opening_times", "operator", "directions", "evses", "state"} & document.keys()
    assert read_location(WireLocation.read(document), SOURCE).opening_times is None


def test_a_status_patch_is_small() -> None:
    """C-129."""
    assert write_evse_status(an_evse()) == {
        "status": "AVAILABLE",
        "last_updated": "2026-05-04T10:00:00Z",
    }


def test_a_partners_location_keeps_its_words() -> None:
    """C-138, I-18: the document stays beside what we understand."""
    document = location_document(country="DE")
    wire = WireLocation.read(V221.lift(Kind.LOCATION, document))
    location = read_location(wire, SOURCE)
    assert (location.document, location.version, location.own) == ("{}", "2.2.1", False)
    assert location.country == "DEU"
    assert [evse.number for evse in location.evses] == [0, 0]
    assert location.evses[0].connectors[0].tariff_ids == ("unknown-tariff",)
