"""All that a quote asks of an EVSE, in one look, and the quote itself with what was answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import Text

from app.domain.charging import Charging
from app.domain.identifiers import PartyId
from app.domain.locations import Connector, EvseStatus, Location
from app.domain.reservations import OPEN
from app.domain.sessions import SessionStatus
from app.domain.tariffs import Tariff
from app.store.charging import CHARGINGS, charging_values
from app.store.documents import unpack
from app.store.inbox import INBOX, AnsweredBefore, KeptAnswer
from app.store.locations import EVSES, LOCATIONS, USES, evse_key, object_key
from app.store.reservations import RESERVATIONS
from app.store.sessions import SESSIONS
from app.store.statements import new_row
from app.store.stations import STATIONS
from app.store.tariffs import TARIFFS, read_tariff
from app.store.transaction import Store, Transaction


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """A location with the status of now at the EVSE `evse_uid` (of no other), and its prices.

    `connected` is whether its charger is, last seen at `seen_at`. `reserved` and `running` tell
    that there is something of the kind, which then has to be looked at.
    """

    location: Location
    evse_uid: str
    tariffs: Mapping[str, Tariff]
    connected: bool
    seen_at: datetime | None
    reserved: bool
    running: bool

    def tariffs_of(self, connector: Connector) -> list[Tariff]:
        """The tariffs that a connector names, in their order, without those that do not exist."""
        keys = [object_key(self.location.party, each) for each in connector.tariff_ids]
        return [self.tariffs[key] for key in dict.fromkeys(keys) if key in self.tariffs]


class _AsObject(FunctionElement[str]):
    """Names and values of several rows as the text of one JSON object."""

    type = Text()
    inherit_cache = True


@compiles(_AsObject)
def _as_object(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST(json_object_agg({compiler.process(element.clauses, **more)}) AS TEXT)"


@compiles(_AsObject, "sqlite")
def _as_object_of_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_group_object({compiler.process(element.clauses, **more)})"


_OPEN = [state.value for state in OPEN]
_RESERVED = (
    select(RESERVATIONS.c.id)
    .where(RESERVATIONS.c.place == EVSES.c.key, RESERVATIONS.c.state.in_(_OPEN))
    .exists()
)
_RUNNING = (
    select(SESSIONS.c.key)
    .where(
        # A location's key is its party and its id as sessions name it, with a slash between.
        SESSIONS.c.location_id == func.substr(LOCATIONS.c.key, func.length(LOCATIONS.c.party) + 2),
        SESSIONS.c.evse_uid == EVSES.c.uid,
        SESSIONS.c.party == LOCATIONS.c.party,
        SESSIONS.c.status.in_([SessionStatus.ACTIVE.value, SessionStatus.PENDING.value]),
    )
    .exists()
)
_TARIFFS = (
    select(_AsObject(TARIFFS.c.key, TARIFFS.c.document))
    .select_from(USES)
    .join(TARIFFS, TARIFFS.c.key == USES.c.tariff)
    .where(USES.c.location == EVSES.c.location)
    .scalar_subquery()
)
_FACTS = (
    select(
        LOCATIONS.c.document,
        LOCATIONS.c.last_updated,
        EVSES.c.uid,
        EVSES.c.status,
        EVSES.c.last_updated.label("evse_updated"),
        STATIONS.c.node,
        STATIONS.c.seen_at,
        _RESERVED.label("reserved"),
        _RUNNING.label("running"),
        _TARIFFS.label("tariffs"),
    )
    .select_from(EVSES)
    .join(LOCATIONS, LOCATIONS.c.key == EVSES.c.location)
    .outerjoin(STATIONS, STATIONS.c.key == EVSES.c.station_id)
)
_AT = _FACTS.where(EVSES.c.key == bindparam("of_key"))
_BY_CODE = _FACTS.where(
    EVSES.c.code == bindparam("of_code"),
    EVSES.c.status != EvseStatus.REMOVED.value,
    LOCATIONS.c.publish,
)
_ANSWER = {
    name: bindparam(f"answer_{name}", type_=INBOX.c[name].type)
    for name in ("source", "message", "answer", "at")
}
_QUOTE = new_row(CHARGINGS)
_QUOTE_AND_ANSWER = insert(CHARGINGS).add_cte(insert(INBOX).values(_ANSWER).cte("answered"))
"""PostgreSQL only. One statement is one transaction, without a word before and after it."""


class Quoting:
    """Reads what quotes need, and writes them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def at(self, party: PartyId, location_id: str, uid: str) -> QuoteFacts | None:
        """The facts of an EVSE; None when it is not there."""
        return await self._facts(_AT, {"of_key": evse_key(party, location_id, uid)})

    async def by_code(self, code: str) -> QuoteFacts | None:
        """The facts of the EVSE that a QR code leads to; None when it leads nowhere."""
        return await self._facts(_BY_CODE, {"of_code": code.upper()})

    async def _facts(self, statement: Any, values: dict[str, str]) -> QuoteFacts | None:
        found = await self._store.ask(statement, values)
        return _read(_Row(*found[0])) if found else None

    async def add(self, quote: Charging, answer: KeptAnswer | None = None) -> None:
        """Write a quote, and with it what was answered; raises AnsweredBefore."""
        row = charging_values(quote)
        statement: Any = _QUOTE
        if answer is not None:
            statement = _QUOTE_AND_ANSWER
            row |= {f"answer_{name}": getattr(answer, name) for name in _ANSWER}
        if await self._store.add(statement, row):
            return
        async with self._store.transaction() as tx:
            if answer is not None:
                await _keep(tx, answer)
            await tx.charging.add(quote)


async def _keep(tx: Transaction, answer: KeptAnswer) -> None:
    text = answer.answer
    if not await tx.inbox.first(answer.source, answer.message, answer.at, answer=text):
        raise AnsweredBefore("another request under this key was faster")


class _Row(NamedTuple):
    """What `_FACTS` finds."""

    document: str
    last_updated: datetime
    uid: str
    status: str
    evse_updated: datetime
    node: str | None
    seen_at: datetime | None
    reserved: bool
    running: bool
    tariffs: str | None


def _read(row: _Row) -> QuoteFacts:
    documents = json.loads(row.tariffs or "{}")
    location = _location(row.document)
    evses = tuple(
        replace(evse, status=EvseStatus(row.status), last_updated=row.evse_updated)
        if evse.uid.casefold() == row.uid
        else evse
        for evse in location.evses
    )
    return QuoteFacts(
        location=replace(location, evses=evses, last_updated=row.last_updated),
        evse_uid=row.uid,
        tariffs={key: read_tariff(document) for key, document in documents.items()},
        connected=row.node is not None,
        seen_at=row.seen_at,
        reserved=bool(row.reserved),
        running=bool(row.running),
    )


@lru_cache(maxsize=512)
def _location(document: str) -> Location:
    """A location, which is read many times for each change: what changes often is in rows."""
    return unpack(Location, document)
