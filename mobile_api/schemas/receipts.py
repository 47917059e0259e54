"""A receipt: every line of it, what was held, charged and returned."""

from datetime import datetime

from app.domain.signed_meters import KeyTrust, MeterProof, SignedVerdict
from app.use_cases.proof_text import proof_text
from app.use_cases.receipt_lines import Receipt, ReceiptLine
from app.use_cases.receipt_text import as_text, line_text
from mobile_api.schemas.values import MoneyOut, Shape, number, shown


class ReceiptLineOut(Shape):
    """One line; `words` says what it is for. Lines without a dimension are price limits."""

    words: str
    dimension: str | None
    kind: str | None
    quantity: str | None
    unit_price: str | None
    vat: str | None
    limit: str | None
    amount: MoneyOut

    @classmethod
    def of(cls, line: ReceiptLine, currency: str) -> "ReceiptLineOut":
        """With its words."""
        return cls(
            words=line_text(line, currency),
            dimension=line.dimension and line.dimension.value,
            kind=line.kind and line.kind.value,
            quantity=number(line.quantity),
            unit_price=number(line.unit_price),
            vat=number(line.vat),
            limit=line.limit,
            amount=MoneyOut.of(line.amount),
        )


class ProofOut(Shape):
    """What the meter's signatures prove; `texts` are what was signed, as the charger sent it.

    `trust` says whose word the key is: the operator's, or the charger's own. `agrees` is whether
    the signed values show the energy that is billed.
    """

    verdict: SignedVerdict
    trust: KeyTrust | None
    energy_kwh: str | None
    agrees: bool | None
    words: str
    texts: list[str]

    @classmethod
    def of(cls, proof: MeterProof) -> "ProofOut":
        """With its words."""
        return cls(
            verdict=proof.verdict,
            trust=proof.trust,
            energy_kwh=number(proof.energy.value) if proof.energy is not None else None,
            agrees=proof.agrees,
            words=" ".join(proof_text(proof)),
            texts=list(proof.texts),
        )


class ReceiptOut(Shape):
    """A receipt whose lines add up to `total`; `text` is what is mailed."""

    number: str
    session_id: str
    issued_at: datetime
    operator: str
    partner: bool
    place: str
    address: str
    evse_id: str
    time_zone: str
    started_at: datetime
    ended_at: datetime
    energy_kwh: str
    charging_s: int
    parking_s: int
    lines: list[ReceiptLineOut]
    net: MoneyOut
    taxes: MoneyOut | None
    total: MoneyOut
    held: MoneyOut
    captured: MoneyOut
    charged_after: MoneyOut
    released: MoneyOut
    owed: MoneyOut
    signed: ProofOut
    text: str

    @classmethod
    def of(cls, receipt: Receipt) -> "ReceiptOut":
        """Amounts as they are paid."""
        currency = receipt.total.currency
        return cls(
            number=receipt.number,
            session_id=receipt.charging_id,
            issued_at=receipt.issued_at,
            operator=receipt.cpo_name,
            partner=receipt.partner,
            place=receipt.place,
            address=receipt.address,
            evse_id=receipt.evse_id,
            time_zone=receipt.zone,
            started_at=receipt.started_at,
            ended_at=receipt.ended_at,
            energy_kwh=number(receipt.energy.value) or "0",
            charging_s=int(receipt.charging_time.total_seconds()),
            parking_s=int(receipt.parking_time.total_seconds()),
            lines=[ReceiptLineOut.of(line, currency) for line in receipt.lines],
            net=MoneyOut.of(receipt.net),
            taxes=shown(receipt.taxes),
            total=MoneyOut.of(receipt.total),
            held=MoneyOut.of(receipt.held),
            captured=MoneyOut.of(receipt.captured),
            charged_after=MoneyOut.of(receipt.charged_after),
            released=MoneyOut.of(receipt.released),
            owed=MoneyOut.of(receipt.owed),
            signed=ProofOut.of(receipt.proof),
            text=as_text(receipt),
        )
