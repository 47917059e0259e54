"""What keeps a charger from starting, and what a remote start is known by."""

from random import Random

import pytest

from app.domain.commands import (
    CommandOutcome,
    CommandResult,
    looks_plugged_in,
    remote_start_number,
    remote_start_obstacle,
    start_obstacle,
    virtual_tag,
)
from app.domain.locations import EvseStatus


@pytest.mark.parametrize(
    ("status", "connected", "busy", "expected"),
    [
        (EvseStatus.AVAILABLE, True, False, None),
        (EvseStatus.UNKNOWN, True, False, None),
        (EvseStatus.CHARGING, True, False, None),
        (EvseStatus.BLOCKED, True, False, None),
        (EvseStatus.CHARGING, True, True, ("EVSE_OCCUPIED", "occupied")),
        (EvseStatus.RESERVED, True, False, ("EVSE_OCCUPIED", "reserved")),
        (EvseStatus.AVAILABLE, False, False, ("EVSE_INOPERATIVE", "offline")),
        (EvseStatus.OUTOFORDER, True, False, ("EVSE_INOPERATIVE", "faulted")),
        (EvseStatus.OUTOFORDER, False, True, ("EVSE_INOPERATIVE", "faulted")),
        (EvseStatus.INOPERATIVE, True, False, ("EVSE_INOPERATIVE", "inoperative")),
        (EvseStatus.PLANNED, True, False, ("EVSE_INOPERATIVE", "inoperative")),
        (EvseStatus.REMOVED, True, False, ("EVSE_INOPERATIVE", "inoperative")),
    ],
)
def test_obstacles(
    *, status: EvseStatus, connected: bool, busy: bool, expected: tuple[str, str] | None
) -> None:
    found = start_obstacle(status, connected=connected, busy=busy)
    assert (found and (found.result.value, found.reason)) == expected


def test_a_partner_knows_better_whether_its_evse_is_free() -> None:
    assert remote_start_obstacle(EvseStatus.CHARGING) is None
    assert remote_start_obstacle(EvseStatus.UNKNOWN) is None
    found = remote_start_obstacle(EvseStatus.OUTOFORDER)
    assert found
    assert found.reason == "faulted"


def test_plugged_in() -> None:
    plugged = {status for status in EvseStatus if looks_plugged_in(status)}
    assert plugged == {EvseStatus.CHARGING, EvseStatus.BLOCKED}


def test_virtual_tags_are_short_and_numbers_positive() -> None:
    """P: some chargers overread an id tag of 20 characters, so ours has 16 (ocpp.md §2.8)."""
    random = Random(1)
    tags = {virtual_tag(random) for _ in range(1000)}
    assert len(tags) == 1000
    assert all(len(tag) == 16 and tag.startswith("RW") and tag.isalnum() for tag in tags)
    assert all(0 < remote_start_number(random) < 2**31 for _ in range(1000))


def test_outcomes() -> None:
    assert CommandOutcome(CommandResult.ACCEPTED).accepted
    assert not CommandOutcome(CommandResult.TIMEOUT).accepted
