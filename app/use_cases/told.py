"""What a driver was told, whether or not a phone took it: the app's own list."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from app.domain.driver_notices import DriverNotice
from app.domain.drivers import Notice
from app.store.transaction import Store, Transaction
from app.use_cases.notice_parts import SessionFacts

TIES = 20
"""More than happens to anybody at one moment."""

Place = tuple[datetime, str]
"""Where something stands in the list: its moment, and a digest of what it is."""


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
    next: Place | None


class ToldList:
    """Reads both ledgers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_driver(self, driver_id: str, *, before: Place | None, limit: int) -> ToldPage:
        """At most `limit` of what stands behind a place in the list."""
        until = None if before is None else before[0] + timedelta.resolution
        async with self._store.reading() as tx:
            driver = await tx.drivers.need(driver_id)
            wanted = limit + TIES
            ledger, persons = tx.drivers.notices, tx.drivers.driver_notices
            found: list[Notice | DriverNotice] = [
                *await ledger.of_driver(driver_id, before=until, limit=wanted),
                *await persons.page(driver_id, before=until, limit=wanted),
            ]
            found = [each for each in found if before is None or _place(each) < before]
            found.sort(key=_place, reverse=True)
            page = found[:limit]
            rows = await _with_facts(tx, page)
        following = _place(page[-1]) if len(page) < len(found) else None
        return ToldPage(tuple(rows), driver.language, following)


def _place(notice: Notice | DriverNotice) -> Place:
    about = notice.charging_id if isinstance(notice, Notice) else notice.subject
    name = f"{type(notice).__name__}:{notice.kind.value}:{about}"
    return notice.created_at, sha256(name.encode()).hexdigest()[:16]


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
