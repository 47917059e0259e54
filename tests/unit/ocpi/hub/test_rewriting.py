"""Addresses in answers and commands become the hub's, whatever form they come in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import InvalidInput
from app.domain.hub_callbacks import MARGIN, USUAL_WAIT
from app.domain.partners import Endpoint, InterfaceRole
from app.store.transaction import Store
from app.use_cases.hub_callbacks import HubCallbacks
from ocpi.hub.faults import HubTrouble
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.rewriting import CURSOR, Rewriting, promised, reservation_in
from ocpi.versions.registry import VERSIONS
from ocpi.wire.access import Caller
from ocpi.wire.calls import Relayed
from ocpi.wire.documents import decode
from ocpi.wire.headers import Exchange
from ocpi.wire.response_url import read_response_url
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import CPO, THEIR_EMSP, a_partner

PUBLIC = "https://hub.example"
HERE = f"{PUBLIC}/ocpi/hub"
SENDER, RECEIVER = InterfaceRole.SENDER, InterfaceRole.RECEIVER

ASKING = a_partner(
    id="p-asks", hub=True, versions_url="https://emsp.example/versions", endpoints=()
)
SERVING = a_partner(
    id="p-serves",
    hub=True,
    version="2.3.0",
    versions_url="https://cpo.example/versions",
    endpoints=(Endpoint("locations", SENDER, "https://cpo.example/ocpi/locations/"),),
)


def a_leg(module: str, role: InterfaceRole, method: str, **message: Any) -> Leg:
    """From a provider on 2.2.1 to an operator on 2.3.0."""
    exchange = Exchange("q1", "c1", Caller(ASKING, "t", invited=False), VERSIONS["2.2.1"])
    made = HubMessage(exchange=exchange, module=module, role=role, method=method, **message)
    return Leg(came=made, message=made, sender=THEIR_EMSP, receiver=CPO, partner=SERVING)


def an_answer(data: bytes = b"[]", http: int = 200, **headers: str) -> Relayed:
    return Relayed(b'{"data":' + data + b',"status_code":1000}', CPO, http=http, headers=headers)


A_LIST = a_leg("locations", SENDER, "GET", query="limit=2")
BACK = "https://emsp.example/back/1"


@pytest.fixture
def book(store: Store, clock: FakeClock) -> HubCallbacks:
    sealer = FernetSealer(["a secret of at least thirty-two characters"])
    return HubCallbacks(store, sealer, clock)


@pytest.fixture
def step(book: HubCallbacks) -> Rewriting:
    return Rewriting(book, PUBLIC)


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ('<https://cpo.example/x?offset=2&limit=2>; rel="next"', "https://cpo.example/x?offset=2&limit=2"),
        ("<https://cpo.example:8443/p/2>;rel=next", "https://cpo.example:8443/p/2"),
        ('<?offset=2>; rel="next"', "https://cpo.example/ocpi/locations/?offset=2"),
        ('</p/2>; rel="next", </p/0>; rel="prev"', "https://cpo.example/p/2"),
        ('<http://inner:8080/a?offset=2&b=%2F>; rel="next"', "https://cpo.example/ocpi/locations/?offset=2&b=%2F"),
    ],
)  # fmt: skip
async def test_a_link_leads_on(step: Rewriting, book: HubCallbacks, link: str, page: str) -> None:
    """C-254, C-284: where the receiver is at home, even if it names a host that it is not on."""
    said = an_answer(**{"link": link, "x-total-count": "9", "x-limit": "2"})
    answer = await step.homeward(A_LIST, said)
    assert (answer.body, answer.headers["x-total-count"]) == (said.body, "9")
    address, _, rest = answer.headers["link"].removeprefix("<").partition(">")
    assert rest == '; rel="next"'
    assert address.startswith(f"{HERE}/2.2.1/sender/locations?{CURSOR}=")
    (cursor,) = parse_qs(urlsplit(address).query)[CURSOR]
    supplied = book.page(cursor, ASKING.id)
    assert (supplied.url, supplied.module, supplied.role) == (page, "locations", SENDER)
    assert (supplied.owner, supplied.owner_partner) == (CPO, SERVING.id)
    assert supplied.caller == THEIR_EMSP


@pytest.mark.parametrize(
    "link",
    [
        '<https://elsewhere.example/p/2>; rel="next"',
        f'<https://cpo.example/?x={"y" * 4000}>; rel="next"',
    ],
)
async def test_a_list_never_ends_early(step: Rewriting, link: str) -> None:
    """C-284: where its next page cannot be asked for, the list is refused instead."""
    with pytest.raises(HubTrouble):
        await step.homeward(A_LIST, an_answer(link=link))


async def test_the_last_page_has_no_link(step: Rewriting) -> None:
    for headers in ({}, {"link": '</p/0>; rel="prev"'}):
        assert (await step.homeward(A_LIST, an_answer(**headers))).headers == {}


async def test_a_page_that_was_linked_to_links_on(step: Rewriting, book: HubCallbacks) -> None:
    """C-254: relative to itself, and for parties of 2.1.1 where they can call us."""
    old = replace(ASKING, version="2.1.1")
    exchange = replace(A_LIST.came.exchange, caller=Caller(old, "t", invited=False))
    leg = replace(
        A_LIST, came=replace(A_LIST.came, exchange=exchange), url="https://cpo.example/deep/2?c=x"
    )
    answer = await step.homeward(leg, an_answer(link='<3?c=y>; rel="next"'))
    address = answer.headers["link"].removeprefix("<").partition(">")[0]
    assert address.startswith(f"{HERE}/2.1.1/callbacks?{CURSOR}=")
    (cursor,) = parse_qs(urlsplit(address).query)[CURSOR]
    assert book.page(cursor, old.id).url == "https://cpo.example/deep/3?c=y"


@pytest.mark.parametrize(
    ("location", "http"),
    [
        ("https://cpo.example/cdrs/1", 201),
        ("/cdrs/1", 200),
        ("https://elsewhere.example/cdrs/1", None),
        (f"https://cpo.example/{'x' * 2100}", None),
        ("https://cpo.example/cdrs/1", 404),
    ],
)
async def test_a_location_is_ours_or_none(
    step: Rewriting, book: HubCallbacks, location: str, http: int | None
) -> None:
    """C-255, C-284."""
    endpoint = Endpoint("cdrs", RECEIVER, "https://cpo.example/ocpi/cdrs")
    leg = replace(a_leg("cdrs", RECEIVER, "POST"), partner=replace(SERVING, endpoints=(endpoint,)))
    answer = await step.homeward(leg, an_answer(http=http or 201, location=location))
    if http not in {200, 201}:
        assert answer.headers == {}
        return
    address, _, name = answer.headers["location"].rpartition("/")
    assert address == f"{HERE}/2.2.1/callbacks"
    assert (await book.find(name, ASKING.id)).supplied.url == "https://cpo.example/cdrs/1"


async def test_the_operators_own_version_is_in_its_address(step: Rewriting) -> None:
    """C-256: it could not call another; every time it is a new one."""
    body = b'{"response_url":"' + BACK.encode() + b'"}'
    leg = a_leg("commands", RECEIVER, "POST", rest="STOP_SESSION", body=body)
    made = {decode((await step.outward(leg)).message.body)["response_url"] for _ in range(3)}
    assert len(made) == 3
    assert {url.rpartition("/")[0] for url in made} == {f"{HERE}/2.3.0/callbacks"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
async def test_other_encodings_of_json_are_read(step: Rewriting, encoding: str) -> None:
    body = ('{"response_url":"' + BACK + '","ü":1.50}').encode(encoding)
    leg = a_leg("chargingprofiles", RECEIVER, "PUT", rest="S1", body=body)
    out = (await step.outward(leg)).message.body
    assert out.startswith(f'{{"response_url":"{HERE}/2.3.0/callbacks/'.encode())
    assert out.endswith('","ü":1.50}'.encode())


@pytest.mark.parametrize(
    "leg",
    [
        a_leg("commands", SENDER, "POST", rest="START_SESSION/1", body=b'{"response_url":"x"}'),
        a_leg("tokens", RECEIVER, "PUT", rest="NL/RWD/1", body=b'{"response_url":"x"}'),
        a_leg("chargingprofiles", SENDER, "PUT", rest="S1", body=b"{}"),
        a_leg("locations", SENDER, "GET", query="response_url=x"),
    ],
)
async def test_what_has_no_way_back_is_as_it_was(step: Rewriting, leg: Leg) -> None:
    assert await step.outward(leg) == leg


async def test_a_promise_is_kept_note_of(
    step: Rewriting, book: HubCallbacks, clock: FakeClock
) -> None:
    query = "duration=60&response_url=https%3A%2F%2Femsp.example%2Fback"
    leg = await step.outward(a_leg("chargingprofiles", RECEIVER, "GET", rest="S1", query=query))
    body = leg.message.query
    await step.homeward(leg, an_answer(b'{"result":"ACCEPTED","timeout":7200}'))
    found = await book.find(read_response_url(body).rpartition("/")[2], SERVING.id)
    assert found.expires_at == NOON + timedelta(hours=2) + MARGIN
    body = b'{"response_url":"' + BACK.encode() + b'"}'
    leg = await step.outward(a_leg("commands", RECEIVER, "POST", rest="STOP_SESSION", body=body))
    await step.homeward(leg, an_answer(b'{"result":"ACCEPTED","timeout":30}'))
    name = decode(leg.message.body)["response_url"].rpartition("/")[2]
    assert (await book.find(name, SERVING.id)).expires_at == NOON + USUAL_WAIT + MARGIN


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        (b'{"data":{"timeout":30}}', timedelta(seconds=30)),
        (b'{"data":{"timeout":-5}}', timedelta()),
        (b'{"data":{"timeout":99999999999999}}', timedelta(seconds=10**9)),
        (b'{"data":{"timeout":true}}', None),
        (b'{"data":{"timeout":"30"}}', None),
        (b'{"data":[]}', None),
        (b'{"data":{}}', None),
        (b"[]", None),
        (b"<html>", None),
    ],
)
def test_what_is_promised(body: bytes, wait: timedelta | None) -> None:
    assert promised(Relayed(body=body, by=CPO)) == wait


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"reservation_id": "R-1", "expiry_date": "2026-05-04T14:00:00Z"}, "R-1"),
        ({"reservation_id": 7, "expiry_date": "2026-05-04T14:00:00"}, "7"),
        ({"reservation_id": "R-1", "expiry_date": "soon"}, None),
        ({"reservation_id": "R-1", "expiry_date": 5}, None),
        ({"reservation_id": "R-1"}, None),
        ({"reservation_id": None, "expiry_date": "2026-05-04T14:00:00Z"}, None),
    ],
)
def test_what_is_reserved(document: dict[str, Any], name: str | None) -> None:
    """C-259: 2.1.1 has numbers for ids."""
    found = reservation_in(
        a_leg("commands", RECEIVER, "POST", rest="RESERVE_NOW").message, document
    )
    assert (found.id if found else None) == name
    assert found is None or found.until == NOON + timedelta(hours=2)
    other = a_leg("commands", RECEIVER, "POST", rest="CANCEL_RESERVATION").message
    assert reservation_in(other, document) is None


async def test_no_result_goes_to_another_host(step: Rewriting) -> None:
    """C-284."""
    for url in (
        "https://cpo.example/back",
        "http://emsp.example/back",
        "https://emsp.example.evil",
    ):
        body = b'{"response_url":"' + url.encode() + b'"}'
        leg = a_leg("commands", RECEIVER, "POST", rest="STOP_SESSION", body=body)
        with pytest.raises(InvalidInput, match="response_url"):
            await step.outward(leg)
