"""The compiled schemas agree with the official ones as jsonschema reads them."""

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator
from pydantic_core import SchemaValidator, ValidationError

from ocpp_bridge.schemas import Schemas, schemas_v16, schemas_v21, schemas_v201

VERSIONS = {"v16": schemas_v16(), "v201": schemas_v201(), "v21": schemas_v21()}
MESSAGES = [(v, action) for v, schemas in VERSIONS.items() for action in sorted(schemas.actions)]
INSTANCES = {"string": "x", "integer": 1, "number": 1.5, "boolean": True}
OTHERS: list[Any] = ["x", 7, 2.5, True, None, [], {}]


def document(folder: str, stem: str) -> Any:
    path = files("ocpp") / folder / "schemas" / f"{stem}.json"
    return json.loads(path.read_text(encoding="utf-8-sig"))


def instance(schema: Any, definitions: Any, depth: int = 0) -> Any:
    """A message with every field there is."""
    if "$ref" in schema:
        return instance(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions, depth + 1)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        return {name: instance(part, definitions, depth + 1) for name, part in fields.items()}
    if schema.get("type") == "array":
        return [instance(schema["items"], definitions, depth + 1)]
    if "maximum" in schema:
        return int(schema["maximum"])
    return INSTANCES.get(schema.get("type", ""), "anything")


def mutations(whole: Any) -> Iterator[Any]:
    """The message with one field dropped, replaced or added, at every level of it."""
    for path in paths(whole):
        for change in (drop, *(replacing(other) for other in OTHERS), adding):
            mutated = copy.deepcopy(whole)
            node = mutated
            for key in path[:-1]:
                node = node[key]
            change(node, path[-1])
            yield mutated


def paths(node: Any, prefix: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        if len(prefix) < 5:
            yield (*prefix, key)
            if isinstance(value, dict | list):
                yield from paths(value, (*prefix, key))


def drop(node: Any, key: Any) -> None:
    del node[key]


def replacing(other: Any) -> Any:
    def replace(node: Any, key: Any) -> None:
        node[key] = other

    return replace


def adding(node: Any, _key: Any) -> None:
    if isinstance(node, dict):
        node["notInAnySchema"] = 1


def accepts(validator: SchemaValidator, message: Any) -> bool:
    try:
        validator.validate_json(json.dumps(message))
    except ValidationError:
        return False
    return True


WELL_USED = frozenset({
    "Authorize", "BootNotification", "MeterValues", "StartTransaction", "StatusNotification",
    "StopTransaction", "UnlockConnector", "Reset", "TriggerMessage", "Heartbeat", "NotifyEvent",
})  # fmt: skip


@pytest.mark.parametrize(("folder", "action"), MESSAGES)
def test_a_message_with_every_field_is_accepted(folder: str, action: str) -> None:
    schemas = VERSIONS[folder]
    for stem, ours in both(schemas, folder, action):
        official = document(folder, stem)
        whole = instance(official, official.get("definitions", {}))
        assert Draft4Validator(official).is_valid(whole)
        assert accepts(ours, whole)


@pytest.mark.parametrize(("folder", "action"), [m for m in MESSAGES if m[1] in WELL_USED])
def test_mutations_are_judged_alike(folder: str, action: str) -> None:
    """Ours accepts what the official schema accepts, and nothing else."""
    official = document(folder, action + ("" if folder == "v16" else "Request"))
    oracle = Draft4Validator(official)
    ours = VERSIONS[folder].call(action)
    whole = instance(official, official.get("definitions", {}))
    for mutated in mutations(whole):
        assert accepts(ours, mutated) == oracle.is_valid(mutated), mutated


def both(schemas: Schemas, folder: str, action: str) -> Iterator[tuple[str, SchemaValidator]]:
    yield action + ("" if folder == "v16" else "Request"), schemas.call(action)
    yield action + "Response", schemas.answer(action)


def test_numbers_are_exact() -> None:
    raw = (
        '{"evseId":1,"meterValue":[{"timestamp":"t","sampledValue":'
        '[{"value":1234567.0123},{"value":5}]}]}'
    )
    values = schemas_v201().call("MeterValues").validate_json(raw)["meterValue"][0]["sampledValue"]
    assert [v["value"] for v in values] == [Decimal("1234567.0123"), Decimal(5)]


def test_an_action_there_is_not() -> None:
    with pytest.raises(KeyError):
        schemas_v16().call("BrewCoffee")
    assert "NotifyPeriodicEventStream" not in schemas_v21().actions
