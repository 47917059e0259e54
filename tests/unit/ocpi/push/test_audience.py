"""Who gets what: published things go to all readers, sessions and CDRs to the token's issuer."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.events import (
    CdrIssued,
    CommandSettled,
    DomainEvent,
    EvseStatusChanged,
    LocationChanged,
    PaymentDue,
    SessionOpened,
    SessionProgressed,
    TariffChanged,
    TariffRemoved,
    TokenChanged,
)
from app.domain.hub_clients import ClientStatus, HubClient
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, PartnerState, Role
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from app.use_cases.hub_clients import HubClients
from ocpi.push.audience import OcpiAudience
from ocpi.push.subjects import parts_of, subject_of
from tests.support.clock import FakeClock
from tests.support.roaming_objects import (
    AN_OPERATOR,
    CPO,
    EMSP,
    NOON,
    THEIR_CPO,
    a_cdr,
    a_session,
    a_token,
)
from tests.support.scripted_partner import ScriptedPartner

OTHER = PartyId("FR", "XYZ")


@dataclass
class Desk:
    store: Store
    clock: FakeClock
    audience: OcpiAudience
    them: ScriptedPartner
    sealer: FernetSealer

    async def register(self, **changes: Any) -> None:
        async with self.store.transaction() as tx:
            await tx.partners.put(self.them.partner(self.sealer, **changes))
        self.audience.look_again()

    async def plan(self, event: DomainEvent) -> list[tuple[str, str, str, str]]:
        wanted = await self.audience.plan(event)
        return [(d.destination, d.subject, d.mode.value, d.kind) for d in wanted]


@pytest.fixture
async def desk(
    store: Store, clock: FakeClock, them: ScriptedPartner, sealer: FernetSealer
) -> Desk:
    made = Desk(store, clock, OcpiAudience(store), them, sealer)
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
    await made.register()
    return made


@pytest.mark.parametrize(
    ("event", "subject", "kind"),
    [
        (LocationChanged(CPO, "L/1"), "NL-RW1/L%2F1", "ocpi.location"),
        (EvseStatusChanged(CPO, "L1", "E*1"), "NL-RW1/L1/E*1", "ocpi.evse"),
        (TariffChanged(CPO, "T1"), "NL-RW1/T1", "ocpi.tariff"),
        (TariffRemoved(CPO, "T1"), "NL-RW1/T1", "ocpi.tariff"),
        (TokenChanged(EMSP, "AB", "RFID"), "NL-RWD/RFID/AB", "ocpi.token"),
    ],
)
async def test_what_is_ours_is_told_as_latest(
    desk: Desk, event: DomainEvent, subject: str, kind: str
) -> None:
    """C-129, C-189."""
    assert await desk.plan(event) == [("partner:p-1", subject, "latest", kind)]


@pytest.mark.parametrize(
    "event",
    [
        LocationChanged(THEIR_CPO, "L1"),
        EvseStatusChanged(THEIR_CPO, "L1", "E1"),
        TariffChanged(THEIR_CPO, "T1"),
        TokenChanged(EMSP, "RWAPP", "APP_USER"),
        TokenChanged(EMSP, "NL-RWD-C1234", "EMAID"),
        PaymentDue("p"),
        SessionOpened("unknown"),
        CdrIssued("unknown"),
        CommandSettled("unknown"),
    ],
)
async def test_what_is_not_ours_or_not_theirs_is_told_nobody(
    desk: Desk, event: DomainEvent
) -> None:
    """C-190, C-282: no tokens of the app, no contracts; others' own objects are theirs to tell."""
    assert await desk.plan(event) == []


async def test_only_registered_partners_with_the_endpoint_are_told(desk: Desk) -> None:
    await desk.register(endpoints=())
    assert await desk.plan(LocationChanged(CPO, "L1")) == []
    await desk.register(state=PartnerState.SUSPENDED)
    assert await desk.plan(LocationChanged(CPO, "L1")) == []
    await desk.register(hub=True)
    assert await desk.plan(LocationChanged(CPO, "L1")) == []
    await desk.register(roles=(PartnerRole(Role.CPO, THEIR_CPO, "Chargers"),))
    assert await desk.plan(LocationChanged(CPO, "L1")) == []
    assert await desk.plan(TokenChanged(EMSP, "AB", "RFID")) != []
    await desk.register(state=PartnerState.OFFLINE)
    assert await desk.plan(LocationChanged(CPO, "L1")) != []


async def test_a_session_is_told_its_issuer_only(desk: Desk) -> None:
    """C-144."""
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session("s-1"))
        await tx.sessions.put(a_session("s-2", token=a_token(party=OTHER).ref))
        await tx.sessions.put(a_session("s-3", token=None))
    told = [("partner:p-1", "s-1", "latest", "ocpi.session")]
    assert await desk.plan(SessionOpened("s-1")) == told
    assert await desk.plan(SessionProgressed("s-1")) == told
    assert await desk.plan(SessionOpened("s-2")) == []
    assert await desk.plan(SessionOpened("s-3")) == []
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session("s-3"))
    assert await desk.plan(SessionProgressed("s-3")) == [
        ("partner:p-1", "s-3", "latest", "ocpi.session")
    ]
    await desk.register(state=PartnerState.SUSPENDED)
    assert await desk.plan(SessionProgressed("s-1")) == []


async def test_who_registers_while_its_driver_charges_is_told(desk: Desk) -> None:
    """That a session was nobody's business is not remembered longer than who there is."""
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session("s-1"))
    await desk.register(state=PartnerState.SUSPENDED)
    await desk.register(id="p-9", name="Others", roles=(), state=PartnerState.CONNECTED)
    assert await desk.plan(SessionProgressed("s-1")) == []
    await desk.register()
    assert await desk.plan(SessionProgressed("s-1")) != []


async def test_a_partners_own_session_is_not_told_back(desk: Desk) -> None:
    foreign = a_session("s-9", own=False, party=THEIR_CPO)
    async with desk.store.transaction() as tx:
        await tx.sessions.put_foreign(foreign)
    assert await desk.plan(SessionOpened("DE-TNC/s-9")) == []


async def test_every_cdr_is_told_its_issuer(desk: Desk) -> None:
    """C-164, C-170."""
    async with desk.store.transaction() as tx:
        await tx.cdrs.add(a_cdr("c-1"))
        await tx.cdrs.add(replace(a_cdr("c-2"), token=a_token(party=OTHER).ref))
    assert await desk.plan(CdrIssued("c-1")) == [("partner:p-1", "c-1", "every", "ocpi.cdr")]
    assert await desk.plan(CdrIssued("c-2")) == []


async def test_a_result_goes_to_the_partner_that_asked(desk: Desk) -> None:
    command = Command(
        "cmd-1",
        CommandKind.START,
        CommandChannel.PARTNER,
        CommandState.SETTLED,
        NOON,
        NOON,
        partner_id="p-1",
        callback_url="https://x/1",
    )
    driver = replace(command, id="cmd-2", channel=CommandChannel.DRIVER)
    async with desk.store.transaction() as tx:
        await tx.commands.add(command)
        await tx.commands.add(driver)
        await tx.commands.add(replace(command, id="cmd-3", callback_url=None))
    wanted = Delivery("partner:p-1", "cmd-1", Mode.EVERY, "ocpi.command_result")
    assert await desk.audience.plan(CommandSettled("cmd-1")) == [wanted]
    assert await desk.plan(CommandSettled("cmd-2")) == []
    assert await desk.plan(CommandSettled("cmd-3")) == []


def test_subjects_keep_their_parts() -> None:
    parts = ["NL-RW1", "a/b%c", "ü #?"]
    assert parts_of(subject_of(*parts)) == parts


async def test_a_provider_behind_a_hub_is_told_while_it_is_connected(desk: Desk) -> None:
    """C-273: sessions and CDRs of its tokens go through the hub, and nothing while it is away."""
    hub = PartnerRole(Role.HUB, PartyId("NL", "HUB"), "A hub")
    await desk.register(roles=(hub,))
    clients = HubClients(desk.store)
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session("s-1"))
        await tx.cdrs.add(a_cdr("c-1"))
    assert await desk.plan(SessionOpened("s-1")) == []
    party = a_session("s-1").token.party  # type: ignore[union-attr]
    for moment, status in enumerate(("PLANNED", "CONNECTED", "OFFLINE", "CONNECTED")):
        at = NOON + timedelta(minutes=moment)
        await clients.accept(HubClient("p-1", party, Role.EMSP, ClientStatus(status), at))
        desk.audience.look_again()
        there = ["partner:p-1"] if status == "CONNECTED" else []
        assert [told[0] for told in await desk.plan(SessionProgressed("s-1"))] == there
        assert [told[0] for told in await desk.plan(CdrIssued("c-1"))] == there
