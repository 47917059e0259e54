"""Addresses that pass the hub: results, further pages and created objects find their way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.hub_callbacks import MARGIN, USUAL_WAIT
from app.simulators.partner import Partner, SentCommand
from app.simulators.partner_client import ExchangeFailedError
from app.store.transaction import Store
from app.use_cases.hub_callbacks import HubCallbacks
from app.use_cases.hub_directory import HubDirectory
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.callbacks import Callbacks
from ocpi.hub.forward import Forwarding
from ocpi.hub.relay import Relay
from ocpi.hub.rewriting import Rewriting
from tests.edge.ocpi.house import a_house
from tests.edge.ocpi.hub.conftest import HUB, Directly, HubHouse, by, to
from tests.edge.ocpi.hub.ways_back import back_in, below, know, last, routing
from tests.support.clock import FakeClock
from tests.support.loopback import a_client

PROFILE = {"charging_rate_unit": "W", "charging_profile_period": [{"start_period": 0, "limit": 9}]}
SECOND = timedelta(seconds=1)


@pytest.fixture
async def hub_house(
    store: Store, sealer: FernetSealer, clock: FakeClock
) -> AsyncIterator[HubHouse]:
    """The hub with the step that rewrites addresses, at a clock that stands."""

    def relay(calls: PartnerCalls, url: str) -> Relay:
        book, directory = HubCallbacks(store, sealer, clock), HubDirectory(store)
        forwarding = Forwarding(calls, [Rewriting(book, url)], timeout_s=1)
        nobody = Directly()
        return Relay(
            HUB,
            directory,
            forwarding,
            broadcasts=nobody,
            lists=nobody,
            open_routes=nobody,
            passed_on=Callbacks(book, directory, forwarding),
        )

    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(a_house(store, sealer, relay=relay))
        http = await stack.enter_async_context(a_client())
        made = HubHouse(house, http, stack)
        yield made
        for member in made.members:
            assert member.violations == []
            assert member.failures == []


@pytest.fixture
async def pair(hub_house: HubHouse) -> tuple[Partner, Partner]:
    """An operator `DE-CPA` and a provider `DE-EMA` that address each other."""
    cpo = await hub_house.join("CPA", "CPO")
    emsp = await hub_house.join("EMA", "EMSP")
    know(emsp, cpo)
    return cpo, emsp


async def test_a_command_and_its_result(
    hub_house: HubHouse, pair: tuple[Partner, Partner]
) -> None:
    """C-256, C-257: the operator never sees the provider's address, and the result gets there."""
    cpo, emsp = pair
    sent = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid)
    assert sent.response["result"] == "ACCEPTED"
    assert (await emsp.result(sent, 5))["result"] == "ACCEPTED"
    came = last(cpo, "/commands/START_SESSION")
    assert back_in(came).startswith(f"{hub_house.house.url}/ocpi/hub/2.2.1/callbacks/")
    assert emsp.origin not in came.body.decode()
    assert {**came.json(), "response_url": ""} == {
        "response_url": "",
        "token": emsp.tokens["EMA-CARD-1"],
        "location_id": cpo.site.location_id,
        "evse_uid": cpo.site.evse_uid,
        "authorization_reference": sent.reference,
    }
    told = last(emsp, f"/commands/START_SESSION/{sent.id}")
    assert told.method == "POST"
    assert routing(told) == ("EMA", "CPA")
    assert told.headers["x-request-id"] != told.headers["x-correlation-id"]


@pytest.mark.parametrize("command", ["STOP_SESSION", "UNLOCK_CONNECTOR", "CANCEL_RESERVATION"])
async def test_every_command_has_a_way_back(
    hub_house: HubHouse, pair: tuple[Partner, Partner], command: str
) -> None:
    """C-256."""
    cpo, emsp = pair
    back = f"{emsp.origin}/ocpi/2.2.1/sender/commands/{command}/1"
    body = (
        b'{ "response_url":"'
        + back.encode()
        + b'", "n":1.50, "session_id":"S", '
        + (b'"reservation_id":"R", "location_id":"L", "evse_uid":"E", "connector_id":"1" }')
    )
    place = f"receiver/commands/{command}"
    await hub_house.ask(emsp, "POST", place, body, **to("CPA"), **by("EMA"))
    came = last(cpo, command)
    assert came.body == body.replace(back.encode(), back_in(came).encode())
    assert "/ocpi/hub/2.2.1/callbacks/" in back_in(came)
    cpo.violations.clear()


async def test_profiles_have_a_way_back(pair: tuple[Partner, Partner]) -> None:
    """C-256, C-257: the address is in the body of PUT, in the query of GET and DELETE."""
    cpo, emsp = pair
    started = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid)
    await emsp.result(started, 5)
    async with asyncio.timeout(5):
        while not cpo.sessions:
            await asyncio.sleep(0.01)
    (session_id,) = cpo.sessions
    for sent in (
        await emsp.smart.limit(session_id, PROFILE),
        await emsp.smart.look(session_id),
        await emsp.smart.clear(session_id),
    ):
        assert (await emsp.smart.result(sent, 5))["result"] == "ACCEPTED"
        asked = [r for r in cpo.requests if r.path.endswith(f"chargingprofiles/{session_id}")][-1]
        assert "/ocpi/hub/2.2.1/callbacks/" in back_in(asked)
        assert emsp.origin not in asked.target + asked.body.decode()
        told = last(emsp, f"/results/{sent.id}?kind={sent.method}&a=b%20c")
        assert routing(told) == ("EMA", "CPA")
    assert "duration=600&response_url=" in last(cpo, "duration=600").target


async def a_way_back(hub_house: HubHouse, cpo: Partner, emsp: Partner) -> str:
    """Where the result of a start is to go, as the operator knows it."""
    cpo.start_response = "REJECTED"  # nothing comes by itself
    body = {
        "response_url": f"{emsp.origin}/ocpi/2.2.1/sender/commands/START_SESSION/mine",
        "token": emsp.tokens["EMA-CARD-1"],
        "location_id": cpo.site.location_id,
    }
    place = "receiver/commands/START_SESSION"
    answer = await hub_house.ask(emsp, "POST", place, body, **to("CPA"), **by("EMA"))
    assert answer.json()["status_code"] == 1000, answer.text
    return below(hub_house, back_in(last(cpo, "START_SESSION")))


async def test_the_id_says_who_is_meant(
    hub_house: HubHouse, pair: tuple[Partner, Partner]
) -> None:
    """C-257: with no routing headers at all, and as often as the operator calls."""
    cpo, emsp = pair
    back = await a_way_back(hub_house, cpo, emsp)
    emsp.sent["mine"] = SentCommand("mine", "REF")
    result = b'{"result":"ACCEPTED", "theirs": 1.0}'
    for correlation in ("corr-7", "corr-8"):
        answer = await hub_house.ask(
            cpo, "POST", back, result, **{"X-Correlation-ID": correlation}
        )
        assert answer.json()["status_code"] == 1000, answer.text
        assert "data" not in answer.json()
        assert answer.headers["ocpi-from-party-id"] == "EMA"
        assert answer.headers["ocpi-to-party-id"] == "CPA"
        assert answer.headers["x-correlation-id"] == correlation
        told = last(emsp, "/START_SESSION/mine")
        assert told.body == result
        assert told.headers["x-correlation-id"] == correlation
        assert told.headers["x-request-id"] != "req-1"
        assert (told.headers["ocpi-to-country-code"], *routing(told)) == ("DE", "EMA", "CPA")
    emsp.violations.clear()


async def test_nobody_else_calls_back(
    hub_house: HubHouse, pair: tuple[Partner, Partner], clock: FakeClock
) -> None:
    """C-258: forged, another's or expired, it is the same 404, and the provider hears nothing."""
    cpo, emsp = pair
    other = await hub_house.join("CPB", "CPO")
    back = await a_way_back(hub_house, cpo, emsp)
    known = len(emsp.requests)
    result = {"result": "ACCEPTED"}
    for member, place in (
        (other, back),
        (emsp, back),
        (cpo, back[:-1] + ("A" if back[-1] != "A" else "B")),
        (cpo, "callbacks/1"),
        (cpo, "callbacks"),
        (cpo, f"{back}/more"),
    ):
        answer = await hub_house.ask(member, "POST", place, result)
        assert answer.status_code == 404, (place, answer.text)
        assert answer.json()["status_code"] in range(2000, 3000)
        assert answer.headers["ocpi-from-party-id"] == "RWH"
    assert (await hub_house.ask(cpo, "GET", back)).status_code == 405
    spoofed = await hub_house.ask(cpo, "POST", back, result, **by("CPB"))
    assert (spoofed.status_code, spoofed.json()["status_code"]) == (200, 2001)
    clock.set(clock.now() + USUAL_WAIT + MARGIN)
    assert (await hub_house.ask(cpo, "POST", back, result)).status_code == 404
    assert len(emsp.requests) == known


async def test_a_reservation_is_taken_back_days_later(
    hub_house: HubHouse, pair: tuple[Partner, Partner], clock: FakeClock
) -> None:
    """C-259: by the same address as its first result, as long as there may be a reservation."""
    cpo, emsp = pair
    until = clock.now() + timedelta(days=4)
    sent = await emsp.reserve(cpo.site.location_id, cpo.site.evse_uid, expires_at=until)
    assert (await emsp.result(sent, 5))["result"] == "ACCEPTED"
    clock.set(until - SECOND)
    await cpo.take_back("R-1")
    assert [result["result"] for result in sent.results] == ["ACCEPTED", "CANCELED_RESERVATION"]
    assert sent.taken_back.is_set()
    clock.set(until + MARGIN)
    back = below(hub_house, back_in(last(cpo, "RESERVE_NOW")))
    answer = await hub_house.ask(cpo, "POST", back, {"result": "CANCELED_RESERVATION"})
    assert answer.status_code == 404


async def test_a_result_nobody_can_be_told(
    hub_house: HubHouse, pair: tuple[Partner, Partner]
) -> None:
    """C-257: the operator hears 4003 or 4002, and may try again by the same address."""
    cpo, emsp = pair
    back = await a_way_back(hub_house, cpo, emsp)
    emsp.sent["mine"] = SentCommand("mine", "REF")
    result = {"result": "ACCEPTED"}
    emsp.fault("slow", path="/START_SESSION/mine", seconds=2)
    answer = await hub_house.ask(cpo, "POST", back, result, **by("CPA"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 4002)
    assert answer.headers["ocpi-from-party-id"] == "RWH"
    emsp.down()
    answer = await hub_house.ask(cpo, "POST", back, result, **by("CPA"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 4003)
    await emsp.up()


async def test_a_command_whose_answer_was_late_has_its_result(
    hub_house: HubHouse, pair: tuple[Partner, Partner]
) -> None:
    """C-230, C-257: the way back was there before the command was on its way."""
    cpo, emsp = pair
    cpo.fault("slow", path="/commands/START_SESSION", seconds=1.5)
    with pytest.raises(ExchangeFailedError) as refused:
        await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid)
    assert refused.value.ocpi == 4002
    (sent,) = emsp.sent.values()
    assert (await emsp.result(sent, 5))["result"] == "ACCEPTED"


async def test_who_left_is_told_nothing(
    hub_house: HubHouse, pair: tuple[Partner, Partner]
) -> None:
    cpo, emsp = pair
    back = await a_way_back(hub_house, cpo, emsp)
    await emsp.unregister()
    answer = await hub_house.ask(cpo, "POST", back, {"result": "ACCEPTED"}, **by("CPA"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 4003)


@pytest.mark.parametrize(
    ("body", "http"),
    [
        ({"response_url": "https://elsewhere.example/back"}, 200),
        ({"response_url": "/relative"}, 200),
        ({"response_url": 5}, 200),
        ({}, 200),
        ([], 200),
        (b"{", 400),
    ],
)
async def test_an_address_that_is_not_the_senders(
    hub_house: HubHouse, pair: tuple[Partner, Partner], body: Any, http: int
) -> None:
    """C-284: the hub calls a host only that the platform has told it of; nothing is forwarded."""
    cpo, emsp = pair
    known = len(cpo.requests)
    for method, place in (
        ("POST", "receiver/commands/STOP_SESSION"),
        ("PUT", "receiver/chargingprofiles/S1"),
    ):
        answer = await hub_house.ask(emsp, method, place, body, **to("CPA"), **by("EMA"))
        assert (answer.status_code, answer.json()["status_code"]) == (http, 2001), answer.text
    assert len(cpo.requests) == known


@pytest.mark.parametrize(
    "query", ["", "duration=5", "response_url=https%3A%2F%2Felsewhere.example"]
)
async def test_an_address_in_a_query_that_is_not_the_senders(
    hub_house: HubHouse, pair: tuple[Partner, Partner], query: str
) -> None:
    """C-284."""
    cpo, emsp = pair
    known = len(cpo.requests)
    for method in ("GET", "DELETE"):
        place = f"receiver/chargingprofiles/S1?{query}"
        answer = await hub_house.ask(emsp, method, place, **to("CPA"), **by("EMA"))
        assert (answer.status_code, answer.json()["status_code"]) == (200, 2001), answer.text
    assert len(cpo.requests) == known


# ---------------------------------------------------------------- pages


async def test_the_next_page_is_at_the_hub(
    hub_house: HubHouse, pair: tuple[Partner, Partner]
) -> None:
    """C-254: page after page of the same party, twice, also without TO."""
    cpo, emsp = pair
    for n in range(2, 6):
        emsp.add_token(f"EMA-CARD-{n}")
    crawled = await cpo.pull("tokens", "date_from=2020-01-01T00:00:00Z")
    assert [each["uid"] for each in crawled] == [f"EMA-CARD-{n}" for n in range(1, 6)]
    asked = [r for r in emsp.requests if "/sender/tokens?" in r.target]
    assert [r.asked("offset") for r in asked] == ["", "2", "4"]
    assert {r.asked("date_from") for r in asked} == {"2020-01-01T00:00:00Z"}
    assert {routing(r) for r in asked} == {("EMA", "CPA")}
    first = await hub_house.ask(cpo, "GET", "sender/tokens", **to("EMA"), **by("CPA"))
    link = first.headers["link"]
    page = below(hub_house, link[1 : link.index(">")])
    assert page.startswith("sender/tokens?onward=")
    assert link.endswith('>; rel="next"')
    assert emsp.origin not in link
    assert first.headers["x-total-count"] == "5"
    for headers in ({}, {**to("EMA"), **by("CPA")}):
        answer = await hub_house.ask(cpo, "GET", page, **headers)
        assert [each["uid"] for each in answer.json()["data"]] == ["EMA-CARD-3", "EMA-CARD-4"]
        assert answer.headers["ocpi-from-party-id"] == "EMA"
        assert "onward=" in answer.headers["link"]


async def test_a_page_is_for_who_asked(hub_house: HubHouse, pair: tuple[Partner, Partner]) -> None:
    """C-254, C-283."""
    cpo, emsp = pair
    other = await hub_house.join("CPB", "CPO")
    for n in range(2, 4):
        emsp.add_token(f"EMA-CARD-{n}")
    first = await hub_house.ask(cpo, "GET", "sender/tokens", **to("EMA"), **by("CPA"))
    link = first.headers["link"]
    page = below(hub_house, link[1 : link.index(">")])
    known = len(emsp.requests)
    for member, place in (
        (other, page),
        (cpo, page[:-4] + "AAAA"),
        (cpo, "sender/tokens?onward="),
    ):
        answer = await hub_house.ask(member, "GET", place)
        assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert len(emsp.requests) == known


# ---------------------------------------------------------------- created objects


async def test_a_cdr_is_looked_at_where_its_location_says(
    hub_house: HubHouse, pair: tuple[Partner, Partner]
) -> None:
    """C-255: the address is the hub's, for the operator only, and leads to the provider."""
    cpo, emsp = pair
    other = await hub_house.join("CPB", "CPO")
    sent = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid)
    await emsp.result(sent, 5)
    async with asyncio.timeout(5):
        while not cpo.sessions:
            await asyncio.sleep(0.01)
    (session,) = cpo.sessions.values()
    await asyncio.sleep(0.05)
    cdr = session.cdr()
    answer = await hub_house.ask(cpo, "POST", "receiver/cdrs", cdr, **to("EMA"), **by("CPA"))
    assert answer.status_code == 201, answer.text
    place = below(hub_house, answer.headers["location"])
    assert place.startswith("callbacks/")
    for _ in range(2):
        shown = await hub_house.ask(cpo, "GET", place)
        assert shown.json()["data"]["id"] == cdr["id"]
        assert routing(last(emsp, f"/cdrs/DE/CPA/{cdr['id']}")) == ("EMA", "CPA")
    assert (await hub_house.ask(other, "GET", place)).status_code == 404
    assert (await hub_house.ask(cpo, "POST", place, {})).status_code == 405
