"""Who pays for a driver's session, and whether they can: the driver, or the owner of their group.

The same answer stands before every start: one asked for in the app, a card at one of our readers,
a partner's question about a card, and a vehicle that knows itself.
"""

from datetime import datetime

from app.domain.driver_notices import DriverNoticeKind
from app.domain.errors import NotFound, PaymentDeclined
from app.domain.locations import EvsePlace
from app.domain.quotes import USUAL, expected
from app.domain.tariffs import price_list
from app.domain.tokens import Token, Verdict
from app.domain.units import plain
from app.domain.vehicles import Vehicle, is_vehicle_uid, vehicle_key
from app.store.transaction import Transaction
from app.use_cases.driver_notices import tell_driver
from app.use_cases.group_shares import obstacle_in
from app.use_cases.payment_requests import Card

NO_METHOD, UNPAID, GROUP_UNPAID = "no_payment_method", "unpaid_session", "group_unpaid"
TOO_DEAR, SWITCHED_OFF = "price_above_consent", "autocharge_off"


async def payer_of(
    tx: Transaction, driver_id: str, *, now: datetime, method_id: str | None = None
) -> Card:
    """What a session of this driver is paid with: a chosen card, the group's, or the default one.

    Raises PaymentDeclined with the reason, NotFound for somebody else's card.
    """
    if await tx.charging.unpaid_of_driver(driver_id):
        raise PaymentDeclined(UNPAID)
    methods = tx.payments.methods
    if method_id is not None:
        chosen = await methods.need(method_id)
        if chosen.driver_id != driver_id:
            raise NotFound("payment method", method_id)
        return Card(chosen.reference, chosen.customer)
    shared = await _by_group(tx, driver_id, now)
    if shared is not None:
        return shared
    method = await methods.default_of(driver_id)
    if method is None:
        raise PaymentDeclined(NO_METHOD)
    return Card(method.reference, method.customer)


async def _by_group(tx: Transaction, driver_id: str, now: datetime) -> Card | None:
    member = await tx.drivers.groups.members.of_driver(driver_id)
    group = None if member is None else await tx.drivers.groups.get(member.group_id)
    if member is None or group is None or group.closed_at is not None:
        return None
    if await tx.charging.unpaid_of_driver(group.owner_id):
        raise PaymentDeclined(GROUP_UNPAID)
    method = await tx.payments.methods.default_of(group.owner_id)
    if method is None:
        raise PaymentDeclined(NO_METHOD)
    obstacle = await obstacle_in(tx, group, member, now=now)
    if obstacle is not None:
        raise PaymentDeclined(obstacle)
    return Card(method.reference, method.customer, group.id)


async def refusal_of(
    tx: Transaction, token: Token, place: EvsePlace | None, *, now: datetime
) -> tuple[Verdict, str] | None:
    """Why one of our drivers' tokens may not begin anything, though it is valid; None if it may.

    Tokens of no driver are what operators hand out; nobody asks them for money here.
    """
    if not token.own or token.driver_id is None:
        return None
    try:
        await payer_of(tx, token.driver_id, now=now)
    except PaymentDeclined as declined:
        return Verdict.NO_CREDIT, declined.reason
    if not is_vehicle_uid(token.uid):
        return None
    why = await _vehicle_refusal(tx, token, place, now)
    return None if why is None else (Verdict.NOT_ALLOWED, why)


async def _vehicle_refusal(
    tx: Transaction, token: Token, place: EvsePlace | None, now: datetime
) -> str | None:
    vehicle = await _vehicle(tx, token)
    if vehicle is None or not vehicle.autocharge or vehicle.driver_id != token.driver_id:
        return SWITCHED_OFF
    if place is None or not await _consents(tx, vehicle, place, now):
        return TOO_DEAR
    return None


async def _vehicle(tx: Transaction, token: Token) -> Vehicle | None:
    return await tx.drivers.vehicles.by_key(vehicle_key(token.uid.partition(":")[2]) or "")


async def tell_too_dear(tx: Transaction, token: Token, place: EvsePlace, *, now: datetime) -> None:
    """A vehicle was plugged in where it starts nothing by itself; told once a day and station."""
    vehicle = await _vehicle(tx, token)
    if vehicle is None or vehicle.most_per_kwh is None:
        return
    location, most = place.location, vehicle.most_per_kwh
    fields = {
        "vehicle": vehicle.name,
        "place": location.name or location.address,
        "limit": f"{plain(most.amount)} {most.currency}",
    }
    await tell_driver(
        tx,
        vehicle.driver_id,
        DriverNoticeKind.AUTOCHARGE_REFUSED,
        subject=f"{vehicle.id}:{location.party}/{location.id}:{now.date()}",
        fields=fields,
        now=now,
    )


async def _consents(tx: Transaction, vehicle: Vehicle, place: EvsePlace, now: datetime) -> bool:
    """Whether a charge of usual size costs no more per kWh here than the driver agreed to."""
    most = vehicle.most_per_kwh
    known = await tx.tariffs.many(place.location.party, place.connector.tariff_ids)
    tariff = price_list(known, now, ad_hoc=False)
    if most is None or tariff is None or tariff.currency != most.currency:
        return False
    zone, power = place.location.time_zone, place.connector.power
    cost = expected(tariff, zone=zone, start=now, power=power).total.due
    return cost <= most * USUAL.value
