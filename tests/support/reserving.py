"""Reservations in tests: a partner's wishes at CP1, and what became of them."""

from datetime import timedelta
from typing import Any

from app.domain.commands import Command, CommandChannel, CommandKind, CommandResult
from app.domain.reservations import Reservation, ReservationState
from app.domain.sessions import Session
from app.domain.tariffs import Dimension, ReservationPhase, Restrictions, Tariff, TariffElement
from app.use_cases.command_requests import Asker, ReserveRequest, UnreserveRequest
from tests.support.chargers import CPO, EMSP, a_token
from tests.support.clock import NOON
from tests.support.drive import Drive
from tests.support.priced import a_component, a_tariff

S, R = ReservationState, CommandResult
HALF_HOUR = NOON + timedelta(minutes=30)
CALLBACK = "https://them.example/results/1"
PARTNER = Asker(channel=CommandChannel.PARTNER, partner_id="p-1", emsp=EMSP, callback_url=CALLBACK)
OPERATOR = Asker(channel=CommandChannel.OPERATOR, cpo=CPO)


def _phase(phase: ReservationPhase, *components: Any) -> TariffElement:
    return TariffElement(tuple(components), Restrictions(reservation=phase))


def prices(*, expires: bool = True) -> Tariff:
    """0.50 per kWh; reserving 3.00 an hour, and 4.00 plus 6.00 an hour when nobody comes.

    All plus 20 %.
    """
    elements = [
        TariffElement((a_component(Dimension.ENERGY, "0.50"),)),
        _phase(ReservationPhase.RESERVATION, a_component(Dimension.TIME, "3.00")),
    ]
    if expires:
        unused = a_component(Dimension.FLAT, "4.00"), a_component(Dimension.TIME, "6.00")
        elements.append(_phase(ReservationPhase.RESERVATION_EXPIRES, *unused))
    return a_tariff(*elements, party=CPO, id="T1")


def a_wish(**changes: Any) -> ReserveRequest:
    """A partner's RESERVE_NOW of EVSE E1 for half an hour."""
    given: dict[str, Any] = {
        "asker": PARTNER,
        "party": CPO,
        "location_id": "L1",
        "evse_uid": "E1",
        "token": a_token(),
        "expires_at": HALF_HOUR,
        "name": "R1",
        "authorization_reference": "AUTH-1",
        **changes,
    }
    return ReserveRequest(**given)


async def ask(drive: Drive, **changes: Any) -> Command:
    """Reserve, with everything that follows at once."""
    command = await drive.commands.request(a_wish(**changes))
    await drive.pump()
    return await settled(drive, command)


async def settled(drive: Drive, command: Command) -> Command:
    """A command as it is stored now, or as it was answered if it never was."""
    async with drive.store.reading() as tx:
        return await tx.commands.get(command.id) or command


async def kept(drive: Drive) -> Reservation:
    """The one reservation there is."""
    async with drive.store.reading() as tx:
        (found,) = await tx.reservations.of_party(CPO, limit=10)
    return found


async def session_of(drive: Drive, reservation: Reservation) -> Session:
    """The session that stands for a reservation."""
    async with drive.store.reading() as tx:
        return await tx.sessions.need(reservation.session_id or "")


async def give_back(drive: Drive, name: str = "R1", asker: Asker = PARTNER) -> Command:
    """Cancel it, with everything that follows at once."""
    command = await drive.commands.request(UnreserveRequest(asker=asker, name=name))
    await drive.pump()
    return await settled(drive, command)


def told(drive: Drive) -> list[CommandKind]:
    """What chargers were asked."""
    return [command.kind for command in drive.chargers.told]
