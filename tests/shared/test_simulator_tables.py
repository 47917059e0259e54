"""The simulators' own OCPI tables say what the shared field tables say."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.simulators.ocpi_tables import CLASSES, ENUMS

SCHEMA = Path(__file__).parents[3] / "shared" / "spec" / "ocpi-schema" / "2.2.1.json"
TABLES: dict[str, Any] = json.loads(SCHEMA.read_text())


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_the_same_fields(name: str) -> None:
    expected = {
        field: (facts["type"], facts["card"], facts.get("max_length"))
        for field, facts in TABLES["classes"][name]["fields"].items()
    }
    ours = {field: (f.type, f.card, f.longest) for field, f in CLASSES[name].items()}
    assert ours == expected


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_has_the_same_values(name: str) -> None:
    assert ENUMS[name] == TABLES["enums"][name]["values"]


def test_every_class_that_is_spoken_is_there() -> None:
    expected = {n for n, c in TABLES["classes"].items() if c["module"] != "transport_and_format"}
    assert set(CLASSES) == expected
    used = {f.type for fields in CLASSES.values() for f in fields.values()}
    assert used & set(TABLES["enums"]) <= set(ENUMS)
