"""What is called in the name of whom, when a member calls an address that the hub gave it."""

from dataclasses import replace
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import NotFound
from app.domain.hub_callbacks import HubCallback
from app.domain.partners import InterfaceRole, Partner, PartnerState
from app.store.correlation import correlation_id
from app.store.transaction import Store
from app.use_cases.hub_callbacks import HubCallbacks
from app.use_cases.hub_directory import HubDirectory
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.callbacks import Callbacks
from ocpi.hub.faults import NotConnected
from ocpi.hub.forward import Forwarding
from ocpi.hub.messages import HubMessage
from ocpi.versions.registry import V211, V221, OcpiVersion
from ocpi.wire.access import Caller
from ocpi.wire.addresses import CALLBACKS
from ocpi.wire.faults import MethodNotAllowed, NoResource
from ocpi.wire.headers import Exchange
from tests.support.clock import FakeClock
from tests.support.passing import GIVEN
from tests.support.roaming_objects import a_partner
from tests.support.scripted_partner import SENT_TOKEN, Say, ScriptedPartner

CALLER = a_partner(id=GIVEN.caller_partner, hub=True)


@pytest.fixture
def book(store: Store, sealer: FernetSealer, clock: FakeClock) -> HubCallbacks:
    return HubCallbacks(store, sealer, clock)


@pytest.fixture
def callbacks(book: HubCallbacks, store: Store, calls: PartnerCalls) -> Callbacks:
    return Callbacks(book, HubDirectory(store), Forwarding(calls))


async def put(store: Store, partner: Partner) -> None:
    async with store.transaction() as tx:
        await tx.partners.put(partner)


async def a_result(book: HubCallbacks, them: ScriptedPartner) -> HubCallback:
    return await book.for_result(replace(GIVEN, url=f"{them.url}/back/1?x=%2F&y"))


def a_call(
    rest: str, method: str = "POST", *, version: OcpiVersion = V221, **message: Any
) -> HubMessage:
    caller = Caller(replace(CALLER, version=version.number), "t", invited=False)
    return HubMessage(
        exchange=Exchange("q1", "q1", caller, version),
        module=message.pop("module", CALLBACKS),
        role=InterfaceRole.SENDER,
        method=method,
        rest=rest,
        **message,
    )


async def test_the_owner_is_called_in_the_callers_name(
    callbacks: Callbacks,
    book: HubCallbacks,
    store: Store,
    *,
    sealer: FernetSealer,
    them: ScriptedPartner,
) -> None:
    """C-225, C-257: exactly that address, with the token of its platform."""
    await put(store, them.partner(sealer, id=GIVEN.owner_partner, hub=True))
    kept = await a_result(book, them)
    answer = await callbacks.answer(a_call(kept.id, body=b'{"result":"ACCEPTED"}'))
    assert (answer.status_code, answer.by) == (1000, GIVEN.owner)
    (came,) = them.received
    assert (came.method, came.path) == ("POST", "/back/1?x=%2F&y")
    assert came.headers["ocpi-to-party-id"] == GIVEN.owner.code
    assert came.headers["ocpi-from-party-id"] == GIVEN.caller.code
    assert SENT_TOKEN not in came.headers["authorization"]
    assert came.headers["x-correlation-id"] == "q1"
    assert correlation_id.get() is None


async def test_who_knows_no_correlation_keeps_the_commands(
    callbacks: Callbacks,
    book: HubCallbacks,
    store: Store,
    *,
    sealer: FernetSealer,
    them: ScriptedPartner,
) -> None:
    """2.1.1 has no ids, so the message can only be followed by what the command came with."""
    await put(store, them.partner(sealer, id=GIVEN.owner_partner, hub=True))
    kept = await a_result(book, them)
    await callbacks.answer(a_call(kept.id, version=V211, body=b'{"result":"ACCEPTED"}'))
    assert them.received[0].headers["x-correlation-id"] == "corr-1"


async def test_a_refusal_of_the_owner_comes_back(
    callbacks: Callbacks,
    book: HubCallbacks,
    store: Store,
    *,
    sealer: FernetSealer,
    them: ScriptedPartner,
) -> None:
    """C-228: and so does the next try."""
    await put(store, them.partner(sealer, id=GIVEN.owner_partner, hub=True))
    them.answers = lambda _: Say(code=2001, http=404, message="never heard of it")
    kept = await a_result(book, them)
    for _ in range(2):
        answer = await callbacks.answer(a_call(kept.id, body=b"{}"))
        assert (answer.http, answer.status_code) == (404, 2001)
        assert b"never heard of it" in answer.body


@pytest.mark.parametrize(
    "changes",
    [
        {"state": PartnerState.SUSPENDED},
        {"versions_url": "https://moved.example/versions", "endpoints": ()},
        {"hub": False},
    ],
)
async def test_an_owner_that_is_not_there_any_more(
    callbacks: Callbacks,
    book: HubCallbacks,
    store: Store,
    *,
    sealer: FernetSealer,
    them: ScriptedPartner,
    changes: dict[str, Any],
) -> None:
    """C-231, C-284: suspended, on another host, or no member: nothing is sent."""
    await put(store, them.partner(sealer, id=GIVEN.owner_partner, **{"hub": True, **changes}))
    kept = await a_result(book, them)
    with pytest.raises(NotConnected):
        await callbacks.answer(a_call(kept.id, body=b"{}"))
    assert them.received == []


async def test_what_is_no_address_of_ours(
    callbacks: Callbacks, book: HubCallbacks, them: ScriptedPartner
) -> None:
    """C-258."""
    kept = await a_result(book, them)
    for rest, method, refusal in (
        ("", "POST", NoResource),
        ("/", "GET", NoResource),
        ("forged", "POST", NotFound),
        (f"{kept.id}/1", "POST", NotFound),
        (kept.id, "GET", MethodNotAllowed),
        (kept.id, "PUT", MethodNotAllowed),
    ):
        with pytest.raises(refusal):
            await callbacks.answer(a_call(rest, method))
    assert them.received == []


def test_which_messages_are_for_it(callbacks: Callbacks) -> None:
    """A parameter of that name is a page's only where pages are."""
    for message, taken in (
        (a_call("x"), True),
        (a_call("", "GET", module="tokens", query="onward=x&limit=2"), True),
        (a_call("", "GET", module="tokens", query="limit=2&onward="), True),
        (a_call("", "GET", module="tokens", query="limit=2"), False),
        (a_call("", "GET", module="tokens", query="my_onward=1"), False),
        (a_call("1", "GET", module="tokens", query="onward=x"), False),
        (a_call("", "POST", module="tokens", query="onward=x"), False),
    ):
        assert callbacks.takes(message) is taken
