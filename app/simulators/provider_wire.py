"""Stripe's manners on the wire: nested forms in, objects and typed errors out, signed webhooks."""

import hmac
import re
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

Params = dict[str, Any]
Json = dict[str, Any]


class StripeError(Exception):
    """An error as Stripe words it; `http` is the status."""

    def __init__(
        self,
        http: int,
        kind: str,
        code: str | None,
        message: str,
        **more: Any,  # the fields a card error has besides
    ) -> None:
        super().__init__(http, kind, code, message)
        self.http = http
        self.body = {"error": {"type": kind, "code": code, "message": message} | more}


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """400 invalid_request_error."""
    return StripeError(400, "invalid_request_error", code, message, param=param)


def missing(what: str, ident: str) -> StripeError:
    """404 resource_missing."""
    message = f"No such {what}: '{ident}'"
    return StripeError(404, "invalid_request_error", "resource_missing", message)


def unrecognized(parts: list[str]) -> StripeError:
    """404 for a URL nobody knows."""
    return StripeError(404, "invalid_request_error", None, f"Unrecognized URL {parts}")


def decode_form(body: str) -> Params:
    """`a[b][0]=c` → {"a": {"b": ["c"]}}; every leaf is text."""
    tree: Params = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        keys = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        node = tree
        for key in keys[:-1]:
            node = node.setdefault(key, {})
        last = keys[-1] or str(len(node))
        node[last] = value
    return {key: _lists(value) for key, value in tree.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def flag(params: Params, name: str) -> bool:
    """A boolean parameter; false when absent."""
    return params.get(name) == "true"


def whole(params: Params, name: str, default: int | None = None) -> int:
    """An integer parameter; raises the error Stripe gives for anything else."""
    text = params.get(name)
    if text is None and default is not None:
        return default
    if text is None:
        raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if not re.fullmatch(r"-?\d+", text):
        raise invalid(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    return int(text)


def signature(secret: str, payload: bytes, at: int) -> str:
    """The Stripe-Signature header."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + payload, sha256).hexdigest()
    return f"t={at},v1={signed}"
