"""What is wrong with a partner, in words that its engineers can act on."""

from app.runtime.verbs.partner_onboard import to_be_mended
from ocpi.client.findings import Report


def test_demands_come_before_advice_and_say_what_was_found() -> None:
    report = Report()
    report.note("locations", "C-091", ok=False, said="no X-Limit")
    report.note("locations", "C-107", ok=False, said="2 came")
    report.note("versions", "C-048", ok=True)
    lines = to_be_mended(report)
    assert lines[1] == "To be mended by the partner:"
    assert lines[2].startswith("1. locations: it must be so that a list has X-Total-Count")
    assert lines[2].endswith("(C-091). Found: no X-Limit.")
    assert lines[4] == "Recommended:"
    assert "it should be so that nothing changed since" in lines[5]


def test_nothing_wrong_is_nothing_said() -> None:
    report = Report()
    report.note("versions", "C-048", ok=True)
    assert to_be_mended(report) == []
