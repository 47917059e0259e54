"""What is told to everybody is kept first, and told from what is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.events import DomainEvent, HubObjectChanged
from app.domain.hub_objects import HubNoun, HubObject, HubRef
from app.domain.identifiers import PartyId
from app.ports.delivery import Delivery
from app.store.transaction import Store
from app.use_cases.hub_objects import FROM_THE_BEGINNING, HubObjects
from app.use_cases.hub_telling import (
    Told,
    delivery_of,
    hub_destination,
    read_delivery,
    read_resync,
    resync,
)
from app.use_cases.locations import Acceptance
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import a_partner

PARTY = PartyId("DE", "TNC")
REF = HubRef(HubNoun.LOCATION, PARTY, "L1")
MINUTE = timedelta(minutes=1)
KEPT = HubObject(REF, "p-1", "2.2.1", "{}", NOON, NOON)


@pytest.fixture
async def objects(store: Store, clock: FakeClock) -> HubObjects:
    async with store.transaction() as tx:
        await tx.partners.put(a_partner(hub=True))
        await tx.partners.put(a_partner(id="p-2", name="Ours"))
    return HubObjects(store, clock)


async def events(store: Store) -> list[DomainEvent]:
    """What was emitted since it was last asked."""
    async with store.transaction() as tx:
        recorded = await tx.events.unplanned(100)
        await tx.events.claim([each.id for each in recorded], NOON)
    return [each.event for each in recorded]


async def waiting(store: Store) -> list[Delivery]:
    async with store.reading() as tx:
        found = await tx.deliveries.first_of([hub_destination("p-1")])
    return [pending.delivery for pending in found.values()]


async def test_news_are_told_once(objects: HubObjects, store: Store, clock: FakeClock) -> None:
    """C-119, C-260: with the object, in one transaction; the same again and older is no news."""
    assert await objects.accept(KEPT) is Acceptance.CREATED
    news = HubObjectChanged("location", PARTY, "L1", "p-1")
    assert await events(store) == [news]
    assert await objects.accept(KEPT) is Acceptance.UPDATED
    assert await objects.accept(replace(KEPT, sent="[]", last_updated=NOON - MINUTE)) is (
        Acceptance.STALE
    )
    assert await events(store) == []
    await clock.advance(60)
    assert await objects.accept(replace(KEPT, sent="[]")) is Acceptance.UPDATED
    assert await events(store) == [news]
    kept = await objects.find(REF)
    assert kept is not None
    assert kept.touched == NOON + MINUTE


async def test_parts_name_themselves(objects: HubObjects, store: Store) -> None:
    """To who knows the whole: of what nobody was told yet, the whole is news."""
    await objects.accept(replace(KEPT, public=False, told=False))
    assert await events(store) == []

    def rename(before: HubObject) -> HubObject:
        return replace(before, sent="1", public=True)

    def again(before: HubObject) -> HubObject:
        return replace(before, sent="2")

    part = ("E1", "1")
    assert await objects.change(REF, rename, part=part) is Acceptance.UPDATED
    assert await objects.change(REF, again, part=part) is Acceptance.UPDATED
    assert await objects.change(REF, again, part=part) is Acceptance.UPDATED
    assert await objects.change(REF, lambda _: None) is Acceptance.STALE
    whole = HubObjectChanged("location", PARTY, "L1", "p-1")
    assert await events(store) == [whole, replace(whole, part=part)]
    with pytest.raises(NotFound, match="L2"):
        await objects.change(replace(REF, id="L2"), again)


async def test_what_is_gone_is_remembered(objects: HubObjects, store: Store) -> None:
    with pytest.raises(NotFound):
        await objects.withdraw(REF, "p-1")
    await objects.accept(KEPT)
    await events(store)
    for told in (1, 0):
        await objects.withdraw(REF, "p-1")
        assert len(await events(store)) == told
    kept = await objects.find(REF)
    assert kept is not None
    assert kept.gone
    with pytest.raises(NotFound):
        await objects.change(REF, lambda before: before)
    assert await objects.accept(KEPT) is Acceptance.CREATED


async def test_a_gap_is_caught_up_with(objects: HubObjects, store: Store) -> None:
    await objects.accept(KEPT)

    async def catch_up() -> int:
        told = Told(PartyId("DE", "EMA"), REF)
        return await objects.catch_up(
            "p-1", None, 0, deliveries=lambda _: [delivery_of("p-1", told)]
        )

    assert await catch_up() == 0
    for since in (NOON, NOON + MINUTE):
        await objects.skipped("p-1", since)
    assert await objects.gap("p-1") == NOON
    assert await catch_up() == 1
    assert await objects.gap("p-1") is None
    (delivery,) = await waiting(store)
    assert delivery.kind == "broadcast.location"


async def test_by_hand(objects: HubObjects, store: Store) -> None:
    await objects.resync("p-1")
    (delivery,) = await waiting(store)
    assert read_resync(delivery) == (FROM_THE_BEGINNING, 0)
    for nobody in ("p-2", "p-3"):
        with pytest.raises(NotFound):
            await objects.resync(nobody)


@pytest.mark.parametrize(
    "told",
    [
        Told(PartyId("NL", "EMA"), replace(REF, id="L/1 ü")),
        Told(PartyId("NL", "EMA"), REF, ("E/1", "1")),
        Told(PartyId("NL", "EMA"), HubRef(HubNoun.TOKEN, PARTY, "A/1", "APP_USER")),
        Told(PartyId("NL", "EMA"), HubRef(HubNoun.TARIFF, PARTY, "T1")),
    ],
)
def test_deliveries_name_what_is_told(told: Told) -> None:
    delivery = delivery_of("p-1", told)
    assert delivery.destination == hub_destination("p-1")
    assert read_delivery(delivery) == told


def test_names_that_are_too_long_stand_for_the_whole() -> None:
    told = Told(PARTY, REF, ("E" * 100, "1" * 100))
    assert read_delivery(delivery_of("p-1", told)) == replace(told, part=())


def test_a_gap_has_a_name_too() -> None:
    assert read_resync(resync("p-1")) == (None, 0)
    assert read_resync(resync("p-1", NOON, 7)) == (NOON, 7)
