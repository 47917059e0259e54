"""A charger that speaks OCPP 1.6J, 2.0.1 or 2.1 on its own websocket.

Everything one can do at a real charger is a method: plug in, present a card, pull the plug, break
it. A method returns once the management system has acknowledged what was told, or at once while
the charger is offline; then it is delivered after `reconnect()`, in order, with its own times.

    async with Charger("ws://127.0.0.1:9000/ocpp", "ST-1", "secret") as charger:
        await charger.booted()
        await charger.plug_in()
        await charger.present(1, "04A1B2C3")
        await charger.meter(1, energy_kwh=Decimal("3.5"), power_kw=Decimal(11))
        await charger.unplug()
        assert not charger.violations

With `sample_interval_s` it charges by itself and sends a reading at that interval; without it
nothing moves but by `meter()`, so that tests know every watt-hour.
"""

from datetime import datetime
from decimal import Decimal

from app.simulators.charger_core import ChargerCore
from app.simulators.charger_reservations import is_kept_from


class Charger(ChargerCore):
    """One charger, and all one can do to it; see `ChargerCore` for its settings."""

    async def plug_in(self, evse: int = 1, *, at: datetime | None = None) -> None:
        """Puts the cable in; starts charging if somebody has already been authorised."""
        outlet = self.outlets[evse]
        outlet.plugged = True
        await self.announce(evse, again=False, at=at)
        if outlet.ready_token:
            token, kind, remote = outlet.ready_token
            outlet.ready_token = None
            await self._begin(outlet, token, kind=kind, remote=remote, at=at)
        elif self._by_cable:
            await self._open(outlet, "", kind="NoAuthorization", remote=None, at=at)

    async def unplug(self, evse: int = 1, *, at: datetime | None = None) -> None:
        """Pulls the cable, which ends a transaction that still runs."""
        outlet = self.outlets[evse]
        running = self.running(evse)
        if running is not None:
            if running.delivering:
                running.stop_reason = "EVDisconnected"
            await self._end(outlet, running, at=at)
        outlet.plugged, outlet.transaction = False, None
        await self.announce(evse, again=False, at=at)

    async def present(
        self, evse: int, token: str, *, kind: str = "ISO14443", at: datetime | None = None
    ) -> str:
        """Holds a card to the reader: starts, or stops one's own; the verdict, e.g. `Invalid`.

        `Reserved` is the charger's own: the outlet is kept free for another card.
        """
        outlet, running = self.outlets[evse], self.running(evse)
        if running is not None and running.token.upper() == token.upper():
            await self.stop(evse, "Local", at=at)
            return "Accepted"
        if is_kept_from(outlet, token):
            return "Reserved"
        verdict = await self._authorize(token, kind)
        if verdict == "Accepted":
            await self._admit(outlet, token, kind=kind, remote=None, at=at)
        return verdict

    async def meter(
        self,
        evse: int = 1,
        *,
        energy_kwh: Decimal | None = None,
        power_kw: Decimal | None = None,
        soc: Decimal | None = None,
        at: datetime | None = None,
    ) -> None:
        """Sets what the session's meter shows (energy since its start) and sends the reading."""
        outlet, running = self.outlets[evse], self._need(evse)
        if energy_kwh is not None:
            outlet.register_wh = running.begin_wh + energy_kwh * 1000
        if power_kw is not None:
            running.power_kw = power_kw
        if soc is not None:
            running.soc = soc
        reading = self.reading(outlet, "Sample.Periodic", at)
        await self._post(self._dialect.sampled(running, reading))

    async def suspend_ev(self, evse: int = 1, *, at: datetime | None = None) -> None:
        """The car takes no more power."""
        await self._move(evse, "SuspendedEV", power_kw=Decimal(0), at=at)

    async def suspend_evse(self, evse: int = 1, *, at: datetime | None = None) -> None:
        """The charger gives no more power."""
        await self._move(evse, "SuspendedEVSE", power_kw=Decimal(0), at=at)

    async def resume(self, evse: int = 1, *, at: datetime | None = None) -> None:
        """Power flows again."""
        await self._move(evse, "Charging", power_kw=self.max_power_kw, at=at)

    async def fault(self, evse: int = 1, code: str = "GroundFailure") -> None:
        """Breaks the outlet, with one of 1.6's error codes; a running session ends."""
        await self.stop(evse, "Other")
        self.outlets[evse].fault = code
        await self._dialect.lose_reservation(self.outlets[evse])
        await self.announce(evse, again=False)

    async def lose_reservation(self, evse: int = 1) -> None:
        """Somebody takes the reservation away at the charger itself."""
        await self._dialect.lose_reservation(self.outlets[evse])

    async def clear_fault(self, evse: int = 1) -> None:
        """Mends the outlet."""
        self.outlets[evse].fault = None
        await self.announce(evse, again=False)

    async def booted(self) -> None:
        """Waits until booted and announced; raises `HandshakeRefusedError` when turned away."""
        await self.link.booted()

    def drop(self) -> None:
        """Loses the connection without a word until `reconnect()`."""
        self.link.drop()

    async def reconnect(self) -> None:
        """Comes back without a boot and delivers what was queued (see `settled`)."""
        await self.link.reconnect()

    async def settled(self) -> None:
        """Waits until every transaction message was acknowledged."""
        await self.link.settled()

    async def power_cut(self, *, at: datetime | None = None) -> None:
        """Goes dark: the connection is lost and transactions are broken off, told afterwards.

        Reservations are forgotten, as chargers do that keep them in memory.
        """
        self.link.drop()
        for evse in self.outlets:
            self.outlets[evse].reservation = None
            await self.stop(evse, "PowerLoss", at=at)
        self.link.will_boot("PowerUp")
