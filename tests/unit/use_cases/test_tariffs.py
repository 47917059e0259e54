"""Own tariffs are written and withdrawn with care, partners' ones are taken as they come."""

import json
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import Conflict, Forbidden, InvalidFile, InvalidInput, NotFound
from app.domain.events import TariffChanged, TariffRemoved
from app.store.transaction import Store
from app.use_cases.locations import Acceptance, Locations
from app.use_cases.tariffs import Tariffs
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import CPO, THEIR_CPO, a_tariff

TEXT = (Path(__file__).parents[3] / "docs" / "example-site.json").read_text()
STREET = json.loads(TEXT)["tariffs"][0]


@pytest.fixture
async def tariffs(store: Store, clock: FakeClock, rng: Random) -> Tariffs:
    sealer = FernetSealer(["a secret of the tests only"])
    await Locations(store, clock, sealer, random=rng).import_site(TEXT)
    await seen(store)
    return Tariffs(store, clock)


async def seen(store: Store) -> list[object]:
    async with store.transaction() as tx:
        recorded = await tx.events.unplanned(100)
        await tx.events.claim([each.id for each in recorded], NOON)
        return [each.event for each in recorded]


async def test_a_tariff_is_written_when_it_differs(
    store: Store, tariffs: Tariffs, clock: FakeClock
) -> None:
    await clock.advance(60)
    same = await tariffs.write(json.dumps(STREET), CPO, "STREET-AC")
    assert same.last_updated == NOON
    assert await seen(store) == []
    new = await tariffs.write(json.dumps(STREET | {"vat": 9}), CPO, "street-ac")
    assert new.last_updated == NOON + timedelta(minutes=1)
    assert await seen(store) == [TariffChanged(CPO, "STREET-AC")]
    assert (await tariffs.get(CPO, "STREET-AC")).elements[0].components[0].vat == 9


async def test_bad_tariffs_are_refused(tariffs: Tariffs) -> None:
    """C-177: a tariff needs elements, an element needs a price."""
    for elements in ([], [{}]):
        with pytest.raises(InvalidFile):
            await tariffs.write(json.dumps(STREET | {"elements": elements}), CPO, "STREET-AC")
    with pytest.raises(InvalidInput):
        await tariffs.write(json.dumps(STREET), CPO, "FAST-DC")


async def test_a_step_size_of_zero_is_accepted(tariffs: Tariffs) -> None:
    """C-178: `step_size: 0` is accepted."""
    free = {"id": "FREE", "currency": "EUR", "elements": [{"flat": {"price": 0, "step_size": 0}}]}
    assert (await tariffs.write(json.dumps(free), CPO, "FREE")).elements[0].components


async def test_a_tariff_in_use_stays(store: Store, tariffs: Tariffs) -> None:
    """C-172: a tariff still referenced by a connector is not deleted."""
    with pytest.raises(Conflict, match="AMS-HARBOUR"):
        await tariffs.remove(CPO, "STREET-AC")
    spare = json.dumps(STREET | {"id": "SPARE"})
    await tariffs.write(spare, CPO, "SPARE")
    await seen(store)
    await tariffs.remove(CPO, "SPARE")
    assert await seen(store) == [TariffRemoved(CPO, "SPARE")]
    with pytest.raises(NotFound):
        await tariffs.remove(CPO, "SPARE")


async def test_a_partners_tariffs_come_and_go(store: Store, tariffs: Tariffs) -> None:
    """C-174: PUT and DELETE work. C-119: an older one is not taken. C-176: unknown is told."""
    theirs = a_tariff(party=THEIR_CPO, last_updated=NOON)
    assert await tariffs.accept(theirs) is Acceptance.CREATED
    assert await tariffs.accept(theirs) is Acceptance.UPDATED
    older = a_tariff(party=THEIR_CPO, last_updated=NOON - timedelta(seconds=1))
    assert await tariffs.accept(older) is Acceptance.STALE
    assert not (await tariffs.get(THEIR_CPO, "T1")).own
    await tariffs.withdraw(THEIR_CPO, "t1")
    assert (await seen(store))[-1] == TariffRemoved(THEIR_CPO, "T1")
    with pytest.raises(NotFound):
        await tariffs.withdraw(THEIR_CPO, "T1")


async def test_our_own_tariffs_are_not_a_partners_to_write(tariffs: Tariffs) -> None:
    with pytest.raises(Forbidden):
        await tariffs.accept(a_tariff("STREET-AC"))
    with pytest.raises(Forbidden):
        await tariffs.withdraw(CPO, "STREET-AC")
