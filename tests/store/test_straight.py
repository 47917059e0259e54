"""Single statements straight through the driver, and the ordinary way where that is no good."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select

from app.domain.errors import InvalidInput, NotFound
from app.domain.identifiers import PartyId
from app.store.charging import CHARGINGS
from app.store.database import Database
from app.store.inbox import INBOX, AnsweredBefore, KeptAnswer, answer_to
from app.store.quoting import Quoting
from app.store.straight import KEPT, Straight
from app.store.transaction import Store
from tests.support.chargings import a_charging
from tests.support.clock import NOON

CPO = PartyId("NL", "RW1")
ANSWER = KeptAnswer("repeats:d-1", "a-key-of-16-signs", '{"answer": 1}', NOON)
_OF_TWO = select(INBOX.c.message, INBOX.c.at).where(
    INBOX.c.source.in_(["repeats:d-1", "repeats:d-2"]), INBOX.c.message == bindparam("of_message")
)


async def test_lists_and_times_come_as_the_ordinary_way_has_them(store: Store) -> None:
    await Quoting(store).add(a_charging(), ANSWER)
    found = await store.ask(_OF_TWO, {"of_message": ANSWER.message})
    assert [tuple(row) for row in found] == [(ANSWER.message, NOON)]
    for since, told in ((NOON, ANSWER.answer), (NOON + timedelta(seconds=1), None)):
        assert await answer_to(store, ANSWER.source, ANSWER.message, since=since) == told


async def test_a_quote_is_written_with_its_answer_or_not_at_all(store: Store) -> None:
    """Of two under one key the second leaves nothing; a crash cannot come between the two."""
    first, second = a_charging(id="q-1"), a_charging(id="q-2")
    await Quoting(store).add(first, ANSWER)
    with pytest.raises(AnsweredBefore):
        await Quoting(store).add(second, replace(ANSWER, answer='{"answer": 2}'))
    async with store.reading() as tx:
        assert await tx.charging.need("q-1") == first
        with pytest.raises(NotFound):
            await tx.charging.need("q-2")
        assert await tx.inbox.answer(ANSWER.source, ANSWER.message) == ANSWER.answer


async def test_of_many_at_once_one_is_written(store: Store) -> None:
    quotes = [a_charging(id=f"q-{n}") for n in range(2 * KEPT)]
    tries = (Quoting(store).add(quote, ANSWER) for quote in quotes)
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in ends if each is not None] == [AnsweredBefore] * (2 * KEPT - 1)
    async with store.reading() as tx:
        kept = await tx.connection.execute(select(CHARGINGS.c.id))
        assert len(kept.all()) == 1


async def test_what_no_database_keeps_is_refused_in_the_domains_words(store: Store) -> None:
    for text in ("\0", "\ud800"):
        try:
            found = await Quoting(store).at(CPO, "L1", text)
        except InvalidInput:
            found = None
        assert found is None


only_postgres = pytest.mark.parametrize("url_of_each_kind", ["postgresql"], indirect=True)
"""SQLite goes the ordinary way only."""


@pytest.fixture
def straight(database: Database) -> Straight:
    assert database._straight is not None
    return database._straight


@only_postgres
async def test_a_lost_connection_is_replaced(straight: Straight) -> None:
    values = {"of_message": "none"}
    assert await straight.ask(_OF_TWO, values) == []
    await straight._idle[0].driver.close()
    assert await straight.ask(_OF_TWO, values) == []


@only_postgres
async def test_no_more_connections_are_kept_than_needed(straight: Straight) -> None:
    asked = (straight.ask(_OF_TWO, {"of_message": "none"}) for _ in range(3 * KEPT))
    assert await asyncio.gather(*asked) == [[]] * (3 * KEPT)
    assert len(straight._idle) == KEPT


@only_postgres
async def test_what_is_cut_off_takes_its_connection_with_it(straight: Straight) -> None:
    asking = asyncio.ensure_future(straight.ask(_OF_TWO, {"of_message": "none"}))
    while not straight._ready:
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await straight.ask(_OF_TWO, {"of_message": "none"}) == []


@only_postgres
async def test_names_that_a_statement_does_not_have_are_left_to_the_ordinary_way(
    straight: Straight,
) -> None:
    assert await straight.ask(_OF_TWO, {"of_message": "none"}) == []
    assert await straight.ask(_OF_TWO, {"of_nothing": "none"}) is None
