"""Sessions come back as they were, are found by what others know of them, and page exactly."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.points import Point
from app.domain.sessions import Session, SessionStatus, told
from app.domain.signed_meters import SignedMeter
from app.domain.stations import Activity
from app.domain.units import Kw, Kwh
from app.store.batch import apply
from app.store.scopes import Cut, Range, Scope
from app.store.sessions import moved, moved_and_told, opened, saved, session_key
from app.store.transaction import Store
from tests.support.chargers import CPO, EMSP, a_token
from tests.support.priced import a_tariff

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_session(session_id: str = "s-1", **fields: object) -> Session:
    given = {
        "id": session_id,
        "party": CPO,
        "status": SessionStatus.ACTIVE,
        "started_at": NOW,
        "last_updated": NOW,
        "currency": "EUR",
        "zone": "Europe/Amsterdam",
        "station_id": "Cp1",
        "transaction": "7",
        "location_id": "L1",
        "evse_uid": "E1",
        "connector_id": "1",
        "token": a_token().ref,
        "charging_id": "c-1",
        "partner_id": "p-1",
        "tariff": a_tariff(),
        "meter_start": Kwh.of("1000"),
        "meter_base": Kwh.of("1000"),
        "register": Kwh.of("1000"),
        "activity": Activity.CHARGING,
        "timeline": (Point(NOW, Kwh.of(0), Activity.CHARGING, Kw.of("11.0")),),
        "flags": frozenset({"incomplete"}),
        "missing": frozenset({3, 4}),
        "signed": (SignedMeter("Start", "OCMF|ü", "OCMF", "AQID"),),
        **fields,
    }
    return Session(**given)  # type: ignore[arg-type]


async def write(store: Store, *changes: object) -> None:
    async with store.transaction() as tx:
        await apply(tx.connection, changes)  # type: ignore[arg-type]


async def test_a_session_comes_back_as_it_was(store: Store) -> None:
    session = a_session()
    await write(store, opened(session))
    async with store.reading() as tx:
        assert await tx.sessions.need("s-1") == session
        assert await tx.sessions.get("s-2") is None
        with pytest.raises(NotFound):
            await tx.sessions.need("s-2")


async def test_what_moves_is_read_from_its_columns(store: Store) -> None:
    session = a_session()
    later = replace(
        session,
        last_updated=NOW + MINUTE,
        heard_at=NOW + MINUTE,
        register=Kwh.of("1001.5"),
        energy=Kwh.of("1.5"),
        power=Kw.of("7.4"),
        soc=Decimal(55),
        activity=Activity.SUSPENDED_EV,
        seq_no=9,
    )
    await write(store, opened(session), moved(later))
    async with store.reading() as tx:
        assert await tx.sessions.need("s-1") == later
    known = told(later, NOW + 2 * MINUTE)
    await write(store, moved_and_told(known))
    async with store.reading() as tx:
        assert await tx.sessions.need("s-1") == known
    closed = replace(
        known,
        status=SessionStatus.COMPLETED,
        stopped_at=NOW + MINUTE,
        ended_at=NOW + 3 * MINUTE,
        timeline=(*known.timeline, Point(NOW + MINUTE, Kwh.of("1.5"), Activity.IDLE)),
    )
    await write(store, saved(closed))
    async with store.reading() as tx:
        assert await tx.sessions.need("s-1") == closed


async def test_finding(store: Store) -> None:
    old = a_session("s-1", status=SessionStatus.COMPLETED, stopped_at=NOW, charging_id=None)
    await write(
        store, opened(old), opened(a_session("s-2")), opened(a_session("s-3", evse_uid="E2"))
    )
    async with store.reading() as tx:
        assert [s.id for s in await tx.sessions.running_of("CP1")] == ["s-2", "s-3"]
        assert [s.id for s in await tx.sessions.ended_of("CP1")] == ["s-1"]
        here = await tx.sessions.running_at(CPO, "l1", "e1")
        assert here is not None
        assert here.id == "s-2"
        assert await tx.sessions.running_at(CPO, "L1", "E3") is None
        newest = await tx.sessions.by_transaction("CP1", "7")
        assert newest is not None
        assert newest.id == "s-3"
        assert await tx.sessions.by_transaction("CP2", "7") is None
        assert [s.id for s in await tx.sessions.of_charging("c-1")] == ["s-2", "s-3"]


async def test_a_partners_session_is_known_by_owner_and_id(store: Store) -> None:
    one = a_session("X", own=False, document='{"id":"X"}', version="2.2.1", station_id=None)
    other = replace(one, party=PartyId("DE", "ABC"), energy=Kwh.of(3))
    async with store.transaction() as tx:
        keys = [await tx.sessions.put_foreign(s) for s in (one, other)]
        await tx.sessions.put_foreign(replace(one, energy=Kwh.of(5)))
    assert keys == ["NL-RW1/x", "DE-ABC/x"] == [session_key(one), session_key(other)]
    async with store.reading() as tx:
        found = await tx.sessions.get_foreign(CPO, "x")
        assert found == replace(one, energy=Kwh.of(5))
        assert await tx.sessions.get("DE-ABC/x") == other


async def test_pages_are_exact_by_last_change(store: Store) -> None:
    """C-141, C-144: a value that was not told yet moves the session into the page all the same."""
    sessions = [
        a_session(f"s-{i}", last_updated=NOW + i * MINUTE, transaction=str(i)) for i in range(5)
    ]
    strange = a_session("s-9", token=a_token(party=PartyId("DE", "XYZ")).ref)
    nobodys = a_session("s-8", token=None)
    await write(store, *(opened(s) for s in (*sessions, strange, nobodys)))
    await write(store, moved(replace(sessions[1], last_updated=NOW + 2 * MINUTE)))
    async with store.reading() as tx:
        theirs, always = Scope((CPO,), (EMSP,)), Range()
        page = await tx.sessions.page(theirs, always, Cut(1, 2))
        assert [s.id for s in page] == ["s-1", "s-2"]
        assert await tx.sessions.count(theirs, always, running=True) == 5
        assert await tx.sessions.count(theirs, always, running=False) == 0
        behind = await tx.sessions.page(theirs, always, Cut(offset=9, limit=2, after="s-2"))
        assert [s.id for s in behind] == ["s-3", "s-4"]
        within = Range(NOW + 2 * MINUTE, NOW + 4 * MINUTE)
        page = await tx.sessions.page(theirs, within, Cut())
        assert [s.id for s in page] == ["s-1", "s-2", "s-3"]
        assert await tx.sessions.count(theirs, within, running=True) == 3
        nobody = Scope((PartyId("NL", "XXX"),), (EMSP,))
        assert await tx.sessions.page(nobody, always, Cut()) == []
        several = Scope((PartyId("NL", "XXX"), CPO), (EMSP, PartyId("DE", "XYZ")))
        page = await tx.sessions.page(several, always, Cut(offset=3, limit=3))
        assert [s.id for s in page] == ["s-3", "s-4", "s-9"]
        assert await tx.sessions.page(Scope((), (EMSP,)), always, Cut()) == []


async def test_a_session_that_is_kept_from_others_is_read_as_they_left_it(store: Store) -> None:
    await write(store, opened(a_session()))

    async def adds_a_kwh() -> None:
        async with store.transaction() as tx:
            session = await tx.sessions.need("s-1", lock=True)
            await asyncio.sleep(0.001)
            await tx.sessions.put(replace(session, energy=session.energy + Kwh.of(1)))

    await asyncio.gather(*(adds_a_kwh() for _ in range(5)))
    async with store.reading() as tx:
        assert (await tx.sessions.need("s-1")).energy == Kwh.of(5)
