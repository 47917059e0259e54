"""Receipts: lines that add up, what became of the hold, mailed once."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.bills import SliceKind
from app.domain.charging import Charging
from app.domain.errors import NotFound
from app.domain.tariffs import Dimension, PriceLimit, TariffElement
from app.use_cases import receipt_text
from app.use_cases.drivers import guest_secret
from app.use_cases.proof_text import _WHOSE, _WORDS
from app.use_cases.quotes import Caller
from app.use_cases.receipt_lines import ReceiptLine
from app.use_cases.receipt_text import as_text, line_text
from app.use_cases.receipt_words import WORDS, say_in
from tests.support.chargers import CPO
from tests.support.drive import Drive, prices
from tests.support.money import eur
from tests.support.priced import a_component, a_tariff


async def charged(drive: Drive, wh: int = 15_630) -> Charging:
    live = await drive.floor.connect()
    charging = await drive.started()
    number = await drive.plug_in(live, charging, 20)
    await drive.meter(live, number, 1200, wh)
    await drive.unplug(live, number, 1260, wh)
    return await drive.now(charging)


async def test_a_receipt_explains_every_cent(drive: Drive) -> None:
    """Product §3 case 14: the receipt's total is the CDR's and what was captured."""
    energy, fee = a_component(Dimension.ENERGY, "0.50"), a_component(Dimension.FLAT, "1")
    await drive.furnish(a_tariff(TariffElement((energy, fee)), party=CPO))
    charging = await charged(drive)
    receipt = await drive.receipts.receipt(charging.id)
    assert sum(line.amount.amount for line in receipt.lines) == receipt.total.amount
    assert (receipt.total, receipt.net, receipt.taxes) == (eur("10.58"), eur("8.82"), eur("1.76"))
    assert (receipt.held, receipt.captured, receipt.released) == (
        eur("30"),
        eur("10.58"),
        eur("19.42"),
    )
    assert (receipt.charged_after, receipt.owed) == (eur("0"), eur("0"))
    text = as_text(receipt)
    for part in (
        f"Receipt {receipt.number}",
        "Energy 15.63 kWh x 0.5 EUR plus 20 % VAT",
        "Session fee 1 x 1 EUR plus 20 % VAT",
        "Returned to you",
        "19.42 EUR",
        "2026-05-04 14:00 to 2026-05-04 14:21",
        "operated by NL-RW1",
    ):
        assert part in text
    assert "Still to be paid" not in text


async def test_the_receipt_is_mailed_once(drive: Drive) -> None:
    await drive.furnish()
    charging = await charged(drive)
    for _ in range(2):
        await drive.receipts.mail_receipt(charging.id)
    (mail,) = drive.mailer.sent
    assert mail.to == "driver@example.com"
    assert "9.38 EUR" in mail.subject


async def test_a_guest_without_an_address_gets_no_mail(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    quoted = await drive.quote(caller=Caller(secret=guest_secret()))
    await drive.receipts.mail_receipt(quoted.id)
    assert not drive.mailer.sent


async def test_no_receipt_before_the_money_is_settled(drive: Drive) -> None:
    await drive.furnish()
    await drive.floor.connect()
    with pytest.raises(NotFound):
        await drive.receipts.receipt((await drive.started()).id)


async def test_limits_debts_and_partners_are_explained(drive: Drive) -> None:
    tariff = replace(prices(), min_price=PriceLimit(Decimal(10)))
    await drive.furnish(tariff)
    charging = await charged(drive)
    receipt = await drive.receipts.receipt(charging.id)
    assert "To the least price" in as_text(receipt)
    assert receipt.total == eur("12")
    partner = replace(
        receipt,
        partner=True,
        cpo_name="Their Chargers",
        taxes=None,
        owed=eur("2"),
        charged_after=eur("1"),
        lines=(replace(receipt.lines[-1], limit="max_price"),),
    )
    text = as_text(partner)
    for part in (
        "The price was set by Their Chargers",
        "Taxes are not known",
        "Still to be paid",
        "Charged afterwards",
        "To the most price",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("dimension", "kind", "text"),
    [
        ("TIME", "charging", "Charging time 0:30:00 h x 2 EUR/h"),
        ("PARKING_TIME", "parking", "Idle time 0:30:00 h x 2 EUR/h"),
        ("FLAT", "parking", "Parking fee 0.5 x 2 EUR"),
        ("TIME", "reservation", "Reservation 0:30:00 h x 2 EUR/h"),
    ],
)
def test_every_line_has_words(dimension: str, kind: str, text: str) -> None:
    line = ReceiptLine(
        amount=eur("1"),
        dimension=Dimension(dimension),
        kind=SliceKind(kind),
        quantity=Decimal("0.5"),
        unit_price=Decimal(2),
    )
    assert line_text(line, "EUR") == text


@pytest.mark.parametrize("language", sorted(WORDS))
def test_receipts_in_other_languages(language: str) -> None:
    """All that can be said in English can be said in each of the others."""
    words = WORDS[language]
    assert set(words) == set(WORDS["de"])
    for english, said in words.items():
        assert said.count("{}") == english.count("{}")
    assert len([e for e, said in words.items() if e == said]) <= 1
    source = "".join(
        (Path(receipt_text.__file__).parent / name).read_text()
        for name in ("receipt_text.py", "proof_text.py", "receipts.py")
    )
    assert all(f'"{english}"' in source for english in words)
    assert set(re.findall(r'say\("([^"]+)"\)', source)) <= set(words)
    assert ({*_WORDS.values()} - {"unsigned"}) | {*_WHOSE.values()} <= set(words)


async def test_the_mail_speaks_the_reader_s_language(drive: Drive) -> None:
    await drive.furnish()
    async with drive.store.transaction() as tx:
        await tx.drivers.put(replace(await tx.drivers.need("d-1"), language="fr"))
    charging = await charged(drive)
    await drive.receipts.mail_receipt(charging.id)
    (mail,) = drive.mailer.sent
    receipt = await drive.receipts.receipt(charging.id)
    assert mail.subject == f"Reçu {receipt.number} : 9.38 EUR, {receipt.place}"
    assert mail.text == as_text(receipt, say_in("fr"))
    assert "Libéré pour vous" in mail.text
    assert "Returned" not in mail.text
    assert as_text(receipt, say_in("sv")) == as_text(receipt)
