"""Partners' chargers and tokens behind our ports: one call, every kind of answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandResult,
    CommandState,
)
from app.domain.errors import ChargerOffline
from app.domain.hub_clients import ClientStatus, HubClient
from app.domain.identifiers import PartyId
from app.domain.locations import EvsePlace
from app.domain.partners import PartnerRole, Role
from app.domain.tokens import TokenType, Verdict
from app.store.transaction import Store
from app.use_cases.hub_clients import HubClients
from ocpi.gateway import OcpiAuthorizer, OcpiGateway
from tests.support.clock import FakeClock
from tests.support.roaming_objects import (
    AN_OPERATOR,
    EMSP,
    NOON,
    THEIR_CPO,
    THEIR_EMSP,
    a_connector,
    a_foreign_token,
    a_location,
    a_token,
    an_evse,
)
from tests.support.scripted_partner import Say, ScriptedPartner, partner_calls, scripted_partner
from tests.unit.adapters.http_server import SILENCE

OTHER = PartyId("FR", "XYZ")
PLACE = EvsePlace(a_location(), an_evse(), a_connector())


@dataclass
class Desk:
    store: Store
    gateway: OcpiGateway
    authorizer: OcpiAuthorizer
    them: ScriptedPartner
    sealer: FernetSealer
    postponed: list[tuple[str, datetime]] = field(default_factory=list)

    async def register(self, **changes: Any) -> None:
        async with self.store.transaction() as tx:
            await tx.partners.put(self.them.partner(self.sealer, **changes))


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    sealer = FernetSealer(["a secret of the house"])
    postponed: list[tuple[str, datetime]] = []

    async def postpone(command_id: str, until: datetime) -> None:
        postponed.append((command_id, until))

    async with scripted_partner() as them, partner_calls(sealer, timeout_s=0.3) as calls:
        gateway = OcpiGateway(
            store,
            calls,
            FakeClock(),
            public_url="https://hub.example",
            emsp=EMSP,
            postpone=postpone,
            answer_s=0.3,
        )
        authorizer = OcpiAuthorizer(store, calls, timeout_s=0.3)
        made = Desk(store, gateway, authorizer, them, sealer, postponed)
        await made.register()
        async with store.transaction() as tx:
            await tx.operators.put(AN_OPERATOR)
        yield made


def a_command(**changes: Any) -> Command:
    command = Command(
        "cmd-1",
        CommandKind.START,
        CommandChannel.DRIVER,
        CommandState.SENT,
        NOON,
        NOON,
        party=THEIR_CPO,
        remote_party=THEIR_CPO,
        location_id="LOC1",
        evse_uid="3256",
        connector_id="1",
        token=a_token("RWABC", type=TokenType.APP_USER),
    )
    return replace(command, **changes)


def responds(result: str, timeout: int = 30, **more: Any) -> Say:
    return Say({"result": result, "timeout": timeout, **more})


async def test_a_start_is_sent_with_a_way_back(desk: Desk) -> None:
    """C-211, C-214: unique response_url, own token, a reference that comes back."""
    desk.them.answers = lambda _: responds("ACCEPTED", 45)
    assert await desk.gateway.execute(a_command()) is None
    (request,) = desk.them.received
    assert (request.method, request.path) == ("POST", "/receiver/commands/START_SESSION")
    body = request.body
    assert body["response_url"].startswith("https://hub.example/ocpi/")
    assert body["response_url"].endswith("/commands/START_SESSION/cmd-1")
    assert (body["token"]["uid"], body["token"]["type"]) == ("RWABC", "APP_USER")
    assert body["authorization_reference"] == "cmd-1"
    assert request.headers["ocpi-from-party-id"] == "RWD"
    assert request.headers["ocpi-to-party-id"] == "TNC"
    assert desk.postponed == [("cmd-1", NOON + timedelta(seconds=45))]


async def test_stop_and_unlock(desk: Desk) -> None:
    desk.them.answers = lambda _: responds("ACCEPTED")
    stop = a_command(kind=CommandKind.STOP, session_id="S-1", token=None)
    assert await desk.gateway.execute(stop) is None
    assert await desk.gateway.execute(a_command(kind=CommandKind.UNLOCK)) is None
    first, second = desk.them.received
    assert (first.path, first.body["session_id"]) == ("/receiver/commands/STOP_SESSION", "S-1")
    assert second.body["connector_id"] == "1"


@pytest.mark.parametrize(
    ("say", "result"),
    [
        (responds("REJECTED", message=[{"language": "en", "text": "no"}]), "REJECTED"),
        (responds("NOT_SUPPORTED"), "NOT_SUPPORTED"),
        (responds("UNKNOWN_SESSION"), "UNKNOWN_SESSION"),
        (Say([{"result": "REJECTED", "timeout": 1}]), "REJECTED"),
        (Say(code=2003), "REJECTED"),
        (Say(http=404, raw=b""), "REJECTED"),
        (Say(http=500, raw=b""), "REJECTED"),
        (Say({"result": "PERHAPS", "timeout": 1}), "TIMEOUT"),
        (Say(None), "TIMEOUT"),
        (SILENCE, "TIMEOUT"),
    ],
)
async def test_every_answer_is_an_outcome(desk: Desk, say: Any, result: str) -> None:
    """I-49: any refusal is one; what may have been taken is not known."""
    desk.them.answers = lambda _: say
    outcome = await desk.gateway.execute(a_command())
    assert outcome is not None
    assert outcome.result is CommandResult(result)
    assert len(desk.them.received) == 1


async def test_nobody_to_ask_is_offline(desk: Desk) -> None:
    """ChargerOffline: certainly not sent."""
    with pytest.raises(ChargerOffline):
        await desk.gateway.execute(a_command(remote_party=OTHER))
    with pytest.raises(ChargerOffline):
        await desk.gateway.execute(a_command(remote_party=None))
    await desk.register(endpoints=())
    with pytest.raises(ChargerOffline):
        await desk.gateway.execute(a_command())
    partner = desk.them.partner(desk.sealer)
    away = tuple(replace(e, url="http://127.0.0.1:1/x") for e in partner.endpoints)
    await desk.register(endpoints=away)
    with pytest.raises(ChargerOffline):
        await desk.gateway.execute(a_command())
    reset = await desk.gateway.execute(a_command(kind=CommandKind.RESET))
    assert reset is not None
    assert reset.result is CommandResult.NOT_SUPPORTED


def knows(uid: str = "DEADBEEF", allowed: str = "ALLOWED", **changes: Any) -> Say:
    token = {
        "country_code": "DE",
        "party_id": "TNM",
        "uid": uid,
        "type": "RFID",
        "contract_id": "DE-TNM-C1",
        "issuer": "Them",
        "valid": True,
        "whitelist": "ALLOWED",
        "last_updated": "2026-05-04T10:00:00Z",
    }
    info = {"allowed": allowed, "token": token, "authorization_reference": "AUTH-7"}
    return Say({**info, **changes})


async def test_the_issuer_of_a_known_token_is_asked(desk: Desk) -> None:
    """C-195: with the place; the reference is kept."""
    desk.them.answers = lambda _: knows()
    answer = await desk.authorizer.authorize("DEADBEEF", a_foreign_token(), PLACE)
    assert answer is not None
    assert (answer.verdict, answer.reference) == (Verdict.ALLOWED, "AUTH-7")
    (request,) = desk.them.received
    assert request.path == "/sender/tokens/DEADBEEF/authorize?type=RFID"
    assert request.body == {"location_id": "L1", "evse_uids": ["E1"]}
    assert request.headers["ocpi-to-party-id"] == "TNM"
    assert await desk.authorizer.authorize("X", a_token(party=OTHER), None) is None


async def test_everybody_is_asked_about_an_unknown_token(desk: Desk) -> None:
    """C-196, I-31, I-32: in parallel; who allows it wins, then who knows it."""
    async with scripted_partner() as others:
        role = PartnerRole(Role.EMSP, OTHER, "Others")
        second = others.partner(desk.sealer, id="p-2", name="Others", roles=(role,))
        sealed = desk.sealer.seal("other-token", "partner:p-2:client_token")
        async with desk.store.transaction() as tx:
            await tx.partners.put(replace(second, client_token=sealed))
        others.answers = lambda _: Say(http=404, code=2004)
        desk.them.answers = lambda _: knows(allowed="BLOCKED")
        answer = await desk.authorizer.authorize("DEADBEEF", None, None)
        assert answer is not None
        assert answer.verdict is Verdict.BLOCKED
        assert len(others.received) == len(desk.them.received) == 1
        assert others.received[0].body is None
        assert others.received[0].headers["ocpi-from-party-id"] == "RW1"

        desk.them.answers = lambda _: Say(code=2004)
        answer = await desk.authorizer.authorize("DEADBEEF", None, None)
        assert answer is not None
        assert answer.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "say",
    [
        SILENCE,
        Say(http=500, raw=b""),
        Say("nonsense"),
        knows(token={"uid": "x"}),
        Say({**knows().data, "token": {**knows().data["token"], "party_id": "XXX"}}),
    ],
)
async def test_an_answer_that_cannot_be_used_is_none(desk: Desk, say: Any) -> None:
    """Also one about a token that is not the partner's to judge."""
    desk.them.answers = lambda _: say
    assert await desk.authorizer.authorize("DEADBEEF", a_foreign_token(), PLACE) is None


async def test_the_parameter_has_the_versions_name(desk: Desk) -> None:
    """C-197; 2.1.1 does not repeat the token."""
    await desk.register(version="2.1.1", raw_token=True)
    desk.them.answers = lambda _: Say({"allowed": "ALLOWED"})
    answer = await desk.authorizer.authorize("DEADBEEF", a_foreign_token(), None)
    assert answer is not None
    assert answer.token is not None
    assert answer.token.party == THEIR_EMSP
    assert desk.them.received[0].path.endswith("/authorize?token_type=RFID")


async def test_a_party_behind_a_hub_is_reached_while_it_is_connected(desk: Desk) -> None:
    """C-273, C-043: addressed to the party; the hub passes it on. Its own platform comes first."""
    await desk.register(roles=(PartnerRole(Role.HUB, PartyId("NL", "HUB"), "A hub"),))
    clients, token = HubClients(desk.store), a_foreign_token()
    desk.them.answers = lambda _: responds("ACCEPTED")
    with pytest.raises(ChargerOffline):
        await desk.gateway.execute(a_command())
    for party, role in ((THEIR_CPO, Role.CPO), (token.party, Role.EMSP)):
        await clients.accept(HubClient("p-1", party, role, ClientStatus.CONNECTED, NOON))
    assert await desk.gateway.execute(a_command()) is None
    assert desk.them.received[-1].headers["ocpi-to-party-id"] == THEIR_CPO.code
    desk.them.answers = lambda _: knows()
    answer = await desk.authorizer.authorize("DEADBEEF", token, None)
    assert answer is not None
    assert answer.allowed
    assert desk.them.received[-1].headers["ocpi-to-party-id"] == token.party.code
    away = NOON + timedelta(minutes=1)
    for party, role in ((THEIR_CPO, Role.CPO), (token.party, Role.EMSP)):
        await clients.accept(HubClient("p-1", party, role, ClientStatus.OFFLINE, away))
    asked = len(desk.them.received)
    with pytest.raises(ChargerOffline):
        await desk.gateway.execute(a_command())
    assert await desk.authorizer.authorize("DEADBEEF", token, None) is None
    assert len(desk.them.received) == asked
