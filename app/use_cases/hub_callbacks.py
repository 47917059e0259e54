"""Gives members addresses of the hub in place of each other's, and knows what they stand for.

An address for results or for an object is a row: kept before anybody learns of it, so it works
after a sudden end as well. A page of a list is not worth one: where it really is travels inside
its address, sealed, and for the platform only that asked.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_urlsafe

from app.domain.errors import InvalidInput, NotFound
from app.domain.hub_callbacks import (
    OBJECT_LIFE,
    USUAL_WAIT,
    CallbackKind,
    HubCallback,
    Reservation,
    Supplied,
    result_expiry,
)
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.batch import Batch
from app.store.documents import pack, unpack
from app.store.hub_callbacks import kept
from app.store.transaction import Store

_ID_BYTES = 32
_FORGET_AT_ONCE = 500
_ABOUT = 40
_MOST_LATE = 1_000


class HubCallbacks:
    """Addresses that passed the hub."""

    def __init__(
        self, store: Store, sealer: Sealer, clock: Clock, *, batch: Batch | None = None
    ) -> None:
        """With a running `batch` many commands' addresses become durable in one commit."""
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._batch = batch
        self._late: dict[str, datetime] = {}

    async def for_result(
        self, supplied: Supplied, reservation: Reservation | None = None
    ) -> HubCallback:
        """Keep a `response_url`; the ones given before for the same reservation last as long."""
        expires_at = result_expiry(self._clock.now(), reserved=reservation)
        made = self._new(CallbackKind.RESULT, supplied, expires_at - self._clock.now())
        if reservation is None and self._batch is not None:
            await self._batch.write([kept(made)])
            return made
        name = reservation.id if reservation else None
        async with self._store.transaction() as tx:
            if name:
                await tx.hub_callbacks.prolong_reservation(supplied, name, expires_at)
            await tx.hub_callbacks.add(made, name)
        return made

    def object_address(self, supplied: Supplied) -> HubCallback:
        """An address for where a partner says that something is, which is to be kept."""
        return self._new(CallbackKind.OBJECT, supplied, OBJECT_LIFE)

    async def keep(self, made: HubCallback) -> None:
        """Keep an address, however often it is tried."""
        async with self._store.transaction() as tx:
            if await tx.hub_callbacks.get(made.id) is None:
                await tx.hub_callbacks.add(made)

    def _new(self, kind: CallbackKind, supplied: Supplied, life: timedelta) -> HubCallback:
        now = self._clock.now()
        if len(supplied.about) > _ABOUT:
            supplied = replace(supplied, about=supplied.about[:_ABOUT])
        return HubCallback(
            id=token_urlsafe(_ID_BYTES),
            kind=kind,
            supplied=supplied,
            created_at=now,
            expires_at=now + life,
        )

    async def promised(self, callback_id: str, wait: timedelta) -> None:
        """The result will come within this time; what was kept for longer stays for longer.

        What could not be written is written with the next promise.
        """
        if wait <= USUAL_WAIT:
            return
        self._late[callback_id] = result_expiry(self._clock.now(), promised=wait)
        if len(self._late) > _MOST_LATE:
            self._late.pop(next(iter(self._late)))
        late = dict(self._late)
        async with self._store.transaction() as tx:
            for name, until in late.items():
                await tx.hub_callbacks.prolong(name, until)
        for name in late:
            self._late.pop(name, None)

    async def find(self, callback_id: str, partner_id: str) -> HubCallback:
        """What a platform may call; raises NotFound for others', forged and expired ones."""
        async with self._store.reading() as tx:
            found = await tx.hub_callbacks.get(callback_id)
        mine = found is not None and found.supplied.caller_partner == partner_id
        if found is None or not mine or not found.lasts(self._clock.now()):
            raise NotFound("callback", callback_id)
        return found

    async def forget(self) -> int:
        """Delete what expired; gives how many there were."""
        now, forgotten, count = self._clock.now(), 0, _FORGET_AT_ONCE
        while count == _FORGET_AT_ONCE:
            async with self._store.transaction() as tx:
                count = await tx.hub_callbacks.forget_expired(now, _FORGET_AT_ONCE)
            forgotten += count
            await asyncio.sleep(0)
        return forgotten

    # ------------------------------------------------------------ pages

    def cursor(self, supplied: Supplied) -> str:
        """The page as a text that only its caller's platform can use, as often as it likes."""
        return self._sealer.seal(pack(supplied), _context(supplied.caller_partner))

    def page(self, cursor: str, partner_id: str) -> Supplied:
        """What a platform's cursor stands for; raises InvalidInput for what is none of its own."""
        try:
            return unpack(Supplied, self._sealer.open(cursor, _context(partner_id)))
        except ValueError:
            raise InvalidInput("cursor", "is none that was given to you") from None


def _context(partner_id: str) -> str:
    return f"hub page of {partner_id}"
