"""EVSEs show their busiest connector, unless the station is out."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.availability import SHOWN, evse_status, is_news, reported_at
from app.domain.locations import EvseStatus
from app.domain.stations import ConnectorState

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
C = ConnectorState


def test_every_state_shows_as_something() -> None:
    assert set(SHOWN) == set(ConnectorState)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((), EvseStatus.UNKNOWN),
        ((C.AVAILABLE,), EvseStatus.AVAILABLE),
        ((C.OCCUPIED,), EvseStatus.CHARGING),
        ((C.AVAILABLE, C.FINISHING), EvseStatus.CHARGING),
        ((C.AVAILABLE, C.RESERVED), EvseStatus.RESERVED),
        ((C.AVAILABLE, C.FAULTED), EvseStatus.AVAILABLE),
        ((C.FAULTED, C.UNAVAILABLE), EvseStatus.INOPERATIVE),
        ((C.FAULTED, C.FAULTED), EvseStatus.OUTOFORDER),
    ],
)
def test_the_busiest_connector_shows(states: tuple[C, ...], status: EvseStatus) -> None:
    assert evse_status(states) is status


def test_the_station_overrides_its_connectors() -> None:
    """P-121."""
    assert evse_status([C.AVAILABLE], station=C.UNAVAILABLE) is EvseStatus.INOPERATIVE
    assert evse_status([C.CHARGING], station=C.FAULTED) is EvseStatus.OUTOFORDER
    assert evse_status([C.AVAILABLE], station=C.AVAILABLE) is EvseStatus.AVAILABLE


def test_a_session_beats_available_but_not_a_fault() -> None:
    """P-125."""
    assert evse_status([C.AVAILABLE], in_session=True) is EvseStatus.CHARGING
    assert evse_status([], in_session=True) is EvseStatus.CHARGING
    assert evse_status([C.FAULTED], in_session=True) is EvseStatus.OUTOFORDER


def test_times_that_cannot_be_are_now() -> None:
    assert reported_at(None, NOW) == NOW
    assert reported_at(NOW + 25 * HOUR, NOW) == NOW
    assert reported_at(datetime(1970, 1, 1, tzinfo=UTC), NOW) == NOW
    assert reported_at(NOW - HOUR, NOW) == NOW - HOUR


def test_an_older_state_is_no_news() -> None:
    """P-120."""
    assert is_news(NOW, None, NOW)
    assert is_news(NOW, NOW, NOW)
    assert not is_news(NOW - HOUR, NOW, NOW)
    assert is_news(NOW, NOW + HOUR, NOW)
