"""Turns a request into the command it means: which charger, which connector, and whether it can.

Refusals are `ChargerRefused`, `NotFound`, `Conflict`, `Forbidden` or `InvalidInput`;
`commands.request_in` turns them into what the asker's channel understands.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from app.domain.commands import (
    Command,
    CommandKind,
    CommandState,
    Obstacle,
    looks_plugged_in,
    remote_start_number,
    remote_start_obstacle,
    start_obstacle,
    virtual_tag,
)
from app.domain.errors import ChargerRefused, Conflict, Forbidden, InvalidInput, NotFound
from app.domain.events import CommandRequested
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, Evse, EvseStatus, Location
from app.domain.reservations import Reservation, ReservationState
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Station
from app.domain.tokens import Token
from app.store.correlation import correlation_id
from app.store.ids import new_id
from app.store.transaction import Transaction
from app.use_cases.command_requests import (
    ANSWER_WITHIN,
    PARTNER_ANSWERS_WITHIN,
    Asker,
    ResetRequest,
    StartRequest,
    StopRequest,
    TriggerRequest,
    UnlockRequest,
)
from app.use_cases.terminals import is_invoiced_by_us


@dataclass(frozen=True, slots=True)
class Chosen:
    """An EVSE with what keeps it from starting, if anything.

    `held` is the reservation that keeps it free for who asks.
    """

    evse: Evse
    obstacle: Obstacle | None
    held: Reservation | None = None


def blank(kind: CommandKind, asker: Asker, now: datetime) -> Command:
    """A command with everything but its aim."""
    return Command(
        id=new_id(),
        kind=kind,
        channel=asker.channel,
        state=CommandState.REQUESTED,
        created_at=now,
        deadline=now + ANSWER_WITHIN,
        charging_id=asker.charging_id,
        partner_id=asker.partner_id,
        emsp=asker.emsp,
        callback_url=asker.callback_url,
        correlation_id=correlation_id.get(),
        asked_by=asker.key_id,
    )


def by_partner(command: Command, cpo: PartyId) -> Command:
    """The command for a partner's charger, whose CPO may take longer to answer."""
    deadline = command.created_at + PARTNER_ANSWERS_WITHIN
    return replace(command, remote_party=cpo, deadline=deadline)


async def issue(tx: Transaction, command: Command) -> None:
    """Keep a new command and let it be sent."""
    await tx.commands.add(command)
    tx.emit(CommandRequested(command.id, _target_of(command)))


def _target_of(command: Command) -> str:
    """The queue of a command: one per charger, or per partner's CPO, so that order holds."""
    if command.remote_party is not None:
        return f"partner-cpo:{command.remote_party}"
    return f"station:{command.station_id}"


async def plan_start(
    tx: Transaction, request: StartRequest, *, now: datetime, random: Random
) -> Command:
    """The command that starts a session."""
    location = await tx.locations.need(request.party, request.location_id, lock=True)
    if request.connector_id is not None and request.evse_uid is None:
        raise InvalidInput("evse_uid", "is required together with connector_id")
    command = replace(
        blank(CommandKind.START, request.asker, now),
        party=location.party,
        location_id=location.id,
        token=request.token,
        authorization_reference=request.authorization_reference,
        invoiced=await is_invoiced_by_us(tx, request, request.token),
    )
    if not location.own:
        return _at_partner(command, location, request)
    chosen = await _startable(tx, location, request.evse_uid, request.token)
    evse = chosen.evse
    await _refuse_double(tx, location, evse, request, now=now)
    command = replace(
        command,
        station_id=evse.station_id,
        evse_uid=evse.uid,
        connector_id=plug_of(evse, request.connector_id).id,
        id_tag=request.id_tag or virtual_tag(random),
        remote_start=remote_start_number(random),
    )
    return command if chosen.held is None else await _on_reservation(tx, command, chosen.held)


async def _on_reservation(tx: Transaction, command: Command, held: Reservation) -> Command:
    """A start on a reservation shows the charger what it is waiting for."""
    await tx.reservations.save(replace(held, start_id=command.id))
    reference = command.authorization_reference or held.authorization_reference
    return replace(
        command,
        id_tag=None,
        tag=held.tag,
        number=held.number,
        reservation_id=held.id,
        authorization_reference=reference,
    )


def _at_partner(command: Command, location: Location, request: StartRequest) -> Command:
    """A partner's charger: its CPO knows better than we do, unless the EVSE is out of use."""
    if request.evse_uid is not None:
        evse = evse_of(location, request.evse_uid)
        refuse(remote_start_obstacle(evse.status))
        if request.connector_id is not None:
            plug_of(evse, request.connector_id)
    return replace(
        by_partner(command, location.party),
        evse_uid=request.evse_uid,
        connector_id=request.connector_id,
        id_tag=request.id_tag,
    )


async def _startable(tx: Transaction, location: Location, uid: str | None, token: Token) -> Chosen:
    """The EVSE to start at; without a uid the reserved, the only or the plugged-in one.

    Source: OCPI 2.2.1, Commands, StartSession object, `evse_uid`.
    """
    if uid is not None:
        chosen = await look(tx, location, evse_of(location, uid), token)
        refuse(chosen.obstacle)
        return chosen
    here = [e for e in location.evses if e.status is not EvseStatus.REMOVED]
    looked = [await look(tx, location, evse, token) for evse in here]
    held = [chosen for chosen in looked if chosen.held is not None]
    if len(looked) == 1 or len(held) == 1:
        chosen = (held or looked)[0]
        refuse(chosen.obstacle)
        return chosen
    free = [chosen for chosen in looked if chosen.obstacle is None]
    plugged = [chosen for chosen in free if looks_plugged_in(chosen.evse.status)]
    if len(plugged) != 1:
        raise ChargerRefused("evse_not_clear" if free else "occupied")
    return plugged[0]


async def look(
    tx: Transaction, location: Location, evse: Evse, token: Token | None = None
) -> Chosen:
    """What keeps an own EVSE from being started by this token now."""
    station = await tx.stations.get(evse.station_id) if evse.station_id else None
    session = await tx.sessions.running_at(location.party, location.id, evse.uid)
    connected = station is not None and station.node is not None
    busy = session is not None and goes_on(session)
    kept = await kept_at(tx, location.party, location.id, evse.uid)
    held = kept if kept is not None and token is not None and kept.is_for(token) else None
    obstacle = start_obstacle(
        evse.status,
        connected=connected,
        busy=busy,
        reserved=kept is not None,
        mine=held is not None,
    )
    return Chosen(evse, obstacle, held)


async def kept_at(
    tx: Transaction, party: PartyId, location_id: str, evse_uid: str
) -> Reservation | None:
    """The reservation that the charger agreed to keep an EVSE free for."""
    found = await tx.reservations.open_at(party, location_id, evse_uid)
    return next((r for r in found if r.state is ReservationState.ACTIVE), None)


def goes_on(session: Session) -> bool:
    """Whether somebody charges; not when only a cable is in, before the start or after the end."""
    if not session.own:
        return session.status in {SessionStatus.ACTIVE, SessionStatus.PENDING}
    return session.status is SessionStatus.ACTIVE and session.stopped_at is None


async def _refuse_double(
    tx: Transaction, location: Location, evse: Evse, request: StartRequest, *, now: datetime
) -> None:
    """A second start at an EVSE while the first is pending is a double tap, or comes too late.

    It is not pending any more once its session has begun, even if that is over by now.
    """
    place = location.party, location.id, evse.uid
    pending = await tx.commands.open_starts(*place, now=now)
    if pending:
        # A session may be older than its command: some chargers begin one when the cable comes in.
        used = {session.command_id for session in await tx.sessions.latest_at(*place)}
        pending = [command for command in pending if command.id not in used]
    if not pending:
        return
    same = any(command.token == request.token for command in pending)
    raise ChargerRefused("already_requested" if same else "occupied")


async def plan_stop(tx: Transaction, request: StopRequest, *, now: datetime) -> Command:
    """The command that ends a session."""
    session = await tx.sessions.need(request.session_id)
    _may_stop(session, request.asker)
    if not goes_on(session):
        raise Conflict("the session has ended")
    command = replace(
        blank(CommandKind.STOP, request.asker, now),
        party=session.party,
        location_id=session.location_id,
        evse_uid=session.evse_uid,
        connector_id=session.connector_id,
        session_id=session.id,
        charging_id=request.asker.charging_id or session.charging_id,
    )
    if not session.own:
        return by_partner(command, session.party)
    station = await online(tx, session.station_id, request.asker)
    return replace(command, station_id=station.id, transaction=session.transaction)


def _may_stop(session: Session, asker: Asker) -> None:
    if asker.cpo is not None and session.party != asker.cpo:
        raise NotFound("session", session.id)
    if asker.emsp is not None and (session.token is None or session.token.party != asker.emsp):
        raise Forbidden("the session is another provider's")


async def plan_unlock(tx: Transaction, request: UnlockRequest, *, now: datetime) -> Command:
    """The command that lets go of a cable."""
    location = await tx.locations.need(request.party, request.location_id)
    if request.asker.cpo not in {None, location.party}:
        raise NotFound("location", request.location_id)
    evse = evse_of(location, request.evse_uid)
    plug = plug_of(evse, request.connector_id)
    command = replace(
        blank(CommandKind.UNLOCK, request.asker, now),
        party=location.party,
        location_id=location.id,
        evse_uid=evse.uid,
        connector_id=plug.id,
    )
    if not location.own:
        return by_partner(command, location.party)
    station = await online(tx, evse.station_id, request.asker)
    return replace(command, station_id=station.id)


async def plan_reset(tx: Transaction, request: ResetRequest, *, now: datetime) -> Command:
    """The command that restarts a charger."""
    station = await online(tx, request.station_id, request.asker)
    return replace(
        blank(CommandKind.RESET, request.asker, now),
        party=station.party,
        station_id=station.id,
        location_id=request.location_id,
        evse_uid=request.evse_uid,
        detail="hard" if request.hard else "soft",
    )


async def plan_trigger(tx: Transaction, request: TriggerRequest, *, now: datetime) -> Command:
    """The command that asks for a message."""
    station = await online(tx, request.station_id, request.asker)
    return replace(
        blank(CommandKind.TRIGGER, request.asker, now),
        party=station.party,
        station_id=station.id,
        location_id=request.location_id,
        evse_uid=request.evse_uid,
        connector_id=request.connector_id,
        detail=request.message,
    )


async def online(tx: Transaction, station_id: str | None, asker: Asker) -> Station:
    """The asker's charger, if it is connected; raises NotFound or ChargerRefused."""
    station = await tx.stations.get(station_id) if station_id else None
    if station is None or asker.cpo not in {None, station.party}:
        raise NotFound("charger", station_id or "")
    if station.node is None:
        raise ChargerRefused("offline")
    return station


def evse_of(location: Location, uid: str) -> Evse:
    """The EVSE of this uid; raises NotFound."""
    evse = location.evse(uid)
    if evse is None:
        raise NotFound("EVSE", uid)
    return evse


def plug_of(evse: Evse, connector_id: str | None) -> Connector:
    """The connector asked for, else the first one."""
    if connector_id is None:
        if "START_SESSION_CONNECTOR_REQUIRED" in evse.capabilities:
            raise InvalidInput("connector_id", "this EVSE needs to be told the connector")
        return evse.connectors[0]
    connector = evse.connector(connector_id)
    if connector is None:
        raise NotFound("connector", connector_id)
    return connector


def refuse(obstacle: Obstacle | None) -> None:
    """Raise ChargerRefused if something is in the way."""
    if obstacle is not None:
        raise ChargerRefused(obstacle.reason)
