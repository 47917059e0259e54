"""Receipts: every cent of a driver's session explained, on the phone and by mail."""

from dataclasses import replace

from app.domain.cdrs import Cdr
from app.domain.charging import Charging
from app.domain.charging_triggers import NoticeKind
from app.domain.errors import NotFound
from app.domain.payments import PaymentState
from app.ports.clock import Clock
from app.ports.mail import Mail, Mailer
from app.store.transaction import Store, Transaction
from app.use_cases.receipt_lines import Receipt, receipt_of
from app.use_cases.receipt_text import as_text
from app.use_cases.receipt_words import say_in
from app.use_cases.signed_meters import SignedMeters

_SETTLED = frozenset(
    {
        PaymentState.CAPTURED,
        PaymentState.RELEASED,
        PaymentState.OWED,
        PaymentState.CAPTURE_FAILED,
    }
)


class Receipts:
    """Makes receipts from the CDR and the payment, and mails them."""

    def __init__(self, store: Store, clock: Clock, mailer: Mailer, signed: SignedMeters) -> None:
        self._store = store
        self._clock = clock
        self._mailer = mailer
        self._signed = signed

    async def receipt(self, charging_id: str) -> Receipt:
        """The receipt; raises NotFound while the session is not billed and settled."""
        async with self._store.reading() as tx:
            found, cdr = await _receipt(tx, charging_id)
        return replace(found, proof=await self._signed.proof_of(cdr))

    async def mail_receipt(self, charging_id: str) -> None:
        """Mail the receipt once, to the guest's address or the driver's, if there is one.

        Raises ProviderUnavailable to be tried again; a mail that left twice has the same key.
        """
        async with self._store.reading() as tx:
            to, language = await _address(tx, charging_id)
            told = await tx.drivers.notices.of_charging(charging_id)
            if to is None or any(n.kind is NoticeKind.RECEIPT_MAILED for n in told):
                return
        receipt = await self.receipt(charging_id)
        say = say_in(language)
        about = (receipt.number, receipt.total, receipt.place)
        subject = say("Receipt {}: {} at {}").format(*about)
        text = as_text(receipt, say)
        await self._mailer.send(Mail(f"receipt:{charging_id}", to, subject, text))
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.drivers.notices.add(charging_id, NoticeKind.RECEIPT_MAILED, now)
            await tx.drivers.notices.mark_sent(charging_id, NoticeKind.RECEIPT_MAILED, now)


async def _address(tx: Transaction, charging_id: str) -> tuple[str | None, str]:
    """Where the receipt goes, and what is spoken there."""
    charging = await tx.charging.need(charging_id)
    if charging.driver_id is None:
        return charging.email, charging.language
    driver = await tx.drivers.get(charging.driver_id)
    if driver is None:
        return charging.email, charging.language
    return charging.email or driver.email, driver.language


async def _receipt(tx: Transaction, charging_id: str) -> tuple[Receipt, Cdr]:
    charging = await tx.charging.need(charging_id)
    cdr = await tx.cdrs.get(charging.cdr_id or "")
    payment = await tx.payments.get(charging.payment_id or "")
    if cdr is None or payment is None or payment.state not in _SETTLED:
        raise NotFound("receipt", charging_id)
    return receipt_of(charging, cdr, payment, await _cpo_name(tx, charging)), cdr


async def _cpo_name(tx: Transaction, charging: Charging) -> str:
    location = await tx.locations.get(charging.cpo, charging.location_id)
    name = location.operator_name if location is not None else None
    return name or str(charging.cpo)
