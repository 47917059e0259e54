"""A receipt as plain text, for mail: in English, or in what `say` makes of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from app.domain.bills import MIN_PRICE, SliceKind
from app.domain.money import Money
from app.domain.tariffs import Dimension
from app.domain.units import SECONDS_PER_HOUR, seconds
from app.domain.wording import Say
from app.use_cases.proof_text import proof_text
from app.use_cases.receipt_lines import Receipt, ReceiptLine

WIDTH = 64
CENT = Decimal("0.01")
_HOURLY = {Dimension.TIME, Dimension.PARKING_TIME}


def as_text(receipt: Receipt, say: Say = str) -> str:
    """The whole receipt, times in the location's own zone."""
    return "\n".join(_rows(receipt, say)) + "\n"


def _rows(receipt: Receipt, say: Say) -> Iterator[str]:
    yield say("Receipt {}").format(receipt.number)
    yield ""
    yield f"{receipt.place}, {receipt.address}"
    yield say("EVSE {}, operated by {}").format(receipt.evse_id, receipt.cpo_name)
    times = (_time(receipt.started_at, receipt), _time(receipt.ended_at, receipt))
    yield say("{} to {}").format(*times)
    lengths = say("charging {}").format(_length(receipt.charging_time))
    if receipt.parking_time:
        parked = say("plugged in without charging {}").format(_length(receipt.parking_time))
        lengths = f"{lengths}, {parked}"
    yield f"{_plain(receipt.energy.value)} kWh, {lengths}"
    yield ""
    for line in receipt.lines:
        yield _row(line_text(line, receipt.total.currency, say), line.amount)
    yield "-" * WIDTH
    yield _row(say("Total"), receipt.total)
    if receipt.taxes is None:
        yield say("Taxes are not known to us.")
    else:
        yield _row("  " + say("of which taxes"), receipt.taxes)
        yield _row("  " + say("without taxes"), receipt.net)
    yield ""
    yield from _money_rows(receipt, say)
    yield ""
    yield from proof_text(receipt.proof, say)
    if receipt.partner:
        yield ""
        yield say("The price was set by {}; nothing was added to it.").format(receipt.cpo_name)


def _money_rows(receipt: Receipt, say: Say) -> Iterator[str]:
    for label, amount, always in (
        ("Held on your card", receipt.held, True),
        ("Charged of it", receipt.captured, True),
        ("Charged afterwards", receipt.charged_after, False),
        ("Returned to you", receipt.released, True),
        ("Still to be paid", receipt.owed, False),
    ):
        if always or amount:
            yield _row(say(label), amount)


def line_text(line: ReceiptLine, currency: str, say: Say = str) -> str:
    """What a line is for, e.g. `Energy 24.1 kWh x 0.49 EUR plus 19 % VAT`."""
    if line.dimension is None or line.quantity is None or line.unit_price is None:
        return say("To the least price" if line.limit == MIN_PRICE else "To the most price")
    price = f"{_plain(line.unit_price)} {currency}"
    text = f"{say(_what(line))} {_quantity(line)} x {price}{_per(line)}"
    return text + _taxes(line, line.quantity * line.unit_price, say)


def _taxes(line: ReceiptLine, stated: Decimal, say: Say) -> str:
    """Whether the taxes come on top of the stated price, or are inside it."""
    on_top = line.amount.amount - stated > CENT
    if line.vat is None:
        return " " + say("plus taxes") if on_top else ""
    said = say("plus {} % VAT") if on_top else say("with {} % VAT")
    return " " + said.format(_plain(line.vat))


def _what(line: ReceiptLine) -> str:
    if line.kind is SliceKind.RESERVATION:
        return "Reservation"
    if line.dimension is Dimension.ENERGY:
        return "Energy"
    if line.dimension is Dimension.FLAT:
        return "Parking fee" if line.kind is SliceKind.PARKING else "Session fee"
    return "Idle time" if line.dimension is Dimension.PARKING_TIME else "Charging time"


def _quantity(line: ReceiptLine) -> str:
    amount = line.quantity or Decimal(0)
    if line.dimension is Dimension.ENERGY:
        return f"{_plain(amount)} kWh"
    if line.dimension in _HOURLY:
        whole = (amount * SECONDS_PER_HOUR).to_integral_value(ROUND_HALF_UP)
        return _length(timedelta(seconds=int(whole)))
    return _plain(amount)


def _per(line: ReceiptLine) -> str:
    return "/h" if line.dimension in _HOURLY else ""


def _row(label: str, amount: Money) -> str:
    shown = str(amount)
    return f"{label:<{WIDTH - len(shown) - 1}} {shown}"


def _length(duration: timedelta) -> str:
    whole = int(seconds(duration))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02} h"


def _time(moment: datetime, receipt: Receipt) -> str:
    return f"{moment.astimezone(ZoneInfo(receipt.zone)):%Y-%m-%d %H:%M}"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
