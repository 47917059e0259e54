"""Pages of the long lists that are one partner's: sessions and CDRs, by the parties of both sides.

Each pair of a party of ours and one of theirs is a range of an index in the order of the list, so
a page reads as many rows as it has, wherever in the list it is; only an offset has to be counted
off, and that on the index alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, literal, select, tuple_, union_all

from app.domain.identifiers import PartyId

MOST_PAIRS = 100
"""Beyond that many the database sorts; no platform of the field speaks for that many parties."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose objects are meant: of these parties of ours, for tokens of these of theirs."""

    parties: tuple[PartyId, ...]
    token_parties: tuple[PartyId, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Which part of a list: changed from `since` on, and before `until` (UTC)."""

    since: datetime | None = None
    until: datetime | None = None

    def bounds(self, changed: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
        """The conditions that this sets for the column of when objects changed."""
        conditions = []
        if self.since is not None:
            conditions.append(changed >= self.since)
        if self.until is not None:
            conditions.append(changed < self.until)
        return conditions


@dataclass(frozen=True, slots=True)
class Cut:
    """A page: what follows the place `after`, or else an offset."""

    offset: int = 0
    limit: int = 100
    after: str | None = None


def scoped(table: Table, scope: Scope) -> list[list[ColumnElement[bool]]]:
    """Conditions that divide the scope into ranges of an index."""
    own, party, token_party = table.c.own.is_(True), table.c.party, table.c.token_party
    ours = [str(each) for each in scope.parties]
    theirs = [str(each) for each in scope.token_parties]
    if len(ours) * len(theirs) > MOST_PAIRS:
        return [[own, party.in_(ours), token_party.in_(theirs)]]
    return [[own, party == one, token_party == other] for one in ours for other in theirs]


def keys_of(
    key: ColumnElement[str],
    ranges: Sequence[Sequence[ColumnElement[bool]]],
    cut: Cut,
    *,
    order: Sequence[ColumnElement[Any]] = (),
    behind: Sequence[Any] | None = None,
) -> Select[Any] | None:
    """The keys of a page; None when the scope is empty.

    They are ordered by themselves, or by `order`; `behind` are the values of those columns at the
    place that the page follows.
    """
    if not ranges:
        return None
    columns, offset = tuple(order) or (key,), 0 if behind is not None else cut.offset
    later = [] if behind is None else [_after(columns, behind)]
    if len(ranges) == 1:
        one = select(key).where(*ranges[0], *later).order_by(*columns)
        return one.limit(cut.limit).offset(offset)
    parts = [
        select(*columns, key.label("found"))
        .where(*each, *later)
        .order_by(*columns)
        .limit(offset + cut.limit)
        .subquery()
        for each in ranges
    ]
    together = union_all(*(select(*part.c) for part in parts)).subquery()
    sorted_by = [together.c[column.name] for column in columns]
    return select(together.c.found).order_by(*sorted_by).limit(cut.limit).offset(offset)


def _after(columns: Sequence[ColumnElement[Any]], values: Sequence[Any]) -> ColumnElement[bool]:
    bound = [literal(value, column.type) for column, value in zip(columns, values, strict=True)]
    later: ColumnElement[bool] = tuple_(*columns) > tuple_(*bound)
    if len(columns) == 1:
        later = columns[0] > bound[0]
    return later


def counted(table: Table, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """How many rows of a range there are."""
    return select(func.count()).select_from(table).where(*conditions)
