"""Payments, their ledger and cards come back as they were."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.errors import NotFound, StaleVersion
from app.domain.money import Money
from app.domain.payments import AccountName, PaymentState, Wish, entry
from app.store.transaction import Store
from tests.support.chargings import a_payment
from tests.support.clock import NOON
from tests.support.drive import CARD

P = PaymentState
EUR = Money(Decimal("9.38"), "EUR")
FULL = a_payment(
    state=P.CAPTURE_FAILED,
    reference="pi_1",
    charge_reference="pi_2",
    due=EUR,
    captured=EUR,
    wish=Wish.CAPTURE,
    blocked=True,
    retry_at=NOON + timedelta(days=1),
    failed_since=NOON,
    asked_at=NOON,
    attempts=2,
    round=1,
    failure="generic_decline",
)


async def test_a_payment_comes_back_as_it_was(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.payments.add(FULL)
    async with store.transaction() as tx:
        assert await tx.payments.need("p-1") == FULL
        assert await tx.payments.locked("p-1") == FULL
        assert await tx.payments.by_reference("pi_1") == FULL
        assert await tx.payments.by_reference("pi_2") is None
        assert await tx.payments.of_charging("c-1") == [FULL]
        with pytest.raises(NotFound):
            await tx.payments.locked("p-9")


async def test_only_the_newest_version_is_written_over(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.payments.add(FULL)
        await tx.payments.save(FULL)
    with pytest.raises(StaleVersion):
        async with store.transaction() as tx:
            await tx.payments.save(FULL)


async def test_what_should_be_tried_again(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.payments.add(FULL)
        await tx.payments.add(replace(FULL, id="p-2", state=P.OWED))
    async with store.reading() as tx:
        assert await tx.payments.to_retry(NOON + timedelta(days=1), 10) == ["p-1"]
        assert await tx.payments.to_retry(NOON, 10) == []


async def test_the_ledger_adds_up(store: Store) -> None:
    bill = entry("bill", EUR, AccountName.RECEIVABLE, AccountName.SALES)
    paid = entry("capture", EUR, AccountName.CASH, AccountName.RECEIVABLE)
    async with store.transaction() as tx:
        await tx.payments.post(FULL, [bill, paid], NOON)
        await tx.payments.post(FULL, [], NOON)
    async with store.reading() as tx:
        balance = await tx.payments.balance("p-1")
    assert balance[AccountName.CASH] == EUR
    assert not balance[AccountName.RECEIVABLE]
    assert sum(m.amount for m in balance.values()) == 0
    with pytest.raises(IntegrityError):
        async with store.transaction() as tx:
            await tx.payments.post(FULL, [bill], NOON)
    async with store.transaction() as tx:
        await tx.payments.post(replace(FULL, version=1), [bill], NOON)


async def test_cards(store: Store) -> None:
    other = replace(CARD, id="m-2", reference="pm_2", default=False, created_at=NOON)
    async with store.transaction() as tx:
        cards = tx.payments.methods
        await cards.add(CARD)
        await cards.add(replace(other, created_at=NOON + timedelta(seconds=1)))
        assert [m.id for m in await cards.of_driver("d-1")] == ["m-1", "m-2"]
        assert await cards.default_of("d-1") == CARD
        await cards.make_default("d-1", "m-2")
        default = await cards.default_of("d-1")
        assert default is not None
        assert default.id == "m-2"
        assert await cards.by_reference("d-1", "pm_2") == default
        assert await cards.by_reference("d-2", "pm_2") is None
        await cards.delete("m-2")
        assert await cards.default_of("d-1") is None
