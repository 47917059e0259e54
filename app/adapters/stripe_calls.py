"""Calls of Stripe's library: one effect per key, and its errors in our words."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from logging import getLogger
from typing import Any, TypeVar

import stripe

from app.domain.errors import PaymentDeclined, ProviderUnavailable
from app.store.transaction import assert_no_transaction

log = getLogger(__name__)

T = TypeVar("T")
Call = Callable[..., Awaitable[T]]

_CONFLICT = 409
_NONSENSE = (AttributeError, LookupError, TypeError, ValueError)
"""What reading an answer ends in that is not shaped as Stripe's, in the library or here."""


async def asked(call: Call[T], *arguments: Any) -> T:
    """Stripe's answer; raises PaymentDeclined for a no, ProviderUnavailable for no clear word."""
    assert_no_transaction()
    try:
        with making_sense():
            answer = await call(*arguments)
            _check_is_object(answer)
            return answer
    except stripe.CardError as error:
        code = error.error.decline_code if error.error is not None else None
        raise PaymentDeclined(_card_reason(code, error.code)) from error
    except stripe.InvalidRequestError as error:
        if error.http_status == _CONFLICT:
            raise ProviderUnavailable("another call of the same key is under way") from error
        log.warning("stripe.refused", extra={"code": error.code, "why": str(error)})
        raise PaymentDeclined(error.code or "invalid_request") from error
    except stripe.StripeError as error:
        raise ProviderUnavailable(f"{type(error).__name__}: {error.http_status}") from error


@contextmanager
def making_sense() -> Iterator[None]:
    """An answer nobody can read, as from a proxy on the way, leaves the outcome open."""
    try:
        yield
    except _NONSENSE as error:
        log.warning("stripe.unreadable", extra={"why": repr(error)})
        raise ProviderUnavailable("an answer that is not Stripe's") from error


def once(key: str) -> Any:
    """The option that gives a call one effect however often it is made."""
    return {"idempotency_key": key}


def _check_is_object(answer: Any) -> None:
    """Everything we ask for has a name and a kind."""
    if not (isinstance(answer.id, str) and isinstance(answer.object, str)):
        raise TypeError("an object without name or kind")


def _card_reason(decline_code: str | None, code: str | None) -> str:
    if code == "authentication_required":
        return code
    return decline_code or code or "card_declined"
