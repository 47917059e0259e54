"""Objects of the rarely used modules, bookings and clients of hubs, on every database."""

from dataclasses import replace
from datetime import timedelta

from app.domain.bookings import Booking, BookingPlace, BookingStatus, Slot
from app.domain.hub_clients import ClientStatus, HubClient
from app.domain.identifiers import PartyId
from app.domain.module_objects import ModuleObject, ObjectKind
from app.domain.partners import Role
from app.store.transaction import Store
from tests.support.clock import NOON
from tests.support.roaming_objects import CPO, EMSP, THEIR_EMSP, a_partner

TERMINAL = ModuleObject(ObjectKind.TERMINAL, EMSP, "T1", "p-1", NOON, '{"a":1}', "2.3.0", own=True)
HOUR = Slot(NOON, NOON + timedelta(hours=1))


async def test_objects_are_kept_apart_and_paged(store: Store) -> None:
    """By kind, side, platform and owner; ids in any case; the order is that of their coming."""
    later = replace(TERMINAL, id="T2", last_updated=NOON + timedelta(minutes=1))
    others = (
        replace(TERMINAL, own=False), replace(TERMINAL, partner_id="p-2"),
        replace(TERMINAL, party=CPO), replace(TERMINAL, kind=ObjectKind.CONFIRMATION),
    )  # fmt: skip
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        await tx.partners.put(a_partner(id="p-2", name="Else"))
        for value in (TERMINAL, later, *others):
            await tx.module_objects.put(value)
        await tx.module_objects.put(replace(TERMINAL, document='{"a":2}'))
    changed = replace(TERMINAL, document='{"a":2}')
    kind = ObjectKind.TERMINAL
    async with store.reading() as tx:
        objects = tx.module_objects
        assert await objects.get(kind, "p-1", EMSP, "t1", own=True) == changed
        assert await objects.get(kind, "p-1", EMSP, "T9", own=True) is None
        assert await objects.page(kind, "p-1", [EMSP]) == ([changed, later], 2)
        assert await objects.page(kind, "p-1", [EMSP, CPO], offset=1, limit=1) == ([later], 3)
        since = later.last_updated
        assert await objects.page(kind, "p-1", [EMSP], changed_from=since) == ([later], 1)
        assert await objects.page(kind, "p-1", [EMSP], changed_to=since) == ([changed], 1)
        assert await objects.of_partner(kind, "p-1") == [others[0]]
    async with store.transaction() as tx:
        await tx.module_objects.delete(TERMINAL)
    async with store.reading() as tx:
        assert await tx.module_objects.page(kind, "p-1", [EMSP]) == ([later], 1)


async def test_a_client_of_a_hub_has_a_state_for_each_role(store: Store) -> None:
    """C-274."""
    party = PartyId("NL", "ALL")
    provider = HubClient("p-1", party, Role.EMSP, ClientStatus.CONNECTED, NOON)
    operator = replace(provider, role=Role.CPO, status=ClientStatus.PLANNED)
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        await tx.hub_clients.put(operator)
        await tx.hub_clients.put(replace(provider, status=ClientStatus.OFFLINE))
        await tx.hub_clients.put(provider)
    async with store.reading() as tx:
        assert await tx.hub_clients.of_party("p-1", party) == [operator, provider]
        assert await tx.hub_clients.of_hub("p-1") == [operator, provider]
        assert await tx.hub_clients.connected(None, Role.EMSP) == [provider]
        assert await tx.hub_clients.connected(party, Role.EMSP) == [provider]
        assert await tx.hub_clients.connected(party, Role.CPO) == []


async def test_bookings_are_found_by_request_place_and_time(store: Store) -> None:
    """C-281."""
    booking = Booking(
        "b-1", CPO, "p-1", THEIR_EMSP, "RQ1", "BP1", "L1", HOUR, "ref", BookingStatus.RESERVED,
        NOON, (),
    )  # fmt: skip
    rejected = replace(booking, id="b-2", request_id="RQ2", status=BookingStatus.REJECTED)
    place = BookingPlace(CPO, "BP1", "L1", "E1", (HOUR,), NOON)
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
        for value in (booking, rejected):
            await tx.bookings.put(value)
        await tx.bookings.put_place(replace(place, slots=()))
        await tx.bookings.put_place(place)
        assert await tx.bookings.hold_place(CPO, "bp1") == place
        assert await tx.bookings.hold_place(CPO, "BP9") is None
    async with store.reading() as tx:
        assert await tx.bookings.places([CPO, EMSP]) == [place]
        assert await tx.bookings.of_request("p-1", THEIR_EMSP, "rq1") == booking
        assert await tx.bookings.at_place(CPO, "BP1") == [booking]
        assert await tx.bookings.due(NOON) == [booking]
        assert await tx.bookings.due(NOON - timedelta(seconds=1)) == []
        assert await tx.bookings.of_party(CPO) == [booking, rejected]
        assert await tx.bookings.page([CPO], "p-1", limit=1) == ([booking], 2)
        assert await tx.bookings.page([EMSP], "p-1") == ([], 0)
        assert await tx.bookings.page([CPO], "p-1", changed_to=NOON) == ([], 0)
        assert await tx.bookings.page([CPO], "p-1", changed_from=NOON) == ([booking, rejected], 2)
