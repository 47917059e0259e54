"""How a charger must prove itself, changed without losing it: passwords and security profiles.

A new password is good from the moment it is sent and the old one until the new one was used, so
whatever is lost on the way, the charger comes in with the one that it has. A profile that a
charger is raised to holds from the first connection that reaches it.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.asks import ASKS, RawAsk
from app.domain.certificates import ChangePassword, password_context
from app.domain.commands import Command
from app.domain.device_model import NetworkProfile
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.raw_secrets import SealedCall, call_context, password_in
from app.domain.security import (
    MOST_PENDING,
    MUTUAL_TLS,
    OPEN,
    PROFILES,
    PendingKey,
    Security,
    asked_for,
    with_pending,
)
from app.domain.stations import Station
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.documents import pack_one, unpack_one
from app.store.transaction import Store, Transaction
from app.use_cases.asks import ask_in
from app.use_cases.command_plans import online
from app.use_cases.command_requests import Asker, AskRequest
from app.use_cases.security_raise import first_step

KEY_BYTES = 20
"""Written in hex these are 40 characters: the most that every OCPP version takes.

Source: OCPP security whitepaper, A00.FR.205; OCPP 2.0.1, SecurityCtrlr.BasicAuthPassword.
"""


class ChargerSecurity:
    """Passwords and profiles of chargers."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer

    async def of(self, party: PartyId, station_id: str) -> Station:
        """The charger with what it is asked for; raises NotFound."""
        async with self._store.reading() as tx:
            return await tx.stations.own(party, station_id)

    async def rotate(self, asker: Asker, station_id: str) -> Command:
        """Give a charger another password, which nobody gets to see.

        Raises NotFound, ChargerRefused when it is offline, Conflict when several are on their way.
        """
        key = secrets.token_hex(KEY_BYTES)
        ask = ChangePassword(self._sealer.seal(key, password_context(station_id)))
        return await self._send(AskRequest(asker=asker, station_id=station_id, ask=ask), key)

    async def call(
        self, asker: Asker, station_id: str, action: str, payload: Mapping[str, Any]
    ) -> Command:
        """Send an expert's CALL that sets a secret, of which nothing is kept in the clear.

        A password that it sets is the charger's from now on, like one of ours. Raises as `rotate`.
        """
        sealed = self._sealer.seal(json.dumps(payload), call_context(station_id))
        ask = SealedCall(action, sealed)
        request = AskRequest(asker=asker, station_id=station_id, ask=ask)
        return await self._send(request, password_in(action, payload))

    async def _send(self, request: AskRequest, key: str | None) -> Command:
        """Ask it, and let the charger in with this key too, if it is one."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            command = await ask_in(tx, request, now=now)
            if key is None:
                return command
            station = await _locked(tx, request.station_id)
            if len(station.security.pending) >= MOST_PENDING:
                raise Conflict("new passwords were sent that the charger has not used yet")
            pending = PendingKey(self._sealer.fingerprint(key), now, command.id)
            security = with_pending(station.security, pending)
            await tx.stations.secure(replace(station, security=security))
        return command

    def reveal(self, command: Command) -> Command:
        """The command with its secret opened, for the moment in which it leaves the house."""
        station_id = command.station_id or ""
        ask = None if command.ask is None else unpack_one(ASKS, command.ask)
        if isinstance(ask, ChangePassword):
            secret = self._sealer.open(ask.secret, password_context(station_id))
            return replace(command, ask=pack_one(ChangePassword(secret)))
        if isinstance(ask, SealedCall):
            payload = self._sealer.open(ask.secret, call_context(station_id))
            return replace(command, ask=pack_one(RawAsk(ask.action, payload)))
        return command

    async def ask_for(
        self, party: PartyId, station_id: str, profile: int, *, at_once: bool = False
    ) -> Security:
        """Let a charger in with this profile only: from its first connection with it, or at once.

        Raises NotFound, InvalidInput for what is no profile, Conflict when the charger has no
        password that the profile needs.
        """
        if profile not in PROFILES:
            raise InvalidInput("profile", "is 0 to 3")
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id, lock=True)
            if OPEN < profile < MUTUAL_TLS and not station.password_hash:
                raise Conflict("the charger has no password")
            security = asked_for(station.security, profile, at_once=at_once)
            await tx.stations.secure(replace(station, security=security))
        return security

    async def raise_to(
        self,
        asker: Asker,
        station_id: str,
        profile: int,
        *,
        way: NetworkProfile | None = None,
        slot: int | None = None,
    ) -> Command:
        """Ask a charger to come back with a higher profile, and then let it in with no lower one.

        `way` is how a charger of OCPP 2.x comes back, `slot` where it keeps that. Raises NotFound,
        ChargerRefused, InvalidInput or Conflict.
        Source: OCPP security whitepaper, A05, Upgrade Charge Point Security Profile.
        """
        async with self._store.transaction() as tx:
            station = await online(tx, station_id, asker)
            if profile not in PROFILES or profile <= station.security.profile:
                raise InvalidInput("profile", f"is {station.security.profile} or more already")
            ask = await first_step(tx, station, profile, way=way, slot=slot)
            request = AskRequest(asker=asker, station_id=station_id, ask=ask)
            command = await ask_in(tx, request, now=self._clock.now())
            station = await _locked(tx, station_id)
            security = replace(station.security, wanted=profile)
            await tx.stations.secure(replace(station, security=security))
        return command


async def _locked(tx: Transaction, station_id: str) -> Station:
    station = await tx.stations.get(station_id, lock=True)
    if station is None:
        raise NotFound("charger", station_id)
    return station
