"""Everything that tables hold of one person, whatever their noun: read, deleted or renamed.

A table is personal when it has a column `driver_id` (or `owner_id`); its name is enough to export
it and to erase it.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, or_, select, update
from sqlmodel import SQLModel

from app.store.repository import Repository

PERSON = ("driver_id", "owner_id")
DOCUMENT, VERSION = "document", "version"
TEXTS = (("cdrs", "key"), ("sessions", "key"), ("chargings", "id"))
"""Where tokens are quoted in what stays on the books."""


def personal_tables() -> dict[str, Table]:
    """All tables that say whose their rows are."""
    tables = SQLModel.metadata.tables
    return {n: t for n, t in tables.items() if any(c in t.columns for c in PERSON)}


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What becomes of rows that stay: whose they are, what they lose, and what else they are."""

    stranger: str | None
    dropped: Collection[str] = ()
    becomes: Mapping[str, str] = field(default_factory=dict)


class PersonalRows(Repository):
    """Rows of persons, by table and driver."""

    async def of_driver(
        self, name: str, driver_id: str, *, hidden: Collection[str] = ()
    ) -> list[dict[str, Any]]:
        """The rows as plain data, documents opened, without what is hidden."""
        table = SQLModel.metadata.tables[name]
        rows = await self._connection.execute(select(table).where(_mine(table, driver_id)))
        return [_told(row, hidden) for row in rows.mappings()]

    async def delete(self, name: str, driver_id: str) -> None:
        """Forget the rows."""
        table = SQLModel.metadata.tables[name]
        await self._connection.execute(table.delete().where(_mine(table, driver_id)))

    async def delete_by(self, name: str, column: str, values: Collection[str]) -> None:
        """Forget the rows of what was a person's."""
        table = SQLModel.metadata.tables[name]
        statement = table.delete().where(table.c[column].in_(values))
        await self._connection.execute(statement)

    async def rename(self, name: str, driver_id: str, into: Rewriting) -> None:
        """Say that the rows are a stranger's, who is nobody, or nobody's at all."""
        table = SQLModel.metadata.tables[name]
        keys = [column for column in table.primary_key.columns if column.name not in PERSON]
        rows = await self._connection.execute(select(table).where(_mine(table, driver_id)))
        for row in rows.mappings().all():
            changed = {n: into.stranger for n in PERSON if row.get(n) == driver_id}
            changed |= {n: None for n in into.dropped if n in row}
            changed |= {n: value for n, value in into.becomes.items() if n in row}
            if DOCUMENT in row:
                changed |= _rewritten(row, driver_id, into)
            this = [column == row[column.name] for column in keys]
            where = (*this, _mine(table, driver_id))
            await self._connection.execute(update(table).where(*where).values(**changed))

    async def requote(self, words: Mapping[str, str]) -> None:
        """Write other words for these where sessions and CDRs quote them."""
        for name, key in TEXTS:
            table = SQLModel.metadata.tables[name]
            text = table.c[DOCUMENT]
            wanted = or_(*(text.contains(word, autoescape=True) for word in words))
            rows = await self._connection.execute(select(table.c[key], text).where(wanted))
            for found, document in rows.all():
                told = _mapped(json.loads(document), lambda each: _requoted(each, words))
                values = {DOCUMENT: json.dumps(told, ensure_ascii=False)}
                this = table.c[key] == found
                await self._connection.execute(update(table).where(this).values(**values))


def _mine(table: Table, driver_id: str) -> Any:
    return or_(*(table.c[name] == driver_id for name in PERSON if name in table.columns))


def _rewritten(row: Mapping[Any, Any], driver_id: str, into: Rewriting) -> dict[str, Any]:
    """The document of a renamed row, as a version that follows the one before."""
    old = {n: part for n, part in json.loads(row[DOCUMENT]).items() if n not in into.dropped}
    document = _mapped(old, lambda text: into.stranger if text == driver_id else text)
    document |= into.becomes
    changed: dict[str, Any] = {}
    if VERSION in row:
        changed[VERSION] = document[VERSION] = row[VERSION] + 1
    return changed | {DOCUMENT: json.dumps(document, ensure_ascii=False)}


def _mapped(value: Any, change: Callable[[str], str | None]) -> Any:
    """Plain data with every text changed; members of objects that became None are left out."""
    if isinstance(value, dict):
        parts = {name: (part, _mapped(part, change)) for name, part in value.items()}
        return {n: new for n, (old, new) in parts.items() if new is not None or old is None}
    if isinstance(value, list):
        return [_mapped(part, change) for part in value]
    return change(value) if isinstance(value, str) else value


def _requoted(text: str, words: Mapping[str, str]) -> str:
    """The text itself, or a partner's whole document that quotes it."""
    if text in words:
        return words[text]
    if text.startswith("{"):
        for old, new in words.items():
            text = text.replace(json.dumps(old, ensure_ascii=False), json.dumps(new))
    return text


def _told(row: Mapping[Any, Any], hidden: Collection[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in row.items():
        if name == DOCUMENT:
            told |= json.loads(value)
        elif isinstance(value, datetime):
            told[name] = value.isoformat()
        elif value is not None:
            told[name] = str(value) if isinstance(value, Decimal) else value
    return {name: value for name, value in told.items() if name not in hidden}
