"""What can be wrong with a CALL, and how each OCPP version spells it in a CALLERROR."""

from collections.abc import Mapping
from enum import Enum, auto

from pydantic_core import ErrorDetails, ValidationError

from app.domain.errors import DomainError, Forbidden, InvalidInput, Unauthenticated

MAX_DESCRIPTION = 255


class Fault(Enum):
    """The kinds of trouble, whatever the version calls them."""

    FORMAT = auto()
    MISSING = auto()
    TYPE = auto()
    CONSTRAINT = auto()
    UNKNOWN_ACTION = auto()
    UNSUPPORTED = auto()
    SECURITY = auto()
    INTERNAL = auto()
    RPC = auto()
    MESSAGE_TYPE = auto()


# OCPP 1.6J, 4.2.3 ErrorCode; 2.0.1 Part 4, 4.3 RPC Error Codes. `Formation` and `Occurence` are
# spelled so in their documents. 1.6 has no code for what is no CALL at all and stays silent.
_SHARED = {
    Fault.TYPE: "TypeConstraintViolation",
    Fault.CONSTRAINT: "PropertyConstraintViolation",
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.UNSUPPORTED: "NotSupported",
    Fault.SECURITY: "SecurityError",
    Fault.INTERNAL: "InternalError",
}
CODES_V16: Mapping[Fault, str] = {
    **_SHARED,
    Fault.FORMAT: "FormationViolation",
    Fault.MISSING: "OccurenceConstraintViolation",
}
CODES_V201: Mapping[Fault, str] = {
    **_SHARED,
    Fault.FORMAT: "FormatViolation",
    Fault.MISSING: "OccurenceConstraintViolation",
    Fault.RPC: "RpcFrameworkError",
    Fault.MESSAGE_TYPE: "MessageTypeNotSupported",
}
CODES_V21: Mapping[Fault, str] = {**CODES_V201, Fault.MISSING: "OccurrenceConstraintViolation"}

_KINDS = {
    "missing": Fault.MISSING,
    "too_short": Fault.MISSING,
    "too_long": Fault.MISSING,
    "extra_forbidden": Fault.FORMAT,
    "json_invalid": Fault.FORMAT,
    "literal_error": Fault.CONSTRAINT,
    "string_too_long": Fault.CONSTRAINT,
    "string_too_short": Fault.CONSTRAINT,
    "greater_than_equal": Fault.CONSTRAINT,
    "less_than_equal": Fault.CONSTRAINT,
    "multiple_of": Fault.CONSTRAINT,
    "finite_number": Fault.CONSTRAINT,
}


def why_invalid(error: ValidationError) -> tuple[Fault, str]:
    """The first thing a schema found wrong: its kind and its place, without the value itself."""
    first = error.errors(include_url=False, include_context=False)[0]
    return _kind(first), describe(first)


def why_refused(error: DomainError) -> Fault:
    """How a refusal of the domain is told to a charger; what it may try again is an INTERNAL."""
    match error:
        case InvalidInput():
            return Fault.CONSTRAINT
        case Unauthenticated() | Forbidden():
            return Fault.SECURITY
        case _:
            return Fault.INTERNAL


def _kind(error: ErrorDetails) -> Fault:
    kind = _KINDS.get(error["type"], Fault.TYPE)
    if error["type"] == "literal_error" and not isinstance(error["input"], str):
        return Fault.TYPE
    return kind


def describe(error: ErrorDetails) -> str:
    """Path and reason of one schema violation, fit for an errorDescription."""
    path = ".".join(str(part) for part in error["loc"])
    return f"{path}: {error['msg']}" if path else error["msg"]
