"""What may not be forgotten, however old it is, since a session, a bill or money needs it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.charging import ENDED, ChargingState
from app.domain.commands import CommandState
from app.domain.payments import PaymentState
from app.domain.reservations import OPEN, Reservation
from app.domain.sessions import Session, SessionStatus
from app.domain.web_payments import WebPayment
from app.store.cdrs import CDRS
from app.store.charging import CHARGINGS
from app.store.commands import COMMANDS
from app.store.documents import unpack
from app.store.ids import first_id_at
from app.store.payments import PAYMENTS
from app.store.reservations import RESERVATIONS
from app.store.sessions import SESSIONS
from app.store.web_payments import PAYMENTS as WEB_PAYMENTS

_OVER = [SessionStatus.COMPLETED.value, SessionStatus.INVALID.value]
_SETTLED = [state.value for state in ENDED - {ChargingState.SETTLEMENT_FAILED}]
_SQUARE = [
    state.value
    for state in (
        PaymentState.NONE,
        PaymentState.DECLINED,
        PaymentState.CAPTURED,
        PaymentState.RELEASED,
    )
]
"""Nobody owes anybody anything."""

_BEGINS_WITHIN = timedelta(days=2)
"""No session begins later than this after the command it is by."""


def _open_charging(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether such a driver's session goes on, or has still to be paid."""
    return exists().where(*which, CHARGINGS.c.state.not_in(_SETTLED))


def awaits_bill() -> ColumnElement[bool]:
    """Whether somebody is to be billed who was not; without a tariff that takes a person."""
    billed = exists().where(CDRS.c.session_id == SESSIONS.c.key)
    completed = SESSIONS.c.status == SessionStatus.COMPLETED.value
    return and_(completed, SESSIONS.c.token_party.is_not(None), ~billed)


async def needed_sessions(
    connection: AsyncConnection, keys: Collection[str], since: datetime
) -> set[str]:
    """Those of the sessions that changed since then, go on, or are not billed or paid yet."""
    s = SESSIONS.c
    unpaid = exists().where(
        PAYMENTS.c.charging_id == s.charging_id, PAYMENTS.c.state.not_in(_SQUARE)
    )
    needed = or_(
        s.last_updated >= since,
        s.status.not_in(_OVER),
        awaits_bill(),
        unpaid,
        _open_charging(CHARGINGS.c.id == s.charging_id),
        _open_charging(CHARGINGS.c.session_id == s.key),
    )
    found = await connection.execute(select(s.key).where(s.key.in_(keys), needed))
    return set(found.scalars())


async def needed_commands(
    connection: AsyncConnection, ids: Collection[str], since: datetime
) -> set[str]:
    """Those of the commands that were made since then, or are not settled.

    Nor is a command where the driver's session that it is for, or that began by it, is not.
    """
    c = COMMANDS.c
    needed = or_(
        c.created_at >= since,
        c.state != CommandState.SETTLED.value,
        _open_charging(CHARGINGS.c.id == c.charging_id),
        _open_charging(CHARGINGS.c.command_id == c.id),
        _open_charging(CHARGINGS.c.stop_command_id == c.id),
    )
    found = await connection.execute(select(c.id).where(c.id.in_(ids), needed))
    return set(found.scalars())


async def commands_referred_to(connection: AsyncConnection, before: datetime) -> set[str]:
    """What is named by a session that runs, by an open reservation, or by a charger's codes.

    Of the sessions only those are read that may be by a command from before this moment.
    """
    s, r = SESSIONS.c, RESERVATIONS.c
    # The key as it stands would let SQLite go through all old sessions instead of all that run.
    early = s.key.concat("") < first_id_at(before + _BEGINS_WITHIN)
    long = select(s.document).where(s.runs_at.is_not(None), early)
    sessions = await _read(connection, Session, long)
    is_open = r.state.in_([state.value for state in OPEN])
    kept = await _read(connection, Reservation, select(r.document).where(is_open))
    codes = await _read(connection, WebPayment, select(WEB_PAYMENTS.c.document))
    named = {session.command_id for session in sessions} | {code.command for code in codes}
    named |= {each.command_id for each in kept} | {each.start_id for each in kept}
    return {name for name in named if name is not None}


async def _read(connection: AsyncConnection, shape: Any, statement: Any) -> list[Any]:
    return [unpack(shape, each) for each in (await connection.execute(statement)).scalars()]
