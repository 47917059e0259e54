"""Sessions: ours as partners see them, theirs as we keep them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.money import Money
from app.domain.sessions import SessionStatus
from app.domain.stations import Activity
from ocpi.models.sessions import Session as WireSession
from ocpi.translate.sessions import read_session, write_progress, write_session
from ocpi.translate.values import Verbatim
from ocpi.versions.registry import V221, Kind
from tests.support.roaming_documents import session_document
from tests.support.roaming_objects import a_session

SOURCE = Verbatim("{}", "2.2.1")


def test_a_running_session_is_priced_as_of_its_last_update() -> None:
    """C-141, C-142, C-143, C-146."""
    document = write_session(a_session())
    WireSession.read(document)
    assert "end_date_time" not in document
    assert document["last_updated"] == "2026-05-04T10:45:00Z"
    assert document["total_cost"]["before_taxes"] == Decimal("5.75")
    first, second = document["charging_periods"]
    assert first["dimensions"] == [
        {"type": "ENERGY", "volume": 10},
        {"type": "TIME", "volume": Decimal("0.5")},
        {"type": "MAX_POWER", "volume": 20},
    ]
    assert second["dimensions"] == [{"type": "PARKING_TIME", "volume": Decimal("0.25")}]


def test_a_patch_tells_only_what_moves() -> None:
    """C-147: periods would be appended."""
    patch = write_progress(a_session())
    assert set(patch) == {"kwh", "total_cost", "status", "last_updated"}
    assert "total_cost" not in write_progress(a_session(tariff=None))


def test_an_ended_session_has_an_end() -> None:
    ended = replace(a_session(), ended_at=a_session().last_updated, status=SessionStatus.COMPLETED)
    document = write_session(ended)
    assert (document["end_date_time"], document["status"]) == ("2026-05-04T10:45:00Z", "COMPLETED")


def test_places_that_are_not_known_are_said_so() -> None:
    """§1.2: `#NA`."""
    document = write_session(a_session(location_id=None, evse_uid=None, connector_id=None))
    names = ("location_id", "evse_uid", "connector_id")
    assert [document[name] for name in names] == ["#NA", "#NA", "#NA"]


def test_a_session_without_token_is_nobodys() -> None:
    with pytest.raises(ValueError, match="token"):
        write_session(a_session(token=None))


@pytest.mark.parametrize(
    ("changes", "activity"),
    [
        ({}, Activity.CHARGING),
        ({"charging_periods": []}, Activity.CHARGING),
        ({"status": "PENDING"}, Activity.CONNECTED),
        ({"status": "COMPLETED", "end_date_time": "2026-05-04T10:00:00Z"}, Activity.IDLE),
        (
            {
                "charging_periods": [
                    {
                        "start_date_time": "2026-05-04T09:30:00Z",
                        "dimensions": [{"type": "PARKING_TIME", "volume": 1}],
                    },
                    *session_document()["charging_periods"],
                ]
            },
            Activity.SUSPENDED_EV,
        ),
    ],
)
def test_what_a_partners_session_does(changes: dict[str, object], activity: Activity) -> None:
    wire = WireSession.read(V221.lift(Kind.SESSION, session_document(**changes)))
    session = read_session(wire, SOURCE, partner_id="p-1")
    assert session.activity is activity


def test_a_partners_session_keeps_the_partners_price() -> None:
    wire = WireSession.read(V221.lift(Kind.SESSION, session_document()))
    session = read_session(wire, SOURCE, partner_id="p-1", zone="Europe/Berlin")
    assert session.energy.value == Decimal("41.1234")
    assert session.total_cost is not None
    assert session.total_cost.net == Money(Decimal(4), "EUR")
    assert session.total_cost.due == Money(Decimal("4.4"), "EUR")
    assert (session.own, session.partner_id, session.zone) == (False, "p-1", "Europe/Berlin")
    assert (session.document, session.version) == ("{}", "2.2.1")
    bare = WireSession.read({**session_document(), "total_cost": None})
    assert read_session(bare, SOURCE, partner_id="p-1").total_cost is None
