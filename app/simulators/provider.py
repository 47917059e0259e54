"""A card provider that speaks Stripe's HTTP, as far as the hub uses it, with faults on request.

    async with Provider() as provider:
        client = StripeClient(provider.api_key, base_addresses={"api": provider.origin})
        provider.webhooks.hooks.append(Hook(url, "whsec_..."))
        provider.fault("lost", path="/capture")          # the effect happens, the answer is lost
        ...
        assert provider.intents[reference].total("captured") == 938

Stripe's test payment methods (`pm_card_visa`, `pm_card_chargeDeclined`, …) and test card numbers
work. A Checkout Session's `url` is the page where a card is typed in; `/pay/{client_secret}`
stands for the provider's form in an app, and is where the bank asks.
"""

import asyncio
import json
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from app.simulators.http_server import HttpServer, Request, Response
from app.simulators.provider_account import Account
from app.simulators.provider_cards import BY_NUMBER
from app.simulators.provider_checkout import Checkout
from app.simulators.provider_ledger import Intent
from app.simulators.provider_page import checkout_page, page
from app.simulators.provider_params import check_params
from app.simulators.provider_wire import Json, Params, StripeError, decode_form

_HTML = "text/html; charset=utf-8"


class Provider(HttpServer):
    """One account with its customers, cards, intents and books (`intents[…].movements`)."""

    def __init__(self, *, port: int = 0, api_key: str = "sk_test_simulated") -> None:
        super().__init__(port=port)
        self.api_key = api_key
        self.account = Account(lambda: self.origin)
        self.intents = self.account.intents
        self.checkouts = self.account.checkouts
        self.webhooks = self.account.webhooks
        self.conflicts: list[str] = []
        """Verbs that the state did not allow any more, e.g. a second capture."""
        self.detached_again: list[str] = []
        """Where that was asked of a card that is detached already, which harms nobody."""
        self._kept: dict[str, tuple[str, Response]] = {}

    async def run(self) -> None:
        """Serves and delivers webhooks."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.webhooks.run())
            await super().run()

    def advance(self, time: timedelta) -> None:
        """Lets time pass: holds expire, and are released."""
        self.account.advance(time)

    async def answer(self, request: Request) -> Response:
        """Pages for people without, the API with the key."""
        if request.path.startswith("/pay/"):
            return self._pay(request)
        if request.path.startswith("/c/pay/"):
            return self._check_out(request)
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            error = {"type": "invalid_request_error", "message": "Invalid API Key provided"}
            return Response(401, {"error": error})
        return self._once(request)

    def failure(self, why: str) -> Json:
        """Stripe, Errors: an object, whatever it is about."""
        return {"error": {"type": "api_error", "message": why}}

    def _once(self, request: Request) -> Response:
        """Stripe, Idempotent requests: the first outcome is kept, failures of the card too."""
        key = request.headers.get("idempotency-key")
        fingerprint = f"{request.path}?{sorted(parse_qsl(request.body.decode()))}"
        if key is None or request.method != "POST":
            return self._api(request)
        if key in self._kept:
            known, response = self._kept[key]
            if known == fingerprint:
                replayed = response.headers | {"Idempotent-Replayed": "true"}
                return Response(response.status, response.content, replayed)
            message = "Keys for idempotent requests can only be used with the same parameters."
            return Response(400, {"error": {"type": "idempotency_error", "message": message}})
        response = self._api(request)
        if response.status in (200, 402):
            self._kept[key] = (fingerprint, response)
        return response

    def _api(self, request: Request) -> Response:
        body = request.body.decode()
        query = urlencode([(n, v) for n, values in request.query.items() for v in values])
        params = decode_form(body if request.method == "POST" else query)
        try:
            check_params(request.path, request.method, params)
            parts = request.path.strip("/").split("/")[1:]
            shown = self.account.route(request.method, parts, params)
            shown = self.account.expand(shown, params.get("expand", []))
            return Response(200, json.loads(json.dumps(shown)))
        except StripeError as error:
            self._note(f"{request.method} {request.path}", error)
            return Response(error.http, error.body)

    def _note(self, what: str, error: StripeError) -> None:
        """A malformed request is the hub's fault; one that came too late may be a repetition."""
        code = error.body["error"]["code"] or ""
        if code.endswith("_unexpected_state"):
            self.conflicts.append(f"{what}: {code}")
        elif what.endswith("/detach") and not code:
            self.detached_again.append(what)
        elif error.http == HTTPStatus.BAD_REQUEST:
            self.violations.append(f"{what}: {error}")

    # The page

    def _pay(self, request: Request) -> Response:
        secret = request.path.removeprefix("/pay/")
        found = [i for i in self.intents.values() if i.secret == secret]
        if not found:
            return Response(404, "No such payment", kind="text/plain")
        intent = found[0]
        form = request.form() if request.method == "POST" else {}
        back = form.get("return_url") or request.asked("return_url") or intent.return_url or ""
        try:
            self._act(intent, form)
        except StripeError as error:
            message = str(error.body["error"]["message"])
            return Response(200, page(intent, back, message), kind=_HTML)
        is_over = intent.status in ("requires_capture", "succeeded")
        if back and (is_over or form.get("act") == "reject"):
            return Response(303, "", {"Location": _with_outcome(back, intent)}, "text/plain")
        return Response(200, page(intent, back, None), kind=_HTML)

    def _check_out(self, request: Request) -> Response:
        ident = request.path.removeprefix("/c/pay/")
        if ident not in self.checkouts:
            return Response(404, "No such page", kind="text/plain")
        checkout = self.checkouts[ident]
        form = request.form() if request.method == "POST" else {}
        if form.get("act") == "leave" and checkout.cancel_url:
            return Response(303, "", {"Location": checkout.cancel_url}, "text/plain")
        message = self._try_to_pay(checkout, form) if checkout.status == "open" else None
        if form and checkout.status == "complete":
            return Response(303, "", {"Location": checkout.success_url}, "text/plain")
        return Response(200, checkout_page(checkout, message), kind=_HTML)

    def _try_to_pay(self, checkout: Checkout, form: Params) -> str | None:
        """What the page complains about; after a refusal another card may be tried."""
        if form.get("act") == "pay":
            self.account.try_to_pay(checkout)
        try:
            self._act(checkout.intent, form)
        except StripeError as error:
            return str(error.body["error"]["message"])
        if checkout.intent.status in ("requires_capture", "succeeded"):
            self.account.complete(checkout)
        return "Your bank did not confirm." if form.get("act") == "reject" else None

    def _act(self, intent: Intent, form: Params) -> None:
        match (form.get("act"), intent.status):
            case ("pay", "requires_payment_method" | "requires_confirmation"):
                number = "".join(c for c in form.get("number", "") if c.isdigit())
                if number not in BY_NUMBER:
                    raise StripeError(402, "card_error", "incorrect_number", "No such card.")
                self.account.use(intent, BY_NUMBER[number])
                if intent.method is not None:
                    self.account.charge_card(intent, intent.method)
            case ("confirm", "requires_action"):
                self.account.approve(intent)
            case ("reject", "requires_action") if intent.method is not None:
                code = "payment_intent_authentication_failure"
                self.account.declined(intent, intent.method, code=code)
            case _:
                pass


def _with_outcome(back: str, intent: Intent) -> str:
    """The return URL with what Stripe adds to it."""
    name = "setup_intent" if intent.is_setup else "payment_intent"
    outcome = "failed" if intent.status == "requires_payment_method" else "succeeded"
    added = f"{name}={intent.id}&{name}_client_secret={quote(intent.secret)}"
    joint = "&" if urlsplit(back).query else "?"
    return f"{back}{joint}{added}&redirect_status={outcome}"
