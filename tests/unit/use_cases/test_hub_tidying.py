"""Whatever the hub writes down is deleted some day, unless people made it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from app.domain.hub_clients import ClientStatus
from app.domain.hub_members import Told
from app.domain.hub_objects import HubNoun, HubObject, HubRef
from app.domain.hub_tokens import REFERENCES_KEPT, TOKENS_KEPT, HeardToken, Reference
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerState, Role
from app.store.migrations import metadata
from app.store.transaction import Store
from app.use_cases.hub_members import write_partner
from app.use_cases.hub_tidying import AT_ONCE, GONE_KEPT, LEFT_KEPT, HubTidying
from app.use_cases.hub_tokens import AGAIN_AFTER, HubTokens
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import a_partner

EMSP, CPO = PartyId("DE", "EMA"), PartyId("DE", "CPA")
CARD = HeardToken(EMSP, "04AA", "RFID", "C-1", "{}", NOON)
TARIFF = HubObject(HubRef(HubNoun.TARIFF, CPO, "T1"), "p-1", "2.2.1", "{}", NOON, NOON)
HERE = a_partner(hub=True)
LEFT = replace(HERE, state=PartnerState.SUSPENDED, client_token=None)
DAY = timedelta(days=1)

KEPT_FOR_EVER = {"hub_groups", "hub_rules", "hub_rule_changes", "hub_members", "hub_clients"}
"""What people do, and who ever was a member of a hub (`app.use_cases.hub_tidying`)."""

FORGET_THEMSELVES = {"hub_callbacks", "hub_index"}


async def counted(store: Store) -> dict[str, int]:
    """How many rows each of the hub's tables has that are not kept for ever."""
    tables = {name: t for name, t in metadata().tables.items() if name.startswith("hub_")}
    async with store.reading() as tx:
        return {
            name: (
                await tx.connection.execute(select(func.count()).select_from(table))
            ).scalar_one()
            for name, table in tables.items()
            if name not in KEPT_FOR_EVER | FORGET_THEMSELVES
        }


async def put(store: Store, partner: Partner, objects: Sequence[HubObject], at: FakeClock) -> None:
    async with store.transaction() as tx:
        await write_partner(tx, partner, at.now())
        for each in objects:
            await tx.hub_objects.put(each)


async def test_every_table_of_the_hub_has_an_end(store: Store, clock: FakeClock) -> None:
    """Whatever tables there will be: one that nothing is deleted from fails here."""
    tidying = HubTidying(store, clock)
    many = [replace(TARIFF, ref=replace(TARIFF.ref, id=f"T{n}")) for n in range(AT_ONCE + 1)]
    await put(store, HERE, many, clock)
    async with store.transaction() as tx:
        await tx.hub_tokens.put([CARD])
        await tx.hub_tokens.put_reference(Reference(EMSP, "R", CPO, "C-1", NOON))
        await tx.hub_aliases.put("p-1", {"A": "B"})
        await tx.hub_objects.note_gap("p-1", NOON)
        await tx.hub_objects.note_missed_rules("p-1", "c-1")
        await tx.hub_members.note_told("p-1", Told(CPO, Role.CPO, ClientStatus.CONNECTED, NOON))
    before = await counted(store)
    assert all(before.values()), before
    assert await tidying.tidy() == 0
    await put(store, LEFT, [], clock)
    clock.set(NOON + TOKENS_KEPT + DAY)
    assert await tidying.tidy() == AT_ONCE + 4
    assert not any((await counted(store)).values())
    assert await tidying.tidy() == 0


async def test_what_members_told_stays_while_they_may_come_back(
    store: Store, clock: FakeClock
) -> None:
    tidying = HubTidying(store, clock)
    suspended = replace(HERE, state=PartnerState.SUSPENDED, client_token="sealed")
    for partner in (HERE, replace(HERE, state=PartnerState.OFFLINE), suspended):
        await put(store, partner, [TARIFF], clock)
        await clock.advance(2 * LEFT_KEPT.total_seconds())
        assert await tidying.tidy() == 0
    await put(store, HERE, [TARIFF], clock)
    await put(store, LEFT, [], clock)
    left_at = clock.now()
    clock.set(left_at + LEFT_KEPT - DAY)
    assert await tidying.tidy() == 0
    clock.set(left_at + LEFT_KEPT + DAY)
    assert await tidying.tidy() == 1


async def test_what_was_deleted_is_told_of_for_a_while(store: Store, clock: FakeClock) -> None:
    tidying = HubTidying(store, clock)
    await put(store, HERE, [replace(TARIFF, gone=True)], clock)
    clock.set(NOON + GONE_KEPT)
    assert await tidying.tidy() == 0
    clock.set(NOON + GONE_KEPT + DAY)
    assert await tidying.tidy() == 1


async def test_a_token_in_use_is_not_forgotten(store: Store, clock: FakeClock) -> None:
    """Heard or needed: either is a sign that there are sessions with it."""
    tidying, tokens = HubTidying(store, clock), HubTokens(store, clock)
    needed = replace(CARD, uid="05BB", contract_id="C-2")
    await tokens.hear([CARD, needed])
    for _ in range(TOKENS_KEPT // AGAIN_AFTER + 2):
        await clock.advance(AGAIN_AFTER.total_seconds())
        await tokens.hear([CARD])
        assert await tokens.of_contract(EMSP, "C-2") is not None
    assert await tidying.tidy() == 0
    clock.set(clock.now() + TOKENS_KEPT + DAY)
    assert await tidying.tidy() == 2
    assert await tokens.of_contract(EMSP, "C-2") is None


async def test_there_are_no_more_tokens_than_that(store: Store, clock: FakeClock) -> None:
    tidying = HubTidying(store, clock, most_tokens=2)
    async with store.transaction() as tx:
        await tx.hub_tokens.put(
            [replace(CARD, uid=f"0{n}", heard_at=NOON + n * DAY) for n in range(5)]
        )
        await tx.hub_tokens.put_reference(Reference(EMSP, "R", CPO, "C-1", NOON))
    clock.set(NOON + REFERENCES_KEPT)
    assert await tidying.tidy() == 3
    async with store.reading() as tx:
        assert await tx.hub_tokens.of_uid(EMSP, "04") is not None
        assert await tx.hub_tokens.of_uid(EMSP, "02") is None
