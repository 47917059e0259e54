"""The official OCPP JSON schemas, compiled to pydantic-core: bytes in, checked dict out.

The schemas come with the `ocpp` package. Each is compiled when it is first asked for; `warm` does
it ahead for the ones a connection will need. What a charger sends is read with exact decimals,
what we send is checked as plain Python numbers.
"""

import json
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, cast

from pydantic_core import CoreSchema, SchemaValidator, core_schema

Schema = dict[str, Any]

SAFE_INTEGER = 2**53

# OCPP's integers have 32 bits. Registers and event numbers beyond that are seen in the field and
# harmless; what names a place, a command or an order of events is kept in a column of that width.
INTEGER_32 = 2**31 - 1
_NARROW = frozenset({"connectorId", "evseId", "id", "remoteStartId", "seqNo"})

# What chargers say of themselves is longer than it may be (quirk Q-01), and of their meters in
# words of their own. Nothing of it names anything, so it is taken as it comes.
LONGEST_TALE = 500
_TALES = frozenset({
    "chargeBoxSerialNumber", "chargePointModel", "chargePointSerialNumber", "chargePointVendor",
    "firmwareVersion", "iccid", "imsi", "info", "meterSerialNumber", "meterType", "model",
    "serialNumber", "techCode", "techInfo", "vendorErrorCode", "vendorName",
})  # fmt: skip
_SAMPLE = "measurand"
"""Who has this property is a sampled value."""
_SAMPLE_WORDS = frozenset({"context", "format", "location", "measurand", "phase", "unit"})


class Reader(Enum):
    """Who reads with a schema: it decides about numbers and about properties it does not name."""

    CALL = "what a charger asks: exact numbers, nothing unknown"
    TOLERANT = "the same with the liberties that chargers take"
    ANSWER = "what a charger answers: unknown properties are passed over"
    STRICT_ANSWER = "the same, nothing unknown"
    OURS = "what we send: Python numbers, nothing unknown"


class _Compiler:
    """Turns one schema document (draft-04/06 as OCPP uses it) into a core schema."""

    def __init__(self, document: Schema, reader: Reader, *, passes_over: bool) -> None:
        self._definitions = document.get("definitions", {})
        self._reader = reader
        self._passes_over = passes_over
        self._document = document
        self._kinds: dict[str, Callable[[Schema], CoreSchema]] = {
            "object": self._object,
            "array": self._array,
            "string": _string,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda _: core_schema.bool_schema(strict=True),
        }

    def compile(self) -> SchemaValidator:
        top = self._convert({k: v for k, v in self._document.items() if k != "definitions"})
        if self._definitions:
            named = [self._named(name, s) for name, s in self._definitions.items()]
            top = core_schema.definitions_schema(top, named)
        return SchemaValidator(top)

    def _named(self, name: str, schema: Schema) -> CoreSchema:
        converted: Any = self._convert(schema)
        converted["ref"] = name
        return cast(CoreSchema, converted)

    def _convert(self, schema: Schema) -> CoreSchema:
        if "$ref" in schema:
            return core_schema.definition_reference_schema(schema["$ref"].rsplit("/", 1)[-1])
        if "enum" in schema:
            return core_schema.literal_schema(schema["enum"])
        convert = self._kinds.get(schema.get("type", ""))
        return core_schema.any_schema() if convert is None else convert(schema)

    def _array(self, schema: Schema) -> CoreSchema:
        return core_schema.list_schema(
            self._convert(schema["items"]),
            min_length=schema.get("minItems"),
            max_length=schema.get("maxItems"),
            strict=True,
        )

    def _integer(self, schema: Schema) -> CoreSchema:
        return _bounded(schema, SAFE_INTEGER)

    def _object(self, schema: Schema) -> CoreSchema:
        if "properties" not in schema:
            return core_schema.dict_schema(strict=True)
        required = frozenset(schema.get("required", ()))
        closed = schema.get("additionalProperties") is False
        extra: core_schema.ExtraBehavior = "allow"
        if closed:
            extra = "ignore" if self._passes_over else "forbid"
        convert = self._property
        if self._reader is Reader.TOLERANT:
            convert = self._sample_property if _SAMPLE in schema["properties"] else self._tale
        return core_schema.typed_dict_schema(
            {
                name: core_schema.typed_dict_field(convert(name, part), required=name in required)
                for name, part in schema["properties"].items()
            },
            extra_behavior=extra,
            strict=True,
        )

    def _property(self, name: str, schema: Schema) -> CoreSchema:
        if name in _NARROW and schema.get("type") == "integer":
            return _bounded(schema, INTEGER_32)
        return self._convert(schema)

    def _tale(self, name: str, schema: Schema) -> CoreSchema:
        if name in _TALES and schema.get("type") == "string":
            return core_schema.str_schema(max_length=LONGEST_TALE, strict=True)
        return self._property(name, schema)

    def _sample_property(self, name: str, schema: Schema) -> CoreSchema:
        if name in _SAMPLE_WORDS:
            return core_schema.str_schema(max_length=LONGEST_TALE, strict=True)
        if name == "value" and schema.get("type") == "string":
            return core_schema.union_schema([_string(schema), _NUMBER_AS_TEXT])
        return self._property(name, schema)

    def _number(self, schema: Schema) -> CoreSchema:
        low, high = schema.get("minimum"), schema.get("maximum")
        if self._reader is Reader.OURS:
            return core_schema.float_schema(ge=low, le=high, strict=True, allow_inf_nan=False)
        return core_schema.decimal_schema(
            ge=None if low is None else int(low),  # type: ignore[arg-type]
            le=None if high is None else int(high),  # type: ignore[arg-type]
            allow_inf_nan=False,
            strict=True,
        )


def _bounded(schema: Schema, most: int) -> CoreSchema:
    return core_schema.int_schema(
        ge=int(schema.get("minimum", -most)), le=int(schema.get("maximum", most)), strict=True
    )


def _string(schema: Schema) -> CoreSchema:
    return core_schema.str_schema(max_length=schema.get("maxLength"), strict=True)


_NUMBER_AS_TEXT = core_schema.no_info_after_validator_function(
    str, core_schema.decimal_schema(strict=True, allow_inf_nan=False)
)


class Schemas:
    """The messages of one OCPP version by action; KeyError for an action it does not have.

    `lax`: where a charger is not held to the letter, properties nobody knows are passed over.
    """

    def __init__(self, folder: str, suffix: str, *, lax: bool = False) -> None:
        self._folder: Traversable = files("ocpp") / folder / "schemas"
        self._suffix = suffix
        self._lax = lax
        self._compiled: dict[tuple[str, Reader], SchemaValidator] = {}
        stems = {entry.name.removesuffix(".json") for entry in self._folder.iterdir()}
        responses = {stem.removesuffix("Response") for stem in stems if stem.endswith("Response")}
        self.actions = frozenset(name for name in responses if name + suffix in stems)

    def call(self, action: str) -> SchemaValidator:
        """For the payload of a charger's CALL."""
        return self._get(action + self._suffix, Reader.CALL)

    def tolerant_call(self, action: str) -> SchemaValidator:
        """The same for a charger that is not held to the letter."""
        return self._get(action + self._suffix, Reader.TOLERANT)

    def letter(self, action: str) -> SchemaValidator:
        """To check the same by: a number that is written as a text is none."""
        return self._get(action + self._suffix, Reader.OURS)

    def sent(self, action: str) -> SchemaValidator:
        """For the payload of a charger's SEND."""
        return self._get(action, Reader.CALL)

    def answer(self, action: str, *, strict: bool = False) -> SchemaValidator:
        """For the payload of a charger's CALLRESULT."""
        return self._get(action + "Response", Reader.STRICT_ANSWER if strict else Reader.ANSWER)

    def our_call(self, action: str) -> SchemaValidator:
        """For the payload of our CALL."""
        return self._get(action + self._suffix, Reader.OURS)

    def our_answer(self, action: str) -> SchemaValidator:
        """For the payload of our CALLRESULT."""
        return self._get(action + "Response", Reader.OURS)

    def warm(self, inbound: Iterable[str], outbound: Iterable[str]) -> None:
        """Compile now what these actions need."""
        for action in inbound:
            self.call(action)
            self.our_answer(action)
        for action in outbound:
            self.our_call(action)
            self.answer(action)

    def _get(self, stem: str, reader: Reader) -> SchemaValidator:
        key = (stem, reader)
        validator = self._compiled.get(key)
        if validator is None:
            path = self._folder / f"{stem}.json"
            if not path.is_file():
                raise KeyError(stem)
            document = json.loads(path.read_text(encoding="utf-8-sig"))
            lax = reader is Reader.ANSWER or (reader is Reader.TOLERANT and self._lax)
            compiler = _Compiler(document, reader, passes_over=lax)
            validator = self._compiled[key] = compiler.compile()
        return validator


@cache
def schemas_v16() -> Schemas:
    """OCPP 1.6 with the security whitepaper's messages."""
    return Schemas("v16", "", lax=True)


@cache
def schemas_v201() -> Schemas:
    """OCPP 2.0.1."""
    return Schemas("v201", "Request")


@cache
def schemas_v21() -> Schemas:
    """OCPP 2.1."""
    return Schemas("v21", "Request")
