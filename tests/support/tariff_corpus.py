"""Reads the price cases of tests/corpus/tariffs: one folder each, tariff, session and bill.

`tariff.json`: elements with prices by dimension and, in `when`, the fields of
`app.domain.tariffs.Restrictions`. `session.json`: zone, start and slices of so many minutes.
`bill.json`: lines in order and the total, `gross` null where the taxes are unknown; optional are
`shown` (the payable amount), `periods` (their minutes), `costs` (net) and `limit`.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.domain.bills import Bill, BillLine, Slice, SliceKind
from app.domain.identifiers import PartyId
from app.domain.money import Price
from app.domain.pricing import price
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    Tariff,
    TariffElement,
    TariffType,
    TaxIncluded,
)
from app.domain.units import Ampere, Kw, Kwh

CORPUS = Path(__file__).parent.parent / "corpus" / "tariffs"
Document = dict[str, Any]


@dataclass(frozen=True)
class Session:
    """What was charged, as a case tells it."""

    zone: str
    slices: tuple[Slice, ...]
    expired: bool


@dataclass(frozen=True)
class Case:
    """One folder of the corpus."""

    name: str
    tariff: Tariff
    session: Session
    expected: Document

    def bill(self, tariff: Tariff | None = None) -> Bill:
        """Price the case's session, with its own tariff or another one."""
        chosen = tariff or self.tariff
        return price(
            self.session.slices,
            chosen,
            zone=self.session.zone,
            currency=chosen.currency,
            reservation_expired=self.session.expired,
        )


def cases(prefix: str = "") -> list[Case]:
    """Every case whose name begins so, by name."""
    found = sorted(each for each in CORPUS.iterdir() if each.name.startswith(prefix))
    return [
        Case(
            folder.name,
            read_tariff(_document(folder, "tariff"), folder.name),
            read_session(_document(folder, "session")),
            _document(folder, "bill"),
        )
        for folder in found
    ]


def _document(folder: Path, name: str) -> Document:
    document: Document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return document


_READERS: dict[str, Callable[[Any], object]] = {
    "start_time": time.fromisoformat,
    "end_time": time.fromisoformat,
    "start_date": date.fromisoformat,
    "end_date": date.fromisoformat,
    "min_kwh": Kwh.of,
    "max_kwh": Kwh.of,
    "min_current": Ampere.of,
    "max_current": Ampere.of,
    "min_power": Kw.of,
    "max_power": Kw.of,
    "min_duration": lambda seconds: timedelta(seconds=seconds),
    "max_duration": lambda seconds: timedelta(seconds=seconds),
    "weekdays": frozenset,
    "reservation": ReservationPhase,
}


def read_tariff(document: Document, name: str) -> Tariff:
    """A tariff of the corpus."""
    end = document.get("end")
    return Tariff(
        party=PartyId("DE", "RWT"),
        id=name,
        currency=document["currency"],
        elements=tuple(_element(each) for each in document["elements"]),
        last_updated=datetime(2019, 1, 1, tzinfo=UTC),
        type=TariffType(document["type"]) if "type" in document else None,
        min_price=_limit(document.get("min_price")),
        max_price=_limit(document.get("max_price")),
        end=datetime.fromisoformat(end) if end else None,
        tax_included=TaxIncluded(document.get("tax_included", "NO")),
    )


def _limit(document: Document | None) -> PriceLimit | None:
    if document is None:
        return None
    return PriceLimit(Decimal(document["net"]), _decimal(document.get("gross")))


def _element(document: Document) -> TariffElement:
    components = tuple(
        PriceComponent(
            Dimension(name), Decimal(each["price"]), _decimal(each.get("vat")), each["step"]
        )
        for name, each in document["prices"].items()
    )
    when: Any = {key: _READERS[key](value) for key, value in document.get("when", {}).items()}
    return TariffElement(components, Restrictions(**when))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def read_session(document: Document) -> Session:
    """A session of the corpus; its slices follow each other from the start on."""
    start = datetime.fromisoformat(document["start"]).astimezone(UTC)
    slices = []
    for each in document["slices"]:
        end = start + timedelta(microseconds=int(Decimal(each["minutes"]) * 60_000_000))
        slices.append(
            Slice(
                start,
                end,
                SliceKind(each["kind"]),
                Kwh.of(each["kwh"]),
                Kw.of(each["kw"]) if "kw" in each else None,
                Ampere.of(each["amps"]) if "amps" in each else None,
            )
        )
        start = end
    return Session(document["zone"], tuple(slices), document.get("expired", False))


def differences(bill: Bill, expected: Document) -> list[str]:
    """Where a bill is not the expected one, in words; nothing when it is."""
    return list(_differences(bill, expected))


def _differences(bill: Bill, expected: Document) -> Iterator[str]:
    pairs: list[tuple[str, object, object]] = [
        ("net total", bill.total.net.amount, Decimal(expected["total"]["net"])),
        ("gross total", _gross(bill.total), _decimal(expected["total"]["gross"])),
        ("limit", bill.limit_applied, expected["limit"]),
        ("taxes inside", bill.taxes_inside, expected.get("taxes_inside", False)),
        ("lines", [_line(each) for each in bill.lines], [_wanted(e) for e in expected["lines"]]),
    ]
    if "shown" in expected:
        pairs.append(("shown", bill.total.due.payable().amount, Decimal(expected["shown"])))
    if "periods" in expected:
        lengths = [each.end - each.start for each in bill.periods]
        pairs.append(("periods", lengths, [_minutes(each) for each in expected["periods"]]))
    for name, net in expected.get("costs", {}).items():
        pairs.append((name, _cost(bill, name).net.amount, Decimal(net)))
    for name, found, wanted in pairs:
        if found != wanted:
            yield f"{name}: {found} instead of {wanted}"


def _minutes(text: str) -> timedelta:
    return timedelta(microseconds=int(Decimal(text) * 60_000_000))


def _cost(bill: Bill, name: str) -> Price:
    cost: Price = getattr(bill, "fixed_cost" if name == "fixed" else f"{name}_cost")
    return cost


def _gross(value: Price) -> Decimal | None:
    return None if value.gross is None else value.gross.amount


def _line(line: BillLine) -> tuple[object, ...]:
    return (
        line.dimension.value,
        line.kind.value,
        _ten(line.measured),
        _ten(line.billed),
        line.price.net.amount,
        _gross(line.price),
    )


def _wanted(document: Document) -> tuple[object, ...]:
    return (
        document["for"],
        document["kind"],
        Decimal(document["measured"]),
        Decimal(document["billed"]),
        Decimal(document["net"]),
        _decimal(document["gross"]),
    )


def _ten(number: Decimal) -> Decimal:
    """Hours are endless numbers; the corpus gives ten decimals of them."""
    return round(number, 10)
