"""Messages seen before: what comes twice from outside is answered twice and done once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Field

from app.domain.errors import Conflict
from app.store.columns import Document, Utc
from app.store.repository import Repository
from app.store.rows import Row
from app.store.statements import first_row, table_of
from app.store.straight import Asks


class InboxRow(Row, table=True):
    """An outside message by source and id, with the answer it got where that must be repeated."""

    __tablename__ = "inbox"

    source: str = Field(primary_key=True, max_length=80)
    message: str = Field(primary_key=True, max_length=200)
    answer: str | None = Field(default=None, sa_type=Document)
    at: datetime = Field(sa_type=Utc)


INBOX = table_of(InboxRow)
_ANSWER = select(INBOX.c.answer).where(
    INBOX.c.source == bindparam("of_source"), INBOX.c.message == bindparam("of_message")
)
_ANSWER_SINCE = _ANSWER.where(INBOX.c.at >= bindparam("since", type_=Utc))


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a message was answered, to be kept with what it led to."""

    source: str
    message: str
    answer: str
    at: datetime


class AnsweredBefore(Conflict):
    """The same message was answered meanwhile; nothing was written."""


async def answer_to(
    asked: Asks, source: str, message: str, *, since: datetime | None = None
) -> str | None:
    """What a message was answered, if that was kept, and it came `since` then."""
    values: dict[str, object] = {"of_source": source, "of_message": message}
    statement = _ANSWER
    if since is not None:
        statement = _ANSWER_SINCE
        values["since"] = since
    found = await asked.ask(statement, values)
    return found[0][0] if found else None


class Inbox(Repository):
    """Outside messages by their source's own id."""

    async def first(
        self, source: str, message: str, now: datetime, *, answer: str | None = None
    ) -> bool:
        """Note the message, with its answer if there is one; False when it was noted before."""
        values = {"source": source, "message": message, "at": now, "answer": answer}
        statement = first_row(self._connection.dialect.name, table_of(InboxRow))
        return (await self._connection.execute(statement, values)).rowcount == 1

    async def answer(self, source: str, message: str) -> str | None:
        """What this message was answered, if that was kept."""
        values = {"of_source": source, "of_message": message}
        return (await self._connection.execute(_ANSWER, values)).scalar_one_or_none()

    async def keep_answer(self, source: str, message: str, answer: str) -> None:
        """Remember the answer for the next time the same message comes."""
        table = table_of(InboxRow)
        matches = (table.c.source == source, table.c.message == message)
        await self._connection.execute(table.update().where(*matches).values(answer=answer))

    async def forget(self, source: str) -> None:
        """Delete all of a source."""
        table = table_of(InboxRow)
        await self._connection.execute(table.delete().where(table.c.source == source))

    async def forget_answered(self, source: str, answer: str) -> None:
        """Delete what of a source was answered with this."""
        table = table_of(InboxRow)
        matches = (table.c.source == source, table.c.answer == answer)
        await self._connection.execute(table.delete().where(*matches))

    async def forget_before(self, moment: datetime) -> int:
        """Delete what is too old to come again."""
        table = table_of(InboxRow)
        return (await self._connection.execute(table.delete().where(table.c.at < moment))).rowcount
