"""Cards, vehicles, groups, reports and ratings on both databases."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.charge_cards import Address, CardOrder, CardState, ChargeCard, OrderState
from app.domain.errors import StaleVersion
from app.domain.groups import Group, GroupKind, Member, MemberState, Spent
from app.domain.identifiers import PartyId
from app.domain.issues import Issue, IssueKind, IssueState, Rating, RatingKind, Remark, Side
from app.domain.money import Money
from app.domain.units import Kw, Kwh
from app.domain.vehicles import Sighting, Vehicle
from app.store.transaction import Store
from tests.support.chargings import a_charging
from tests.support.clock import NOON

CPO = PartyId("NL", "RW1")
CARD = ChargeCard("NL-0001", "04:AA:BB:CC", "hash", CardState.FREE, NOON, NOON)
ORDER = CardOrder(
    "o-1",
    "d-1",
    OrderState.ORDERED,
    NOON,
    NOON,
    address=Address("Dana", "Straat 1", "3511", "Utrecht", "NL"),
)
CAR = Vehicle(
    "v-1",
    "d-1",
    "Zoe",
    NOON,
    plugs=("IEC_62196_T2",),
    battery=Kwh(Decimal(52)),
    ac_power=Kw(Decimal(22)),
    vehicle_key="AABBCCDDEEFF",
)
GROUP = Group("g-1", "d-1", GroupKind.FAMILY, "Us", "EUR", "Europe/Amsterdam", NOON)
MEMBER = Member(
    "m-1", "g-1", MemberState.INVITED, NOON, NOON + timedelta(days=14), code_hash="hash"
)


def euro(minor: int) -> Money:
    return Money.from_minor(minor, "EUR")


async def test_cards_are_found_as_they_are_read_and_as_they_are_printed(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.drivers.charge_cards.add(CARD)
        await tx.drivers.card_orders.add(ORDER)
    async with store.reading() as tx:
        assert await tx.drivers.charge_cards.get("NL0001") == CARD
        assert await tx.drivers.charge_cards.by_uid("04aabbcc") == CARD
        assert await tx.drivers.charge_cards.page(after="NL 0001", limit=5) == []
        assert await tx.drivers.card_orders.of_driver("d-1") == [ORDER]
        assert await tx.drivers.card_orders.in_state(OrderState.ORDERED, limit=5) == [ORDER]
        assert await tx.drivers.card_orders.in_state(OrderState.SENT, limit=5) == []
    async with store.transaction() as tx:
        linked = replace(CARD, driver_id="d-1", state=CardState.LINKED)
        await tx.drivers.charge_cards.save(linked)
        with pytest.raises(StaleVersion):
            await tx.drivers.charge_cards.save(linked)
        assert len(await tx.drivers.charge_cards.of_driver("d-1")) == 1


async def test_a_vehicle_id_is_one_drivers_only(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.drivers.vehicles.add(CAR)
    with pytest.raises(IntegrityError):
        async with store.transaction() as tx:
            await tx.drivers.vehicles.add(replace(CAR, id="v-2", driver_id="d-2"))
    async with store.transaction() as tx:
        assert await tx.drivers.vehicles.by_key("AABBCCDDEEFF") == CAR
        assert await tx.drivers.vehicles.of_driver("d-1") == [CAR]
        await tx.drivers.vehicles.delete("v-1")
        assert await tx.drivers.vehicles.get("v-1") is None


async def test_what_chargers_saw_is_found_by_time_and_forgotten(store: Store) -> None:
    seen = Sighting("CP1", "AABBCCDDEEFF", NOON, "E1")
    async with store.transaction() as tx:
        await tx.drivers.sightings.add(seen)
        found = await tx.drivers.sightings.at_station("cp1", after=NOON, before=NOON)
        assert found == [replace(seen, station_id="cp1")]
        later = NOON + timedelta(hours=1)
        assert await tx.drivers.sightings.at_station("CP1", after=later, before=later) == []
        assert await tx.drivers.sightings.forget_before(later) == 1


async def test_what_a_group_spends_is_set_aside_and_booked(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.drivers.groups.add(GROUP)
        await tx.drivers.groups.members.add(MEMBER)
        spending = tx.drivers.groups.spending
        for number, driver in enumerate(("d-2", "d-2", "d-3")):
            charging = a_charging(id=f"c-{number}", group_id="g-1", driver_id=driver)
            await spending.reserve(charging, "2026-05", euro(3_000), NOON)
            await spending.reserve(charging, "2026-05", euro(9_999), NOON)
        assert await spending.book("c-0", euro(938)) == "2026-05"
        assert await spending.book("c-0", euro(938)) is None
        assert await spending.book("c-9", euro(938)) is None
        assert await spending.of("g-1", "2026-05", "EUR") == Spent(euro(938), euro(6_000))
        mine = await spending.of("g-1", "2026-05", "EUR", driver_id="d-3")
        assert mine == Spent(euro(0), euro(3_000))
        assert await spending.by_member("g-1", "2026-05") == {"d-2": (938, 1)}
        assert await spending.sessions("g-1", "2026-05", "d-3", 5) == ["c-2"]
        assert await tx.drivers.groups.of_owner("d-1") == [GROUP]
        assert await tx.drivers.groups.members.by_code("hash") == MEMBER
        assert await tx.drivers.groups.members.of_driver("d-2") is None
        assert await tx.drivers.groups.members.of_group("g-1") == [MEMBER]


async def test_reports_are_listed_for_drivers_and_for_who_answers(store: Store) -> None:
    report = Issue(
        "i-1",
        "d-1",
        CPO,
        "L1",
        "E1",
        IssueKind.CABLE_STUCK,
        IssueState.OPEN,
        NOON,
        NOON,
        remarks=(Remark(Side.DRIVER, NOON, "It does not let go"),),
    )
    theirs = replace(report, id="i-2", party=PartyId("DE", "ABC"), own=False)
    async with store.transaction() as tx:
        await tx.drivers.issues.add(report)
        await tx.drivers.issues.add(theirs)
        issues = tx.drivers.issues
        assert await issues.of_driver("d-1", limit=5) == [theirs, report]
        assert await issues.of_driver("d-1", before="i-2", limit=5) == [report]
        every = {"state": None, "after": None, "limit": 5}
        assert await issues.page(party=CPO, **every) == [report]
        assert await issues.page(party=None, **every) == [theirs]
        closed = {**every, "state": IssueState.CLOSED}
        assert await issues.page(party=CPO, **closed) == []
        assert await issues.page(party=None, **{**every, "after": "i-2"}) == []


async def test_ratings_have_a_mean_and_one_per_driver(store: Store) -> None:
    rating = Rating("d-1", CPO, "L1", 5, NOON, kinds=(RatingKind.FAST,))
    async with store.transaction() as tx:
        ratings = tx.drivers.ratings
        assert (await ratings.of_station(CPO, "L1")).average is None
        await ratings.put(rating)
        await ratings.put(replace(rating, stars=4))
        await ratings.put(replace(rating, driver_id="d-2", stars=1))
        found = await ratings.of_station(CPO, "l1")
        assert (found.count, found.average) == (2, Decimal("2.5"))
        assert found.kinds == (("fast", 2),)
        await ratings.delete("d-2", CPO, "L1")
        assert await ratings.mine("d-2", CPO, "L1") is None
