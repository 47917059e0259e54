"""Reservations in both databases: by number, by name, by place, by tag, and when they are due."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.errors import NotFound, StaleVersion
from app.domain.identifiers import PartyId
from app.domain.reservations import Reservation, ReservationState, used
from app.store.batch import apply
from app.store.locations import evse_key
from app.store.reservations import taken
from app.store.transaction import Store
from tests.support.chargers import CPO, EMSP, a_token
from tests.support.clock import NOON
from tests.unit.domain.test_reservations import UNTIL, a_reservation

S = ReservationState
ACTIVE = a_reservation(state=S.ACTIVE, active_at=NOON, driver_id="d-1", correlation_id="c")


async def _put(store: Store, *reservations: Reservation) -> None:
    async with store.transaction() as tx:
        for each in reservations:
            await tx.reservations.add(each)


async def test_what_is_kept_is_what_was_given(store: Store) -> None:
    await _put(store, ACTIVE)
    async with store.transaction() as tx:
        assert await tx.reservations.locked("r-1") == ACTIVE
        saved = await tx.reservations.save(replace(ACTIVE, reason="x"))
        assert (saved.version, await tx.reservations.need("r-1")) == (1, saved)
        with pytest.raises(StaleVersion):
            await tx.reservations.save(ACTIVE)
        with pytest.raises(NotFound):
            await tx.reservations.locked("r-9")


async def test_numbers_are_given_once_in_their_scope(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.reservations.next_number("station:cp1") == 1
    await _put(store, ACTIVE)
    async with store.transaction() as tx:
        assert await tx.reservations.next_number("station:cp1") == 8
        assert await tx.reservations.next_number("station:cp2") == 1
        assert await tx.reservations.by_number("station:cp1", 7) == ACTIVE
        assert await tx.reservations.by_number("station:cp2", 7) is None
    with pytest.raises(IntegrityError):
        await _put(store, a_reservation(id="r-2"))
    await _put(store, a_reservation(id="r-3", station_id="CP2"))


async def test_the_asker_s_name_is_the_asker_s(store: Store) -> None:
    """Compared without regard to case, and free again once the reservation is over."""
    over = a_reservation(id="r-0", number=6, state=S.EXPIRED)
    await _put(store, over, ACTIVE)
    async with store.reading() as tx:
        assert await tx.reservations.open_of(EMSP, "r1") == ACTIVE
        assert await tx.reservations.open_of(PartyId("DE", "XXX"), "R1") is None
        assert await tx.reservations.open_of(EMSP, "R2") is None


async def test_by_place_and_charger(store: Store) -> None:
    """Open ones only."""
    over = a_reservation(id="r-0", number=6, state=S.USED)
    beside = a_reservation(id="r-2", number=8, evse_uid="E2", name="R2")
    anywhere = a_reservation(
        id="r-3", evse_uid=None, name="R3", station_id=None, remote_party=PartyId("DE", "PRT")
    )
    await _put(store, over, ACTIVE, beside, anywhere)
    async with store.reading() as tx:
        assert await tx.reservations.open_at(CPO, "l1", "e1") == [ACTIVE]
        assert await tx.reservations.open_at_station("cp1") == [ACTIVE, beside]
        assert await tx.reservations.open_of_driver("d-1") == [ACTIVE]
        assert [r.id for r in await tx.reservations.of_driver("d-1", limit=9)] == ["r-1"]
        assert len(await tx.reservations.of_party(CPO, limit=9)) == 4
        places = await tx.reservations.reserved_places()
    assert {evse_key(CPO, "L1", "E1"), evse_key(CPO, "L1", "E2")} < places


async def test_the_newest_of_a_tag(store: Store) -> None:
    """Written as readers write it."""
    again = a_reservation(id="r-2", number=8, state=S.USED)
    await _put(store, ACTIVE, again)
    async with store.reading() as tx:
        assert await tx.reservations.by_tag("04:12:ab:cd") == again
        assert await tx.reservations.by_tag(a_token("OTHER").uid) is None


async def test_what_is_due(store: Store) -> None:
    later = a_reservation(id="r-2", number=8, expires_at=UNTIL + timedelta(minutes=1))
    over = a_reservation(id="r-3", number=9, state=S.CANCELLED)
    await _put(store, later, over, ACTIVE)
    async with store.reading() as tx:
        assert await tx.reservations.due(UNTIL - timedelta(seconds=1), 9) == []
        assert await tx.reservations.due(UNTIL, 9) == ["r-1"]
        assert await tx.reservations.due(UNTIL + timedelta(hours=1), 9) == ["r-1", "r-2"]
        assert await tx.reservations.due(UNTIL + timedelta(hours=1), 1) == ["r-1"]


async def test_a_session_takes_it_in_its_own_commit(store: Store) -> None:
    await _put(store, ACTIVE)
    begun = used(ACTIVE, "s-1", now=NOON)
    async with store.transaction() as tx:
        await apply(tx.connection, [taken(begun)])
    async with store.reading() as tx:
        assert await tx.reservations.need("r-1") == replace(begun, version=1)
        assert await tx.reservations.open_at_station("CP1") == []
