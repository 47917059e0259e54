"""Turns a wish to reserve, or to give back, into the command it means.

Refusals are those of `command_plans`.
"""

from dataclasses import replace
from datetime import datetime
from random import Random

from app.domain.commands import (
    Command,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
    Obstacle,
    looks_plugged_in,
    remote_start_obstacle,
    virtual_tag,
)
from app.domain.errors import ChargerRefused, Conflict, NotFound
from app.domain.locations import Evse, EvseStatus, Location
from app.domain.reservations import (
    Reservation,
    ReservationState,
    check_expiry,
    fitting_tag,
    scope_of,
)
from app.store.ids import new_id
from app.store.transaction import Transaction
from app.use_cases.command_plans import (
    blank,
    by_partner,
    evse_of,
    look,
    online,
    plug_of,
    refuse,
)
from app.use_cases.command_requests import Asker, ReserveRequest, UnreserveRequest

_UNKNOWN = CommandOutcome(CommandResult.UNKNOWN_RESERVATION, "there is no such reservation")


async def plan_reservation(
    tx: Transaction, request: ReserveRequest | UnreserveRequest, *, now: datetime, random: Random
) -> Command:
    """The command that keeps an EVSE free, or that gives it back."""
    if isinstance(request, UnreserveRequest):
        return await _plan_unreserve(tx, request, now=now)
    return await _plan_reserve(tx, request, now=now, random=random)


async def _plan_reserve(
    tx: Transaction, request: ReserveRequest, *, now: datetime, random: Random
) -> Command:
    """The command that keeps an EVSE free, and the reservation it is for.

    One of the same name is changed by it, once the charger agrees (C-206); raises Conflict when
    that one is at another location. Raises InvalidInput for an expiry that is no use.
    """
    check_expiry(request.expires_at, now)
    location = await tx.locations.need(request.party, request.location_id, lock=True)
    known = await _known(tx, location, request)
    tag = request.tag or fitting_tag(request.token, virtual_tag(random))
    if known is not None and known.is_for(request.token) and known.token.uid == request.token.uid:
        tag = known.tag
    command = replace(
        blank(CommandKind.RESERVE, request.asker, now),
        party=location.party,
        location_id=location.id,
        token=request.token,
        tag=tag,
        expires_at=request.expires_at,
        authorization_reference=request.authorization_reference,
    )
    if location.own:
        command = await _at_ours(tx, location, known, request=request, command=command)
    else:
        command = await _at_partner(tx, location, known, request=request, command=command)
    if known is None:
        known = _new(request, command, now)
        await tx.reservations.add(known)
    return replace(
        command,
        reservation_id=known.id,
        authorization_reference=command.authorization_reference or known.authorization_reference,
    )


async def _known(
    tx: Transaction, location: Location, request: ReserveRequest
) -> Reservation | None:
    if request.name is None:
        return None
    known = await tx.reservations.open_of(request.token.party, request.name)
    if known is None:
        return None
    here = (known.party, known.location_id.casefold()) == (location.party, location.id.casefold())
    if not here:
        raise Conflict("a reservation of this id is at another location")
    return known


async def _at_ours(
    tx: Transaction,
    location: Location,
    known: Reservation | None,
    *,
    request: ReserveRequest,
    command: Command,
) -> Command:
    wanted = request.evse_uid or (known.evse_uid if known else None)
    evse = await _reservable(tx, location, wanted, known=known, request=request)
    station = await online(tx, evse.station_id, Asker(channel=request.asker.channel))
    number = known.number if known and known.station_id == station.id else None
    return replace(
        command,
        station_id=station.id,
        evse_uid=evse.uid,
        connector_id=plug_of(evse, request.connector_id or evse.connectors[0].id).id,
        number=number or await tx.reservations.next_number(scope_of(station.id, None)),
    )


async def _reservable(
    tx: Transaction,
    location: Location,
    uid: str | None,
    *,
    known: Reservation | None,
    request: ReserveRequest,
) -> Evse:
    """The EVSE to keep free: the one named, else the first that nothing is against.

    Source: OCPI 2.2.1, Commands, ReserveNow object, `evse_uid`.
    """
    if uid is not None:
        evse = evse_of(location, uid)
        refuse(await _obstacle(tx, location, evse, known=known, request=request))
        return evse
    here = [e for e in location.evses if e.status is not EvseStatus.REMOVED]
    for evse in here:
        if await _obstacle(tx, location, evse, known=None, request=request) is None:
            return evse
    raise ChargerRefused("occupied")


async def _obstacle(
    tx: Transaction,
    location: Location,
    evse: Evse,
    *,
    known: Reservation | None,
    request: ReserveRequest,
) -> Obstacle | None:
    """What is against reserving: all that is against a start, and a cable that is in.

    An EVSE is kept free once: another reservation is in the way, also one that is being asked
    for, and also one of the same driver.
    """
    others = await tx.reservations.open_at(location.party, location.id, evse.uid)
    mine = known is not None and any(other.id == known.id for other in others)
    if any(known is None or other.id != known.id for other in others):
        return Obstacle(CommandResult.EVSE_OCCUPIED, "reserved")
    found = (await look(tx, location, evse, request.token if mine else None)).obstacle
    if found is None and looks_plugged_in(evse.status):
        return Obstacle(CommandResult.EVSE_OCCUPIED, "occupied")
    return found


async def _at_partner(
    tx: Transaction,
    location: Location,
    known: Reservation | None,
    *,
    request: ReserveRequest,
    command: Command,
) -> Command:
    """A partner's charger: its CPO knows better, unless the EVSE is out of use."""
    if request.evse_uid is not None:
        refuse(remote_start_obstacle(evse_of(location, request.evse_uid).status))
    scope = scope_of(None, location.party)
    return replace(
        by_partner(command, location.party),
        evse_uid=request.evse_uid or (known.evse_uid if known else None),
        number=known.number if known else await tx.reservations.next_number(scope),
    )


def _new(request: ReserveRequest, command: Command, now: datetime) -> Reservation:
    """The reservation a command asks for; ours are referred to by their own id."""
    reservation_id = new_id()
    if command.party is None or command.location_id is None:
        raise ValueError("a reservation is at a location")
    return Reservation(
        id=reservation_id,
        state=ReservationState.REQUESTED,
        name=request.name or reservation_id,
        number=command.number or 0,
        party=command.party,
        location_id=command.location_id,
        token=request.token,
        tag=command.tag or request.token.uid,
        channel=request.asker.channel,
        created_at=now,
        expires_at=request.expires_at,
        last_updated=now,
        evse_uid=command.evse_uid,
        connector_id=command.connector_id,
        station_id=command.station_id,
        remote_party=command.remote_party,
        driver_id=request.token.driver_id,
        partner_id=request.asker.partner_id,
        callback_url=request.asker.callback_url,
        correlation_id=command.correlation_id,
        authorization_reference=request.authorization_reference
        or (reservation_id if request.asker.partner_id is None else None),
        command_id=command.id,
    )


async def _plan_unreserve(tx: Transaction, request: UnreserveRequest, *, now: datetime) -> Command:
    """The command that gives a reservation back.

    A partner who names one that does not exist (any more) gets UNKNOWN_RESERVATION as a result:
    OCPI has no such word for the immediate answer (C-207).
    """
    asker = request.asker
    reservation = await _wanted(tx, request)
    if reservation is None or not reservation.open:
        if asker.partner_id is None:
            raise Conflict("the reservation is over")
        command = blank(CommandKind.UNRESERVE, asker, now)
        return replace(
            command,
            party=request.party,
            state=CommandState.SETTLED,
            outcome=_UNKNOWN,
            settled_at=now,
            sent_at=now,
        )
    command = replace(
        blank(CommandKind.UNRESERVE, asker, now),
        party=reservation.party,
        location_id=reservation.location_id,
        evse_uid=reservation.evse_uid,
        connector_id=reservation.connector_id,
        token=reservation.token,
        reservation_id=reservation.id,
        number=reservation.number,
    )
    if reservation.remote_party is not None:
        return by_partner(command, reservation.remote_party)
    station = await online(tx, reservation.station_id, Asker(channel=asker.channel))
    return replace(command, station_id=station.id)


async def _wanted(tx: Transaction, request: UnreserveRequest) -> Reservation | None:
    """The reservation that is meant; raises NotFound for an operator's or driver's wrong id."""
    asker = request.asker
    if request.name is not None and asker.emsp is not None:
        return await tx.reservations.open_of(asker.emsp, request.name)
    found = await tx.reservations.need(request.reservation_id or "")
    if asker.cpo not in {None, found.party}:
        raise NotFound("reservation", found.id)
    return found
