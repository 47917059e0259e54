"""The steps by which a charger comes to a higher security profile, each after the one before.

A charger that says no to one of them stays as it is, and nothing more is asked of it.
"""

from dataclasses import replace
from datetime import datetime

from app.domain.asks import ASKS, StationAsk
from app.domain.certificates import RaiseProfile
from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.device_model import NetworkProfile
from app.domain.errors import ChargerRefused, InvalidInput
from app.domain.security_raise import PRIORITY, PreferSecureWay, TeachSecureWay, secure_way
from app.domain.stations import Station
from app.store.documents import unpack_one
from app.store.transaction import Transaction
from app.use_cases.asks import ask_in
from app.use_cases.command_plans import issue, plan_reset
from app.use_cases.command_requests import BY_US, AskRequest, ResetRequest
from app.use_cases.device_models import is_flat

_STEPS: dict[str, type] = {
    shape.__name__: shape for shape in (RaiseProfile, TeachSecureWay, PreferSecureWay)
}


async def first_step(
    tx: Transaction,
    station: Station,
    profile: int,
    *,
    way: NetworkProfile | None,
    slot: int | None,
) -> StationAsk:
    """What a charger is asked first; raises InvalidInput or Conflict.

    OCPP 1.6 has a key for it and finds its way itself.
    """
    if is_flat(station):
        return RaiseProfile(profile)
    if way is None:
        raise InvalidInput("url", "a charger of OCPP 2.x must be told where to go")
    told = await tx.device_models.variables(station.id, keys=[PRIORITY.key])
    known = told[PRIORITY.key].variable.value if PRIORITY.key in told else None
    return secure_way(way, known, slot)


async def raise_settled(
    tx: Transaction, command: Command, outcome: CommandOutcome, *, now: datetime
) -> None:
    """A step was answered: the next one, or no other."""
    packed, station_id = command.ask, command.station_id
    if packed is None or packed.shape not in _STEPS or station_id is None:
        return
    if not outcome.accepted:
        if outcome.result is not CommandResult.TIMEOUT:
            await _give_up(tx, station_id)
        return
    ask = unpack_one(ASKS, packed)
    try:
        if isinstance(ask, TeachSecureWay):
            prefer = PreferSecureWay(ask.priority)
            await ask_in(tx, AskRequest(asker=BY_US, station_id=station_id, ask=prefer), now=now)
        elif isinstance(ask, PreferSecureWay):
            reset = ResetRequest(asker=BY_US, station_id=station_id)
            await issue(tx, await plan_reset(tx, reset, now=now))
    except ChargerRefused:  # it has left by itself, and is free to come back by whichever way
        return


async def _give_up(tx: Transaction, station_id: str) -> None:
    station = await tx.stations.get(station_id, lock=True)
    if station is not None and station.security.wanted is not None:
        await tx.stations.secure(replace(station, security=replace(station.security, wanted=None)))
