"""Every case in tests/corpus/ocpi/<version>/<kind>/<case>: what came, and what it is canonically.

`received.json` is the object as a partner of that version sent it, `canonical.json` what it has to
become, `around.json` (optional) what the version leaves to the address and the connection. With
`sent.json` the canonical object also goes down again to exactly that. A bug report becomes a
folder first.
"""

from pathlib import Path
from typing import Any

import pytest

from ocpi.versions.registry import NOWHERE, VERSIONS, Kind, Surroundings
from ocpi.wire.documents import decode

CORPUS = Path(__file__).parents[3] / "corpus" / "ocpi"
CASES = sorted(path.parent for path in CORPUS.glob("*/*/*/received.json"))


def _load(case: Path, name: str) -> Any:
    return decode((case / f"{name}.json").read_bytes())


def _around(case: Path) -> Surroundings:
    if not (case / "around.json").exists():
        return NOWHERE
    facts = _load(case, "around")
    pairs = {name: tuple(facts[name]) for name in ("owner", "provider") if name in facts}
    return Surroundings(**{**facts, **pairs})


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(CORPUS)))
def test_a_case_climbs_and_goes_down(case: Path) -> None:
    version, kind = VERSIONS[case.parts[-3]], Kind(case.parts[-2])
    around = _around(case)
    canonical = _load(case, "canonical")
    assert version.lift(kind, _load(case, "received"), around) == canonical
    if (case / "sent.json").exists():
        assert version.lower(kind, canonical, around) == _load(case, "sent")


def test_there_are_cases() -> None:
    assert len(CASES) >= 6
