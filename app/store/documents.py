"""Domain objects as JSON text: how a row keeps what it need not search by."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter

from app.domain.commands import Packed

T = TypeVar("T")


_adapters: dict[Any, TypeAdapter[Any]] = {}


def adapter(shape: Any) -> TypeAdapter[Any]:
    """The reader and writer of a shape, built once."""
    known = _adapters.get(shape)
    if known is None:
        known = _adapters[shape] = TypeAdapter(shape)
    return known


def pack(value: object, shape: Any = None) -> str:
    """The object as JSON text; `shape` when its type is more than its class (a union, a tuple)."""
    return adapter(shape or type(value)).dump_json(value, exclude_defaults=True).decode()


def unpack(shape: type[T], text: str) -> T:
    """Read what `pack` wrote; fields added since then take their defaults."""
    value: T = adapter(shape).validate_json(text)
    return value


def pack_one(value: object) -> Packed:
    """One of several shapes, with its name."""
    return Packed(type(value).__name__, pack(value))


def unpack_one(shapes: Mapping[str, type], packed: Packed) -> Any:
    """Read what `pack_one` wrote; KeyError when it is of none of the shapes."""
    return unpack(shapes[packed.shape], packed.document)
