"""Sign-ins in the database: families of refresh tokens, each token used once, and nonces."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, column, insert, select, table, update
from sqlmodel import Field

from app.domain.drivers import RefreshToken, SignIn
from app.store.columns import Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of
from app.store.straight import Asks


class SignInRow(Row, table=True):
    """A family of refresh tokens; none of them counts once `revoked_at` is set."""

    __tablename__ = "sign_ins"

    id: str = Field(primary_key=True, max_length=36)
    driver_id: str = Field(max_length=36, index=True)
    device_id: str = Field(max_length=64, index=True)
    created_at: datetime = Field(sa_type=Utc)
    used_at: datetime = Field(sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)
    revoked_why: str | None = Field(default=None, max_length=40)


class RefreshTokenRow(Row, table=True):
    """A refresh token by its hash."""

    __tablename__ = "refresh_tokens"

    hash: str = Field(primary_key=True, max_length=64)
    family: str = Field(max_length=36, index=True)
    device_id: str = Field(max_length=64)
    issued_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc, index=True)
    rotated_at: datetime | None = Field(default=None, sa_type=Utc)


class NonceRow(Row, table=True):
    """A nonce by its hash, deleted when it is spent."""

    __tablename__ = "nonces"

    hash: str = Field(primary_key=True, max_length=64)
    expires_at: datetime = Field(sa_type=Utc, index=True)


SIGN_INS, TOKENS = table_of(SignInRow), table_of(RefreshTokenRow)
NONCES = table_of(NonceRow)
_DRIVERS = table("drivers", column("id"), column("deleted_at"))
_COUNTS = (
    select(SIGN_INS.c.id)
    .join(_DRIVERS, _DRIVERS.c.id == SIGN_INS.c.driver_id)
    .where(
        SIGN_INS.c.id == bindparam("of_family"),
        SIGN_INS.c.revoked_at.is_(None),
        _DRIVERS.c.deleted_at.is_(None),
    )
)


async def counts(asked: Asks, family: str) -> bool:
    """Whether a family is there, was not revoked, and its driver has not left."""
    return bool(await asked.ask(_COUNTS, {"of_family": family}))


class SignIns(Repository):
    """Families by id, tokens and nonces by hash."""

    async def add(self, sign_in: SignIn) -> None:
        """A new family."""
        await self._connection.execute(insert(SIGN_INS).values(**asdict(sign_in)))

    async def get(self, family: str) -> SignIn | None:
        """The family, revoked or not."""
        row = await self._row(select(SIGN_INS).where(SIGN_INS.c.id == family))
        return None if row is None else SignIn(**row)

    async def of_driver(self, driver_id: str) -> list[SignIn]:
        """A driver's families that count, the newest first."""
        mine = (SIGN_INS.c.driver_id == driver_id, SIGN_INS.c.revoked_at.is_(None))
        statement = select(SIGN_INS).where(*mine).order_by(SIGN_INS.c.created_at.desc())
        rows = await self._connection.execute(statement)
        return [SignIn(**row) for row in rows.mappings()]

    async def all_of_driver(self, driver_id: str) -> list[SignIn]:
        """A driver's families, those that ended too."""
        rows = await self._connection.execute(
            select(SIGN_INS).where(SIGN_INS.c.driver_id == driver_id)
        )
        return [SignIn(**row) for row in rows.mappings()]

    async def touch(self, family: str, now: datetime) -> None:
        """Note that a family was used."""
        statement = update(SIGN_INS).where(SIGN_INS.c.id == family).values(used_at=now)
        await self._connection.execute(statement)

    async def revoke(self, family: str, why: str, now: datetime) -> bool:
        """End a family; False when it had ended."""
        return await self._revoke(SIGN_INS.c.id == family, why, now) == 1

    async def revoke_of_device(self, device_id: str, why: str, now: datetime) -> int:
        """End all families of a device."""
        return await self._revoke(SIGN_INS.c.device_id == device_id, why, now)

    async def delete_of_driver(self, driver_id: str) -> None:
        """Forget all families of a driver and their tokens: none of them counts any more."""
        mine = SIGN_INS.c.driver_id == driver_id
        families = select(SIGN_INS.c.id).where(mine)
        await self._connection.execute(TOKENS.delete().where(TOKENS.c.family.in_(families)))
        await self._connection.execute(SIGN_INS.delete().where(mine))

    async def _revoke(self, which: Any, why: str, now: datetime) -> int:
        statement = update(SIGN_INS).where(which, SIGN_INS.c.revoked_at.is_(None))
        values = {"revoked_at": now, "revoked_why": why}
        return (await self._connection.execute(statement.values(**values))).rowcount

    async def add_token(self, token: RefreshToken) -> None:
        """A new token of a family."""
        await self._connection.execute(insert(TOKENS).values(**asdict(token)))

    async def token(self, token_hash: str) -> RefreshToken | None:
        """The token of this hash, used or not."""
        row = await self._row(select(TOKENS).where(TOKENS.c.hash == token_hash))
        return None if row is None else RefreshToken(**row)

    async def rotate(self, token_hash: str, device_id: str, now: datetime) -> bool:
        """Use a token up, if it is good and its device's; of many at once, one succeeds."""
        alive = select(SIGN_INS.c.id).where(SIGN_INS.c.revoked_at.is_(None))
        good = (
            TOKENS.c.hash == token_hash,
            TOKENS.c.device_id == device_id,
            TOKENS.c.rotated_at.is_(None),
            TOKENS.c.expires_at > now,
            TOKENS.c.family.in_(alive),
        )
        statement = update(TOKENS).where(*good).values(rotated_at=now).returning(TOKENS.c.hash)
        return (await self._connection.execute(statement)).scalar_one_or_none() is not None

    async def add_nonce(self, nonce_hash: str, expires_at: datetime) -> None:
        """A nonce that can be spent until then."""
        values = {"hash": nonce_hash, "expires_at": expires_at}
        await self._connection.execute(insert(NONCES).values(**values))

    async def spend_nonce(self, nonce_hash: str, now: datetime) -> bool:
        """Use a nonce up; False when it is unknown, spent or too old."""
        statement = (
            NONCES.delete().where(NONCES.c.hash == nonce_hash).returning(NONCES.c.expires_at)
        )
        expires_at = (await self._connection.execute(statement)).scalar_one_or_none()
        return expires_at is not None and expires_at > now

    async def forget_before(self, moment: datetime) -> int:
        """Delete nonces and refresh tokens that ended before."""
        nonces = NONCES.delete().where(NONCES.c.expires_at < moment)
        tokens = TOKENS.delete().where(TOKENS.c.expires_at < moment)
        gone = [(await self._connection.execute(each)).rowcount for each in (nonces, tokens)]
        return sum(gone)

    async def _row(self, statement: Any) -> dict[str, Any] | None:
        row = (await self._connection.execute(statement)).mappings().one_or_none()
        return None if row is None else dict(row)
