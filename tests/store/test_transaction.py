"""A value that no database keeps is the asker's fault, not ours."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.drivers import Driver
from app.domain.errors import DomainError, InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.domain.operators import Operator
from app.store.transaction import Store
from tests.support.clock import NOON

PARTY = PartyId("NL", "RW1")


async def test_nul_in_what_is_looked_for_is_a_refusal(store: Store) -> None:
    """PostgreSQL refuses NUL in a text, SQLite finds nothing: neither is a defect of ours."""
    with pytest.raises(DomainError) as refusal:
        async with store.reading() as tx:
            await tx.stations.need("a\x00b")
    assert isinstance(refusal.value, InvalidInput | NotFound)


@pytest.mark.parametrize("name", ["\ud800", "half \udfff"])
async def test_half_a_character_is_refused_and_changes_nothing(store: Store, name: str) -> None:
    with pytest.raises(InvalidInput):
        async with store.transaction() as tx:
            await tx.operators.put(Operator(PARTY, "Good", NOON))
            await tx.stations.get(name)
    async with store.reading() as tx:
        assert await tx.operators.of(PARTY) is None


@pytest.mark.parametrize("moment", [datetime.min, datetime.max, datetime(9999, 12, 31)])  # noqa: DTZ001, DTZ901
async def test_the_ends_of_the_calendar_can_be_read_again(store: Store, moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    async with store.transaction() as tx:
        await tx.operators.put(Operator(PARTY, "Old", at))
        await tx.drivers.add(Driver("d-1", at))
    async with store.reading() as tx:
        assert (await tx.drivers.need("d-1")).created_at == at


async def test_a_time_beyond_the_calendar_is_refused(store: Store) -> None:
    far = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    with pytest.raises(InvalidInput):
        async with store.reading() as tx:
            await tx.charging.of_driver("d-1", before=far)


async def test_other_trouble_of_the_database_stays_what_it_is(store: Store) -> None:
    with pytest.raises(Exception, match="no_such_table") as trouble:
        async with store.reading() as tx:
            await tx.connection.exec_driver_sql("SELECT * FROM no_such_table")
    assert not isinstance(trouble.value, DomainError)
