"""Messages between members of different versions, as they leave the hub and come back."""

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import DomainError, InvalidInput
from app.domain.partners import InterfaceRole, Partner
from app.store.transaction import Store
from app.use_cases.hub_aliases import HubAliases
from app.use_cases.hub_index import HubIndex
from app.use_cases.hub_tokens import HubTokens
from ocpi.client.exchange import PartnerCalls
from ocpi.hub.aliases import Aliases
from ocpi.hub.conversion import Conversion
from ocpi.hub.faults import HubTrouble
from ocpi.hub.forward import Forwarding
from ocpi.hub.messages import HubMessage, Leg
from ocpi.hub.recall import Recall
from ocpi.hub.retelling import Retelling
from ocpi.hub.standing_in import Untold
from ocpi.versions.registry import V211, V221, VERSIONS, Kind
from ocpi.wire.access import Caller
from ocpi.wire.calls import Relayed
from ocpi.wire.documents import decode
from ocpi.wire.faults import MethodNotAllowed, NoResource, NotOcpi, fault
from ocpi.wire.headers import Exchange
from tests.support.clock import FakeClock
from tests.support.roaming_documents import (
    evse_document,
    location_document,
    session_document,
    tariff_document,
)
from tests.support.roaming_objects import EMSP, THEIR_CPO, a_partner
from tests.support.scripted_partner import Say, ScriptedPartner

S, R = InterfaceRole.SENDER, InterfaceRole.RECEIVER
TOKEN = {
    "country_code": "NL", "party_id": "RWD", "uid": "04AABBCC", "type": "APP_USER",
    "contract_id": "NL-RWD-C12345678-X", "issuer": "Us", "valid": True, "whitelist": "NEVER",
    "last_updated": "2026-05-04T10:00:00Z", "x_own": {"n": Decimal("1.50")},
}  # fmt: skip
START = {"response_url": "https://hub.example/1", "token": TOKEN, "location_id": "LOC1"}
TOKEN_211 = {
    "uid": "04AABBCC", "type": "OTHER", "auth_id": "NL-RWD-C12345678-X", "issuer": "Us",
    "valid": True, "whitelist": "NEVER", "last_updated": "2026-05-04T10:00:00Z",
}  # fmt: skip


@dataclass
class Crossing:
    """Sends messages of the eMSP to the scripted CPO, or the other way round."""

    forwarding: Forwarding
    tokens: HubTokens
    them: ScriptedPartner
    partner: Partner

    async def send(
        self, source: str, target: str, place: str, body: Any = None, **more: Any
    ) -> Relayed:
        """`place` is such as `PUT receiver/tokens/…?type=RFID`."""
        method, _, address = place.partition(" ")
        path, _, query = address.partition("?")
        side, module, *rest = path.split("/")
        ours = a_partner(id="p-0", version=source, endpoints=self.partner.endpoints)
        version = VERSIONS[source]
        caller = Caller(more.get("caller", ours), "t", invited=False)
        exchange = Exchange("req", "corr", caller, version)
        content = body if isinstance(body, bytes) else b"" if body is None else text(body)
        message = HubMessage(
            exchange=exchange, module=module, role=InterfaceRole[side.upper()], method=method,
            rest="/".join(rest), query=query, body=content,
        )  # fmt: skip
        ends = (THEIR_CPO, EMSP) if more.get("from_cpo") else (EMSP, THEIR_CPO)
        partner = replace(self.partner, version=target)
        leg = Leg(came=message, message=message, sender=ends[0], receiver=ends[1], partner=partner)
        return await self.forwarding.send(leg)

    def answers(self, data: Any, **more: Any) -> None:
        self.them.answers = lambda _: Say(data, **more)

    @property
    def got(self) -> Any:
        return self.them.received[-1].body

    @property
    def path(self) -> str:
        return self.them.received[-1].path


def text(document: Any) -> bytes:
    return json.dumps(document, default=float).encode()


def data_of(answer: Relayed) -> Any:
    return decode(answer.body)["data"]


@pytest.fixture
def crossing(  # noqa: PLR0917 - fixtures
    store: Store,
    clock: FakeClock,
    them: ScriptedPartner,
    calls: PartnerCalls,
    sealer: FernetSealer,
) -> Crossing:
    tokens = HubTokens(store, clock)
    aliases = Aliases(HubAliases(store), HubIndex(store, clock))
    recall = Recall(tokens, calls, clock)
    step = Conversion(recall, Retelling(recall, aliases), clock)
    return Crossing(Forwarding(calls, [step]), tokens, them, them.partner(sealer))


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
async def test_between_members_of_one_version_nothing_is_touched(
    crossing: Crossing, version: str
) -> None:
    """C-236, C-253."""
    said = b'{"data" : [ {"odd": 1.50} ],"status_code":1000, "timestamp":"2026-05-04T12:00:00Z"}'
    crossing.them.answers = lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (
        len(said), said,
    )  # fmt: skip
    answer = await crossing.send(version, version, "GET sender/tokens?token_type=A%20B&x")
    assert answer.body == said
    assert crossing.path.endswith("/tokens?token_type=A%20B&x")


async def test_a_price_crosses_to_230_and_back(crossing: Crossing) -> None:
    """C-261."""
    place = "PUT receiver/sessions/DE/TNC/101"
    await crossing.send("2.2.1", "2.3.0", place, session_document(x_own=1), from_cpo=True)
    assert crossing.got["total_cost"]["before_taxes"] == 4
    assert crossing.got["x_own"] == 1
    crossing.answers([tariff_document(tax_included="NO"), tariff_document("13")])
    answer = await crossing.send("2.2.1", "2.3.0", "GET sender/tariffs")
    assert [tariff["id"] for tariff in data_of(answer)] == ["12", "13"]
    assert "tax_included" not in data_of(answer)[0]


async def test_a_token_for_an_older_cpo(crossing: Crossing) -> None:
    """C-262: its receiver interface knows no types, and no fields that came later."""
    place = "PUT receiver/tokens/NL/RWD/04AABBCC?type=APP_USER"
    await crossing.send("2.2.1", "2.1.1", place, {**TOKEN, "group_id": "G"})
    assert crossing.got["auth_id"] == TOKEN["contract_id"]
    assert crossing.got["type"] == "OTHER"
    assert crossing.got["x_own"] == {"n": Decimal("1.5")}
    assert not {"group_id", "contract_id", "country_code", "party_id"} & crossing.got.keys()
    assert crossing.path.endswith("/tokens/NL/RWD/04AABBCC")


async def test_a_token_of_an_older_emsp(crossing: Crossing) -> None:
    """C-262, C-191: the owner is that of the address, and the type goes into it."""
    await crossing.send("2.1.1", "2.2.1", "PUT receiver/tokens/NL/RWD/04AABBCC", TOKEN_211)
    assert crossing.got["contract_id"] == TOKEN["contract_id"]
    assert (crossing.got["country_code"], crossing.got["party_id"]) == ("NL", "RWD")
    assert crossing.path.endswith("/04AABBCC?type=OTHER")
    patch = {"valid": False}
    await crossing.send("2.1.1", "2.2.1", "PATCH receiver/tokens/NL/RWD/04AABBCC", patch)
    assert crossing.got.keys() == {"valid", "last_updated"}
    assert crossing.path.endswith("/04AABBCC?type=OTHER")


async def test_authorizing_at_an_older_emsp(crossing: Crossing) -> None:
    """C-197: the parameter is named after the version; the token it does not repeat is known."""
    crossing.answers({"allowed": "ALLOWED"})
    place = "POST sender/tokens/04AABBCC/authorize?type=APP_USER"
    body = {"location_id": "LOC1"}
    answer = await crossing.send("2.2.1", "2.1.1", place, body, from_cpo=True)
    assert crossing.path.endswith("/authorize?token_type=OTHER")
    told = data_of(answer)["token"]
    assert (told["party_id"], told["uid"], told["whitelist"]) == ("RWD", "04AABBCC", "NEVER")
    await crossing.send("2.1.1", "2.2.1", "PUT receiver/tokens/NL/RWD/04AABBCC", TOKEN_211)
    crossing.answers({"allowed": "ALLOWED"})
    known = "POST sender/tokens/04AABBCC/authorize"
    answer = await crossing.send("2.2.1", "2.1.1", known, from_cpo=True)
    assert data_of(answer)["token"]["contract_id"] == TOKEN["contract_id"]
    assert crossing.got is None


async def test_an_unknown_token_at_a_newer_emsp(crossing: Crossing) -> None:
    """2.1.1 has no code of its own for that."""
    crossing.answers(None, code=2004, http=404)
    place = "POST sender/tokens/X/authorize?token_type=RFID"
    answer = await crossing.send("2.1.1", "2.2.1", place, from_cpo=True)
    assert (answer.http, answer.status_code) == (404, 2000)
    assert decode(answer.body)["status_code"] == 2000
    assert crossing.path.endswith("/authorize?type=RFID")


async def test_a_start_and_the_session_that_comes_of_it(crossing: Crossing) -> None:
    """C-262: the older CPO names the contract, the eMSP hears its own token again."""
    crossing.answers({"result": "ACCEPTED"})
    body = {**START, "connector_id": "1", "authorization_reference": "A1"}
    answer = await crossing.send("2.2.1", "2.1.1", "POST receiver/commands/START_SESSION", body)
    assert data_of(answer) == {"timeout": 30, "result": "ACCEPTED"}
    assert crossing.got.keys() == START.keys()
    assert crossing.got["token"]["auth_id"] == TOKEN["contract_id"]
    plug = {"id": "1", "standard": "IEC_62196_T2", "voltage": 230, "amperage": 16}
    session = {
        "id": "101", "start_datetime": "2026-05-04T12:10:00Z", "kwh": 1, "currency": "EUR",
        "auth_id": TOKEN["contract_id"], "auth_method": "AUTH_REQUEST", "status": "ACTIVE",
        "location": {"id": "LOC1", "evses": [{"uid": "3256", "connectors": [plug]}]},
        "last_updated": "2026-05-04T10:00:00Z",
    }  # fmt: skip
    place = "PUT receiver/sessions/DE/TNC/101"
    await crossing.send("2.1.1", "2.2.1", place, session, from_cpo=True)
    assert crossing.got["cdr_token"] == {
        "country_code": "NL", "party_id": "RWD", "uid": "04AABBCC", "type": "APP_USER",
        "contract_id": TOKEN["contract_id"],
    }  # fmt: skip
    assert (crossing.got["location_id"], crossing.got["evse_uid"]) == ("LOC1", "3256")
    assert (crossing.got["country_code"], crossing.got["party_id"]) == ("DE", "TNC")
    assert crossing.got["authorization_reference"] == "A1"
    later = {**session, "id": "102", "start_datetime": "2026-05-04T12:20:00Z"}
    await crossing.send("2.1.1", "2.2.1", place, later, from_cpo=True)
    assert "authorization_reference" not in crossing.got
    bill = {
        "id": "9", "start_date_time": session["start_datetime"], "auth_method": "AUTH_REQUEST",
        "stop_date_time": "2026-05-04T13:00:00Z", "auth_id": session["auth_id"],
        "currency": "EUR", "location": session["location"], "total_cost": 1, "total_energy": 1,
        "total_time": 1, "charging_periods": [], "last_updated": "2026-05-04T13:00:00Z",
    }  # fmt: skip
    await crossing.send("2.1.1", "2.3.0", "POST receiver/cdrs", bill, from_cpo=True)
    assert crossing.got["authorization_reference"] == "A1"


async def test_a_session_for_an_older_emsp_takes_its_location_along(
    crossing: Crossing, sealer: FernetSealer
) -> None:
    """C-262: what never passed here is asked of the CPO."""
    cpo = crossing.them.partner(sealer, version="2.2.1")
    place = "PUT receiver/sessions/DE/TNC/101"

    def answers(request: Any) -> Say:
        asked = "/sender/locations/" in request.path
        return Say(location_document() if asked else None)

    crossing.them.answers = answers
    body = session_document()
    await crossing.send("2.2.1", "2.1.1", place, body, from_cpo=True, caller=cpo)
    evse = crossing.got["location"]["evses"][0]
    assert (evse["uid"], evse["connectors"][0]["voltage"]) == ("3256", 400)
    assert crossing.got["auth_id"] == "NL-RWD-C12345678-X"
    assert crossing.got["total_cost"] == 4
    asked = len(crossing.them.received)
    await crossing.send("2.2.1", "2.1.1", place, body, from_cpo=True, caller=cpo)
    assert len(crossing.them.received) == asked + 1
    patch = {"kwh": 50, "last_updated": "2026-05-04T11:00:00Z"}
    there = place.replace("PUT", "PATCH")
    await crossing.send("2.2.1", "2.1.1", there, patch, from_cpo=True, caller=cpo)
    assert crossing.got == patch


async def test_a_session_whose_location_nobody_tells_is_not_sent(
    crossing: Crossing, sealer: FernetSealer
) -> None:
    cpo = crossing.them.partner(sealer, version="2.2.1")
    crossing.answers(None, code=2003, http=404)
    place, body = "PUT receiver/sessions/DE/TNC/101", session_document()
    with pytest.raises(Untold) as refused:
        await crossing.send("2.2.1", "2.1.1", place, body, from_cpo=True, caller=cpo)
    assert fault(refused.value).status_code == 2001
    assert crossing.them.asked == [("GET", "/sender/locations/LOC1")]


REFUSED: list[tuple[str, str, str, Any, type[DomainError]]] = [
    ("2.2.1", "2.1.1", "PUT receiver/locations/DE/TNC/L", location_document("L", publish=False),
     Untold),
    ("2.2.1", "2.1.1", "PUT receiver/tariffs/DE/TNC/T", tariff_document("T", type="PROFILE_FAST"),
     Untold),
    ("2.3.0", "2.2.1", "PATCH receiver/locations/DE/TNC/L/E/1", {"standard": "MCS"}, Untold),
    ("2.1.1", "2.2.1", "PATCH receiver/tariffs/DE/TNC/T", {"currency": "EUR"}, MethodNotAllowed),
    ("2.2.1", "2.1.1", "PUT sender/sessions/101/charging_preferences", {"profile_type": "FAST"},
     NoResource),
    ("2.2.1", "2.3.0", "PUT receiver/tokens/NL/RWD/1", b"{", NotOcpi),
    ("2.2.1", "2.3.0", "PUT receiver/tokens/NL/RWD/1", [1], InvalidInput),
    ("2.2.1", "2.3.0", "PUT receiver/tokens/NL/RWD/1", {**TOKEN, "type": "MAGIC"}, InvalidInput),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: str(case[2]))
async def test_what_cannot_be_said_is_refused_and_not_sent(
    crossing: Crossing, case: tuple[str, str, str, Any, type[DomainError]]
) -> None:
    source, target, place, body, error = case
    with pytest.raises(error):
        await crossing.send(source, target, place, body)
    assert crossing.them.received == []


@pytest.mark.parametrize(
    "place",
    [
        "POST receiver/commands/CANCEL_RESERVATION",
        "POST receiver/commands/DANCE",
        "GET receiver/chargingprofiles/101?duration=60&response_url=x",
    ],
)
async def test_the_hub_says_not_supported_for_an_older_cpo(crossing: Crossing, place: str) -> None:
    answer = await crossing.send("2.2.1", "2.1.1", place, {"reservation_id": "1"})
    assert data_of(answer) == {"result": "NOT_SUPPORTED", "timeout": 0}
    assert answer.by == THEIR_CPO
    assert crossing.them.received == []


async def test_profiles_of_211_have_no_results(crossing: Crossing) -> None:
    with pytest.raises(NoResource):
        await crossing.send("2.2.1", "2.1.1", "PUT sender/chargingprofiles/101", {})


async def test_a_reservation_gets_a_number_where_ids_are_numbers(crossing: Crossing) -> None:
    place = "POST receiver/commands/RESERVE_NOW"
    body = {**START, "expiry_date": "2026-05-04T12:00:00Z", "reservation_id": "R-1"}
    numbers = []
    for reservation_id in ("R-1", "R-1", "R-2", "77"):
        crossing.answers({"result": "ACCEPTED"})
        await crossing.send("2.2.1", "2.1.1", place, {**body, "reservation_id": reservation_id})
        numbers.append(crossing.got["reservation_id"])
    assert numbers[0] == numbers[1] != numbers[2]
    assert all(2**30 <= number < 2**31 for number in numbers[:3])
    assert numbers[3] == 77


async def test_results_cross_both_ways(crossing: Crossing) -> None:
    place = "POST sender/commands/START_SESSION"
    await crossing.send("2.1.1", "2.2.1", place, {"result": "UNKNOWN_SESSION"}, from_cpo=True)
    assert crossing.got == {"result": "FAILED"}
    result = {"result": "EVSE_OCCUPIED", "message": [{"language": "en", "text": "x"}]}
    await crossing.send("2.2.1", "2.1.1", place, result, from_cpo=True)
    assert crossing.got == {"result": "REJECTED"}


async def test_a_list_leaves_out_what_the_reader_cannot_hear(crossing: Crossing) -> None:
    hidden = location_document("L2", publish=False)
    crossing.answers([location_document("L1"), hidden, {"id": "L3"}, "no object"])
    answer = await crossing.send("2.1.1", "2.2.1", "GET sender/locations?limit=3")
    kept = data_of(answer)
    assert [each["id"] for each in kept][:1] == ["L1"]
    assert "L2" not in {each["id"] for each in kept}
    assert kept[0]["evses"][0]["connectors"][0]["voltage"] == 400
    crossing.answers(hidden)
    with pytest.raises(NoResource):
        await crossing.send("2.1.1", "2.2.1", "GET sender/locations/L2")


async def test_an_older_list_gets_its_owner_from_the_connection(crossing: Crossing) -> None:
    """C-262."""
    crossing.answers([V211.lower(Kind.TARIFF, V221.lift(Kind.TARIFF, tariff_document()))])
    answer = await crossing.send("2.3.0", "2.1.1", "GET sender/tariffs")
    assert data_of(answer)[0]["party_id"] == "TNC"
    assert data_of(answer)[0]["tax_included"] == "NO"


async def test_an_evse_patch_keeps_to_its_fields(crossing: Crossing) -> None:
    place = "PATCH receiver/locations/DE/TNC/LOC1/3256"
    patch = {"status": "CHARGING", "last_updated": "2026-05-04T11:00:00Z"}
    for source, target in (("2.1.1", "2.3.0"), ("2.3.0", "2.1.1"), ("2.2.1", "2.1.1")):
        await crossing.send(source, target, place, patch, from_cpo=True)
        assert crossing.got == patch


async def test_a_wrong_answer_is_the_hubs_trouble(crossing: Crossing) -> None:
    crossing.answers({"id": "1", "evses": [evse_document()]})
    with pytest.raises(HubTrouble):
        await crossing.send("2.2.1", "2.1.1", "GET sender/locations/1")
    crossing.answers("nothing")
    with pytest.raises(HubTrouble):
        await crossing.send("2.2.1", "2.3.0", "GET sender/locations/1")


async def test_answers_that_are_no_data_pass(crossing: Crossing) -> None:
    crossing.answers(None, code=2003, http=404)
    answer = await crossing.send("2.2.1", "2.3.0", "GET sender/locations/1")
    assert (answer.http, answer.status_code) == (404, 2003)
    crossing.answers(None, code=4001)
    answer = await crossing.send("2.1.1", "2.2.1", "GET sender/locations/1")
    assert answer.status_code == 3000


async def test_what_is_lost_is_told_once_for_each_message_and_without_values(
    crossing: Crossing, caplog: pytest.LogCaptureFixture
) -> None:
    """C-262: the fields and how much was left out, nothing of what they say."""
    caplog.set_level("INFO", "ocpi.hub")
    rich = [location_document(f"L{n}", state="Geheim", help_phone="+49 1") for n in range(3)]
    crossing.answers([*rich, location_document("L9", publish=False), "no object"])
    answer = await crossing.send("2.1.1", "2.2.1", "GET sender/locations")
    assert len(data_of(answer)) == 3
    told = [record for record in caplog.records if record.name == "ocpi.hub.conversion"]
    assert [record.message for record in told] == ["hub.lost", "hub.left_out"]
    assert "state" in vars(told[0])["lost"]
    assert vars(told[1])["count"] == 2
    assert not any("Geheim" in str(vars(record)) for record in told)
