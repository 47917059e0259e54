"""Sites are imported whole or not at all; partners' locations are taken as they come."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import Forbidden, InvalidFile, InvalidInput, NotFound
from app.domain.events import EvseStatusChanged, LocationChanged, TariffChanged
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus, Location
from app.store.transaction import Store
from app.use_cases.locations import Acceptance, Locations
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import CPO, THEIR_CPO, a_location, an_evse

TEXT = (Path(__file__).parents[3] / "docs" / "example-site.json").read_text()
SEALER = FernetSealer(["a secret of the tests only"])


@pytest.fixture
def locations(store: Store, clock: FakeClock, rng: Random) -> Locations:
    return Locations(store, clock, SEALER, random=rng)


async def new_events(store: Store) -> list[object]:
    """What happened since the last call."""
    async with store.transaction() as tx:
        recorded = await tx.events.unplanned(100)
        await tx.events.claim([each.id for each in recorded], NOON)
        return [each.event for each in recorded]


def changed(**fields: Any) -> str:
    return json.dumps(json.loads(TEXT) | fields, indent=1)


def harbour() -> Any:
    return json.loads(TEXT)["locations"][0]


async def test_the_example_becomes_a_site(store: Store, locations: Locations) -> None:
    imported = await locations.import_site(TEXT)
    assert imported.chargers == ("RW-AMS-01", "RW-AMS-02", "RW-AMS-03")
    assert imported.passwords == {}
    async with store.reading() as tx:
        operator = await tx.operators.of(CPO)
        assert operator
        assert operator.name == "Roamwatt Example Charging"
        station = await tx.stations.need("rw-ams-02")
        assert station.password_hash == SEALER.fingerprint("example-password-02")
        location = await tx.locations.need(CPO, "AMS-HARBOUR")
        codes = {evse.code for evse in location.evses}
        assert len(codes) == 3
        assert all(code and len(code) == 8 for code in codes)
        assert len(await tx.locations.by_station("RW-AMS-03")) == 2
    assert await new_events(store) == [
        TariffChanged(CPO, "STREET-AC"), TariffChanged(CPO, "FAST-DC"),
        LocationChanged(CPO, "AMS-HARBOUR"), LocationChanged(CPO, "AMS-RING"),
    ]  # fmt: skip


async def test_importing_again_changes_nothing(
    store: Store, locations: Locations, clock: FakeClock
) -> None:
    await locations.import_site(TEXT)
    async with store.transaction() as tx:
        args = (CPO, "AMS-RING", "RW-AMS-03-1", EvseStatus.AVAILABLE)
        await tx.locations.set_status(*args, now=NOON)
        before = await tx.locations.of_party(CPO)
    await new_events(store)
    await clock.advance(3600)
    await locations.import_site(TEXT)
    assert await new_events(store) == []
    async with store.reading() as tx:
        assert await tx.locations.of_party(CPO) == before


async def test_one_bad_line_changes_nothing_and_is_named(
    store: Store, locations: Locations
) -> None:
    with pytest.raises(InvalidFile, match=r"line \d+, .*tariffs\[0\]: there is no tariff 'GONE'"):
        await locations.import_site(TEXT.replace('"tariffs": ["FAST-DC"]', '"tariffs": ["GONE"]'))
    async with store.reading() as tx:
        assert await tx.operators.list() == []
        assert await tx.tariffs.of_party(CPO) == []


async def test_a_known_tariff_need_not_be_in_the_file(locations: Locations) -> None:
    """C-171: what connectors name exists, in the file or from before."""
    await locations.import_site(TEXT)
    assert (await locations.import_site(changed(tariffs=[]))).tariffs == ()


async def test_a_file_is_only_for_its_own_operator(locations: Locations) -> None:
    with pytest.raises(Forbidden):
        await locations.import_site(TEXT, party=THEIR_CPO)


async def test_chargers_of_others_and_of_other_places_are_problems(locations: Locations) -> None:
    await locations.import_site(TEXT)
    others = json.loads(TEXT)
    others["operator"]["party"] = "NL-OTH"
    with pytest.raises(InvalidFile) as caught:
        await locations.import_site(json.dumps(others))
    assert {p.reason for p in caught.value.problems} == {"is another operator's"}
    moved = harbour() | {"id": "NEW-PLACE"}
    with pytest.raises(InvalidFile, match="stands at location 'AMS-HARBOUR'"):
        await locations.import_site(changed(locations=[moved]))


async def test_passwords_are_made_up_for_new_chargers_only(
    store: Store, locations: Locations
) -> None:
    site = harbour()
    del site["stations"][0]["password"]
    imported = await locations.import_site(changed(locations=[site]))
    password = imported.passwords["RW-AMS-01"]
    assert len(password) == 24
    again = await locations.import_site(changed(locations=[site]))
    assert again.passwords == {}
    async with store.reading() as tx:
        station = await tx.stations.need("RW-AMS-01")
    assert station.password_hash == SEALER.fingerprint(password)


async def test_a_file_says_how_a_charger_is_treated(store: Store, locations: Locations) -> None:
    """P-007: what it leaves out stays as it was, also when a password changes."""

    async def after(**fields: Any) -> tuple[bool, str | None]:
        site = harbour()
        site["stations"][0] |= fields
        await locations.import_site(changed(locations=[site]))
        async with store.reading() as tx:
            station = await tx.stations.need("RW-AMS-01")
        return station.strict, station.version

    assert await after(strict=True, version="2.0.1") == (True, "ocpp2.0.1")
    assert await after() == (True, "ocpp2.0.1")
    assert await after(password="another-password-01") == (True, "ocpp2.0.1")
    assert await after(strict=False) == (False, "ocpp2.0.1")
    site = harbour()
    del site["stations"][0]["password"]
    await locations.import_site(changed(locations=[site]))
    assert await after(version="any") == (False, None)
    with pytest.raises(InvalidFile, match="version"):
        await after(version="1.5")


async def test_a_missing_evse_is_removed_for_all(store: Store, locations: Locations) -> None:
    """C-128: a removed EVSE stays in the list with status REMOVED."""
    await locations.import_site(TEXT)
    await new_events(store)
    site = harbour()
    site["stations"][0]["evses"].pop()
    await locations.import_site(changed(locations=[site]))
    assert await new_events(store) == [
        EvseStatusChanged(CPO, "AMS-HARBOUR", "RW-AMS-01-2"), LocationChanged(CPO, "AMS-HARBOUR"),
    ]  # fmt: skip
    location = await locations.get(CPO, "AMS-HARBOUR")
    assert location.evses[-1].status is EvseStatus.REMOVED


async def test_one_location_can_be_written(store: Store, locations: Locations) -> None:
    with pytest.raises(NotFound):
        await locations.write(json.dumps(harbour()), CPO, "AMS-HARBOUR")
    await locations.import_site(TEXT)
    text = json.dumps(harbour() | {"name": "Harbour"})
    with pytest.raises(InvalidInput):
        await locations.write(text, CPO, "AMS-RING")
    await locations.write(text, CPO, "ams-harbour")
    assert (await locations.get(CPO, "AMS-HARBOUR")).name == "Harbour"


def theirs(**fields: Any) -> Location:
    evse = an_evse(station_id=None, number=0)
    given: dict[str, Any] = {"party": THEIR_CPO, "evses": (evse,), "document": '{"x": 1}'}
    return a_location(**given | {"last_updated": NOON} | fields)


async def test_a_partners_location_is_taken_as_it_is(store: Store, locations: Locations) -> None:
    assert await locations.accept(theirs()) is Acceptance.CREATED
    assert await new_events(store) == [LocationChanged(THEIR_CPO, "L1")]
    found = await locations.get(THEIR_CPO, "L1")
    assert (found.own, found.document) == (False, '{"x": 1}')
    later = NOON + timedelta(seconds=1)
    moved = theirs(evses=(), last_updated=later)
    assert await locations.accept(moved) is Acceptance.UPDATED
    assert (await locations.get(THEIR_CPO, "L1")).evses == ()


async def test_an_older_object_does_not_overwrite(store: Store, locations: Locations) -> None:
    """C-119: a push older than what is stored does not overwrite; an equally old one does."""
    await locations.accept(theirs())
    older = theirs(last_updated=NOON - timedelta(seconds=1), name="Old")
    assert await locations.accept(older) is Acceptance.STALE
    assert await locations.accept(theirs(name="Same time")) is Acceptance.UPDATED
    assert (await locations.get(THEIR_CPO, "L1")).name == "Same time"


async def test_a_change_of_status_is_told_as_such(store: Store, locations: Locations) -> None:
    await locations.accept(theirs())
    await new_events(store)

    def charging(stored: Location) -> Location:
        busy = replace(stored.evses[0], status=EvseStatus.CHARGING)
        return replace(stored, evses=(busy,))

    assert await locations.accept_change(THEIR_CPO, "l1", charging) is Acceptance.UPDATED
    assert await new_events(store) == [EvseStatusChanged(THEIR_CPO, "L1", "E1")]
    assert await locations.accept_change(THEIR_CPO, "L1", lambda _: None) is Acceptance.STALE


async def test_changes_need_an_object_and_never_its_name(locations: Locations) -> None:
    """C-113, C-133: nothing is created by a change. C-120: identity fields stay."""
    with pytest.raises(NotFound):
        await locations.accept_change(THEIR_CPO, "L1", lambda stored: stored)
    await locations.accept(theirs())
    for fields in ({"id": "L2"}, {"party": PartyId("DE", "XXX")}):
        with pytest.raises(InvalidInput):
            await locations.accept_change(
                THEIR_CPO, "L1", lambda stored, fields=fields: replace(stored, **fields)
            )


async def test_our_own_locations_are_not_a_partners_to_write(locations: Locations) -> None:
    await locations.import_site(TEXT)
    with pytest.raises(Forbidden):
        await locations.accept(theirs(party=CPO, id="AMS-RING"))
    with pytest.raises(Forbidden):
        await locations.accept_change(CPO, "AMS-RING", lambda stored: stored)
