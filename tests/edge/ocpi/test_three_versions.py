"""Every module in each of the three versions: the same story, told in that version's words."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, Role
from app.domain.stations import Station
from ocpi.versions.registry import NOWHERE, V221, VERSIONS, Kind, OcpiVersion, Surroundings
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.rare_documents import client_document
from tests.support.roaming_documents import (
    LATER,
    cdr_document,
    connector_document,
    evse_document,
    location_document,
    session_document,
    tariff_document,
    token_document,
)
from tests.support.roaming_objects import (
    CPO,
    NOON,
    THEIR_CPO,
    a_cdr,
    a_location,
    a_partner,
    a_session,
    a_tariff,
    a_token,
    an_evse,
)

Json = dict[str, Any]

PROFILE: Json = {
    "charging_rate_unit": "W",
    "start_date_time": "2026-05-04T12:00:00Z",
    "charging_profile_period": [{"start_period": 0, "limit": 4000}],
}
SET_PROFILE = {"charging_profile": PROFILE, "response_url": "https://them.example/callback"}
ACTIVE_PROFILE = {"start_date_time": "2026-05-04T12:00:00Z", "charging_profile": PROFILE}


@dataclass(frozen=True)
class Tongue:
    """A version and the partner that speaks it."""

    version: OcpiVersion
    peer: Peer

    @property
    def cpo(self) -> str:
        return f"/cpo/{self.version.number}"

    @property
    def emsp(self) -> str:
        return f"/emsp/{self.version.number}"

    def say(self, kind: Kind, document: Json, around: Surroundings = NOWHERE) -> Json:
        """A 2.2.1 document in this version."""
        canonical = V221.lift(kind, document, around)
        return self.version.lower(kind, canonical, around)

    async def round_trip(self, path: str, document: Json) -> Json:
        """PUT twice and read: as it was put, to the letter."""
        answered(await self.peer.put(path, document), http=201)
        answered(await self.peer.put(path, document))
        kept: Json = answered(await self.peer.get(path))
        assert kept.keys() == document.keys()
        return kept

    async def patched(self, path: str, **change: Any) -> Json:
        """PATCH and read: what was named has changed, and nothing else."""
        before = answered(await self.peer.get(path))
        body = {**change, "last_updated": LATER}
        answered(await self.peer.patch(path, body))
        after: Json = answered(await self.peer.get(path))
        changed = {name for name in after.keys() | before if after.get(name) != before.get(name)}
        assert changed - {"last_updated"} == set(change)
        assert after["last_updated"] == LATER
        return after


@pytest.fixture(params=list(VERSIONS))
async def tongue(request: pytest.FixtureRequest, peer: Peer, world: World) -> Tongue:
    """The partner, registered for the version of the round."""
    world.partner = await world.put_partner(a_partner(version=request.param), peer.token)
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.tariffs.put(a_tariff())
        await tx.tokens.put(a_token("A1"))
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
    return Tongue(VERSIONS[request.param], peer)


async def test_a_location_and_its_parts(tongue: Tongue) -> None:
    """C-108, C-109, C-111, C-131: every level is put, read and patched."""
    at = f"{tongue.emsp}/locations/DE/TNC/LOC1"
    location = location_document(evses=[evse_document()])
    await tongue.round_trip(at, tongue.say(Kind.LOCATION, location))
    evse = tongue.say(Kind.EVSE, evse_document("9", last_updated=LATER))
    answered(await tongue.peer.put(f"{at}/9", evse))
    plug = tongue.say(Kind.CONNECTOR, connector_document(id="2", last_updated=LATER))
    answered(await tongue.peer.put(f"{at}/9/2", plug))
    assert answered(await tongue.peer.get(f"{at}/9/2")) == plug
    connectors = answered(await tongue.peer.get(f"{at}/9"))["connectors"]
    assert [connector["id"] for connector in connectors] == ["1", "2"]
    assert (await tongue.patched(at, name="Elsewhere"))["name"] == "Elsewhere"
    assert (await tongue.patched(f"{at}/3256", status="CHARGING"))["status"] == "CHARGING"
    assert (await tongue.patched(f"{at}/3256/1", format="SOCKET"))["format"] == "SOCKET"


async def test_ids_that_only_older_versions_have_are_refused(tongue: Tongue) -> None:
    """C-022, C-116: also of 2.1.1, which has longer ones; only the hub has aliases for them."""
    for length, code, http in ((37, 2001, 200), (36, 1000, 201)):
        name = "x" * length
        location = tongue.say(Kind.LOCATION, location_document(id=name))
        response = await tongue.peer.put(f"{tongue.emsp}/locations/DE/TNC/{name}", location)
        answered(response, code, http)
        evse = tongue.say(Kind.EVSE, evse_document(name))
        at = f"{tongue.emsp}/locations/DE/TNC/{'x' * 36}/{name}"
        assert (await tongue.peer.put(at, evse)).json()["status_code"] != 1000 or length == 36


async def test_a_tariff(tongue: Tongue) -> None:
    """C-174, C-175: only 2.1.1 knows a PATCH."""
    at = f"{tongue.emsp}/tariffs/DE/TNC/12"
    await tongue.round_trip(at, tongue.say(Kind.TARIFF, tariff_document()))
    patch = {"currency": "CHF", "last_updated": LATER}
    if tongue.version.patches_tariffs:
        answered(await tongue.peer.patch(at, patch))
        assert answered(await tongue.peer.get(at))["currency"] == "CHF"
    else:
        answered(await tongue.peer.patch(at, patch), 2000, 405)
    answered(await tongue.peer.call("DELETE", at))
    answered(await tongue.peer.get(at), 2000, 404)
    answered(await tongue.peer.call("DELETE", at), 2000, 404)


async def test_a_session(tongue: Tongue) -> None:
    """C-109, C-111, C-148."""
    at = f"{tongue.emsp}/sessions/DE/TNC/101"
    around = Surroundings(location=V221.lift(Kind.LOCATION, location_document()))
    document = tongue.say(Kind.SESSION, session_document(), around)
    await tongue.round_trip(at, document)
    assert (await tongue.patched(at, kwh=44))["kwh"] == 44


async def test_a_cdr(tongue: Tongue) -> None:
    """C-154, C-155, C-157: read again at the very address of the answer."""
    document = tongue.say(Kind.CDR, cdr_document())
    first = await tongue.peer.post(f"{tongue.emsp}/cdrs", document)
    answered(first, http=201)
    again = await tongue.peer.post(f"{tongue.emsp}/cdrs", document)
    answered(again)
    place = first.headers["location"]
    assert place == again.headers["location"]
    _, found, below = place.partition("/ocpi")
    assert place.startswith("https://")
    assert found
    assert answered(await tongue.peer.get(below)).keys() == document.keys()


async def test_a_token(tongue: Tongue) -> None:
    """C-109, C-111, C-191."""
    at = f"{tongue.cpo}/tokens/DE/TNM/012345678"
    await tongue.round_trip(at, tongue.say(Kind.TOKEN, token_document()))
    assert (await tongue.patched(at, valid=False))["valid"] is False


async def test_what_we_own_is_listed_and_read(tongue: Tongue, world: World) -> None:
    """C-023, C-091, C-124: lists with their headers, objects alone."""
    async with world.store.transaction() as tx:
        await tx.sessions.put(a_session())
        await tx.cdrs.add(a_cdr())
    lists = [f"{tongue.cpo}/{module}" for module in ("locations", "sessions", "cdrs", "tariffs")]
    for path in (*lists, f"{tongue.emsp}/tokens"):
        response = await tongue.peer.get(path)
        assert len(answered(response)) == 1, path
        assert response.headers["x-total-count"] == "1"
        assert int(response.headers["x-limit"]) > 0
        assert "link" not in response.headers
    singles = {"locations/L1": "id", "locations/L1/E1": "uid", "locations/L1/E1/1": "id",
               "tariffs/T1": "id"}  # fmt: skip
    for path, name in singles.items():
        found = answered(await tongue.peer.get(f"{tongue.cpo}/{path}"))
        assert found[name] == path.rsplit("/", 1)[-1]
        answered(await tongue.peer.get(f"{tongue.cpo}/{path}x"), _unknown(path), 404)


def _unknown(path: str) -> int:
    return 2003 if path.startswith("locations") else 2000


async def test_a_card_is_asked_about(tongue: Tongue) -> None:
    """C-182, C-183."""
    at = f"{tongue.emsp}/tokens"
    assert answered(await tongue.peer.post(f"{at}/A1/authorize"))["allowed"] == "ALLOWED"
    answered(await tongue.peer.post(f"{at}/nobody/authorize"), 2004, 404)


async def test_commands_in_both_directions(tongue: Tongue, world: World) -> None:
    """C-198, C-211, C-215: ours are asked, and theirs tell how they ended."""
    start = {
        "response_url": "https://them.example/callback",
        "token": token_document(),
        "location_id": "L1",
        "evse_uid": "E1",
    }
    body = tongue.say(Kind.START_SESSION, start)
    data = answered(await tongue.peer.post(f"{tongue.cpo}/commands/START_SESSION", body))
    assert data["result"] == "ACCEPTED"
    waiting = Command(
        "k-1", CommandKind.START, CommandChannel.DRIVER, CommandState.SENT, NOON,
        NOON + timedelta(seconds=60), remote_party=THEIR_CPO, location_id="LOC1", token=a_token(),
    )  # fmt: skip
    async with world.store.transaction() as tx:
        await tx.commands.add(waiting)
    tell = f"{tongue.emsp}/commands/START_SESSION/k-1"
    answered(await tongue.peer.post(tell, {"result": "ACCEPTED"}))
    assert (await world.commands.get("k-1")).state is CommandState.SETTLED


async def test_charging_profiles(tongue: Tongue, world: World) -> None:
    """C-217, C-222: asked of ours, told of theirs; 2.1.1 has none of it."""
    ask, tell = f"{tongue.cpo}/chargingprofiles", f"{tongue.emsp}/chargingprofiles"
    if "chargingprofiles" not in tongue.version.modules:
        answered(await tongue.peer.put(f"{ask}/s-1", SET_PROFILE), 2000, 404)
        return
    waiting = Command(
        "k-1", CommandKind.LIMIT, CommandChannel.OPERATOR, CommandState.SENT, NOON,
        NOON + timedelta(seconds=60), remote_party=THEIR_CPO, session_id="101",
    )  # fmt: skip
    able = an_evse("E1", capabilities=("CHARGING_PROFILE_CAPABLE",))
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location(evses=(able,)))
        await tx.sessions.put(a_session("s-1", station_id="ST-1", transaction="t"))
        await tx.commands.add(waiting)
    query = "response_url=https%3A%2F%2Fthem.example%2Fcallback"
    for answer in (
        await tongue.peer.put(f"{ask}/s-1", SET_PROFILE),
        await tongue.peer.get(f"{ask}/s-1?duration=900&{query}"),
        await tongue.peer.call("DELETE", f"{ask}/s-1?{query}"),
    ):
        assert answered(answer)["result"] == "ACCEPTED"
    session = tongue.say(Kind.SESSION, session_document())
    answered(await tongue.peer.put(f"{tongue.emsp}/sessions/DE/TNC/101", session), http=201)
    answered(await tongue.peer.put(f"{tell}/101", ACTIVE_PROFILE))
    answered(await tongue.peer.post(f"{tell}/results/k-1", {"result": "ACCEPTED"}))
    assert (await world.commands.get("k-1")).state is CommandState.SETTLED


async def test_a_hubs_clients(tongue: Tongue, world: World) -> None:
    """C-272: a hub tells who else is there."""
    at = f"{tongue.cpo}/hubclientinfo/NL/ALL"
    hub = (PartnerRole(Role.HUB, PartyId("NL", "HUB"), "A hub"),)
    await world.put_partner(a_partner(roles=hub, version=tongue.version.number), tongue.peer.token)
    if "hubclientinfo" not in tongue.version.modules:
        answered(await tongue.peer.put(at, client_document()), 2000, 404)
        return
    await tongue.round_trip(at, client_document())


async def test_nobody_else_reads_it(tongue: Tongue, world: World) -> None:
    """C-283: what one partner put, another of the same version finds nowhere."""
    await world.put_partner(
        a_partner(id="p-3", name="Other", version=tongue.version.number, roles=()), "other"
    )
    other = replace(tongue.peer, token="other")
    document = tongue.say(Kind.TARIFF, tariff_document())
    await tongue.round_trip(f"{tongue.emsp}/tariffs/DE/TNC/12", document)
    answered(await other.get(f"{tongue.emsp}/tariffs/DE/TNC/12"), 2000, 404)
