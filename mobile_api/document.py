"""The API's document (OpenAPI), completed: refusals, conditions, limits and examples.

What the framework writes of itself (its own form of refusals) is left out: ours are problems.
"""

from typing import Any

from fastapi import FastAPI

from mobile_api.etags import TAGGED
from mobile_api.examples import add_examples, add_parameter_examples
from mobile_api.faults import PROBLEM_SCHEMA, PROBLEM_TYPE

_PROBLEM = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_LIMITS: dict[str, Any] = {
    "RateLimit-Policy": {
        "description": "The limits that this call counted against",
        "schema": {"type": "string", "examples": ['"address";q=6000;w=60']},
    },
    "RateLimit": {
        "description": "What is left of each",
        "schema": {"type": "string", "examples": ['"address";r=5999;t=1']},
    },
}
_ETAG: dict[str, Any] = {
    "ETag": {
        "description": "To be sent as If-None-Match, or as If-Match with what changes this",
        "schema": {"type": "string", "examples": ['W/"2fd4e1c67a2d28fced849e"']},
    }
}
_RETRY: dict[str, Any] = {
    "Retry-After": {"description": "Seconds", "schema": {"type": "integer", "examples": [12]}}
}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what the phone has",
    "schema": {"type": "string", "maxLength": 200},
}


def complete_document(api: FastAPI) -> None:
    """Let the document say all of this."""
    generate = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is not None:
            return api.openapi_schema
        made = generate()
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = dict(PROBLEM_SCHEMA)
        add_examples(schemas)
        for operations in made["paths"].values():
            for method, operation in operations.items():
                _complete(method, operation)
                add_parameter_examples(operation)
        return made

    api.openapi = openapi  # type: ignore[method-assign]  # FastAPI's way


def _complete(method: str, operation: dict[str, Any]) -> None:
    """One operation: its limits, its refusals, and what is not sent again."""
    answers = operation["responses"]
    answers.pop("422", None)
    for status, answer in list(answers.items()):
        headers = dict(_LIMITS)
        if not (method.upper() in TAGGED and "application/json" in answer.get("content", {})):
            answers[status] = {**answer, "headers": headers}
            continue
        headers |= _ETAG
        if method == "get":
            answers["304"] = {"description": "As the phone has it", "headers": _LIMITS | _ETAG}
            operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
        answers[status] = {**answer, "headers": headers}
    if any(each["name"] == "If-Match" for each in operation.get("parameters", [])):
        answers["412"] = {
            "description": "Changed since it was read",
            "headers": _LIMITS,
            "content": _PROBLEM,
        }
    answers["429"] = {
        "description": "Too often",
        "headers": _LIMITS | _RETRY,
        "content": _PROBLEM,
    }
    answers["default"] = {"description": "Refused", "content": _PROBLEM}
