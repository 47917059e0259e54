"""The hub's groups and rules on the command line, on a database of their own."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from app.runtime.verbs.partner import partner

Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ROAMWATT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ROAMWATT_SECRET_KEY", "a secret of at least thirty-two characters")
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()
    return lambda *arguments: runner.invoke(partner, arguments)


def test_groups_are_made_changed_and_shown(run: Run) -> None:
    made = run("group", "pilot", "--make", "--join", "DE-CPA", "--join", "DE-EMA")
    assert json.loads(made.stdout)["parties"] == ["DE-CPA", "DE-EMA"]
    assert run("group", "pilot", "--leave", "DE-CPA").exit_code == 0
    assert run("group", "default", "--leave", "DE-EMB").exit_code == 0
    assert json.loads(run("groups", "--json").stdout) == [
        {"name": "default", "parties": [], "without": ["DE-EMB"]},
        {"name": "pilot", "parties": ["DE-EMA"], "without": []},
    ]
    assert "everybody but DE-EMB" in run("groups").stdout
    assert run("group", "pilot", "--drop").stdout == "Forgot pilot\n"
    changes = json.loads(run("rule-changes", "--key", "pilot", "--json").stdout)
    assert [(each["before"] is None, each["after"] is None) for each in changes] == [
        (False, True), (False, False), (True, False),
    ]  # fmt: skip
    assert all(each["by"].startswith("command line, ") for each in changes)
    assert "group default" in run("rule-changes").stdout


def test_rules_are_made_explained_and_forgotten(run: Run) -> None:
    arguments = ("--effect", "allow", "--hide", "T1", "--note", "as agreed")
    made = json.loads(run("rule", "DE-CPA", "*", "tariffs", *arguments).stdout)
    assert (made["scope"], made["hidden"]) == ("DE-CPA/*/tariffs", ["T1"])
    assert run("rule", "*", "DE-EMB", "--effect", "deny").exit_code == 0
    assert "not T1" in run("rules").stdout
    assert [each["scope"] for each in json.loads(run("rules", "--json").stdout)] == [
        "*/DE-EMB/*", "DE-CPA/*/tariffs",
    ]  # fmt: skip
    found = json.loads(run("may", "DE-CPA", "DE-EMB", "--json").stdout)
    why = {each["module"]: (each["allowed"], each["why"]) for each in found}
    assert why["tariffs"] == (True, "rule DE-CPA/*/tariffs")
    assert why["cdrs"] == (False, "rule */DE-EMB/*")
    assert "group default" in run("may", "DE-CPA", "DE-EMA").stdout
    assert run("rule", "*", "DE-EMB", "--drop").stdout == "Forgot */DE-EMB/*\n"
    assert "deny" in run("rule-changes").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("group", "pilot"), "say what to do"),
        (("group", "pilot", "--join", "DE-CPA"), "no group"),
        (("group", "default", "--drop"), "everybody is in the default group"),
        (("group", "pilot", "--make", "--join", "nobody"), "no party id"),
        (("rule", "DE-CPA", "*"), "--effect"),
        (("rule", "DE-CPA", "*", "moonlight", "--effect", "deny"), "known are"),
        (("rule", "DE-CPA", "*", "--drop"), "no rule"),
        (("may", "DE-CPA", "x"), "no party id"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
