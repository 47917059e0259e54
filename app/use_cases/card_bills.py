"""Bills for what a driver's card began at a partner's, of which no session was told before."""

from dataclasses import replace
from datetime import datetime

from app.domain.cdrs import Cdr
from app.domain.charging import Begun, Charging, ChargingState
from app.domain.errors import PaymentDeclined
from app.domain.money import Money
from app.domain.tariffs import Tariff
from app.store.ids import new_id
from app.store.transaction import Transaction
from app.use_cases.payers import payer_of
from app.use_cases.payment_requests import NO_CARD, Card, begin_in


async def card_of(tx: Transaction, driver_id: str, now: datetime) -> Card:
    """What pays; a transaction runs already, so without anything it is declined by the book."""
    try:
        return await payer_of(tx, driver_id, now=now)
    except PaymentDeclined:
        return Card(NO_CARD)


async def billed_in(tx: Transaction, cdr: Cdr, driver_id: str, *, now: datetime) -> Charging:
    """The driver's session for a bill that came without one: it is over, and to be paid.

    The bill itself comes to it by the event of the CDR, as every bill does.
    """
    place, currency = cdr.place, cdr.bill.currency
    token = await tx.tokens.find(cdr.token.party, cdr.token.uid, cdr.token.type)
    charging = Charging(
        id=new_id(),
        state=ChargingState.SETTLING,
        state_since=now,
        created_at=now,
        valid_until=now,
        cpo=cdr.party,
        location_id=place.location_id,
        evse_uid=place.evse_uid,
        connector_id=place.connector_id,
        zone=place.zone,
        currency=currency,
        tariff=cdr.tariff or Tariff(cdr.party, "", currency, (), now, own=cdr.own),
        hold=Money.zero(currency),
        own=cdr.own,
        driver_id=driver_id,
        token=token,
        session_id=cdr.session_id,
        started_at=cdr.started_at,
        begun_by=Begun.CARD,
    )
    payment = await begin_in(tx, charging, await card_of(tx, driver_id, now), again=True, now=now)
    paid = replace(charging, payment_id=payment.id)
    await tx.charging.add(paid)
    return paid
