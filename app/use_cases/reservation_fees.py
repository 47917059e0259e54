"""Our driver did not come: what keeping the EVSE free costs is taken from their card.

Nothing is held for a reservation. When somebody comes, the session's hold covers what was
reserved too; when nobody does, the fee is charged to the driver's card as a session that is over
and has only to be paid, with a receipt, and a debt like any other if the card is declined.
"""

from dataclasses import replace
from datetime import datetime

from app.domain.cdrs import Cdr
from app.domain.charging import Charging, ChargingState
from app.domain.money import Money
from app.domain.reservations import Reservation
from app.domain.tariffs import Tariff, TariffElement
from app.store.ids import new_id
from app.store.transaction import Transaction
from app.use_cases.payment_requests import NO_CARD, Card, begin_in


def costs_something(tariff: Tariff) -> bool:
    """Whether keeping an EVSE free has a price."""
    return any(_is_priced(element) for element in tariff.elements)


def _is_priced(element: TariffElement) -> bool:
    reserved = element.restrictions.reservation is not None
    return reserved and any(component.price for component in element.components)


async def owe(
    tx: Transaction, reservation: Reservation, cdr: Cdr, tariff: Tariff, *, now: datetime
) -> Charging | None:
    """The driver's session that the fee is paid through; None when no driver of ours reserved.

    The bill itself comes to it by the event of the CDR, as every bill does.
    """
    if reservation.driver_id is None:
        return None
    place = cdr.place
    charging = Charging(
        id=new_id(),
        state=ChargingState.SETTLING,
        state_since=now,
        created_at=now,
        valid_until=now,
        cpo=reservation.party,
        location_id=reservation.location_id,
        evse_uid=reservation.evse_uid or place.evse_uid,
        connector_id=reservation.connector_id or place.connector_id,
        zone=place.zone,
        currency=cdr.bill.currency,
        tariff=tariff,
        hold=Money.zero(cdr.bill.currency),
        own=reservation.own,
        driver_id=reservation.driver_id,
        language=reservation.token.language or "en",
        station_id=reservation.station_id,
        token=reservation.token,
        session_id=reservation.session_id,
        started_at=cdr.started_at,
    )
    method = await tx.payments.methods.default_of(reservation.driver_id)
    card = Card(method.reference, method.customer) if method else Card(NO_CARD)
    payment = await begin_in(tx, charging, card, again=True, now=now)
    paid = replace(charging, payment_id=payment.id)
    await tx.charging.add(paid)
    return paid
