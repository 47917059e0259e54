"""What chargers' displays make their codes of, and which of them were used."""

from sqlalchemy import BigInteger, bindparam, select, update
from sqlmodel import Field

from app.domain.web_payments import WebPayment
from app.store.columns import Document
from app.store.documents import pack, unpack
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import table_of, upsert


class WebPaymentRow(Row, table=True):
    """A charger's; its secrets are sealed."""

    __tablename__ = "web_payments"

    key: str = Field(primary_key=True, max_length=255)
    document: str = Field(sa_type=Document)


class WebPaymentUseRow(Row, table=True):
    """The last code that was used at an EVSE, by its step: older ones are worth nothing."""

    __tablename__ = "web_payment_uses"

    key: str = Field(primary_key=True, max_length=255)
    evse: int = Field(primary_key=True)
    step: int = Field(sa_type=BigInteger)


PAYMENTS, USES = table_of(WebPaymentRow), table_of(WebPaymentUseRow)

_OF = select(PAYMENTS.c.document).where(PAYMENTS.c.key == bindparam("of_key"))
_LOCKED = _OF.with_for_update()
_USE = (
    update(USES)
    .where(
        USES.c.key == bindparam("of_key"),
        USES.c.evse == bindparam("of_evse"),
        USES.c.step < bindparam("to_step"),
    )
    .values(step=bindparam("to_step"))
)
_USED = select(USES.c.step).where(
    USES.c.key == bindparam("of_key"), USES.c.evse == bindparam("of_evse")
)


class WebPayments(Repository):
    """By charger."""

    async def of(self, station_id: str, *, lock: bool = False) -> WebPayment | None:
        """How this charger makes its codes, or None."""
        statement = _LOCKED if lock else _OF
        found = await self._connection.execute(statement, {"of_key": station_id.casefold()})
        document = found.scalar_one_or_none()
        return None if document is None else unpack(WebPayment, document)

    async def put(self, payment: WebPayment) -> None:
        """Write it whether or not it was there."""
        values = {"key": payment.station_id.casefold(), "document": pack(payment)}
        await self._connection.execute(upsert(self._connection, PAYMENTS, "key").values(**values))

    async def drop(self, station_id: str) -> None:
        """Forget the charger's, and what was used."""
        key = station_id.casefold()
        await self._connection.execute(PAYMENTS.delete().where(PAYMENTS.c.key == key))
        await self._connection.execute(USES.delete().where(USES.c.key == key))

    async def use(self, station_id: str, evse: int, step: int) -> bool:
        """Take a code; False when it, or one after it, was taken before.

        The caller has locked the charger's row.
        """
        key = {"of_key": station_id.casefold(), "of_evse": evse}
        if (await self._connection.execute(_USE, {**key, "to_step": step})).rowcount:
            return True
        if (await self._connection.execute(_USED, key)).scalar_one_or_none() is not None:
            return False
        values = {"key": station_id.casefold(), "evse": evse, "step": step}
        await self._connection.execute(USES.insert().values(**values))
        return True
