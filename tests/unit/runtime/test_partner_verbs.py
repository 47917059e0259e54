"""`partner quirks` and `partner check` on the command line, on a database of their own."""

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
    runner = CliRunner()
    return lambda *arguments: runner.invoke(partner, arguments)


def test_quirks_are_switched_and_shown(run: Run) -> None:
    assert run("invite", "--name", "Them", "--roles", "CPO").exit_code == 0
    on = run("quirks", "them", "--on", "trailing-slash", "--on", "page-size=20", "--json")
    assert json.loads(on.stdout) == {"trailing-slash": "", "page-size": "20"}
    off = run("quirks", "Them", "--off", "page-size", "--on", "raw-token")
    assert off.exit_code == 0
    assert "Base64" in off.stdout
    listed = json.loads(run("list", "--json").stdout)
    assert listed[0]["quirks"] == {"raw-token": "", "trailing-slash": ""}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("quirks", "Them", "--on", "humming"), "known are"),
        (("quirks", "Them", "--on", "page-size=many"), "page-size"),
        (("quirks", "Nobody"), "no partner"),
        (("onboard", "New", "--roles", "DRIVER"), "known are"),
        (("check", "Nobody"), "no partner"),
        (("check", "Them"), "no OCPI version"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    run("invite", "--name", "Them", "--roles", "CPO")
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_partners_are_stopped_and_shown(run: Run) -> None:
    run("invite", "--name", "Them", "--roles", "CPO")
    for verb, said in (("suspend", "not registered"), ("resume", "not suspended")):
        refused = run(verb, "Them")
        assert refused.exit_code == 2
        assert said in refused.stderr
    refused = run("resync", "Them")
    assert refused.exit_code == 2
    assert "member of the hub" in refused.stderr
    sheet = json.loads(run("show", "them", "--json").stdout)
    assert (sheet["name"], sheet["state"], sheet["queues"]) == ("Them", "invited", [])
    assert "last seen never" in run("show", "Them").stdout


def test_the_hubs_rules_about_a_partner_are_shown(run: Run) -> None:
    """Its own, those about everybody, and the groups that it is in; none about others."""
    run("invite", "--name", "Them", "--roles", "CPO", "--hub", "--party", "CPO:DE-CPA")
    assert "no rule concerns it" in run("show", "Them").stdout
    rules = (
        ("DE-CPA", "DE-EMA", "tariffs", "--effect", "allow", "--hide", "T1"),
        ("*", "DE-EMA", "--effect", "deny"),
        ("DE-CPB", "DE-EMA", "--effect", "deny"),
    )
    for rule in rules:
        assert run("rule", *rule).exit_code == 0
    run("group", "pilot", "--make", "--join", "DE-CPA")
    shown = run("show", "Them").stdout
    assert "groups of DE-CPA: default, pilot" in shown
    assert "rule DE-CPA/DE-EMA/tariffs: allow, not T1" in shown
    sheet = json.loads(run("show", "Them", "--json").stdout)
    assert [each["scope"] for each in sheet["rules"]] == ["*/DE-EMA/*", "DE-CPA/DE-EMA/tariffs"]
    assert sheet["groups"] == {"DE-CPA": ["default", "pilot"]}
    run("invite", "--name", "Others", "--roles", "CPO")
    assert json.loads(run("show", "Others", "--json").stdout)["rules"] == []
    assert "rule" not in run("show", "Others").stdout


def test_a_message_nobody_knows_is_said_to_be_unknown(run: Run) -> None:
    refused = run("trace", "no-such-message")
    assert refused.exit_code == 2
    assert "no-such-message" in refused.stderr


def test_a_partner_that_does_not_come_is_waited_for_as_long_as_told(run: Run) -> None:
    refused = run("onboard", "Them", "--roles", "EMSP", "--hub", "--wait", "1")
    assert refused.exit_code == 2
    assert "/ocpi/hub/versions" in refused.stdout
    assert "waiting for Them: it has not called yet" in refused.stdout
    assert "did not register within 1 s" in refused.stderr
    assert json.loads(run("list", "--json").stdout)[0]["hub"]


def test_a_platform_of_211_is_invited_to_meet_one_party(run: Run) -> None:
    """C-262: the token is for that party's address at the hub only."""
    arguments = ("invite", "--name", "Old", "--roles", "EMSP", "--hub", "--for", "de-cpa")
    invited = json.loads(run(*arguments).stdout)
    assert invited["versions_url"].endswith("/ocpi/hub/at/DE-CPA/versions")
    assert json.loads(run("list", "--json").stdout)[0]["counterpart"] == "DE-CPA"
    for wrong in (("--roles", "EMSP,CPO", "--hub"), ("--roles", "EMSP")):
        refused = run("invite", "--name", "X", *wrong, "--for", "DE-CPA")
        assert refused.exit_code == 2
    assert run("invite", "--name", "X", "--roles", "CPO", "--hub", "--for", "D").exit_code == 2


def test_parties_that_will_join_the_hub_are_named_with_their_roles(run: Run) -> None:
    """C-270."""
    given = ("invite", "--name", "New", "--roles", "CPO,EMSP", "--hub")
    invited = run(*given, "--party", "CPO:DE-CPZ", "--party", "emsp:DE-EMZ")
    assert invited.exit_code == 0
    listed = json.loads(run("list", "--json").stdout)
    assert listed[0]["state"] == "invited"
    for wrong in ("DE-CPZ", "CPO", "NSP:DE-CPZ"):
        refused = run(*given, "--party", wrong)
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (2, 1)
