"""The guest's way, without an account: a quote from a QR code, a secret, a start, a way back.

The JSON API and the page behind the QR code both use this. The secret is made here and known to
the guest only; the cookie that holds it belongs to one session, so two open pages do not mix.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

from starlette.responses import Response

from app.domain.charging import Charging, ChargingState
from app.domain.errors import Conflict
from app.domain.units import Kwh
from app.use_cases.charging import Chargings
from app.use_cases.drivers import guest_secret
from app.use_cases.quotes import Caller, Promise, QuoteRequest, Sticker

COOKIE_LASTS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class GuestQuote:
    """A quote with the secret that belongs to it; shown to the guest and kept nowhere."""

    charging: Charging
    secret: str


@dataclass(frozen=True, slots=True)
class GuestPromise:
    """The same, not written yet."""

    promise: Promise
    secret: str

    @property
    def charging(self) -> Charging:
        """The quote."""
        return self.promise.charging


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How much a guest wants, in which language to tell, and where the receipt goes."""

    energy: Kwh | None = None
    time: timedelta | None = None
    soc: Decimal | None = None
    battery: Kwh | None = None
    language: str = "en"
    email: str | None = None
    connector_id: str | None = None


class Guests:
    """Quotes and starts for people without an account."""

    def __init__(self, chargings: Chargings, public_url: str) -> None:
        self._chargings = chargings
        self._public_url = public_url

    async def quote(self, code: str, wish: Wish) -> GuestQuote:
        """A price for the EVSE behind a QR code; raises what `Chargings.quote` does."""
        made = await self.promise(code, wish)
        await self._chargings.quotes.keep(made.promise)
        return GuestQuote(made.charging, made.secret)

    async def promise(self, code: str, wish: Wish) -> GuestPromise:
        """The same, to be written with `Quotes.keep`."""
        secret = guest_secret()
        promise = await self._chargings.quotes.promise(
            QuoteRequest(
                caller=Caller(secret=secret),
                evse=Sticker(code),
                connector_id=wish.connector_id,
                target_energy=wish.energy,
                target_time=wish.time,
                target_soc=wish.soc,
                battery=wish.battery,
                language=wish.language,
                email=wish.email,
            )
        )
        return GuestPromise(promise, secret)

    async def start(
        self, quote_id: str, secret: str, *, method: str | None = None, email: str | None = None
    ) -> Charging:
        """Take the quote. Without `method` a card is filled in at the payment's `action_url`.

        Repeating it changes nothing. Raises Conflict for a quote that is over, NotFound for
        another's.
        """
        caller = Caller(secret=secret)
        charging = await self._chargings.get(quote_id, caller)
        if email is not None and charging.email != email:
            await self._chargings.leave_address(quote_id, caller, email)
        if is_taken(charging):
            return charging
        return await self._chargings.start(quote_id, caller, method_reference=method)

    def way_back(self, charging_id: str, secret: str) -> str:
        """A link that brings the guest back to the session, from a mail or another device."""
        return f"{self._public_url}/q/s/{charging_id}?{urlencode({'key': secret})}"


def is_taken(charging: Charging) -> bool:
    """Whether a quote became a session that goes on; raises Conflict when it is over."""
    if charging.ended:
        raise Conflict(f"the session is {charging.state} and cannot be started")
    return charging.state is not ChargingState.QUOTED


def cookie_name(charging_id: str) -> str:
    """The cookie of one session."""
    return f"roamwatt_guest_{charging_id}"


def remember(response: Response, charging_id: str, secret: str, *, secure: bool) -> None:
    """Let the browser keep the secret, out of reach of scripts."""
    response.set_cookie(
        cookie_name(charging_id),
        secret,
        max_age=int(COOKIE_LASTS.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
