"""What one member addresses to another reaches it as it is, and so does the answer."""

import json

import pytest

from tests.edge.ocpi.hub.conftest import HubHouse, by, to, trust_for_good


async def test_a_list_is_asked_for_through_the_hub(hub_house: HubHouse) -> None:
    """C-224, C-225, C-226, C-227: nothing is changed but the token and the request id."""
    cpo = await hub_house.join("CPA", "CPO")
    emsp = await hub_house.join("EMA", "EMSP")
    asked = "sender/locations?date_from=2020-01-01T00%3A00%3A00Z&limit=2"
    answer = await hub_house.ask(emsp, "GET", asked, **to("CPA"), **by("EMA"))
    assert answer.status_code == 200
    assert answer.json()["data"][0]["id"] == cpo.site.location_id
    assert answer.headers["x-request-id"] == "req-1"
    assert answer.headers["x-correlation-id"] == "corr-1"
    assert answer.headers["ocpi-to-party-id"] == "EMA"
    assert answer.headers["ocpi-from-party-id"] == "CPA"
    assert answer.headers["x-total-count"] == "1"
    came = cpo.requests[-1]
    assert came.target.endswith("/sender/locations?date_from=2020-01-01T00%3A00%3A00Z&limit=2")
    assert came.headers["x-correlation-id"] == "corr-1"
    assert came.headers["x-request-id"] != "req-1"
    assert (came.headers["ocpi-to-party-id"], came.headers["ocpi-from-party-id"]) == ("CPA", "EMA")


async def test_bodies_pass_to_the_byte(hub_house: HubHouse) -> None:
    """C-224, C-236, C-253: unknown fields, odd numbers and blanks included."""
    cpo = await hub_house.join("CPA", "CPO")
    emsp = await hub_house.join("EMA", "EMSP")
    token = {**next(iter(emsp.tokens.values())), "uid": "A/B C", "theirs": {"n": 1.50}}
    body = json.dumps(token, indent=3).encode() + b"\n"
    place = "receiver/tokens/DE/EMA/A%2FB%20C?type=RFID"
    answer = await hub_house.ask(emsp, "PUT", place, body, **to("CPA"), **by("EMA"))
    assert answer.headers["ocpi-from-party-id"] == "CPA"
    assert cpo.requests[-1].body == body
    assert [each for each in cpo.violations if "theirs" not in each] == []
    cpo.violations.clear()
    assert cpo.requests[-1].target.endswith("/receiver/tokens/DE/EMA/A%2FB%20C?type=RFID")


async def test_what_is_passed_on_waits_for_no_look_that_is_fresh_enough(
    hub_house: HubHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may do what is as of the last; whoever changes it waits until that is too old."""
    await hub_house.join("CPA", "CPO")
    emsp = await hub_house.join("EMA", "EMSP")
    watch = hub_house.store.watch
    trust_for_good(watch, monkeypatch)
    await watch.look()
    before = watch.looks
    for _ in range(3):
        answer = await hub_house.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
        assert answer.json()["status_code"] == 1000
    assert watch.looks == before


async def test_refusals_pass_as_they_are(hub_house: HubHouse) -> None:
    """C-228: what the receiver says of it is its own."""
    cpo = await hub_house.join("CPA", "CPO")
    emsp = await hub_house.join("EMA", "EMSP")
    answer = await hub_house.ask(emsp, "GET", "sender/locations/NOPE", **to("CPA"), **by("EMA"))
    direct = cpo.requests[-1]
    assert direct.target.endswith("/sender/locations/NOPE")
    assert answer.json()["status_code"] in range(2000, 3000)
    assert answer.headers["ocpi-from-party-id"] == "CPA"


async def test_what_the_hub_itself_refuses(hub_house: HubHouse) -> None:
    """C-229, C-231, C-234: from the hub's own party, with HTTP 200 and no word to anybody."""
    cpo = await hub_house.join("CPA", "CPO")
    emsp = await hub_house.join("EMA", "EMSP")
    known = len(cpo.requests)
    place = "sender/locations"
    for headers, status in (
        ({**to("XXX"), **by("EMA")}, 4001),
        ({**to("CPA"), **by("CPA")}, 2001),
        ({**by("EMA"), "OCPI-to-party-id": "CPA"}, 2001),
    ):
        answer = await hub_house.ask(emsp, "GET", place, **headers)
        assert (answer.status_code, answer.json()["status_code"]) == (200, status), answer.text
    assert len(cpo.requests) == known
    cpo.down()
    answer = await hub_house.ask(emsp, "GET", place, **to("CPA"), **by("EMA"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 4003)
    assert answer.headers["ocpi-from-party-id"] == "RWH"
    await cpo.up()


async def test_who_is_too_slow(hub_house: HubHouse) -> None:
    """C-230: the message may have arrived."""
    cpo = await hub_house.join("CPA", "CPO")
    emsp = await hub_house.join("EMA", "EMSP")
    cpo.fault("slow", path="/sender/locations", seconds=2)
    answer = await hub_house.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 4002)


async def test_configuration_is_not_routed(hub_house: HubHouse) -> None:
    """C-238: nothing of it passes, whatever the headers say."""
    cpo = await hub_house.join("CPA", "CPO")
    emsp = await hub_house.join("EMA", "EMSP")
    known = len(cpo.requests)
    for module in ("sender/credentials", "sender/versions", "receiver/hubclientinfo"):
        answer = await hub_house.ask(emsp, "GET", module, **to("CPA"), **by("EMA"))
        assert answer.status_code == 404, answer.text
    own = await hub_house.ask(emsp, "GET", "sender/hubclientinfo", **to("CPA"), **by("EMA"))
    assert [name for name in own.headers if name.startswith("ocpi-")] == []
    assert len(cpo.requests) == known
