"""The page about OCPP tells of every message of every version, and of nothing else."""

from tests.conformance.named import OCPP, TESTS, all_tests, proofs
from tests.conformance.ocpp_page import ASKED, ASKING, VERSIONS, messages, page, read, states

REFRESH = "run: python -m tests.conformance.ocpp_page > docs/ocpp.md"
OPEN = "tests/conformance/ocpp_open.toml"
ROWS = [(side, action) for side in (ASKED, ASKING) for action in read("messages")[side]]
BOTH_WAYS = {"DataTransfer"}
LAST = 228


def test_every_message_of_every_version_has_a_row() -> None:
    """By the official schemas as the library has them, which know no directions."""
    known = set().union(*(messages(dialect) for dialect in VERSIONS))
    told = [action for _, action in ROWS]
    assert set(told) == known
    assert {action for action in told if told.count(action) > 1} == BOTH_WAYS


def test_a_row_has_the_right_direction() -> None:
    """What we handle comes from chargers, what we send goes to them."""
    rows = set(ROWS)
    for dialect in VERSIONS:
        assert {(ASKED, action) for action in dialect.handlers} <= rows
        assert {(ASKING, action) for action in dialect.sends} <= rows


def test_what_is_done_says_so() -> None:
    """A message that is done somewhere has words and tests; one that is done nowhere has none."""
    for side, action in ROWS:
        says, done = read("messages")[side][action], "yes" in states(side, action).values()
        assert bool(says) == done, f"{action} {side}: {states(side, action)}"
        assert len(says) != 1, f"name the tests of {action}"


def test_what_is_open_is_listed() -> None:
    """In each direction the versions in which a message is not done yet, and no others."""
    found: dict[str, dict[str, list[str]]] = {ASKED: {}, ASKING: {}}
    for side, action in ROWS:
        missing = [version for version, is_ in states(side, action).items() if is_ != "yes"]
        if missing:
            found[side][action] = missing
    listed = read("open")["messages"]
    for side in (ASKED, ASKING):
        changed = {
            action: found[side].get(action, "done: take it out")
            for action in found[side].keys() | listed[side].keys()
            if found[side].get(action) != listed[side].get(action)
        }
        assert changed == {}, f"{OPEN}, {side}"


def test_named_tests_exist() -> None:
    named = {test for side, action in ROWS for test in read("messages")[side][action][1:]}
    assert named - all_tests().keys() == set()


def test_lines_are_in_order_and_complete() -> None:
    lines = [line for section in read("lines").values() for line in section]
    assert lines == [f"P-{each:03}" for each in range(1, LAST + 1)]


def test_every_line_is_proved_or_listed_as_open() -> None:
    """A line that a test names is not open, and the other way round."""
    lines = {line for section in read("lines").values() for line in section}
    proved, listed = proofs(OCPP).keys(), set(read("open")["lines"])
    assert sorted(proved - lines) == [], "no such lines"
    assert sorted(listed & proved) == [], f"proved: take them out of {OPEN}"
    assert sorted(lines - proved - listed) == [], f"no test names these, nor does {OPEN}"
    assert sorted(listed - lines) == [], "no such lines"


def test_the_page_is_up_to_date() -> None:
    assert (TESTS.parent / "docs" / "ocpp.md").read_text() == page(), REFRESH
