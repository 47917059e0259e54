"""The page about OCPI tells of everything that is mounted, and of nothing else."""

from collections.abc import Iterator
from typing import Any

from ocpi.versions.registry import VERSIONS
from tests.conformance.mounts import Mounted, mounted
from tests.conformance.named import TESTS, all_tests, proofs
from tests.conformance.page import flat, page, proof_of, read

REFRESH = "run: python -m tests.conformance.page > docs/ocpi.md"
ROUTES = "tests/conformance/routes.toml"


def _versions(row: Mounted) -> tuple[str, ...]:
    return row.versions or tuple(VERSIONS)


def _written() -> Iterator[tuple[str, str, Any]]:
    """Module and interface, request and tests, as they are written down."""
    for module, section in read("routes").items():
        if any(name in {"SENDER", "RECEIVER"} for name in section):
            for interface, requests in section.items():
                for request, entry in requests.items():
                    yield f"{module} {interface}", request, entry
        else:
            for request, entry in section.items():
                yield f"{module} ", request, entry


def test_every_route_has_a_test_in_each_of_its_versions() -> None:
    missing = [
        f"{row.key} in {version}"
        for row in mounted()
        for version in _versions(row)
        if proof_of(row, version) is None
    ]
    assert missing == [], f"name their tests in {ROUTES}"


def test_every_row_has_a_route() -> None:
    served = {row.key: _versions(row) for row in mounted()}
    written = [(f"{module} {request}", entry) for module, request, entry in _written()]
    assert [key for key, _ in written if key not in served] == [], f"gone: take it out of {ROUTES}"
    beyond = [
        (key, v) for key, entry in written for v in entry if v not in {"every", *served[key]}
    ]
    assert beyond == []


def test_every_route_says_what_it_does() -> None:
    silent = [row.key for row in mounted() if not row.does.endswith((".", "?"))]
    assert silent == [], "give its handler a docstring"


def test_named_tests_exist() -> None:
    named = {name for _, _, entry in _written() for name in entry.values()}
    named |= {each["test"] for each in read("sent")["sent"]}
    assert named - all_tests().keys() == set()


def test_every_line_is_proved_or_explained() -> None:
    lines = flat("lines") | flat("points")
    has_reason = {line for line, says in flat("lines").items() if len(says) > 3}
    has_reason |= {point for point, says in flat("points").items() if len(says) > 1}
    assert sorted(lines.keys() - proofs().keys() - has_reason) == [], "no test names these"
    assert sorted(has_reason & proofs().keys()) == [], "proved: the reason is out of date"
    musts = {line for line, says in flat("lines").items() if says[1] == "MUST"}
    assert sorted(musts & has_reason) == [], "a MUST is proved, not explained"


def test_tests_name_lines_that_are_known() -> None:
    known = flat("lines").keys() | flat("points").keys()
    assert sorted(proofs().keys() - known) == []


def test_lines_are_in_order_and_complete() -> None:
    """From C-001 to C-287; those of hubs have a section of their own."""
    lines = list(flat("lines").items())
    ours = [int(line[2:]) for line, says in lines if says[0] != "HUB"]
    hubs = [int(line[2:]) for line, says in lines if says[0] == "HUB"]
    assert (ours, hubs) == (sorted(ours), sorted(hubs))
    assert set(range(1, 288)) - {*ours, *hubs} == set()


def test_the_page_is_up_to_date() -> None:
    assert (TESTS.parent / "docs" / "ocpi.md").read_text() == page(), REFRESH
