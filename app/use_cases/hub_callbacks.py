"""Gives members addresses of the hub in place of each other's, and knows what they stand for.

An address works after a sudden end as well. What it stands for travels inside it, sealed, and for
the platform only that it was given to; that is all of a page's, and of most results'. Where there
is no room for it, and where an address must last longer than was known when it was given, as those
of reservations and of what was created, it is a row, kept before anybody learns of it.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
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
from app.store.transaction import Store, Transaction
from app.use_cases.hub_callback_names import SealedNames
from app.use_cases.portions import in_portions

_ID_BYTES = 32
_FORGET_AT_ONCE = 500
_ABOUT = 40
_MOST_LATE = 1_000
_LONGEST_ROW_ID = 64

ROOM = 200
"""Characters that a name may have, as a rule; OCPI's addresses have 255."""


class HubCallbacks:
    """Addresses that passed the hub."""

    def __init__(
        self,
        store: Store,
        sealer: Sealer,
        clock: Clock,
        *,
        room: int = ROOM,
        batch: Batch | None = None,
    ) -> None:
        """Names have at most `room` characters, at least 43.

        With a running `batch` many commands' addresses become durable in one commit.
        """
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._names = SealedNames(sealer, room)
        self._batch = batch
        self._late: dict[str, tuple[datetime, HubCallback | None]] = {}
        self._writing = asyncio.Lock()

    async def for_result(
        self, supplied: Supplied, reservation: Reservation | None = None
    ) -> HubCallback:
        """An address for a `response_url`, durable on return.

        Those given before for the same reservation last as long as the new one.
        """
        expires_at = result_expiry(self._clock.now(), reserved=reservation)
        if reservation is None:
            sealed = self._names.made(supplied, expires_at)
            if sealed is not None:
                return sealed
        made = self._new(CallbackKind.RESULT, supplied, expires_at)
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
        return self._new(CallbackKind.OBJECT, supplied, self._clock.now() + OBJECT_LIFE)

    async def keep(self, made: HubCallback) -> None:
        """Keep an address, however often it is tried."""
        async with self._store.transaction() as tx:
            if await tx.hub_callbacks.get(made.id) is None:
                await tx.hub_callbacks.add(made)

    def _new(self, kind: CallbackKind, supplied: Supplied, expires_at: datetime) -> HubCallback:
        if len(supplied.about) > _ABOUT:
            supplied = replace(supplied, about=supplied.about[:_ABOUT])
        return HubCallback(
            id=token_urlsafe(_ID_BYTES),
            kind=kind,
            supplied=supplied,
            expires_at=expires_at,
        )

    async def promised(self, callback_id: str, partner_id: str, wait: timedelta) -> None:
        """The platform's result will come within this time; what lasts longer stays as it is.

        What could not be written is written with the next promise.
        """
        if wait <= USUAL_WAIT:
            return
        until = result_expiry(self._clock.now(), promised=wait)
        self._late[_row_id(callback_id)] = until, self._names.read(callback_id, partner_id)
        if len(self._late) > _MOST_LATE:
            self._late.pop(next(iter(self._late)))
        async with self._writing:  # two would write the same rows
            await self._write_late()

    async def _write_late(self) -> None:
        late = dict(self._late)
        if not late:
            return
        async with self._store.transaction() as tx:
            for row_id, (until, sealed) in late.items():
                if sealed is not None and await tx.hub_callbacks.get(row_id) is None:
                    await tx.hub_callbacks.add(replace(sealed, id=row_id, expires_at=until))
                await tx.hub_callbacks.prolong(row_id, until)
        for row_id in late:
            self._late.pop(row_id, None)

    async def find(self, callback_id: str, partner_id: str) -> HubCallback:
        """What a platform may call; raises NotFound for others', forged and expired ones."""
        now = self._clock.now()
        sealed = self._names.read(callback_id, partner_id)
        if sealed is not None and sealed.lasts(now):
            return sealed
        async with self._store.reading() as tx:
            found = await tx.hub_callbacks.get(_row_id(callback_id))
        mine = found is not None and found.supplied.caller_partner == partner_id
        if found is None or not mine or not found.lasts(now):
            raise NotFound("callback", callback_id)
        return found

    async def forget(self) -> int:
        """Delete what expired; gives how many there were."""
        now = self._clock.now()

        async def forget(tx: Transaction) -> int:
            return await tx.hub_callbacks.forget_expired(now, _FORGET_AT_ONCE)

        return await in_portions(self._store, forget, _FORGET_AT_ONCE)

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


def _row_id(callback_id: str) -> str:
    """The key of an address's row, if it has one; sealed ones are too long for keys."""
    if len(callback_id) <= _LONGEST_ROW_ID:
        return callback_id
    return sha256(callback_id.encode()).hexdigest()


def _context(partner_id: str) -> str:
    return f"hub page of {partner_id}"
