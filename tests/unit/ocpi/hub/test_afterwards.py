"""What the hub cannot write down of an answer does not undo the answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import DomainError
from app.domain.hub_callbacks import MARGIN
from app.domain.hub_index import Kind
from app.domain.identifiers import PartyId
from app.domain.partners import Endpoint, InterfaceRole, PartnerRole, PartnerState, Role
from app.store.transaction import Store
from app.use_cases.hub_callbacks import HubCallbacks
from app.use_cases.hub_index import HubIndex
from app.use_cases.hub_members import HubMembers
from app.use_cases.partners import Partners, Platform
from ocpi.hub.afterwards import Afterwards
from ocpi.hub.learning import Learning, LearningBroadcasts
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.presence import Presence
from ocpi.hub.rewriting import Rewriting
from ocpi.versions.registry import V221
from ocpi.wire.access import Caller
from ocpi.wire.calls import Answer, Relayed
from ocpi.wire.headers import Exchange
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import a_partner

CPO, EMSP = PartyId("DE", "CPA"), PartyId("DE", "EMA")
S, R = InterfaceRole.SENDER, InterfaceRole.RECEIVER
AT = a_partner(
    id="p-cpo",
    versions_url="https://cpo.example/versions",
    endpoints=(Endpoint("commands", R, "https://cpo.example/commands"),),
    state=PartnerState.CONNECTED,
    last_seen=None,
)
SEALER = FernetSealer(["a secret of at least thirty-two characters"])


@asynccontextmanager
async def broken(store: Store, table: str) -> AsyncIterator[None]:
    """The database refuses whatever is written to this table meanwhile."""
    await _say(store, f"ALTER TABLE {table} RENAME TO away")
    try:
        yield
    finally:
        await _say(store, f"ALTER TABLE away RENAME TO {table}")


async def _say(store: Store, statement: str) -> None:
    async with store.transaction() as tx:
        await tx.connection.exec_driver_sql(statement)


def a_leg(module: str, role: InterfaceRole, method: str, rest: str = "") -> Leg:
    body = b'{"response_url":"https://hub.example/ocpi/hub/2.2.1/callbacks/%s"}' % rest.encode()
    exchange = Exchange("r", "c", Caller(AT, "t", invited=False), V221)
    message = HubMessage(
        exchange=exchange, module=module, role=role, method=method, rest=rest, body=body
    )
    return Leg(came=message, message=message, sender=EMSP, receiver=CPO, partner=AT)


def an_answer(data: str, **headers: str) -> Relayed:
    body = f'{{"data":{data},"status_code":1000}}'.encode()
    return Relayed(body, CPO, status_code=1000, headers=headers)


LIST = a_leg("locations", S, "GET")
PAGES = (an_answer('[{"id":"L1"}]'), an_answer('[{"id":"L2"}]'))


async def test_an_answer_whose_ids_cannot_be_noted_is_delivered(
    store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """C-260: with its cause in the log; and noted with the next that can be."""
    index = HubIndex(store, clock)
    step = Learning(index, clock)
    async with broken(store, "hub_index"):
        assert await step.homeward(LIST, PAGES[0]) is PAGES[0]
    assert [(r.msg, r.exc_info is not None) for r in caplog.records] == [("hub.not_written", True)]
    assert "hub_index" in str(caplog.records[0].exc_info)
    await step.homeward(LIST, PAGES[1])
    for name in ("l1", "l2"):
        assert [each.owner for each in await index.find(Kind.LOCATION, name)] == [CPO]


async def test_an_answer_is_noted_when_it_comes_again(store: Store, clock: FakeClock) -> None:
    index = HubIndex(store, clock)
    step = Learning(index, clock)
    async with broken(store, "hub_index"):
        await step.homeward(LIST, PAGES[0])
    await step.homeward(LIST, PAGES[0])
    assert await index.find(Kind.LOCATION, "l1") != []


async def test_what_cannot_be_noted_does_not_go_out(store: Store, clock: FakeClock) -> None:
    """Nothing was done yet, so whoever sent it can send it again."""
    step = Learning(HubIndex(store, clock), clock)
    async with broken(store, "hub_index"):
        with pytest.raises(Exception, match="hub_index"):
            await step.outward(replace(a_leg("locations", R, "PUT", "DE/EMA/L1"), sender=EMSP))


async def test_ids_that_are_none_are_nobodys(store: Store, clock: FakeClock) -> None:
    """C-238: and stand in nobody's way. What no database keeps does not come so far."""
    index = HubIndex(store, clock)
    step = Learning(index, clock)
    wrong = an_answer('[{"id":"L\\u0001"},{"id":" "},{"id":"L3"}]')
    assert await step.homeward(LIST, wrong) is wrong
    assert await index.find(Kind.LOCATION, "l3") != []


async def test_notes_that_wait_for_the_database_are_bounded(
    store: Store, clock: FakeClock
) -> None:
    index = HubIndex(store, clock, most_waiting=1)
    step = Learning(index, clock)
    async with broken(store, "hub_index"):
        for page in PAGES:
            await step.homeward(LIST, page)
    await step.homeward(LIST, an_answer('[{"id":"L3"}]'))
    found = [await index.find(Kind.LOCATION, name) for name in ("l1", "l2", "l3")]
    assert [len(each) for each in found] == [0, 0, 1]


async def test_a_broadcast_that_was_kept_is_answered(store: Store, clock: FakeClock) -> None:
    class Kept:
        async def take(self, _message: HubMessage, _sender: PartyId) -> Answer:
            return Answer(http=201)

    index = HubIndex(store, clock)
    step = LearningBroadcasts(Kept(), index)
    async with broken(store, "hub_index"):
        answer = await step.take(a_leg("locations", R, "PUT", "DE/EMA/L1").came, EMSP)
    assert answer.http == 201


async def test_a_sign_of_life_that_cannot_be_written_is_no_reason(
    store: Store, clock: FakeClock
) -> None:
    async with store.transaction() as tx:
        await tx.partners.put(AT)
    platform = Platform(PartnerRole(Role.HUB, PartyId("NL", "RWH"), "Hub"))
    partners = Partners(store, SEALER, clock, platform=platform)
    presence = Presence(partners, HubMembers(store, clock), clock)
    answer = an_answer("[]")
    async with broken(store, "partners"):
        assert await presence.homeward(LIST, answer) is answer
    async with broken(store, "deliveries"):
        await presence.silent(AT)


async def test_a_promise_that_cannot_be_written_is_kept_with_the_next(
    store: Store, clock: FakeClock
) -> None:
    """C-257: the command was taken; its result has a way back as long as promised."""
    book = HubCallbacks(store, SEALER, clock)
    supplied = Rewriting(book, "https://hub.example")._from_receiver(LIST, "https://cpo.example/x")
    first, second = await book.for_result(supplied), await book.for_result(supplied)
    step = Rewriting(book, "https://hub.example")
    answer = an_answer('{"result":"ACCEPTED","timeout":7200}')
    until = NOON + timedelta(hours=2) + MARGIN
    async with broken(store, "hub_callbacks"):
        leg = a_leg("commands", R, "POST", first.id)
        assert await step.homeward(leg, answer) is answer
    await step.homeward(a_leg("commands", R, "POST", second.id), answer)
    for each in (first, second):
        assert (await book.find(each.id, AT.id)).expires_at == until


async def test_an_address_that_cannot_be_kept_is_left_out(store: Store, clock: FakeClock) -> None:
    """C-255: what was created was created."""
    step = Rewriting(HubCallbacks(store, SEALER, clock), "https://hub.example")
    answer = an_answer("null", location="https://cpo.example/cdrs/1")
    leg = a_leg("cdrs", R, "POST")
    async with broken(store, "hub_callbacks"):
        assert (await step.homeward(leg, answer)).headers == {}
    assert (await step.homeward(leg, answer)).headers.keys() == {"location"}


@pytest.mark.parametrize(("failing", "done"), [(1, True), (2, False)])
async def test_what_fails_is_tried_once_more(failing: int, *, done: bool) -> None:
    afterwards, troubles = Afterwards(), [DomainError("no"), OSError("gone")][:failing]

    async def work() -> Any:
        if troubles:
            raise troubles.pop()

    assert await afterwards.do("something", work) is done
    assert afterwards.failures == (0 if done else 1)


async def test_nobody_waits_long_for_what_is_written() -> None:
    afterwards = Afterwards(wait_s=0.01)
    assert not await afterwards.do("something", asyncio.Event().wait)
