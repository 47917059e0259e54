"""Codes that were mailed to sign in with, and browsers that are at a provider to sign in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, func, insert, select, update
from sqlmodel import Field

from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of


class MailCodeRow(Row, table=True):
    """A code by hash, for one address (its hash) and one device; used once, in few tries."""

    __tablename__ = "mail_codes"

    id: str = Field(primary_key=True, max_length=36)
    mail: str = Field(max_length=64, index=True)
    device_id: str = Field(max_length=64)
    code: str = Field(max_length=64)
    tries: int = 0
    used: bool = False
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc, index=True)


class SignInStateRow(Row, table=True):
    """A browser's way to a provider and back, sealed, by the hash of its state."""

    __tablename__ = "sign_in_states"

    hash: str = Field(primary_key=True, max_length=64)
    sealed: str = Field(sa_type=Text)
    expires_at: datetime = Field(sa_type=Utc, index=True)


CODES, STATES = table_of(MailCodeRow), table_of(SignInStateRow)


@dataclass(frozen=True, slots=True)
class MailCode:
    """A mailed code; `mail` and `code` are hashes."""

    id: str
    mail: str
    device_id: str
    code: str
    created_at: datetime
    expires_at: datetime
    tries: int = 0
    used: bool = False


class MailCodes(Repository):
    """Codes by address and device."""

    async def add(self, code: MailCode) -> None:
        """A new code; what was sent to this device for this address before counts no more."""
        await self._connection.execute(
            update(CODES).where(*_for(code.mail, code.device_id)).values(used=True)
        )
        values = {name: getattr(code, name) for name in MailCode.__slots__}
        await self._connection.execute(insert(CODES).values(**values))

    async def sent_since(self, mail: str, moment: datetime) -> int:
        """How many codes an address was sent since then, to whatever device."""
        counted = select(func.count()).select_from(CODES)
        recent = counted.where(CODES.c.mail == mail, CODES.c.created_at > moment)
        return int((await self._connection.execute(recent)).scalar_one())

    async def try_newest(self, mail: str, device_id: str, now: datetime) -> MailCode | None:
        """The code that counts, with this try counted; None when there is none."""
        good = (CODES.c.used.is_(False), CODES.c.expires_at > now)
        which = (*_for(mail, device_id), *good)
        statement = update(CODES).where(*which).values(tries=CODES.c.tries + 1)
        rows = await self._connection.execute(statement.returning(*CODES.columns))
        found = [MailCode(**row) for row in rows.mappings()]
        return max(found, key=lambda code: code.id, default=None)

    async def spend(self, code_id: str) -> bool:
        """Use a code up; of many at once, one succeeds."""
        which = (CODES.c.id == code_id, CODES.c.used.is_(False))
        statement = update(CODES).where(*which).values(used=True)
        return (await self._connection.execute(statement)).rowcount == 1

    async def forget(self, mail: str) -> None:
        """Delete what an address was sent."""
        await self._connection.execute(CODES.delete().where(CODES.c.mail == mail))

    async def forget_before(self, moment: datetime) -> int:
        """Delete codes and ways to providers that ended before."""
        gone = [
            await self._connection.execute(table.delete().where(table.c.expires_at < moment))
            for table in (CODES, STATES)
        ]
        return sum(result.rowcount for result in gone)


class SignInStates(Repository):
    """Browsers on their way, by the hash of their state."""

    async def put(self, state: str, sealed: str, expires_at: datetime) -> None:
        """A new one."""
        values = {"hash": state, "sealed": sealed, "expires_at": expires_at}
        await self._connection.execute(insert(STATES).values(**values))

    async def take(self, state: str, now: datetime) -> str | None:
        """Use it up; None when it is unknown, used or too old."""
        gone = STATES.delete().where(STATES.c.hash == state)
        returned = gone.returning(STATES.c.sealed, STATES.c.expires_at)
        row = (await self._connection.execute(returned)).one_or_none()
        return None if row is None or row.expires_at <= now else row.sealed


def _for(mail: str, device_id: str) -> tuple[Any, Any]:
    return (CODES.c.mail == mail, CODES.c.device_id == device_id)
