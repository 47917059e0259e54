"""What the hub learns from a message: only owners' own words count."""

import json
from typing import Any

import pytest

from app.domain.hub_index import Kind, Known
from app.domain.hub_rules import Effect, Rule, Scope
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from app.store.transaction import Store
from app.use_cases.hub_index import HubIndex
from app.use_cases.hub_rules import HubRules
from ocpi.hub.faults import Unroutable
from ocpi.hub.learning import Learning, answered, told
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.named import Named, named_in, party_in, text_in
from ocpi.hub.rules import Rules
from ocpi.models.common import read_datetime
from ocpi.wire.calls import Relayed
from ocpi.wire.headers import Exchange
from tests.support.clock import FakeClock
from tests.support.roaming_objects import a_partner

HUB = PartyId("NL", "RWH")
CPO, EMSP, OTHER = PartyId("DE", "CPA"), PartyId("DE", "EMA"), PartyId("DE", "EMB")
S, R = InterfaceRole.SENDER, InterfaceRole.RECEIVER
TOKEN = {"country_code": "de", "party_id": "ema", "uid": "04:A2", "type": "RFID"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def leg(request: str, role: InterfaceRole, body: Any = None, **more: Any) -> Leg:
    """`request` is such as `PUT locations/DE/CPA/L1?x=y`; CPO to eMSP, unless told."""
    method, _, address = request.partition(" ")
    path, _, query = address.partition("?")
    module, _, rest = path.partition("/")
    message = HubMessage(
        exchange=Exchange("r", "c"),
        module=module,
        role=role,
        method=method,
        rest=rest,
        query=query,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )
    sender, receiver = more.get("sender", CPO), more.get("receiver", EMSP)
    return Leg(
        came=message, message=message, sender=sender, receiver=receiver, partner=a_partner()
    )


def asked(request: str, role: InterfaceRole, body: Any = None) -> Leg:
    """From the eMSP to the CPO."""
    return leg(request, role, body, sender=EMSP, receiver=CPO)


def said(data: Any, status: int = 1000, **headers: str) -> Relayed:
    body = json.dumps({"data": data, "status_code": status}).encode()
    return Relayed(body=body, by=CPO, status_code=status, headers=headers)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (leg("PUT locations/DE/CPA/Loc%2F1", R), [Known(Kind.LOCATION, "loc/1", CPO)]),
        (leg("PATCH locations/de/cpa/L1/E1", R), [Known(Kind.LOCATION, "l1", CPO)]),
        (leg("PUT locations/DE/EMB/L1", R), []),
        (leg("GET locations/DE/CPA/L1", R), []),
        (leg("PUT locations", R), []),
        (leg("PUT locations/1/2/3", R), []),
        (leg("PUT tariffs/DE/CPA/T1", R), []),
        (leg("PUT sessions/DE/CPA/S1", R), [Known(Kind.SESSION, "s1", CPO, EMSP)]),
        (leg("PUT sessions/DE/EMB/S1", R), []),
        (leg("POST cdrs", R, {"session_id": "S1"}), [Known(Kind.SESSION, "s1", CPO, EMSP)]),
        (leg("POST cdrs", R, {"session_id": "S1", **TOKEN}), []),
        (leg("POST cdrs", R, {"id": "C1"}), []),
        (leg("GET cdrs/C1", R), []),
        (leg("POST cdrs", R, b"{"), []),
        (leg("POST cdrs", R, b"[]"), []),
        (
            asked("PUT tokens/DE/EMA/04:A2?type=APP_USER", R),
            [Known(Kind.TOKEN, "app_user/04a2", EMSP)],
        ),
        (asked("PUT tokens/DE/EMA/04-a2", R), [Known(Kind.TOKEN, "rfid/04a2", EMSP)]),
        (
            asked("POST commands/START_SESSION", R, {"token": TOKEN, "location_id": "L1"}),
            [Known(Kind.TOKEN, "rfid/04a2", EMSP)],
        ),
        (leg("POST commands/START_SESSION", R, {"token": TOKEN}), []),
        (asked("GET commands/START_SESSION", R, {"token": TOKEN}), []),
        (asked("POST commands/RESERVE_NOW", R, {"location_id": "L1"}), []),
        (asked("GET locations/L1", S), []),
    ],
)
def test_requests(heard: Leg, expected: list[Known]) -> None:
    assert told(heard) == expected


@pytest.mark.parametrize(("end", "until"), [("2030-01-01T00:00:00Z", True), ("soon", False)])
def test_a_reservation_is_known_with_its_end(end: str, *, until: bool) -> None:
    wish = {"reservation_id": "R1", "expiry_date": end}
    moment = read_datetime(end) if until else None
    expected = [Known(Kind.RESERVATION, "r1", EMSP, CPO, moment)]
    assert told(asked("POST commands/RESERVE_NOW", R, wish)) == expected


@pytest.mark.parametrize(
    ("heard", "data", "expected"),
    [
        (asked("GET locations/L1/E1", S), {}, [Known(Kind.LOCATION, "l1", CPO)]),
        (
            asked("GET locations?limit=2", S),
            [{"id": "L1"}, {"id": "L2", **TOKEN}, {"id": 7}, 7],
            [Known(Kind.LOCATION, "l1", CPO)],
        ),
        (asked("GET locations", S), {}, []),
        (asked("GET tariffs", S), [{"id": "T1"}], []),
        (
            asked("GET sessions", S),
            [{"id": "S1"}, {"id": "S2", "cdr_token": {**TOKEN, "party_id": "EMB"}}],
            [Known(Kind.SESSION, "s1", CPO, EMSP), Known(Kind.SESSION, "s2", CPO, OTHER)],
        ),
        (leg("GET tokens", S), [TOKEN], [Known(Kind.TOKEN, "rfid/04a2", EMSP)]),
        (leg("POST tokens/04A2/authorize", S), {}, [Known(Kind.TOKEN, "rfid/04a2", EMSP)]),
        (leg("PUT locations/DE/CPA/L1", R), None, []),
        (asked("PUT sessions/S1/charging_preferences", S), "", []),
    ],
)
def test_answers(heard: Leg, data: Any, expected: list[Known]) -> None:
    assert answered(heard, said(data)) == expected


async def test_what_was_refused_teaches_nothing(store: Store, clock: FakeClock) -> None:
    index = HubIndex(store, clock)
    step = Learning(index, clock)
    heard = asked("GET locations/L1", S)
    await step.homeward(heard, said(None, 2003))
    assert await index.find(Kind.LOCATION, "l1") == []
    answer = said({})
    assert await step.homeward(heard, answer) is answer
    assert await index.find(Kind.LOCATION, "l1") != []


async def test_a_page_that_is_the_same_is_read_once_a_day(store: Store, clock: FakeClock) -> None:
    index = HubIndex(store, clock)
    step, heard = Learning(index, clock), asked("GET locations", S)
    await step.homeward(heard, said([{"id": "L1"}]))
    await step.homeward(heard, said([{"id": "L2"}]))
    for name in ("l1", "l2"):
        assert await index.find(Kind.LOCATION, name) != []
    async with store.transaction() as tx:
        await tx.hub_index.forget_oldest(Kind.LOCATION, 2)
    await step.homeward(heard, said([{"id": "L2"}]))
    assert await index.find(Kind.LOCATION, "l2") == []
    await clock.advance(24 * 3600)
    await step.homeward(heard, said([{"id": "L2"}]))
    assert await index.find(Kind.LOCATION, "l2") != []


def test_what_an_address_names() -> None:
    assert named_in(leg("POST commands/START_SESSION", R).came) == Named()
    assert named_in(leg("GET bookings/booking_locations/B", S).came) == Named()
    assert named_in(leg("PUT chargingprofiles/S1", R).came) == Named(None, "S1")
    assert named_in(leg("GET locations/", S).came) == Named()
    assert named_in(leg("PUT locations/DE/CPA/L1/E/1", R).came) == Named(CPO, "L1", ("E", "1"))
    assert named_in(leg("PUT locations/DE/CPA", R).came) == Named(CPO)


@pytest.mark.parametrize("document", [None, [], {"country_code": "DE"}, {"party_id": 7}])
def test_a_party_that_is_none(document: Any) -> None:
    assert party_in(document) is None
    assert party_in({"country_code": "D", "party_id": "CPA"}) is None
    assert text_in(document, "party_id") == ""


async def test_what_the_hub_says_in_its_own_name_is_its_owners(
    store: Store, clock: FakeClock
) -> None:
    """C-263: a broadcast reaches nobody who may not see the object."""
    rules = HubRules(store, clock)
    await rules.set_rule(Rule(Scope(CPO, EMSP), Effect.DENY), by="a test")
    step = Rules(rules, hub=HUB)
    with pytest.raises(Unroutable):
        await step.outward(leg("PUT locations/DE/CPA/L1", R, sender=HUB))
    other = leg("PUT locations/DE/CPA/L1", R, sender=HUB, receiver=OTHER)
    assert await step.outward(other) is other
    bare = leg("PUT locations", R, sender=HUB)
    assert await step.outward(bare) is bare


async def test_pages_lose_what_is_hidden(store: Store, clock: FakeClock) -> None:
    """C-263: and where nothing is hidden the bytes stay; totals as in `test_hidden_pages`."""
    rules = HubRules(store, clock)
    hidden = Rule(Scope(CPO, EMSP, "tariffs"), Effect.ALLOW, hidden=("T1",))
    await rules.set_rule(hidden, by="a test")
    step, heard = Rules(rules, hub=HUB), asked("GET tariffs", S)
    page = said([{"id": "T1"}, {"id": "T2"}], **{"x-total-count": "7", "link": "<x>"})
    shown = await step.homeward(heard, page)
    assert json.loads(shown.body)["data"] == [{"id": "T2"}]
    assert shown.headers == {"x-total-count": "7", "link": "<x>"}
    uncounted = await step.homeward(heard, said([{"id": "T1"}]))
    assert (json.loads(uncounted.body)["data"], uncounted.headers) == ([], {})
    for whole in (said([{"id": "T2"}]), said(None, 3000)):
        assert await step.homeward(heard, whole) is whole
