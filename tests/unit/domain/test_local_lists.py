"""What is sent of a local list, and what is believed of it after each answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.local_lists import (
    ANSWERS_WITHIN,
    ListAnswered,
    ListEntry,
    ListLimits,
    ListStatus,
    ListVersionTold,
    LocalList,
    SendLocalList,
    checked,
    next_list,
    sent,
    settled,
    wanted_entries,
)
from app.domain.tokens import Whitelist
from tests.support.chargers import a_token
from tests.support.clock import NOON

LIMITS = ListLimits(entries=3, each=2, tag=20)
A, B, C = (ListEntry(tag) for tag in ("A1", "B2", "C3"))
WANTED = {entry.key: entry for entry in (A, B, C)}


def test_who_is_in_a_list() -> None:
    tokens = [
        a_token("BLOCKED", valid=False, group_id="G"),
        a_token("A1", group_id="FLEET"),
        a_token("a1", issuer="Another"),
        a_token("ASK-ME", whitelist=Whitelist.NEVER),
        a_token("X" * 21),
        a_token("B2", group_id="G" * 21),
    ]
    found = wanted_entries(tokens, LIMITS)
    assert list(found.values()) == [
        ListEntry("A1", group="FLEET"), ListEntry("B2"), ListEntry("BLOCKED", ListStatus.BLOCKED),
    ]  # fmt: skip
    assert list(wanted_entries(tokens, replace(LIMITS, entries=1))) == ["a1"]


def test_p143_all_of_it_then_only_what_changed() -> None:
    """P-143."""
    first = next_list(LocalList(), WANTED, LIMITS)
    assert first == SendLocalList(1, full=True, entries=(A, B))
    assert first is not None
    state = settled(sent(LocalList(), first, NOON), ListAnswered(first, "Accepted"))
    second = next_list(state, WANTED, LIMITS)
    assert second == SendLocalList(2, full=False, entries=(C,))
    assert second is not None
    state = settled(sent(state, second, NOON), ListAnswered(second, "Accepted"))
    assert next_list(state, WANTED, LIMITS) is None
    blocked = replace(B, status=ListStatus.BLOCKED)
    change = next_list(state, {"b2": blocked, "c3": C}, LIMITS)
    assert change == SendLocalList(3, full=False, entries=(blocked,), removed=("A1",))
    assert change is not None
    after = settled(state, ListAnswered(change, "Accepted"))
    assert dict(after.held) == {"b2": blocked, "c3": C}


@pytest.mark.parametrize("status", ["VersionMismatch", "Failed", "NotSupported"])
def test_p143_a_refused_list_is_sent_whole_again(status: str) -> None:
    """P-143, P-208."""
    state = LocalList(version=4, certain=True, held={"a1": A})
    ask = next_list(state, WANTED, LIMITS)
    assert ask is not None
    after = settled(sent(state, ask, NOON), ListAnswered(ask, status))
    assert (after.certain, after.told, after.tries, after.sent_at) == (False, status, 1, None)
    again = next_list(after, WANTED, LIMITS)
    assert again == SendLocalList(6, full=True, entries=(A, B))


@pytest.mark.parametrize(
    ("told", "certain", "version"), [(4, True, 4), (0, False, 4), (9, False, 9), (-1, False, 4)]
)
def test_p144_another_version_is_another_list(told: int, *, certain: bool, version: int) -> None:
    """P-144."""
    state = checked(LocalList(version=4, certain=True, held={"a1": A}), ListVersionTold(told))
    assert (state.certain, state.version) == (certain, version)


def test_p144_an_empty_list_has_no_version() -> None:
    """P-144."""
    assert checked(LocalList(version=4, certain=True), ListVersionTold(0)).certain


def test_an_answer_is_not_awaited_for_ever() -> None:
    state = sent(LocalList(), SendLocalList(1, full=True), NOON)
    assert state.is_awaited(NOON + timedelta(seconds=1))
    assert not state.is_awaited(NOON + ANSWERS_WITHIN)
    assert not LocalList().is_awaited(NOON)
