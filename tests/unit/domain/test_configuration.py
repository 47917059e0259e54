"""What a charger is asked on its way to what is wanted of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.configuration import (
    BOOTS_APART,
    Configuration,
    Look,
    Push,
    Stage,
    Wish,
    after_boot,
    after_read,
    after_write,
    new_round,
    next_step,
    rest_until,
    revived,
    same,
    unanswered,
    wanted_of,
)
from app.domain.device_model import (
    Attribute,
    Missing,
    Setting,
    Variable,
    VariableName,
    VariablesRead,
    VariablesWritten,
    Written,
)
from tests.support.clock import NOON

BEAT, IDLE, POWER = VariableName("HeartbeatInterval"), VariableName("Idle"), VariableName("Power")


def wanting(*pairs: tuple[VariableName, str]) -> Configuration:
    wishes = {name.key: Wish(Setting(name, value), NOON) for name, value in pairs}
    return new_round(Configuration("CP1", NOON), wishes, NOON)


def reads(**values: str) -> VariablesRead:
    told = (Variable(VariableName(k), (Attribute(value=v),)) for k, v in values.items())
    return VariablesRead(tuple(told))


def wrote(name: VariableName, status: str, why: str | None = None) -> VariablesWritten:
    return VariablesWritten((Written(name, status, why=why),))


def stages(state: Configuration) -> list[Stage]:
    return [each.stage for each in state.progress]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("True", "true", True),
        ("60", " 60.0 ", True),
        ("A, B ,C", "A,B,C", True),
        ("1,2", "1, 2", True),
        ("A,B", "B,A", False),
        ("Wh", "wh", False),
        ("60", "61", False),
        ("", None, False),
        (None, None, True),
    ],
)
def test_values_that_mean_the_same(one: str | None, other: str | None, alike: bool) -> None:  # noqa: FBT001
    """Q-35: booleans in capitals, lists with blanks."""
    assert same(one, other) is alike


def test_names_are_compared_without_case() -> None:
    """Q-35: keys in other case."""
    one, other = VariableName("HEARTBEATinterval"), VariableName("HeartbeatInterval")
    assert one.key == other.key
    assert VariableName("V", "C", "i", evse=1).key != VariableName("V", "C", "i").key


def test_the_charger_s_own_wishes_beat_the_defaults_of_its_kind() -> None:
    default, own = Wish(Setting(BEAT, "900"), NOON), Wish(Setting(BEAT, "60"), NOON)
    foreign = Wish(Setting(VariableName("V", "C"), "1"), NOON)
    found = wanted_of([own], [default, foreign], flat=True)
    assert [wish.setting.value for wish in found.values()] == ["60"]
    assert [w.name for w in wanted_of([own], [foreign], flat=False).values()] == [foreign.name]


def test_a_round_reads_writes_and_reads_back() -> None:
    state = wanting((BEAT, "60"), (IDLE, "true"))
    assert next_step(state, reads=1, writes=1) == Look((BEAT,))
    assert next_step(state, reads=9, writes=1) == Look((BEAT, IDLE))
    state = after_read(state, reads(HeartbeatInterval="300", Idle="True"), NOON)
    assert stages(state) == [Stage.READ, Stage.AGREES]
    assert next_step(state, reads=9, writes=9) == Push((Setting(BEAT, "60"),))
    state = after_write(state, wrote(BEAT, "Accepted"), NOON)
    assert next_step(state, reads=9, writes=9) == Look((BEAT,))
    done = after_read(state, reads(HeartbeatInterval="60"), NOON)
    assert (stages(done), next_step(done, reads=9, writes=9)) == ([Stage.AGREES] * 2, None)


def test_a_charger_that_says_yes_and_does_no_is_left_alone() -> None:
    state = after_write(wanting((BEAT, "60")), wrote(BEAT, "Accepted"), NOON)
    state = after_read(state, reads(HeartbeatInterval="300"), NOON)
    assert stages(state) == [Stage.DIFFERS]
    assert next_step(state, reads=9, writes=9) is None
    assert state.progress[0].reported == "300"


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("Rejected", Stage.REFUSED),
        ("NotSupported", Stage.REFUSED),
        ("UnknownVariable", Stage.REFUSED),
        ("RebootRequired", Stage.AWAITS_REBOOT),
    ],
)
def test_what_a_charger_says_to_a_value(status: str, stage: Stage) -> None:
    state = after_write(wanting((BEAT, "60")), wrote(BEAT, status, "not now"), NOON)
    assert stages(state) == [stage]
    assert state.progress[0].told == f"{status}: not now"
    assert next_step(state, reads=9, writes=9) is None
    assert state.reboot_required is (stage is Stage.AWAITS_REBOOT)


def test_what_cannot_be_read() -> None:
    """What is write-only is written once and believed; what is unknown is not written."""
    state = wanting((BEAT, "60"), (IDLE, "1"))
    missing = VariablesRead(
        missing=(Missing(BEAT, "Rejected"), Missing(IDLE, "UnknownVariable")),
    )
    state = after_read(state, missing, NOON)
    assert stages(state) == [Stage.READ, Stage.REFUSED]
    state = after_write(state, wrote(BEAT, "Accepted"), NOON)
    state = after_read(state, VariablesRead(missing=missing.missing[:1]), NOON)
    assert stages(state) == [Stage.AGREES, Stage.REFUSED]


def test_no_answer_is_tried_again_later() -> None:
    state = wanting((BEAT, "60"), (IDLE, "1"))
    step = next_step(state, reads=1, writes=1)
    assert isinstance(step, Look)
    state = unanswered(state, step, "no answer", NOON)
    assert stages(state) == [Stage.UNANSWERED, Stage.UNREAD]
    state = after_read(state, reads(Idle="2"), NOON)
    push = next_step(state, reads=1, writes=1)
    assert push == Push((Setting(IDLE, "1"),))
    assert isinstance(push, Push)
    state = unanswered(state, push, "no answer", NOON)
    assert next_step(state, reads=1, writes=1) is None
    later = rest_until(state, NOON)
    assert later is not None
    assert later > NOON
    assert stages(revived(state)) == [Stage.UNREAD] * 2
    written = after_write(wanting((BEAT, "60")), wrote(BEAT, "Accepted"), NOON)
    assert unanswered(written, Push((Setting(BEAT, "60"),)), "late", NOON) == written


def test_a_charger_that_boots_without_end_is_not_configured_without_end() -> None:
    """Q-34: at most once in ten minutes, unless a boot is what was waited for."""
    wishes = {BEAT.key: Wish(Setting(BEAT, "60"), NOON)}
    state = after_read(wanting((BEAT, "60")), reads(HeartbeatInterval="60"), NOON)
    soon = NOON + timedelta(minutes=1)
    held = after_boot(state, wishes, soon)
    assert (held.due_at, held.again) == (NOON + BOOTS_APART, True)
    assert stages(held) == [Stage.AGREES]
    begun = after_boot(state, wishes, NOON + BOOTS_APART)
    assert (begun.since, stages(begun)) == (NOON + BOOTS_APART, [Stage.UNREAD])
    more = {**wishes, IDLE.key: Wish(Setting(IDLE, "1"), NOON)}
    assert stages(after_boot(state, more, soon)) == [Stage.UNREAD] * 2
    waits = replace(state, progress=(replace(state.progress[0], stage=Stage.AWAITS_REBOOT),))
    assert stages(after_boot(waits, wishes, soon)) == [Stage.UNREAD]


def test_what_people_read_by_hand_counts_too() -> None:
    state = wanting((BEAT, "60"), (POWER, "7"))
    state = after_read(state, reads(HeartbeatInterval="60", Power="7"), NOON)
    drifted = after_read(state, reads(Power="8"), NOON)
    assert stages(drifted) == [Stage.AGREES, Stage.DIFFERS]


def test_a_round_that_waited_for_the_charger_goes_on_at_its_boot() -> None:
    state, soon = wanting((BEAT, "60")), NOON + timedelta(minutes=1)
    wishes = {BEAT.key: Wish(Setting(BEAT, "60"), NOON)}
    begun = after_boot(state, wishes, soon)
    assert (begun.due_at, begun.again, begun.since) == (soon, False, NOON)
