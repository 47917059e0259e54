"""Tariffs in chargers of OCPP 2.1: in which words they go there, and what answers mean (P-218)."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.asks import StationAsk
from app.domain.commands import CommandOutcome, CommandResult
from app.domain.identifiers import PartyId
from app.domain.local_tariffs import (
    ChangeSessionTariff,
    ClearTariffs,
    ListTariffs,
    LocalTariff,
    LocalTariffsCleared,
    LocalTariffSet,
    LocalTariffsListed,
    SetDefaultTariff,
)
from app.domain.station_news import NEWS
from app.domain.tariffs import (
    Dimension,
    PriceComponent,
    PriceLimit,
    ReservationPhase,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)
from app.domain.units import Kw, Kwh
from app.store.documents import unpack_one
from ocpp_bridge.exchange import Answer
from tests.support.clock import NOON
from tests.unit.ocpp_bridge.test_profiles import V21, asked
from tests.unit.ocpp_bridge.test_smart_charging import carrying

VAT = Decimal(21)
TAX = [{"type": "VAT", "tax": 21.0}]


def price(dimension: Dimension, amount: str, vat: Decimal | None = VAT) -> PriceComponent:
    return PriceComponent(dimension, Decimal(amount), vat)


def a_tariff(*elements: TariffElement, **fields: Any) -> Tariff:
    return Tariff(PartyId("NL", "RW1"), "T1", "EUR", elements, NOON, **fields)


NIGHT = Restrictions(
    start_time=time(22), end_time=time(6, 30), weekdays=frozenset({7, 1}),
    start_date=date(2026, 5, 1), max_kwh=Kwh.of("0.5"), min_power=Kw.of("11"),
    max_duration=timedelta(minutes=90),
)  # fmt: skip
RESERVED = Restrictions(reservation=ReservationPhase.RESERVATION)
WHOLE = a_tariff(
    TariffElement((price(Dimension.ENERGY, "0.25"), price(Dimension.TIME, "5")), NIGHT),
    TariffElement((price(Dimension.ENERGY, "0.35"), price(Dimension.FLAT, "1"))),
    TariffElement((price(Dimension.PARKING_TIME, "6"),)),
    TariffElement((price(Dimension.TIME, "3"),), RESERVED),
    min_price=PriceLimit(Decimal("0.5")),
    max_price=PriceLimit(Decimal(50), Decimal("60.5")),
    alt_text=(("en", "by kWh"),),
)
AT_NIGHT = {
    "startTimeOfDay": "22:00", "endTimeOfDay": "06:30", "validFromDate": "2026-05-01",
    "dayOfWeek": ["Monday", "Sunday"], "maxEnergy": 500.0, "minPower": 11000.0, "maxTime": 5400,
}  # fmt: skip
WORDS = {
    "tariffId": "T1",
    "currency": "EUR",
    "description": [{"format": "UTF8", "language": "en", "content": "by kWh"}],
    "energy": {
        "prices": [{"priceKwh": 0.25, "conditions": AT_NIGHT}, {"priceKwh": 0.35}],
        "taxRates": TAX,
    },
    "chargingTime": {
        "prices": [{"priceMinute": 0.083333, "conditions": AT_NIGHT}],
        "taxRates": TAX,
    },
    "fixedFee": {"prices": [{"priceFixed": 1.0}], "taxRates": TAX},
    "idleTime": {"prices": [{"priceMinute": 0.1}], "taxRates": TAX},
    "reservationTime": {"prices": [{"priceMinute": 0.05}], "taxRates": TAX},
    "minCost": {"exclTax": 0.5},
    "maxCost": {"exclTax": 50.0, "inclTax": 60.5},
}


def test_what_is_asked() -> None:
    """P-218."""
    assert asked(V21, carrying(SetDefaultTariff(WHOLE))) == {"evseId": 2, "tariff": WORDS}
    session = asked(V21, carrying(ChangeSessionTariff("tx-1", WHOLE)))
    assert session == {"transactionId": "tx-1", "tariff": WORDS}
    assert asked(V21, carrying(ListTariffs())) == {"evseId": 2}
    assert asked(V21, carrying(ClearTariffs(("T1",)))) == {"evseId": 2, "tariffIds": ["T1"]}


def test_prices_are_told_without_tax() -> None:
    gross = a_tariff(
        TariffElement((price(Dimension.ENERGY, "0.605"),)), tax_included=TaxIncluded.YES
    )
    payload = asked(V21, carrying(SetDefaultTariff(gross)))
    assert payload["tariff"]["energy"] == {"prices": [{"priceKwh": 0.5}], "taxRates": TAX}


EXPIRES = Restrictions(reservation=ReservationPhase.RESERVATION_EXPIRES)


@pytest.mark.parametrize(
    ("tariff", "why"),
    [
        (replace(WHOLE, id="x" * 61), "a tariff's id"),
        (a_tariff(TariffElement((price(Dimension.FLAT, "1"),), EXPIRES)), "that expire"),
        (a_tariff(TariffElement((price(Dimension.ENERGY, "1"),), RESERVED)), "of ENERGY"),
        (a_tariff(TariffElement((price(Dimension.FLAT, "1"),), NIGHT)), "are measured"),
        (
            a_tariff(
                TariffElement((price(Dimension.ENERGY, "1"),), NIGHT),
                TariffElement((price(Dimension.ENERGY, "1", Decimal(9)),)),
            ),
            "two rates of tax in energy",
        ),
    ],
)
def test_a_tariff_that_cannot_be_said_is_not_bent(tariff: Tariff, why: str) -> None:
    outcome = V21.write_command(carrying(SetDefaultTariff(tariff)), None)
    assert isinstance(outcome, CommandOutcome)
    assert outcome.result is CommandResult.NOT_SUPPORTED
    assert why in (outcome.message or "")


T1, T2 = ({"tariffId": each, "status": "Accepted"} for each in ("T1", "T2"))
KEPT = {"tariffId": "T2", "status": "Rejected"}
ASSIGNED = {"tariffId": "T1", "tariffKind": "DefaultTariff", "evseIds": [1, 2]}
SET = LocalTariffSet(LocalTariff("T1", "DefaultTariff"))


@pytest.mark.parametrize(
    ("ask", "said", "result", "news"),
    [
        (SetDefaultTariff(WHOLE), {"status": "Accepted"}, CommandResult.ACCEPTED, [SET]),
        (SetDefaultTariff(WHOLE), {"status": "TooManyElements"}, CommandResult.REJECTED, []),
        (
            ChangeSessionTariff("tx-1", WHOLE),
            {"status": "TxNotFound"},
            CommandResult.UNKNOWN_SESSION,
            [],
        ),
        (
            ListTariffs(),
            {"status": "Accepted", "tariffAssignments": [ASSIGNED]},
            CommandResult.ACCEPTED,
            [LocalTariffsListed((LocalTariff("T1", "DefaultTariff", evses=(1, 2)),))],
        ),
        (ListTariffs(), {"status": "NoTariff"}, CommandResult.ACCEPTED, [LocalTariffsListed(())]),
        (
            ClearTariffs(("T1", "T2")),
            {"clearTariffsResult": [T1, KEPT]},
            CommandResult.REJECTED,
            [LocalTariffsCleared(("T1",))],
        ),
        (
            ClearTariffs(),
            {"clearTariffsResult": [T1, T2]},
            CommandResult.ACCEPTED,
            [LocalTariffsCleared(None)],
        ),
    ],
)
def test_what_answers_mean(
    ask: StationAsk, said: dict[str, Any], *, result: CommandResult, news: list[object]
) -> None:
    """P-218."""
    command = replace(carrying(ask), evse_uid=None, connector_id=None)
    outcome = V21.read_outcome(command, Answer(said))
    assert outcome.result is result
    assert [unpack_one(NEWS, each) for each in outcome.news] == news
