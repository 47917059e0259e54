"""Drivers' sessions, their tariffs and payments, valid by default."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.domain.charging import Charging, ChargingState
from app.domain.charging_steps import Step
from app.domain.charging_triggers import Effect, NoticeKind, Notify
from app.domain.identifiers import PartyId
from app.domain.money import Money
from app.domain.payments import Payment, PaymentState
from app.domain.tariffs import Dimension, PriceComponent, Tariff, TariffElement
from tests.support.clock import NOON

CPO = PartyId("NL", "RW1")


def a_tariff(**changes: Any) -> Tariff:
    """0.50 EUR per kWh and 19 % VAT."""
    energy = PriceComponent(Dimension.ENERGY, Decimal("0.50"), vat=Decimal(19))
    tariff = Tariff(
        party=CPO,
        id="T1",
        currency="EUR",
        elements=(TariffElement((energy,)),),
        last_updated=NOON,
    )
    return replace(tariff, **changes)


def a_charging(**changes: Any) -> Charging:
    """A session of a driver, as quoted at noon."""
    charging = Charging(
        id="c-1",
        state=ChargingState.QUOTED,
        state_since=NOON,
        created_at=NOON,
        valid_until=NOON + timedelta(minutes=15),
        cpo=CPO,
        location_id="L1",
        evse_uid="E1",
        connector_id="1",
        zone="Europe/Amsterdam",
        currency="EUR",
        tariff=a_tariff(),
        hold=Money(Decimal(30), "EUR"),
        driver_id="d-1",
        station_id="CS-1",
    )
    return replace(charging, **changes)


def a_payment(**changes: Any) -> Payment:
    """A payment whose hold of 30 EUR is to be asked for."""
    payment = Payment(
        id="p-1",
        charging_id="c-1",
        state=PaymentState.HOLD_REQUESTED,
        hold=Money(Decimal(30), "EUR"),
        created_at=NOON,
        method_reference="pm_card_visa",
        customer="cus_1",
    )
    return replace(payment, **changes)


def doings(result: Step) -> list[Effect]:
    """What a step does, besides telling the driver."""
    return [effect for effect in result.effects if not isinstance(effect, Notify)]


def notices(result: Step) -> list[NoticeKind]:
    """What a step tells the driver."""
    return [effect.kind for effect in result.effects if isinstance(effect, Notify)]
