"""A receipt as values: every cent of a driver's session, and what became of the hold."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.domain.bills import SliceKind
from app.domain.cdrs import Cdr
from app.domain.charging import Charging
from app.domain.money import Money
from app.domain.payments import Payment
from app.domain.receipts import PeopleLine, people_lines
from app.domain.signed_meters import UNPROVEN, MeterProof
from app.domain.tariffs import Dimension
from app.domain.units import Kwh


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line: `quantity` in kWh, hours or times, `unit_price` as in the tariff, `vat` percent.

    `amount` holds the taxes where they are known. For the adjustment to the tariff's least or
    most price, `limit` is `min_price` or `max_price` and the rest is None.
    """

    amount: Money
    dimension: Dimension | None = None
    kind: SliceKind | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    vat: Decimal | None = None
    limit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was charged where and when, what it costs, and what became of the hold.

    The lines add up to `total`. `taxes` is None when they are not known. What was `held` is what
    was `captured` and `released`; `charged_after` was taken without a hold, `owed` not at all.
    `partner` tells that another company runs the charger and set the price. `proof` is what the
    meter's signatures say of the energy.
    """

    number: str
    charging_id: str
    issued_at: datetime
    cpo_name: str
    partner: bool
    place: str
    address: str
    evse_id: str
    zone: str
    started_at: datetime
    ended_at: datetime
    energy: Kwh
    charging_time: timedelta
    parking_time: timedelta
    lines: tuple[ReceiptLine, ...]
    net: Money
    taxes: Money | None
    total: Money
    held: Money
    captured: Money
    charged_after: Money
    released: Money
    owed: Money
    language: str = "en"
    proof: MeterProof = UNPROVEN


def receipt_of(charging: Charging, cdr: Cdr, payment: Payment, cpo_name: str) -> Receipt:
    """The receipt of a billed session whose payment is settled."""
    bill, place = cdr.bill, cdr.place
    total, net = bill.total.due.payable(), bill.total.net.payable()
    zero = Money.zero(total.currency)
    captured, held = payment.from_hold or zero, payment.hold if payment.held_at else zero
    return Receipt(
        number=receipt_number(charging),
        charging_id=charging.id,
        issued_at=charging.completed_at or cdr.issued_at,
        cpo_name=cpo_name,
        partner=not charging.own,
        place=place.name or place.address,
        address=", ".join(p for p in (place.address, place.postal_code, place.city) if p),
        evse_id=place.evse_id,
        zone=place.zone,
        started_at=cdr.started_at,
        ended_at=cdr.ended_at,
        energy=bill.energy,
        charging_time=bill.charging_time,
        parking_time=bill.parking_time,
        lines=tuple(_line(line) for line in people_lines(bill)),
        net=net,
        taxes=None if bill.total.taxes is None else total - net,
        total=total,
        held=held,
        captured=captured,
        charged_after=payment.taken - captured,
        released=held - captured,
        owed=total - payment.taken,
        language=charging.language,
    )


def receipt_number(charging: Charging) -> str:
    """What people quote: the day of the quote and eight signs of the session's id."""
    return f"RW-{charging.created_at:%Y%m%d}-{charging.id[-8:].upper()}"


def _line(shown: PeopleLine) -> ReceiptLine:
    line = shown.line
    if line is None:
        return ReceiptLine(shown.amount, limit=shown.limit)
    return ReceiptLine(
        amount=shown.amount,
        dimension=line.dimension,
        kind=line.kind,
        quantity=line.billed,
        unit_price=line.unit_price,
        vat=line.vat,
    )
