"""Drivers' sessions come back as they were, and are found by whatever brings news of them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.charging import Charging, ChargingState
from app.domain.errors import NotFound, StaleVersion
from app.domain.money import Money
from app.domain.units import Kwh
from app.store.transaction import Store
from tests.support.chargers import a_token
from tests.support.chargings import CPO, a_charging
from tests.support.clock import NOON

S = ChargingState
FULL = a_charging(
    state=S.CHARGING,
    token=a_token("RWABCDEFGH234567"),
    payment_id="p-1",
    command_id="k-1",
    stop_command_id="k-2",
    session_id="s-1",
    cdr_id="cdr-1",
    total=Money(Decimal("9.375"), "EUR"),
    deadline=NOON + timedelta(minutes=5),
    target_energy=Kwh.of("20"),
    target_time=timedelta(hours=1),
    secret_hash="hash",
    drawn=True,
)


async def add(store: Store, *chargings: Charging) -> None:
    async with store.transaction() as tx:
        for charging in chargings:
            await tx.charging.add(charging)


async def test_it_comes_back_as_it_was(store: Store) -> None:
    await add(store, FULL)
    async with store.transaction() as tx:
        assert await tx.charging.need("c-1") == FULL
        assert await tx.charging.locked("c-1") == FULL
        assert await tx.charging.by_session("s-1") == FULL
        assert await tx.charging.by_command("k-1") == FULL
        assert await tx.charging.by_command("k-2") == FULL
        assert await tx.charging.by_command("k-3") is None
        with pytest.raises(NotFound):
            await tx.charging.locked("c-9")


async def test_only_the_newest_version_is_written_over(store: Store) -> None:
    await add(store, FULL)
    async with store.transaction() as tx:
        saved = await tx.charging.save(replace(FULL, seq=1))
        assert saved.version == 1
    with pytest.raises(StaleVersion):
        async with store.transaction() as tx:
            await tx.charging.save(replace(FULL, seq=2))
    async with store.reading() as tx:
        assert await tx.charging.need("c-1") == saved


async def test_whose_deadline_has_passed(store: Store) -> None:
    later = replace(FULL, id="c-2", deadline=NOON + timedelta(minutes=4))
    await add(store, FULL, later, replace(FULL, id="c-3", deadline=None))
    async with store.reading() as tx:
        assert await tx.charging.due(NOON + timedelta(minutes=5), 10) == ["c-2", "c-1"]
        assert await tx.charging.due(NOON + timedelta(minutes=5), 1) == ["c-2"]
        assert await tx.charging.due(NOON, 10) == []


async def test_what_a_charger_or_a_cable_matters_to(store: Store) -> None:
    waiting = replace(FULL, id="c-2", state=S.AWAITING_PLUG)
    await add(store, FULL, waiting, replace(FULL, id="c-3", station_id="CS-2"))
    async with store.reading() as tx:
        assert await tx.charging.running_at_station("cs-1") == ["c-1"]
        assert await tx.charging.awaiting_plug_at(CPO, "l1", "e1") == ["c-2"]
        assert await tx.charging.awaiting_plug_at(CPO, "L1", "E2") == []


async def test_a_drivers_sessions(store: Store) -> None:
    def at(number: int, state: ChargingState, driver: str = "d-1") -> Charging:
        moment = NOON + timedelta(minutes=number)
        return replace(FULL, id=f"c-{number}", state=state, created_at=moment, driver_id=driver)

    await add(
        store,
        at(1, S.COMPLETED),
        at(2, S.SETTLEMENT_FAILED),
        at(3, S.CHARGING),
        at(4, S.QUOTED),
        at(5, S.CHARGING, "d-2"),
        at(6, S.EXPIRED),
    )
    async with store.transaction() as tx:
        assert [c.id for c in await tx.charging.of_driver("d-1")] == ["c-3", "c-2", "c-1"]
        before = NOON + timedelta(minutes=3)
        page = await tx.charging.of_driver("d-1", before=before, limit=1)
        assert [c.id for c in page] == ["c-2"]
        assert [c.id for c in await tx.charging.open_of_driver("d-1")] == ["c-3"]
        assert [c.id for c in await tx.charging.unpaid_of_driver("d-1")] == ["c-2"]
        assert await tx.charging.forget_quotes_before(NOON + timedelta(hours=1)) == 1


async def test_where_drivers_depend_on_chargers(store: Store) -> None:
    await add(
        store,
        a_charging(id="c-1", state=S.AWAITING_PLUG, evse_uid="E1", station_id="CS-1"),
        a_charging(id="c-2", state=S.INTERRUPTED, evse_uid="E2", station_id="CS-2"),
        a_charging(id="c-3", state=S.COMPLETED, evse_uid="E3", station_id="CS-3"),
        a_charging(id="c-4", state=S.CHARGING, evse_uid="E4", station_id=None),
    )
    async with store.reading() as tx:
        watched = await tx.charging.watched()
    plugs = [uid for uid in ("e1", "E2", "E3", "E4") if watched.awaits_plug_at(CPO, "l1", uid)]
    chargers = [name for name in ("CS-1", "cs-2", "CS-3") if watched.runs_at(name)]
    assert (plugs, chargers) == (["e1"], ["cs-2"])
