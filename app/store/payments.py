"""Payments, their ledger, and the cards they are taken from, in the database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, func, insert, select
from sqlmodel import Field

from app.domain.money import Money
from app.domain.payments import (
    FINAL,
    AccountName,
    Entry,
    Payment,
    PaymentMethod,
    PaymentState,
)
from app.store.columns import BigId, Document, Utc
from app.store.repository import DocumentRepository, VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of


class PaymentRow(Row, table=True):
    """A payment; `reference` and `charge_reference` are the provider's names for it."""

    __tablename__ = "payments"
    __table_args__ = (Index("ix_payments_retry", "state", "retry_at"),)

    id: str = Field(primary_key=True, max_length=36)
    charging_id: str = Field(max_length=36, index=True)
    state: str = Field(max_length=16)
    reference: str | None = Field(default=None, max_length=120, index=True)
    charge_reference: str | None = Field(default=None, max_length=120, index=True)
    retry_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


class LedgerRow(Row, table=True):
    """One posting, never changed; the postings of one `entry` add up to zero."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("payment_id", "entry", "account"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    payment_id: str = Field(max_length=36)
    entry: str = Field(max_length=40)
    account: str = Field(max_length=12)
    minor: int = Field(sa_type=BigId)
    currency: str = Field(max_length=3)
    at: datetime = Field(sa_type=Utc)


class PaymentMethodRow(Row, table=True):
    """A saved card."""

    __tablename__ = "payment_methods"

    id: str = Field(primary_key=True, max_length=36)
    driver_id: str = Field(max_length=36, index=True)
    reference: str = Field(max_length=120)
    is_default: bool
    created_at: datetime = Field(sa_type=Utc)
    document: str = Field(sa_type=Document)


PAYMENTS, LEDGER, METHODS = table_of(PaymentRow), table_of(LedgerRow), table_of(PaymentMethodRow)


class Payments(VersionedRepository[Payment]):
    """Payments by id, with their ledger."""

    row = PaymentRow
    shape = Payment
    noun = "payment"

    @property
    def methods(self) -> "PaymentMethods":
        """The saved cards."""
        return PaymentMethods(self._connection)

    def columns(self, value: Payment) -> dict[str, Any]:
        """What payments are found by."""
        return {
            "id": value.id,
            "charging_id": value.charging_id,
            "state": value.state.value,
            "reference": value.reference,
            "charge_reference": value.charge_reference,
            "retry_at": value.retry_at,
            "created_at": value.created_at,
            "version": value.version,
        }

    async def locked(self, payment_id: str) -> Payment:
        """The payment, held against other writers; raises NotFound."""
        return await self.need(payment_id, lock=True)

    async def by_reference(self, reference: str) -> Payment | None:
        """The payment whose hold the provider calls so."""
        return await self._one(PAYMENTS.c.reference == reference)

    async def of_charging(self, charging_id: str) -> list[Payment]:
        """All payments of one driver's session, the oldest first."""
        order = PAYMENTS.c.created_at
        return await self._many(PAYMENTS.c.charging_id == charging_id, order=order)

    async def open_of_customer(self, customer: str) -> bool:
        """Whether something is still to happen to a payment of a customer."""
        return any(each.customer == customer for each in await self._open_naming(customer))

    async def open_of_method(self, reference: str) -> bool:
        """Whether something is still to happen to a payment with a card, by its reference."""
        found = await self._open_naming(reference)
        return any(each.method_reference == reference for each in found)

    async def _open_naming(self, word: str) -> list[Payment]:
        under_way = PAYMENTS.c.state.in_([s.value for s in PaymentState if s not in FINAL])
        named = PAYMENTS.c.document.contains(word, autoescape=True)
        return await self._many(under_way, named)

    async def to_retry(self, now: datetime, limit: int) -> list[str]:
        """The ids of refused payments that should be tried again by now."""
        refused = PAYMENTS.c.state == PaymentState.CAPTURE_FAILED.value
        statement = select(PAYMENTS.c.id).where(refused, PAYMENTS.c.retry_at <= now).limit(limit)
        return list((await self._connection.execute(statement)).scalars())

    async def post(self, payment: Payment, entries: Sequence[Entry], now: datetime) -> None:
        """Write ledger entries that belong to this version of the payment."""
        rows = [
            {
                "payment_id": payment.id,
                "entry": f"{entry.key}@{payment.version}",
                "account": posting.account.value,
                "minor": posting.amount.minor,
                "currency": posting.amount.currency,
                "at": now,
            }
            for entry in entries
            for posting in entry.postings
        ]
        if rows:
            await self._connection.execute(insert(LEDGER), rows)

    async def balance(self, payment_id: str) -> dict[AccountName, Money]:
        """What a payment's accounts hold."""
        statement = (
            select(LEDGER.c.account, LEDGER.c.currency, func.sum(LEDGER.c.minor).label("minor"))
            .where(LEDGER.c.payment_id == payment_id)
            .group_by(LEDGER.c.account, LEDGER.c.currency)
        )
        rows = await self._connection.execute(statement)
        return {AccountName(r.account): Money.from_minor(int(r.minor), r.currency) for r in rows}


class PaymentMethods(DocumentRepository[PaymentMethod]):
    """Saved cards by id."""

    row = PaymentMethodRow
    shape = PaymentMethod
    noun = "payment method"

    def columns(self, value: PaymentMethod) -> dict[str, Any]:
        """What cards are found by."""
        return {
            "id": value.id,
            "driver_id": value.driver_id,
            "reference": value.reference,
            "is_default": value.default,
            "created_at": value.created_at,
        }

    async def of_driver(self, driver_id: str) -> list[PaymentMethod]:
        """A driver's cards, the oldest first."""
        mine = METHODS.c.driver_id == driver_id
        return await self._many(mine, order=METHODS.c.created_at)

    async def default_of(self, driver_id: str) -> PaymentMethod | None:
        """The card a driver pays with unless told otherwise."""
        return await self._one(METHODS.c.driver_id == driver_id, METHODS.c.is_default)

    async def by_reference(self, driver_id: str, reference: str) -> PaymentMethod | None:
        """The card the provider calls so."""
        mine = METHODS.c.driver_id == driver_id
        return await self._one(mine, METHODS.c.reference == reference)

    async def valid_until(self, month: str, limit: int) -> list[PaymentMethod]:
        """Cards whose last month this is; every card is looked at, so not more than hourly."""
        written = METHODS.c.document.contains(f'"valid_until":"{month}"', autoescape=True)
        return await self._many(written, limit=limit)

    async def make_default(self, driver_id: str, method_id: str) -> None:
        """Let this card be the default, and no other."""
        for method in await self.of_driver(driver_id):
            await self.put(replace(method, default=method.id == method_id))

    async def delete(self, method_id: str) -> None:
        """Forget a card."""
        await self._connection.execute(METHODS.delete().where(METHODS.c.id == method_id))
