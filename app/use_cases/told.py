"""What a driver was told, whether or not a phone took it: the app's own list."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.driver_notices import DriverNotice
from app.domain.drivers import Notice
from app.store.transaction import Store, Transaction
from app.use_cases.notice_parts import SessionFacts

TIES = 20
"""More than happens to anybody at one moment."""


@dataclass(frozen=True, slots=True)
class SessionTold:
    """What was told of a session, with what it is worded with."""

    notice: Notice
    facts: SessionFacts


@dataclass(frozen=True, slots=True)
class PersonTold:
    """What was told beyond sessions."""

    notice: DriverNotice


@dataclass(frozen=True, slots=True)
class ToldPage:
    """A page, the newest first, in the driver's language; `next` is where the next one begins."""

    rows: tuple[SessionTold | PersonTold, ...]
    language: str
    next: datetime | None


class ToldList:
    """Reads both ledgers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_driver(self, driver_id: str, *, before: datetime | None, limit: int) -> ToldPage:
        """What is older than `before`; a page may be longer by what came at one moment."""
        async with self._store.reading() as tx:
            driver = await tx.drivers.need(driver_id)
            wanted = limit + TIES
            ledger, persons = tx.drivers.notices, tx.drivers.driver_notices
            found: list[Notice | DriverNotice] = [
                *await ledger.of_driver(driver_id, before=before, limit=wanted),
                *await persons.page(driver_id, before=before, limit=wanted),
            ]
            found.sort(key=lambda n: n.created_at, reverse=True)
            page = found[:limit]
            while len(page) < len(found) and found[len(page)].created_at == page[-1].created_at:
                page.append(found[len(page)])
            rows = await _with_facts(tx, page)
        following = page[-1].created_at if len(page) < len(found) else None
        return ToldPage(tuple(rows), driver.language, following)


async def _with_facts(
    tx: Transaction, page: list[Notice | DriverNotice]
) -> list[SessionTold | PersonTold]:
    facts: dict[str, SessionFacts] = {}
    rows: list[SessionTold | PersonTold] = []
    for notice in page:
        if not isinstance(notice, Notice):
            rows.append(PersonTold(notice))
            continue
        key = notice.charging_id
        if key not in facts:
            facts[key] = await SessionFacts.read(tx, await tx.charging.need(key))
        rows.append(SessionTold(notice, facts[key]))
    return rows
