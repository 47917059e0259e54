"""The feed of changes: whoever looks has seen every commit, whoever made it and in what order."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.domain.events import DomainEvent, PartnerLeft
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace, EvseStatus
from app.domain.sessions import SessionStatus
from app.store.batch import Batch
from app.store.cdrs import issued
from app.store.changes import KEPT_S
from app.store.feed import News
from app.store.locations import object_key, status_changes
from app.store.nouns import Noun
from app.store.sessions import opened, saved
from app.store.transaction import Store
from tests.support.clock import FakeClock
from tests.support.roaming_objects import (
    AN_OPERATOR,
    CPO,
    EMSP,
    NOON,
    a_cdr,
    a_location,
    a_partner,
    a_session,
    a_tariff,
    a_token,
)

L1 = object_key(CPO, "L1")


class Follower:
    """Notes what it is told."""

    def __init__(self, store: Store, nouns: Iterable[Noun] = Noun) -> None:
        self.store = store
        self.told: list[frozenset[str] | None] = []
        store.watch.follow(nouns, self.note)

    async def note(self, keys: frozenset[str] | None) -> None:
        self.told.append(keys)

    async def look(self) -> list[frozenset[str] | None]:
        """What a look tells."""
        self.told.clear()
        await self.store.watch.look()
        return list(self.told)


async def put(store: Store, *locations: str) -> None:
    async with store.transaction() as tx:
        for location_id in locations:
            await tx.locations.put(a_location(location_id))


async def test_a_look_tells_what_others_committed(store: Store, elsewhere: Store) -> None:
    """The first tells to read everything, each later one what came in between."""
    follower = Follower(store)
    await put(elsewhere, "L0")
    assert await follower.look() == [None]
    assert await follower.look() == []
    await put(elsewhere, "L1")
    await put(store, "L2")
    assert await follower.look() == [frozenset({L1, object_key(CPO, "L2")})]
    assert await follower.look() == []


async def test_every_kind_of_write_is_told(store: Store, elsewhere: Store) -> None:
    """Whatever is kept in memory anywhere, through a transaction or the group commit."""
    follower = Follower(store)
    await put(elsewhere, "L1")
    await follower.look()

    async def nobody() -> None:
        return None

    batch = Batch(elsewhere.database, nobody)
    token = a_token()
    place = EvsePlace(a_location(), a_location().evses[0], a_location().evses[0].connectors[0])
    over = a_session("s-1", token=token.ref, status=SessionStatus.COMPLETED)
    async with asyncio.TaskGroup() as tasks:
        committing = tasks.create_task(batch.run())
        await batch.write(status_changes(place, EvseStatus.CHARGING, NOON))
        assert await follower.look() == [frozenset({L1})]
        await batch.write([opened(over), saved(over), issued(a_cdr())])
        committing.cancel()
    assert await follower.look() == [frozenset({str(token.party), str(a_cdr().token.party)})]
    async with elsewhere.transaction() as tx:
        await tx.tariffs.put(a_tariff())
        await tx.tokens.put(token)
        await tx.partners.put(a_partner())
        await tx.operators.put(AN_OPERATOR)
        changed = await tx.locations.set_status(CPO, "L1", "E2", EvseStatus.BLOCKED, now=NOON)
    assert changed
    (told,) = await follower.look()
    card = f"{EMSP}/RFID/{token.uid.casefold()}"
    tariff = object_key(CPO, a_tariff().id)
    assert told == {L1, tariff, card, a_partner().id, str(CPO)}
    async with elsewhere.transaction() as tx:
        await tx.tariffs.delete(CPO, a_tariff().id)
    assert await follower.look() == [frozenset({tariff})]


async def test_what_is_rolled_back_is_not_told_nor_foreign_where_only_ours_counts(
    store: Store, elsewhere: Store
) -> None:
    follower, ours = Follower(store), Follower(store, {Noun.LOCATION})
    await follower.look()
    ours.told.clear()
    with pytest.raises(RuntimeError, match="no"):
        async with elsewhere.transaction() as tx:
            await tx.locations.put(a_location())
            raise RuntimeError("no")
    async with elsewhere.transaction() as tx:
        await tx.locations.put(a_location(party=PartyId("DE", "ABC"), own=False))
    assert await follower.look() == [frozenset({"DE-ABC/l1"})]
    assert ours.told == []


async def test_a_slow_transaction_is_not_skipped(store: Store, elsewhere: Store) -> None:
    """On PostgreSQL one that began earlier may commit later than those that are seen."""
    if store.database.is_sqlite:
        await _one_after_the_other(store, elsewhere)
        return
    follower = Follower(store)
    await follower.look()
    async with elsewhere.transaction() as slow:
        await slow.locations.put(a_location("L1"))
        for name in ("L2", "L3"):
            await put(store, name)
            assert await follower.look() == [frozenset({object_key(CPO, name)})]
        assert await follower.look() == []
    assert await follower.look() == [frozenset({L1})]
    assert await follower.look() == []


async def _one_after_the_other(store: Store, elsewhere: Store) -> None:
    """On SQLite the second writer waits for the first."""
    follower = Follower(store)
    await follower.look()
    async with elsewhere.transaction() as slow:
        await slow.locations.put(a_location("L1"))
        waiting = asyncio.ensure_future(put(store, "L2"))
        assert await follower.look() == []
    await waiting
    (told,) = await follower.look()
    assert told == {L1, object_key(CPO, "L2")}


async def test_one_look_serves_all_who_wait(store: Store) -> None:
    """But none that was under way already when somebody came; on SQLite nobody has to wait."""
    await store.watch.look()
    before = store.watch.looks
    await asyncio.gather(*(store.watch.look() for _ in range(50)))
    assert store.watch.looks - before <= (50 if store.database.is_sqlite else 2)


async def test_a_glance_trusts_a_look_for_a_moment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where asking costs much; on SQLite it costs nothing."""
    monkeypatch.setattr(store.watch, "_grace_s", 1000 * store.database.feed.grace_s)
    assert await store.watch.glance()
    trusted = not store.database.is_sqlite
    assert [await store.watch.glance() for _ in range(3)] == [not trusted] * 3
    before = store.watch.looks
    await store.watch.look()
    assert store.watch.looks == before + 1


async def test_what_decides_counts_everywhere_when_its_author_goes_on(
    store: Store, elsewhere: Store
) -> None:
    """Even where somebody looked at the last moment before it was written."""
    follower = Follower(store)
    await follower.look()
    for number in range(3):
        async with elsewhere.transaction() as tx:
            await tx.partners.put(a_partner(name=f"Partner {number}"))
            await store.watch.look()
        follower.told.clear()
        await store.watch.glance()
        assert follower.told == [frozenset({a_partner().id})]


async def test_nobody_waits_for_what_decides_nothing(
    store: Store, elsewhere: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a partner was seen, once a minute, is told like everything else."""
    follower = Follower(elsewhere)
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
    await follower.look()

    async def refuse() -> None:
        raise AssertionError("somebody waits")

    monkeypatch.setattr(store.watch, "outlast", refuse)
    async with store.transaction() as tx:
        known = await tx.partners.hold(a_partner().id)
        await tx.partners.put_seen(replace(known, last_seen=NOON))
    assert await follower.look() == [frozenset({known.id})]
    await put(store, "L1")
    with pytest.raises(AssertionError, match="somebody waits"):
        async with store.transaction() as tx:
            await tx.partners.put(a_partner())


async def test_whoever_waits_for_others_may_give_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written is written: whoever heeds events hears of it."""
    heard: list[Sequence[DomainEvent]] = []
    store.heed(heard.append)
    monkeypatch.setattr(store.watch, "_grace_s", 600)

    async def leave() -> None:
        async with store.transaction() as tx:
            await tx.partners.put(a_partner())
            tx.emit(PartnerLeft(a_partner().id))

    leaving = asyncio.ensure_future(leave())
    async with asyncio.timeout(10):
        while not await _known(store):
            await asyncio.sleep(0.01)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert heard == [[PartnerLeft(a_partner().id)]]


async def _known(store: Store) -> bool:
    async with store.reading() as tx:
        return bool(await tx.partners.all())


async def test_whoever_looks_for_others_may_give_up(store: Store) -> None:
    """The others look by themselves then, and see what was written before they asked."""
    follower = Follower(store)
    await follower.look()
    async with store.watch.still():
        first = asyncio.ensure_future(store.watch.look())
        others = [asyncio.ensure_future(store.watch.look()) for _ in range(3)]
        await asyncio.sleep(0)
        first.cancel()
        others[0].cancel()
        await put(store, "L1")
    ends = await asyncio.gather(first, *others, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError] * 2 + [type(None)] * 2
    assert frozenset({L1}) in follower.told


async def test_what_fails_fails_for_all_who_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once: a database that hangs must not be waited for by one after the other."""
    asked = []

    async def hang(mark: str | None) -> News:
        asked.append(mark)
        await asyncio.sleep(0.01)
        raise ConnectionError

    await store.watch.look()
    monkeypatch.setattr(store.database.feed, "since", hang)
    looks = (store.watch.look() for _ in range(50))
    ends = await asyncio.gather(*looks, return_exceptions=True)
    assert [type(end) for end in ends] == [ConnectionError] * 50
    assert len(asked) == 2
    monkeypatch.undo()
    await store.watch.look()


async def test_a_follower_that_fails_is_told_again(store: Store) -> None:
    follower = Follower(store)
    await follower.look()
    fails = [True]

    async def weak(keys: frozenset[str] | None) -> None:
        if fails.pop():
            raise ConnectionError

    store.watch.follow({Noun.LOCATION}, weak)
    await put(store, "L1")
    with pytest.raises(ConnectionError):
        await store.watch.look()
    fails.append(False)
    assert await follower.look() == [frozenset({L1})]
    assert fails == []


async def test_whoever_was_away_too_long_reads_everything(store: Store, clock: FakeClock) -> None:
    """Rows are kept for an hour; half of it is trusted."""
    follower = Follower(store)
    await follower.look()
    await clock.advance(KEPT_S / 2 + 1)
    assert await follower.look() == [None]


async def test_old_rows_are_forgotten(store: Store) -> None:
    follower = Follower(store)
    await put(store, "L1")
    async with store.transaction() as tx:
        assert await tx.changes.forget() == 0
        await tx.connection.execute(text("UPDATE changes SET at = at - :long"), {"long": 3660})
        assert await tx.changes.forget() == 1
    await follower.look()
    await put(store, "L2")
    assert await follower.look() == [frozenset({object_key(CPO, "L2")})]


async def test_a_lost_connection_is_replaced(store: Store) -> None:
    follower = Follower(store)
    await follower.look()
    if not store.database.is_sqlite:
        mine = "pid <> pg_backend_pid() AND datname = current_database()"
        async with store.reading() as tx:
            await tx.connection.execute(
                text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")  # noqa: S608
            )
    await put(store, "L1")
    assert await follower.look() == [frozenset({L1})]
