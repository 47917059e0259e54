"""The provider's own page: a guest types a card in, or confirms a payment to the bank."""

from html import escape

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
<form method="post"><input type="hidden" name="return_url" value="{back}">
<label>Card number <input name="number" inputmode="numeric" autocomplete="off"
 value="4242424242424242" required></label>
<label>Expiry <input name="expiry" value="12/34"></label>
<label>CVC <input name="cvc" value="123"></label>
<button name="act" value="pay">{verb}</button></form>"""

_BANK = """<p>Your bank asks: is this you? {what}</p>
<form method="post"><input type="hidden" name="return_url" value="{back}">
<button name="act" value="confirm">Confirm</button>
<button name="act" value="reject">Reject</button></form>"""

_DONE = """<p>Nothing left to do here ({status}).</p>{link}"""


def page(intent: Intent, back: str, error: str | None) -> str:
    """The page for the intent as it is now; `back` is where to go on, may be empty."""
    if intent.amount is None:
        what, verb = "Save a card", "Save"
    else:
        price = f"{intent.amount / 100:.2f} {(intent.currency or '').upper()}"
        what, verb = f"Hold of {price}" if intent.manual else f"Payment of {price}", "Pay"
    fields = {"what": escape(what), "back": escape(back, quote=True), "verb": verb}
    message = f'<p class="error">{escape(error)}</p>' if error else ""
    match intent.status:
        case "requires_payment_method" | "requires_confirmation":
            body = _CARD.format(error=message, **fields)
        case "requires_action":
            body = _BANK.format(**fields)
        case status:
            link = f'<a href="{fields["back"]}">Go on</a>' if back else ""
            body = _DONE.format(status=status, link=link)
    return _FRAME.format(body=body)
