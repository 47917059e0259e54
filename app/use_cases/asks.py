"""Asking something of our own charger that is not charging (`domain.asks`)."""

from dataclasses import replace
from datetime import datetime

from app.domain.commands import Command, CommandKind
from app.store.documents import pack_one
from app.store.transaction import Transaction
from app.use_cases.command_plans import blank, issue, online
from app.use_cases.command_requests import AskRequest


async def plan_ask(tx: Transaction, request: AskRequest, *, now: datetime) -> Command:
    """The command that carries an ask; raises NotFound or ChargerRefused."""
    station = await online(tx, request.station_id, request.asker)
    return replace(
        blank(CommandKind.ASK, request.asker, now),
        party=station.party,
        station_id=station.id,
        location_id=request.location_id,
        evse_uid=request.evse_uid,
        connector_id=request.connector_id,
        ask=pack_one(request.ask),
    )


async def ask_in(tx: Transaction, request: AskRequest, *, now: datetime) -> Command:
    """Ask it as part of another use-case's transaction; raises NotFound or ChargerRefused."""
    command = await plan_ask(tx, request, now=now)
    await issue(tx, command)
    return command
