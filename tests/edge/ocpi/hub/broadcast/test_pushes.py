"""What a member tells everybody: answered at once, told to whom it concerns, refused if wrong."""

import json
from typing import Any

from app.simulators.partner import Partner
from tests.edge.ocpi.hub.broadcast.conftest import Telling
from tests.edge.ocpi.hub.conftest import by, to
from tests.support.patience import until

LATER = "2027-03-01T10:00:00Z"
EARLIER = "2020-03-01T10:00:00Z"


def a_place(member: Partner, *rest: str) -> str:
    return "/".join(("locations/DE", member.party, member.site.location_id, *rest))


def pushes(member: Partner) -> list[tuple[str, str]]:
    """What a member was asked to take."""
    return [
        (r.method, r.target.split("/receiver/")[1])
        for r in member.requests
        if "/receiver/" in r.target
    ]


async def test_everybody_of_the_other_side_is_told(hub: Telling) -> None:
    """C-239, C-240, C-242, C-253: to the byte, from the hub, one request for each party."""
    cpo = await hub.join("CPA", "CPO")
    others = [await hub.join(party, "EMSP") for party in ("EMA", "EMB")]
    another = await hub.join("CPB", "CPO")
    sent = json.dumps({**cpo.site.location(), "last_updated": LATER}, indent=2)
    answer = await hub.tell(cpo, "PUT", a_place(cpo), sent.encode())
    assert (answer.status_code, answer.json()["status_code"]) == (201, 1000), answer.text
    assert answer.headers["ocpi-from-party-id"] == "RWH"
    assert answer.headers["ocpi-to-party-id"] == "CPA"
    assert answer.headers["x-request-id"] == "req-1"
    await hub.quiet()
    for member in others:
        assert pushes(member) == [("PUT", f"locations/DE/CPA/{cpo.site.location_id}")]
        told = member.requests[-1]
        assert told.body.decode() == sent
        assert told.headers["ocpi-from-party-id"] == "RWH"
        assert told.headers["ocpi-to-party-id"] == member.party
        assert told.headers["x-correlation-id"] == "corr-1"
        assert told.headers["x-request-id"] != "req-1"
    assert len({member.requests[-1].headers["x-request-id"] for member in others}) == 2
    assert pushes(cpo) == pushes(another) == []


async def test_tokens_are_told_to_operators(hub: Telling) -> None:
    """C-240: by their owner, with their type."""
    emsp = await hub.join("EMA", "EMSP")
    cpo, other = await hub.join("CPA", "CPO"), await hub.join("EMB", "EMSP")
    card = {**next(iter(emsp.tokens.values())), "uid": "A/1", "last_updated": LATER}
    answer = await hub.tell(emsp, "PUT", "tokens/DE/EMA/A%2F1?type=RFID", card)
    assert answer.status_code == 201, answer.text
    change = {"valid": False, "last_updated": LATER}
    assert (await hub.tell(emsp, "PATCH", "tokens/DE/EMA/a%2F1", change)).status_code == 200
    await hub.quiet()
    assert pushes(cpo)[-1] == ("PUT", "tokens/DE/EMA/A%2F1?type=RFID")
    (told,) = cpo.received.of("tokens")
    assert told["valid"] is False
    assert pushes(other) == []
    unknown = await hub.tell(emsp, "PATCH", "tokens/DE/EMA/A%2F1?type=APP_USER", change)
    assert (unknown.status_code, unknown.json()["status_code"]) == (404, 2004)


async def test_parts_are_told_as_parts(hub: Telling) -> None:
    """C-253: an EVSE or a connector by itself; who does not know the location gets it whole."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    evse = cpo.site.evse_uid
    change = {"status": "CHARGING", "last_updated": LATER}
    unknown = await hub.tell(cpo, "PATCH", a_place(cpo, evse), change)
    assert (unknown.status_code, unknown.json()["status_code"]) == (404, 2003)
    await hub.tell(cpo, "PUT", a_place(cpo), cpo.site.location())
    await hub.quiet()
    assert (await hub.tell(cpo, "PATCH", a_place(cpo, evse), change)).status_code == 200
    await hub.quiet()
    assert pushes(emsp)[-1] == ("PUT", a_place(cpo, evse))
    (location,) = emsp.received.of("locations")
    assert [e["status"] for e in location["evses"]] == ["CHARGING"]
    late = await hub.join("EMB", "EMSP")
    plug = {**cpo.site.evse()["connectors"][0], "max_amperage": 16, "last_updated": LATER}
    put = await hub.tell(cpo, "PUT", a_place(cpo, evse, "1"), plug)
    assert put.status_code == 200, put.text
    await hub.quiet()
    assert pushes(emsp)[-1] == ("PUT", a_place(cpo, evse, "1"))
    assert pushes(late) == [("PUT", a_place(cpo, evse, "1")), ("PUT", a_place(cpo))]
    for member in (emsp, late):
        (location,) = member.received.of("locations")
        assert location["evses"][0]["connectors"][0]["max_amperage"] == 16
        assert location["evses"][0]["status"] == "CHARGING"
    assert late.received.of("locations")[0]["last_updated"] == LATER


async def test_older_states_are_told_to_nobody(hub: Telling) -> None:
    """C-119: what is older than what is kept changes nothing, as a whole or as a part."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    now = {**cpo.site.location(), "last_updated": LATER}
    now["evses"][0]["last_updated"] = LATER
    await hub.tell(cpo, "PUT", a_place(cpo), now)
    await hub.quiet()
    known = pushes(emsp)
    old = {**now, "name": "Before", "last_updated": EARLIER}
    part = {"status": "BLOCKED", "last_updated": EARLIER}
    for method, place, body in (
        ("PUT", a_place(cpo), old),
        ("PUT", a_place(cpo), now),
        ("PATCH", a_place(cpo, cpo.site.evse_uid), part),
    ):
        assert (await hub.tell(cpo, method, place, body)).json()["status_code"] == 1000
    await hub.quiet()
    assert pushes(emsp) == known
    assert emsp.received.of("locations") == [now]


async def test_a_tariff_that_is_deleted(hub: Telling) -> None:
    """C-240: told to everybody; a second time is no news, an unknown one is refused."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    place = f"tariffs/DE/CPA/{cpo.site.tariff_id}"
    assert (await hub.tell(cpo, "DELETE", place)).status_code == 404
    await hub.tell(cpo, "PUT", place, cpo.site.tariff())
    await hub.quiet()
    assert len(emsp.received.of("tariffs")) == 1
    for _ in range(2):
        assert (await hub.tell(cpo, "DELETE", place)).status_code == 200
        await hub.quiet()
    assert [method for method, _ in pushes(emsp)] == ["PUT", "DELETE"]
    assert emsp.received.of("tariffs") == []
    assert (await hub.tell(cpo, "PUT", place, cpo.site.tariff())).status_code == 201
    await hub.quiet()
    assert len(emsp.received.of("tariffs")) == 1


async def test_what_is_wrong_is_told_to_nobody(hub: Telling) -> None:
    """C-239: other owners, wrong roles, broken schemas, methods that are none."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    location, tariff = cpo.site.location(), cpo.site.tariff()
    bad: list[tuple[Partner, str, str, Any, int, int]] = [
        (cpo, "PUT", "locations/DE/CPX/L1", location, 200, 2001),
        (cpo, "PUT", "locations/DE/CPA/OTHER", location, 200, 2001),
        (cpo, "PUT", a_place(cpo), {**location, "party_id": "CPX"}, 200, 2001),
        (cpo, "PUT", a_place(cpo), {**location, "city": None}, 200, 2001),
        (cpo, "PUT", a_place(cpo), b"{", 400, 2001),
        (cpo, "PUT", a_place(cpo), [], 200, 2001),
        (cpo, "PUT", "locations/DE", location, 404, 2000),
        (cpo, "PUT", a_place(cpo, "1", "2", "3"), location, 404, 2000),
        (cpo, "PATCH", "tariffs/DE/CPA/T1", tariff, 405, 2000),
        (cpo, "DELETE", a_place(cpo), None, 405, 2000),
        (emsp, "PUT", "locations/DE/EMA/L1", location, 200, 2001),
        (cpo, "PUT", "tokens/DE/CPA/T1", next(iter(emsp.tokens.values())), 200, 2001),
    ]
    for member, method, place, body, http, status in bad:
        answer = await hub.tell(member, method, place, body)
        assert (answer.status_code, answer.json()["status_code"]) == (http, status), place
        assert answer.headers["ocpi-from-party-id"] == "RWH"
    await hub.tell(cpo, "PUT", a_place(cpo), location)
    evse = a_place(cpo, cpo.site.evse_uid)
    for method, place, body in (
        ("PATCH", evse, {"status": "BLOCKED"}),
        ("PATCH", evse, {"status": "BLOCKED", "last_updated": "soon"}),
        ("PATCH", evse, {"status": "BROKEN", "last_updated": LATER}),
        ("PUT", evse, {**cpo.site.evse(), "uid": "OTHER"}),
        ("PUT", f"{evse}/1", {"id": "1", "last_updated": LATER}),
        ("PATCH", a_place(cpo), {"id": "OTHER", "last_updated": LATER}),
    ):
        answer = await hub.tell(cpo, method, place, body)
        assert answer.json()["status_code"] == 2001, (place, answer.text)
    gone = await hub.tell(cpo, "PATCH", a_place(cpo, "NOPE"), {"last_updated": LATER})
    assert (gone.status_code, gone.json()["status_code"]) == (404, 2003)
    await hub.quiet()
    assert emsp.received.of("locations") == [location]
    assert len(pushes(emsp)) == 1


async def test_a_push_without_receiver_is_for_everybody(hub: Telling) -> None:
    """C-249: the answer comes from the hub all the same; and it may be in the hub's own name."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    place = f"receiver/{a_place(cpo)}"
    answer = await hub.ask(cpo, "PUT", place, cpo.site.location(), **by("CPA"))
    assert answer.status_code == 201, answer.text
    assert answer.headers["ocpi-from-party-id"] == "RWH"
    change = {"name": "Mine", "last_updated": LATER}
    owned = f"receiver/locations/NL/RWH/{cpo.site.location_id}"
    answer = await hub.ask(cpo, "PATCH", owned, change, **by("CPA"), **to("RWH", "NL"))
    assert answer.status_code == 200, answer.text
    await hub.plan()
    await hub.quiet()
    assert [path for _, path in pushes(emsp)][-1] == a_place(cpo)
    (location,) = emsp.received.of("locations")
    assert (location["party_id"], location["name"]) == ("CPA", "Mine")


async def test_private_places_are_nobodys_news(hub: Telling) -> None:
    """C-252: not before they were public; then everybody hears that they are not any more."""
    cpo, emsp = await hub.join("CPA", "CPO"), await hub.join("EMA", "EMSP")
    location = {**cpo.site.location(), "publish": False}
    for publish, told in ((False, 0), (True, 1), (False, 2)):
        body = {**location, "publish": publish}
        assert (await hub.tell(cpo, "PUT", a_place(cpo), body)).status_code in {200, 201}
        await hub.quiet()
        assert len(pushes(emsp)) == told


async def test_one_members_trouble_is_its_own(hub: Telling) -> None:
    """C-241, C-242, C-260: refusals and silence stop nobody, and nothing waits for the dead."""
    cpo = await hub.join("CPA", "CPO")
    dead, slow, picky, well = [
        await hub.join(party, "EMSP") for party in ("EMD", "EMS", "EMP", "EMW")
    ]
    dead.down()
    slow.fault("slow", path="/receiver/locations", seconds=1.5)
    picky.fault("error", path="/receiver/locations")
    answer = await hub.tell(cpo, "PUT", a_place(cpo), cpo.site.location())
    assert answer.status_code == 201

    async def told() -> bool:
        return bool(well.received.of("locations"))

    await until(told, 1)
    assert not slow.received.of("locations")

    await until(lambda: hub.doubted(dead))
    await hub.house.partners.missed(await hub.id_of(dead))
    await hub.quiet()
    assert slow.received.of("locations")
    assert await hub.objects.gap(await hub.id_of(dead)) is not None
    assert await hub.objects.gap(await hub.id_of(well)) is None
    await dead.up()
