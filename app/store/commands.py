"""Commands in the database: what was asked of which charger, and what came of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, or_, select
from sqlmodel import Field

from app.domain.commands import Command, CommandKind, CommandResult, CommandState
from app.domain.identifiers import PartyId, token_key
from app.store.columns import Document, Utc
from app.store.locations import evse_key, object_key
from app.store.repository import VersionedRepository
from app.store.rows import Row
from app.store.statements import table_of

_SAME_STEM = 5


class CommandRow(Row, table=True):
    """A command; `place` is the EVSE it aims at, or the location when the charger may choose."""

    __tablename__ = "commands"
    __table_args__ = (Index("ix_commands_open", "state", "deadline"),)

    id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=10)
    state: str = Field(max_length=10)
    result: str | None = Field(default=None, max_length=24)
    party: str | None = Field(default=None, max_length=6, index=True)
    station_id: str | None = Field(default=None, max_length=255, index=True)
    place: str | None = Field(default=None, max_length=240, index=True)
    id_tag: str | None = Field(default=None, max_length=20, unique=True)
    remote_start: int | None = Field(default=None)
    charging_id: str | None = Field(default=None, max_length=36, index=True)
    authorization_reference: str | None = Field(default=None, max_length=36, index=True)
    created_at: datetime = Field(sa_type=Utc)
    deadline: datetime = Field(sa_type=Utc)
    version: int = 0
    document: str = Field(sa_type=Document)


COMMANDS = table_of(CommandRow)


def _open_starts() -> Any:
    unsettled = COMMANDS.c.state != CommandState.SETTLED.value
    accepted = COMMANDS.c.result == CommandResult.ACCEPTED.value
    pending = or_(unsettled, accepted & (COMMANDS.c.deadline > bindparam("now", type_=Utc)))
    here = COMMANDS.c.place == bindparam("here")
    start = COMMANDS.c.kind == CommandKind.START.value
    return select(COMMANDS.c.document).where(start, here, pending).order_by(COMMANDS.c.id)


_OPEN_STARTS = _open_starts()


class Commands(VersionedRepository[Command]):
    """Commands by id and by what chargers and partners repeat of them."""

    row = CommandRow
    shape = Command
    noun = "command"

    def columns(self, value: Command) -> dict[str, Any]:
        """The columns commands are found by."""
        return {
            "id": value.id,
            "kind": value.kind.value,
            "state": value.state.value,
            "result": value.outcome.result.value if value.outcome else None,
            "party": str(value.party) if value.party else None,
            "station_id": value.station_id.casefold() if value.station_id else None,
            "place": place_of(value.party, value.location_id, value.evse_uid),
            "id_tag": token_key(value.id_tag) if value.id_tag else None,
            "remote_start": value.remote_start,
            "charging_id": value.charging_id,
            "authorization_reference": value.authorization_reference,
            "created_at": value.created_at,
            "deadline": value.deadline,
            "version": value.version,
        }

    async def by_id_tag(self, id_tag: str) -> Command | None:
        """The start whose id tag a charger presents."""
        return await self._one(COMMANDS.c.id_tag == token_key(id_tag))

    async def by_tag_stem(self, remote_party: PartyId, stem: str) -> Command | None:
        """The newest start at this party whose one-time id tag begins so."""
        begins = COMMANDS.c.id_tag.startswith(token_key(stem), autoescape=True)
        order = COMMANDS.c.created_at.desc()
        found = await self._many(begins, order=order, limit=_SAME_STEM)
        return next((c for c in found if c.remote_party == remote_party), None)

    async def by_remote_start(self, station_id: str, remote_start: int) -> Command | None:
        """The start whose number a charger repeats."""
        same = COMMANDS.c.remote_start == remote_start
        return await self._one(COMMANDS.c.station_id == station_id.casefold(), same)

    async def by_reference(self, authorization_reference: str) -> Command | None:
        """The start that carried this authorization reference, the newest if there are several."""
        same = COMMANDS.c.authorization_reference == authorization_reference
        found = await self._many(same, order=COMMANDS.c.created_at.desc(), limit=1)
        return found[0] if found else None

    async def open_starts(
        self, party: PartyId, location_id: str, evse_uid: str | None, *, now: datetime
    ) -> list[Command]:
        """Starts at this EVSE that are not answered, or accepted with their deadline to come."""
        here = place_of(party, location_id, evse_uid)
        return await self._all(_OPEN_STARTS, {"here": here, "now": now})

    async def lately_at(
        self, command: Command, kinds: Collection[CommandKind], *, since: datetime
    ) -> list[Command]:
        """Commands of these kinds at the same EVSE, not older than this, the oldest first."""
        here = COMMANDS.c.place == place_of(command.party, command.location_id, command.evse_uid)
        alike = COMMANDS.c.kind.in_([kind.value for kind in kinds])
        recent = COMMANDS.c.created_at > since
        return await self._many(here, alike, recent, order=COMMANDS.c.created_at)

    async def overdue(self, now: datetime, limit: int) -> list[Command]:
        """Commands nobody answered by their deadline, the oldest first."""
        late = (COMMANDS.c.state != CommandState.SETTLED.value, COMMANDS.c.deadline <= now)
        return await self._many(*late, order=COMMANDS.c.deadline, limit=limit)

    async def of_party(self, party: PartyId, *, limit: int) -> list[Command]:
        """The newest commands to a party's own chargers."""
        order = COMMANDS.c.created_at.desc()
        return await self._many(COMMANDS.c.party == str(party), order=order, limit=limit)

    async def of_station(
        self, station_id: str, *, before: str | None, limit: int
    ) -> list[Command]:
        """The newest commands to a charger, older than that of this id."""
        mine = [COMMANDS.c.station_id == station_id.casefold()]
        if before is not None:
            mine.append(COMMANDS.c.id < before)
        return await self._many(*mine, order=COMMANDS.c.id.desc(), limit=limit)

    async def made_between(self, after: str, before: str, limit: int) -> list[str]:
        """The first ids between these two, in the order the commands were made."""
        between = (COMMANDS.c.id > after, COMMANDS.c.id < before)
        statement = select(COMMANDS.c.id).where(*between).order_by(COMMANDS.c.id).limit(limit)
        return list((await self._connection.execute(statement)).scalars())

    async def forget(self, ids: Collection[str]) -> int:
        """Delete these; gives how many that were."""
        statement = COMMANDS.delete().where(COMMANDS.c.id.in_(ids))
        return (await self._connection.execute(statement)).rowcount

    async def locked(self, command_id: str) -> Command:
        """The command, held against other writers; raises NotFound."""
        return await self.need(command_id, lock=True)


def place_of(party: PartyId | None, location_id: str | None, uid: str | None) -> str | None:
    """The key of the EVSE or location a command aims at, None when it aims at a whole charger."""
    if party is None or location_id is None:
        return None
    return evse_key(party, location_id, uid) if uid else object_key(party, location_id)
