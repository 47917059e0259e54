"""Column types that are the same on SQLite and PostgreSQL: exact decimals, UTC times, ids."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_UNIT = Decimal(10_000)

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""An integer key; SQLite counts rows up only in an INTEGER primary key."""

Document = Text
"""JSON text written and read by `app.store.documents`."""


class Utc(TypeDecorator[datetime]):
    """An aware UTC time; on SQLite a text of fixed width, so that it sorts as it should."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the database's own type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times; they have no meaning here."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        if dialect.name != "sqlite":
            return moment
        return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(
        self,
        value: datetime | str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give back an aware UTC time."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        if value.tzinfo is None:  # the ends of the calendar, which PostgreSQL calls infinite
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Fixed4(TypeDecorator[Decimal]):
    """A decimal kept as integer ten-thousandths, since SQLite's numbers would lose digits."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Round half up to four decimals, as OCPI sends numbers."""
        if value is None:
            return None
        return int((value * _UNIT).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """The exact decimal again."""
        return None if value is None else Decimal(value) / _UNIT
