"""What real partners do that the specification does not expect, and 2.3.0's finer points."""

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.events import TokenChanged
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from app.domain.partners import Endpoint, InterfaceRole, PartnerRole, Role
from app.domain.sessions import SessionStatus
from app.domain.stations import Station
from app.domain.tokens import TokenType
from app.queries.map import Map
from app.use_cases.command_requests import Asker, StartRequest
from app.use_cases.commands import Commands
from ocpi.push.audience import OcpiAudience
from tests.edge.ocpi.conftest import TOKEN, Peer, World, answered
from tests.support.roaming_documents import (
    LATER,
    cdr_document,
    evse_document,
    location_document,
    session_document,
    tariff_document,
    token_document,
)
from tests.support.roaming_objects import (
    CPO,
    EMSP,
    NOON,
    THEIR_CPO,
    a_cdr,
    a_location,
    a_partner,
    a_session,
    a_token,
)

LOCATION = "/emsp/2.2.1/locations/DE/TNC/LOC1"
SESSION = "/emsp/2.2.1/sessions/DE/TNC/101"
SECOND = PartyId("DE", "TN2")
HOURS = [
    {"weekday": 1, "period_begin": "22:00", "period_end": "06:00"},
    {"weekday": 2, "period_begin": "08:00", "period_end": "24:00"},
    {"weekday": 3, "period_begin": "08:00", "period_end": "00:00"},
]


@pytest.fixture
async def two_operators(peer: Peer, world: World) -> Peer:
    """The partner with a second CPO party."""
    roles = (*a_partner().roles, PartnerRole(Role.CPO, SECOND, "Second"))
    await world.put_partner(a_partner(roles=roles), TOKEN)
    return peer


@pytest.mark.parametrize("hours", HOURS)
async def test_hours_past_midnight(peer: Peer, hours: dict[str, Any]) -> None:
    """I-27: taken, and given back as they were."""
    times = {"twentyfourseven": False, "regular_hours": [hours]}
    document = location_document(opening_times=times)
    answered(await peer.put(LOCATION, document), http=201)
    assert answered(await peer.get(LOCATION)) == document


async def test_cars_identify_themselves(peer: Peer, world: World) -> None:
    """I-33: in 2.2.1 as OTHER, beside a card of the same text."""
    uid = "001122AABBCC"
    path = f"/cpo/2.2.1/tokens/DE/TNM/{uid}"
    answered(await peer.put(path, token_document(uid)), http=201)
    car = token_document(uid, type="OTHER", contract_id="DE-TNM-CAR")
    answered(await peer.put(f"{path}?type=OTHER", car), http=201)
    async with world.store.reading() as tx:
        assert {token.type for token in await tx.tokens.by_uid(uid)} == {
            TokenType.RFID,
            TokenType.OTHER,
        }


@pytest.mark.parametrize("status", ["PENDING", "ACTIVE", "COMPLETED", "INVALID"])
async def test_sessions_begin_in_any_state(peer: Peer, world: World, status: str) -> None:
    """I-34: and one that is pending for ever stays as its owner said."""
    answered(await peer.put(SESSION, session_document(status=status)), http=201)
    async with world.store.reading() as tx:
        kept = await tx.sessions.get_foreign(THEIR_CPO, "101")
    assert kept is not None
    assert kept.status is SessionStatus(status)


async def test_owners_may_have_equal_session_and_tariff_ids(two_operators: Peer) -> None:
    """C-118, I-36, I-60."""
    peer = two_operators
    for module, one in (("sessions/{}/101", session_document), ("tariffs/{}/12", tariff_document)):
        first, second = (f"/emsp/2.2.1/{module.format(at)}" for at in ("DE/TNC", "DE/TN2"))
        answered(await peer.put(first, one()), http=201)
        answered(await peer.put(second, one(party_id="TN2", currency="CHF")), http=201)
        assert answered(await peer.get(first))["currency"] == "EUR"
        assert answered(await peer.get(second))["currency"] == "CHF"


async def test_credits_may_have_any_signs(peer: Peer, world: World) -> None:
    """I-39, C-159: only the total has to be negative; partial totals are read as they come."""
    answered(await peer.post("/emsp/2.2.1/cdrs", cdr_document()), http=201)
    for number, sign in enumerate((1, -1)):
        partial = {"excl_vat": 20.56 * sign, "incl_vat": 24.47 * sign}
        credit = cdr_document(
            f"9001-C{number}",
            credit=True,
            credit_reference_id="9001",
            total_cost={"excl_vat": -20.56, "incl_vat": -24.47},
            total_energy_cost=partial,
            total_energy=41.1234 * sign,
        )
        answered(await peer.post("/emsp/2.2.1/cdrs", credit), http=201)
        async with world.store.reading() as tx:
            kept = await tx.cdrs.of_party(THEIR_CPO, f"9001-C{number}")
        assert kept is not None
        assert kept.credit_of == "9001"


async def test_a_bill_without_a_tariff(peer: Peer, world: World) -> None:
    """I-41: taken at the agreed price, and noted that nobody can check it."""
    answered(await peer.post("/emsp/2.2.1/cdrs", cdr_document()), http=201)
    async with world.store.reading() as tx:
        kept = await tx.cdrs.of_party(THEIR_CPO, "9001")
    assert kept is not None
    assert "price_not_checkable" in kept.findings
    assert kept.bill.total.net.amount == Decimal("20.56")


@pytest.mark.parametrize("tariffs", [["nobody-knows"], None])
async def test_an_unknown_tariff_is_no_free_one(
    peer: Peer, world: World, tariffs: list[str] | None
) -> None:
    """I-58, I-62, C-140: the map shows no price rather than none to pay."""
    document = location_document(evses=[evse_document()])
    document["evses"][0]["connectors"][0]["tariff_ids"] = tariffs
    answered(await peer.put(LOCATION, document), http=201)
    sheet = await Map(world.store).sheet(THEIR_CPO, "LOC1", NOON)
    (point,) = sheet.points
    assert point.evse.status is EvseStatus.AVAILABLE
    assert [(plug.tariff, tuple(plug.prices)) for plug in point.plugs] == [(None, ())]


# ---------------------------------------------------------------- 2.3.0

PARKING = {
    "id": "P1",
    "vehicle_types": ["PERSONAL_VEHICLE"],
    "restricted_to_type": False,
    "reservation_required": False,
}


@pytest.fixture
async def newest(peer: Peer, world: World) -> Peer:
    """The partner, on 2.3.0."""
    endpoints = (Endpoint("tokens", InterfaceRole.RECEIVER, "https://them.example/tokens"),)
    await world.put_partner(a_partner(version="2.3.0", endpoints=endpoints), TOKEN)
    return peer


@pytest.mark.parametrize(
    "missing", ["vehicle_types", "restricted_to_type", "reservation_required"]
)
async def test_parking_places_are_complete(newest: Peer, world: World, missing: str) -> None:
    """C-276: theirs have to be, and ours are referred to by nobody, since we tell of none."""
    path = LOCATION.replace("2.2.1", "2.3.0")
    evse = evse_document(parking=[{"parking_id": "P1"}])
    whole = location_document(evses=[evse], parking_places=[PARKING])
    answered(await newest.put(path, whole), http=201)
    assert answered(await newest.get(path)) == whole
    short = {name: value for name, value in PARKING.items() if name != missing}
    worse = {**whole, "parking_places": [short], "last_updated": LATER}
    answered(await newest.put(path, worse), 2001)
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
    (ours,) = answered(await newest.get("/cpo/2.3.0/locations"))
    places = {place["id"] for place in ours.get("parking_places", [])}
    assert {p["parking_id"] for evse in ours["evses"] for p in evse.get("parking", [])} <= places


async def test_a_terminals_reference_is_kept_all_the_way(newest: Peer, world: World) -> None:
    """C-280, C-143, C-165: from the start to the session and its bill."""
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
    start = {
        "response_url": "https://them.example/callback",
        "token": token_document(type="AD_HOC_USER", whitelist="NEVER"),
        "location_id": "L1",
        "evse_uid": "E1",
        "authorization_reference": "TERMINAL-7",
    }
    answered(await newest.post("/cpo/2.3.0/commands/START_SESSION", start))
    async with world.store.transaction() as tx:
        (command,) = await tx.commands.of_party(CPO, limit=2)
        reference = command.authorization_reference
        await tx.sessions.put(a_session(authorization_reference=reference))
        await tx.cdrs.add(a_cdr(authorization_reference=reference))
    for module in ("sessions", "cdrs"):
        (told,) = answered(await newest.get(f"/cpo/2.3.0/{module}"))
        assert told["authorization_reference"] == "TERMINAL-7"


async def test_contract_ids_are_asked_about_and_stay_here(newest: Peer, world: World) -> None:
    """C-282."""
    contract = replace(a_token("NLRWDC12345678"), type=TokenType.EMAID)
    async with world.store.transaction() as tx:
        await tx.tokens.put(contract)
    path = f"/emsp/2.3.0/tokens/{contract.uid}/authorize"
    assert answered(await newest.post(f"{path}?type=EMAID"))["allowed"] == "ALLOWED"
    answered(await newest.post(path), 2004, 404)
    audience = OcpiAudience(world.store)
    assert await audience.plan(TokenChanged(EMSP, contract.uid, "EMAID")) == ()
    assert len(await audience.plan(TokenChanged(EMSP, "04AABBCC", "RFID"))) == 1


# ---------------------------------------------------------------- commands


@dataclass
class Hasty:
    """A partner's charger whose result is here before the answer to the command."""

    peer: Peer

    async def execute(self, command: Command) -> CommandOutcome | None:
        path = f"/emsp/2.2.1/commands/START_SESSION/{command.id}"
        answered(await self.peer.post(path, {"result": "EVSE_OCCUPIED"}))
        return None


async def test_a_result_may_come_before_the_answer(peer: Peer, world: World) -> None:
    """I-46: the command is kept before it is sent, so there is something to settle."""
    answered(await peer.put(LOCATION, location_document()), http=201)
    commands = Commands(world.store, world.clock, Hasty(peer), random=Random(1))
    command = await commands.request(
        StartRequest(
            asker=Asker(channel=CommandChannel.DRIVER),
            party=THEIR_CPO,
            location_id="LOC1",
            token=a_token("APP", type=TokenType.APP_USER),
            evse_uid="3256",
            connector_id="1",
            id_tag="APP",
        )
    )
    await commands.send(command.id)
    settled = await commands.get(command.id)
    assert settled.state is CommandState.SETTLED
    assert settled.outcome is not None
    assert settled.outcome.result is CommandResult.EVSE_OCCUPIED
