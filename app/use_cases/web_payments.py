"""Payment by the code on a charger's display: set up at the charger, and checked when scanned.

Source: OCPP 2.1 Part 2, C25, Ad hoc payment via a QR code.
"""

import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from app.domain.asks import ASKS
from app.domain.commands import Command, CommandState
from app.domain.errors import ChargerRefused, Forbidden, NotFound
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace
from app.domain.swaps import AnnounceWebPayment, SetUpWebPayment
from app.domain.web_payments import (
    PAY_WITHIN_S,
    VERSION,
    WebPayment,
    check,
    matching_step,
    secret_context,
    url_template,
)
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.documents import pack_one, unpack_one
from app.store.transaction import Store, Transaction
from app.use_cases.asks import ask_in
from app.use_cases.command_requests import BY_US, Asker, AskRequest

SECRET_BYTES = 20
"""Written in hex these are 40 characters."""

STALE = "the code on the display has changed: scan it once more"


class WebPayments:
    """Chargers' displays and what is scanned there."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer, *, public_url: str) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._public_url = public_url

    async def of(self, party: PartyId, station_id: str) -> tuple[WebPayment, Command | None]:
        """How a charger makes its codes, and what carries that there; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            found = await tx.web_payments.of(station.id)
            if found is None:
                raise NotFound("web payment of charger", station_id)
            return found, await tx.commands.get(found.command)

    async def set_up(
        self, asker: Asker, station_id: str, *, validity_s: int, length: int
    ) -> Command:
        """Give a charger the template of addresses and a new secret, which nobody gets to see.

        Raises NotFound, InvalidInput, ChargerRefused when it is offline.
        """
        check(validity_s, length)
        now, secret = self._clock.now(), secrets.token_hex(SECRET_BYTES)
        sealed = self._sealer.seal(secret, secret_context(station_id))
        template = url_template(self._public_url)
        ask = SetUpWebPayment(template, validity_s, length, VERSION, sealed)
        async with self._store.transaction() as tx:
            request = AskRequest(asker=asker, station_id=station_id, ask=ask)
            command = await ask_in(tx, request, now=now)
            before = await tx.web_payments.of(station_id, lock=True)
            kept = () if before is None else before.secrets[:1]
            payment = WebPayment(station_id, validity_s, length, (sealed, *kept), now, command.id)
            await tx.web_payments.put(payment)
        return command

    async def end(self, party: PartyId, station_id: str) -> None:
        """Take no more codes of this charger; raises NotFound."""
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id)
            await tx.web_payments.drop(station.id)

    def reveal(self, command: Command) -> Command:
        """The command with its secret opened, for the moment in which it leaves the house."""
        if command.ask is None or command.ask.shape != SetUpWebPayment.__name__:
            return command
        ask: SetUpWebPayment = unpack_one(ASKS, command.ask)
        secret = self._sealer.open(ask.secret, secret_context(command.station_id or ""))
        return replace(command, ask=pack_one(replace(ask, secret=secret)))

    async def scanned(self, station_id: str, evse: int, *, shown: str, version: str) -> str:
        """Somebody opened what the display showed; gives the code of the page to go on with.

        The display is told that somebody pays. Raises NotFound, and Forbidden for a code that was
        never shown, is over, or was used before.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            payment = await tx.web_payments.of(station_id, lock=True)
            if payment is None:
                raise NotFound("web payment of charger", station_id)
            place = await _place(tx, station_id, evse)
            step = matching_step(
                [self._sealer.open(s, secret_context(station_id)) for s in payment.secrets],
                shown,
                now,
                validity_s=payment.validity_s,
                length=payment.length,
            )
            if version != payment.version or step is None:
                raise Forbidden(STALE)
            if not await tx.web_payments.use(payment.station_id, evse, step):
                raise Forbidden(STALE)
            await _forget_old_secret(tx, payment)
            await _announce(tx, place, now=now)
        return place.evse.code or ""


async def _place(tx: Transaction, station_id: str, evse: int) -> EvsePlace:
    for place in await tx.locations.by_station(station_id):
        if place.evse.number == evse and place.evse.code is not None and place.location.publish:
            return place
    raise NotFound("EVSE", f"{station_id}/{evse}")


async def _forget_old_secret(tx: Transaction, payment: WebPayment) -> None:
    """Once the charger took the newest secret, the one before is good for nothing."""
    command = await tx.commands.get(payment.command) if len(payment.secrets) > 1 else None
    outcome = command.outcome if command and command.state is CommandState.SETTLED else None
    if outcome is not None and outcome.accepted:
        await tx.web_payments.put(replace(payment, secrets=payment.secrets[:1]))


async def _announce(tx: Transaction, place: EvsePlace, *, now: datetime) -> None:
    """A charger that has gone offline cannot be told; the page says then that it is."""
    with suppress(ChargerRefused):
        await ask_in(
            tx,
            AskRequest(
                asker=BY_US,
                station_id=place.evse.station_id or "",
                ask=AnnounceWebPayment(PAY_WITHIN_S),
                location_id=place.location.id,
                evse_uid=place.evse.uid,
                connector_id=place.connector.id,
            ),
            now=now,
        )
