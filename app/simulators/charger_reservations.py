"""A simulated charger keeps outlets free: ReserveNow and CancelReservation in all versions."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.charger_model import Outlet, Reservation
from app.simulators.ocpp_schemas import Payload


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a ReserveNow of any version asks for; `evse` None for any outlet."""

    number: int
    evse: int | None
    token: str
    group: str | None
    until: datetime

    @classmethod
    def read_v16(cls, asked: Payload) -> "Wanted":
        """1.6: connector 0 is any."""
        return cls(
            asked["reservationId"],
            asked["connectorId"] or None,
            asked["idTag"],
            asked.get("parentIdTag"),
            datetime.fromisoformat(asked["expiryDate"]),
        )

    @classmethod
    def read_v2(cls, asked: Payload) -> "Wanted":
        """2.x: a missing EVSE is any."""
        return cls(
            asked["id"],
            asked.get("evseId"),
            asked["idToken"]["idToken"],
            asked.get("groupIdToken", {}).get("idToken"),
            datetime.fromisoformat(asked["expiryDateTime"]),
        )


class Reserving:
    """What the dialects share; `loses` tells the end of a reservation where that has a message."""

    def __init__(
        self,
        works: Works,
        read: Callable[[Payload], Wanted],
        loses: Callable[[int, str], Message] | None = None,
    ) -> None:
        self._works = works
        self._read = read
        self._loses = loses
        self.answers: Mapping[str, Answer] = {
            "ReserveNow": self._reserve,
            "CancelReservation": self._cancel,
        }

    async def _reserve(self, asked: Payload) -> Payload:
        wanted = self._read(asked)
        outlets = self._works.outlets
        if wanted.evse is not None and wanted.evse not in outlets:
            return {"status": "Rejected"}
        here = [o for n, o in outlets.items() if wanted.evse in {None, n}]
        obstacles = {outlet.number: _obstacle(outlet, wanted) for outlet in here}
        free = [outlet for outlet in here if obstacles[outlet.number] is None]
        if not free:
            return {"status": obstacles[here[0].number] or "Rejected"}
        self._forget(wanted.number)
        kept = Reservation(wanted.number, wanted.token, wanted.group, wanted.until)
        free[0].reservation = kept
        self._works.later(self._announce)
        self._works.besides(lambda: self._wait(free[0], kept))
        return {"status": "Accepted"}

    async def _cancel(self, asked: Payload) -> Payload:
        if not self._forget(asked["reservationId"]):
            return {"status": "Rejected"}
        self._works.later(self._announce)
        return {"status": "Accepted"}

    async def lose(self, outlet: Outlet) -> None:
        """The outlet breaks, or somebody at the charger takes the reservation away."""
        await self._end(outlet, "Removed")

    def _forget(self, number: int) -> bool:
        kept = [o for o in self._works.outlets.values() if _number(o) == number]
        for outlet in kept:
            outlet.reservation = None
        return bool(kept)

    async def _wait(self, outlet: Outlet, kept: Reservation) -> None:
        left = kept.until - self._works.now()
        await asyncio.sleep(max(0.0, left.total_seconds()))
        if outlet.reservation is kept:
            await self._end(outlet, "Expired")

    async def _end(self, outlet: Outlet, why: str) -> None:
        kept, outlet.reservation = outlet.reservation, None
        if kept is None:
            return
        if self._loses is not None:
            await self._works.tell(self._loses(kept.number, why))
        await self._announce()

    async def _announce(self) -> None:
        await self._works.announce(again=False)


def reservation_update(number: int, why: str) -> Message:
    """2.x tells when a reservation is over."""
    payload: Payload = {"reservationId": number, "reservationUpdateStatus": why}
    return Message("ReservationStatusUpdate", payload)


def is_kept_from(outlet: Outlet, token: str) -> bool:
    """Whether the outlet is kept free for another token."""
    kept = outlet.reservation
    return kept is not None and token.upper() not in {
        kept.token.upper(),
        (kept.group or "").upper(),
    }


def _number(outlet: Outlet) -> int | None:
    return outlet.reservation.number if outlet.reservation else None


def _obstacle(outlet: Outlet, wanted: Wanted) -> str | None:
    if outlet.fault:
        return "Faulted"
    if not outlet.operative:
        return "Unavailable"
    running = outlet.transaction is not None and outlet.transaction.ended_at is None
    if running or outlet.plugged or outlet.ready_token:
        return "Occupied"
    return "Occupied" if _number(outlet) not in {None, wanted.number} else None
