"""Addresses of the hub that stand for members' own, by their unguessable ids."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Field

from app.domain.hub_callbacks import CallbackKind, HubCallback, Supplied
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from app.store.batch import Change, apply
from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of

_LONGEST_KEY = 255


class HubCallbackRow(Row, table=True):
    """One address; `reservation` is what may be cancelled by calling it, and whose."""

    __tablename__ = "hub_callbacks"

    id: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=8)
    url: str = Field(max_length=2048)
    module: str = Field(max_length=40)
    role: str = Field(max_length=8)
    about: str = Field(max_length=40)
    owner: str = Field(max_length=6)
    owner_partner: str = Field(max_length=36)
    caller: str = Field(max_length=6)
    caller_partner: str = Field(max_length=36)
    correlation_id: str = Field(max_length=255)
    reservation: str | None = Field(default=None, max_length=_LONGEST_KEY, index=True)
    expires_at: datetime = Field(sa_type=Utc, index=True)


CALLBACKS = table_of(HubCallbackRow)


KEEP = insert(CALLBACKS)


def kept(callback: HubCallback, reservation_id: str | None = None) -> Change:
    """A new address, to be written with others."""
    supplied = callback.supplied
    values = {
        "id": callback.id,
        "kind": callback.kind.value,
        "url": supplied.url,
        "module": supplied.module,
        "role": supplied.role.value,
        "about": supplied.about,
        "owner": str(supplied.owner),
        "owner_partner": supplied.owner_partner,
        "caller": str(supplied.caller),
        "caller_partner": supplied.caller_partner,
        "correlation_id": supplied.correlation_id,
        "reservation": reservation_id and _reservation(supplied, reservation_id),
        "expires_at": callback.expires_at,
    }
    return Change(KEEP, values)


class HubCallbacks(Repository):
    """Who is called when an address of the hub is."""

    async def add(self, callback: HubCallback, reservation_id: str | None = None) -> None:
        """A new address; the reservation is named as its provider names it."""
        await apply(self._connection, [kept(callback, reservation_id)])

    async def get(self, callback_id: str) -> HubCallback | None:
        """The address of this id, expired or not, or None."""
        found = await self._connection.execute(
            select(CALLBACKS).where(CALLBACKS.c.id == callback_id)
        )
        row = found.one_or_none()
        return None if row is None else _read(row)

    async def prolong(self, callback_id: str, until: datetime) -> None:
        """Let an address last at least until then."""
        await self._prolong(CALLBACKS.c.id == callback_id, until)

    async def prolong_reservation(
        self, supplied: Supplied, reservation_id: str, until: datetime
    ) -> None:
        """The same for all addresses that a reservation's results may come to."""
        key = _reservation(supplied, reservation_id)
        await self._prolong(CALLBACKS.c.reservation == key, until)

    async def _prolong(self, which: Any, until: datetime) -> None:
        shorter = CALLBACKS.c.expires_at < until
        await self._connection.execute(
            update(CALLBACKS).where(which, shorter).values(expires_at=until)
        )

    async def forget_expired(self, now: datetime, limit: int) -> int:
        """Delete addresses that cannot be called any more, the oldest first."""
        expired = select(CALLBACKS.c.id).where(CALLBACKS.c.expires_at <= now)
        some = expired.order_by(CALLBACKS.c.expires_at).limit(limit)
        statement = delete(CALLBACKS).where(CALLBACKS.c.id.in_(some))
        return (await self._connection.execute(statement)).rowcount


def _reservation(supplied: Supplied, reservation_id: str) -> str:
    """Ids are unique per provider, and each operator has its own; case does not count."""
    return f"{supplied.owner}/{supplied.caller}/{reservation_id.casefold()}"[:_LONGEST_KEY]


def _read(row: Any) -> HubCallback:
    supplied = Supplied(
        url=row.url,
        module=row.module,
        role=InterfaceRole(row.role),
        owner=PartyId.parse(row.owner),
        owner_partner=row.owner_partner,
        caller=PartyId.parse(row.caller),
        caller_partner=row.caller_partner,
        about=row.about,
        correlation_id=row.correlation_id,
    )
    return HubCallback(
        id=row.id,
        kind=CallbackKind(row.kind),
        supplied=supplied,
        expires_at=row.expires_at,
    )
