"""Domain objects as JSON text: how a row keeps what it need not search by."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def pack(value: object, shape: Any = None) -> str:
    """The object as JSON text; `shape` when its type is more than its class (a union, a tuple)."""
    return _adapter(shape or type(value)).dump_json(value, exclude_defaults=True).decode()


def unpack(shape: type[T], text: str) -> T:
    """Read what `pack` wrote; fields added since then take their defaults."""
    return _adapter(shape).validate_json(text)  # type: ignore[no-any-return]
