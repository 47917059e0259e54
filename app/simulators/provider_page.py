"""The provider's own page: a guest types a card in, or confirms a payment to the bank."""

from html import escape

from app.simulators.provider_checkout import Checkout
from app.simulators.provider_ledger import Intent

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Simulated card provider</title>
<style>body{{font:1.1rem system-ui;max-width:24rem;margin:2rem auto;padding:0 1rem}}
input,button{{font:inherit;width:100%;padding:.7rem;margin:.3rem 0;box-sizing:border-box}}
.error{{color:#a00}}</style></head>
<body><h1>Simulated card provider</h1>{body}</body></html>"""

_CARD = """<p>{what}</p>{error}
<form method="post" action="?"><input type="hidden" name="return_url" value="{back}">
<label>Card number <input name="number" inputmode="numeric" autocomplete="off"
 value="4242424242424242" required></label>
<label>Expiry <input name="expiry" value="12/34"></label>
<label>CVC <input name="cvc" value="123"></label>
<button name="act" value="pay">{verb}</button></form>"""

_LEAVE = """<form method="post" action="?"><button name="act" value="leave">Back</button></form>"""

_EXPIRED = "<p>The time for paying here is over.</p>"

_BANK = """<p>Your bank asks: is this you? {what}</p>
<form method="post" action="?"><input type="hidden" name="return_url" value="{back}">
<button name="act" value="confirm">Confirm</button>
<button name="act" value="reject">Reject</button></form>"""

_DONE = """<p>Nothing left to do here ({status}).</p>{link}"""


def page(intent: Intent, back: str, error: str | None) -> str:
    """The page for the intent as it is now; `back` is where to go on, may be empty."""
    return _FRAME.format(body=_intent(intent, back, error))


def checkout_page(checkout: Checkout, error: str | None) -> str:
    """The hosted page of a session, with a way out."""
    if checkout.status == "expired":
        return _FRAME.format(body=_EXPIRED)
    leave = _LEAVE if checkout.status == "open" and checkout.cancel_url else ""
    return _FRAME.format(body=_intent(checkout.intent, checkout.success_url, error) + leave)


def _intent(intent: Intent, back: str, error: str | None) -> str:
    if intent.amount is None:
        what, verb = "Save a card", "Save"
    else:
        price = f"{intent.amount / 100:.2f} {(intent.currency or '').upper()}"
        what, verb = f"Hold of {price}" if intent.manual else f"Payment of {price}", "Pay"
    fields = {"what": escape(what), "back": escape(back, quote=True), "verb": verb}
    message = f'<p class="error">{escape(error)}</p>' if error else ""
    match intent.status:
        case "requires_payment_method" | "requires_confirmation":
            return _CARD.format(error=message, **fields)
        case "requires_action":
            return _BANK.format(**fields)
        case status:
            link = f'<a href="{fields["back"]}">Go on</a>' if back else ""
            return _DONE.format(status=status, link=link)
