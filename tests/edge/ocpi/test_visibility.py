"""Partners see only what they may see: in every list, object, total and error, in every version.

Two partners and two operators. Whatever one partner asks for that is the other's (or hidden, or of
the operator it did not address) is answered as if it did not exist, and nothing of it changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from httpx import Response

from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, Role
from app.domain.stations import Station
from ocpi.versions.registry import V221, VERSIONS, Kind, OcpiVersion, Surroundings
from tests.conformance.mounts import Mounted, mounted
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.rare_documents import (
    booking_document,
    calendar_document,
    confirmation_document,
    place_document,
    record_document,
    terminal_document,
)
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
    AN_OPERATOR,
    CPO,
    EARLIER,
    EMSP,
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
SECOND = PartyId("NL", "RW2")
TO_SECOND = {"OCPI-to-country-code": "NL", "OCPI-to-party-id": "RW2"}
OTHER_ROLES = (
    PartnerRole(Role.EMSP, PartyId("FR", "XYZ"), "Other Drivers"),
    PartnerRole(Role.CPO, PartyId("FR", "XYC"), "Other Chargers"),
)
MISSING = "NOPE"
NOT_FOUND = 404
CREATED = (200, 201)

THEIRS: Mapping[str, Mapping[str, str]] = {
    "locations RECEIVER": {
        "location": "SECRET-LOC",
        "evse": "SECRET-EVSE",
        "connector": "SECRET-PLUG",
    },
    "sessions RECEIVER": {"session": "SECRET-SESSION"},
    "cdrs RECEIVER": {"cdr": "SECRET-CDR"},
    "tariffs RECEIVER": {"tariff": "SECRET-TARIFF"},
    "tokens RECEIVER": {"country": "DE", "party": "TNM", "token": "SECRET-CARD"},
    "locations SENDER": {"location": "SECRET-SITE", "evse": "E1", "connector": "1"},
    "sessions SENDER": {"session": "secret-charge"},
    "tariffs SENDER": {"tariff": "SECRET-TARIFF"},
    "tokens SENDER": {"token": "SECRET-CARD"},
    "commands SENDER": {"command": "START_SESSION", "id": "secret-command"},
    "chargingprofiles RECEIVER": {"session": "secret-charge"},
    "chargingprofiles SENDER": {"session": "SECRET-SESSION", "id": "secret-command"},
    "hubclientinfo RECEIVER": {"country": "NL", "party": "ALL"},
    "invoicereconciliation RECEIVER": {"record": "SECRET-RECORD"},
    "payments SENDER": {"id": "SECRET-TERMINAL"},
    "payments RECEIVER": {"id": "SECRET-CAPTURE"},
    "bookings SENDER": {"place": "NOPE", "calendar": "NOPE", "booking": "SECRET-BOOKING"},
    "bookings RECEIVER": {
        "place": "SECRET-PLACE",
        "calendar": "CAL1",
        "booking": "SECRET-BOOKING",
    },
}
"""What the first partner owns or is told, by the names of the addresses' parts."""

OWNER = {"country": "DE", "party": "TNC"}
SAME = {"country", "party", "command"}
"""Parts that both addresses have in common: whose, and what kind."""


@dataclass(frozen=True)
class Question:
    """What the second partner asks, of a thing of the first one and of one that there is not."""

    method: str
    path: str
    missing: str
    body: Json | None = None
    missing_body: Json | None = None


@dataclass(frozen=True)
class Stage:
    """Two partners of the same version."""

    version: OcpiVersion
    first: Peer
    second: Peer
    world: World

    def say(self, kind: Kind, document: Json) -> Json:
        """A 2.2.1 document in this version."""
        place = V221.lift(Kind.LOCATION, location_document("SECRET-LOC"))
        around = Surroundings(location=place)
        return self.version.lower(kind, V221.lift(kind, document, around), around)


@pytest.fixture(params=list(VERSIONS))
async def stage(request: pytest.FixtureRequest, peer: Peer, world: World) -> Stage:
    """Each partner has something of everything, and so has each operator."""
    version = VERSIONS[request.param]
    await world.put_partner(a_partner(version=version.number), peer.token)
    second = a_partner(id="p-3", name="Other", roles=OTHER_ROLES, version=version.number)
    await world.put_partner(second, "other-token")
    stage = Stage(version, peer, replace(peer, token="other-token"), world)
    await _furnish(world)
    for path, kind, document in _pushed():
        full = f"/{path.replace('{version}', version.number)}"
        answered(await peer.put(full, stage.say(kind, document)), http=201)
    for method, address, body, needs in _rare():
        if needs in version.modules:
            path = f"/{address.replace('{version}', version.number)}"
            assert (await peer.call(method, path, body)).status_code in CREATED, path
    bill = stage.say(Kind.CDR, _cdr())
    answered(await peer.post(f"/emsp/{version.number}/cdrs", bill), http=201)
    return stage


async def _furnish(world: World) -> None:
    waiting = Command(
        "secret-command", CommandKind.START, CommandChannel.DRIVER, CommandState.SENT, NOON, NOON,
        party=THEIR_CPO, remote_party=THEIR_CPO,
    )  # fmt: skip
    site = a_location("L2", party=SECOND, evses=())
    able = an_evse("E1", capabilities=("CHARGING_PREFERENCES_CAPABLE",))
    async with world.store.transaction() as tx:
        await tx.operators.put(replace(AN_OPERATOR, party=SECOND, created_at=EARLIER))
        await tx.stations.add(Station("ST-1", CPO, "hash", node="here"))
        await tx.locations.put(a_location("L1", evses=(able, an_evse("E2", number=2))))
        await tx.locations.put(a_location("SECRET-SITE", publish=False, evses=()))
        await tx.locations.put(site)
        await tx.tariffs.put(a_tariff("T1"))
        await tx.tariffs.put(a_tariff("T2", party=SECOND))
        await tx.tokens.put(a_token("OUR-CARD"))
        await tx.sessions.put(a_session("secret-charge", authorization_reference="SECRET-REF"))
        await tx.cdrs.add(a_cdr("secret-bill", authorization_reference="SECRET-REF"))
        await tx.commands.add(waiting)


def _pushed() -> Iterator[tuple[str, Kind, Json]]:
    yield "emsp/{version}/locations/DE/TNC/SECRET-LOC", Kind.LOCATION, _location()
    yield (
        "emsp/{version}/tariffs/DE/TNC/SECRET-TARIFF",
        Kind.TARIFF,
        tariff_document("SECRET-TARIFF"),
    )
    yield "emsp/{version}/sessions/DE/TNC/SECRET-SESSION", Kind.SESSION, _session()
    yield "cpo/{version}/tokens/DE/TNM/SECRET-CARD", Kind.TOKEN, token_document("SECRET-CARD")


def _rare() -> Iterator[tuple[str, str, Json, str]]:
    """Of modules that not every version has: how, where, what, and the module."""
    emsp, cpo = "emsp/{version}", "cpo/{version}"
    payments, captures = f"{cpo}/payments", "financial-advice-confirmations"
    places = f"{emsp}/bookings/DE/TNC/booking_locations"
    records = f"{emsp}/invoicereconciliation"
    profiles = f"{emsp}/chargingprofiles"
    terminal = terminal_document(terminal_id="SECRET-TERMINAL")
    yield "PUT", f"{profiles}/SECRET-SESSION", ACTIVE, "chargingprofiles"
    yield "POST", records, record_document(id="SECRET-RECORD"), "invoicereconciliation"
    yield "POST", f"{emsp}/payments/terminals/activate", terminal, "payments"
    for what in (terminal, terminal_document(terminal_id="SECRET-CAPTURE")):
        yield "POST", f"{payments}/terminals", what, "payments"
    yield "POST", f"{payments}/{captures}", confirmation_document(id="SECRET-CAPTURE"), "payments"
    yield "PUT", f"{places}/SECRET-PLACE", place_document(id="SECRET-PLACE"), "bookings"
    booking = booking_document(id="SECRET-BOOKING")
    yield "PUT", f"{emsp}/bookings/DE/TNC/SECRET-BOOKING", booking, "bookings"


def _location(location: str = "SECRET-LOC", evse: str = "SECRET-EVSE") -> Json:
    return location_document(location, evses=[evse_document(evse, connectors=[_connector()])])


def _connector(connector: str = "SECRET-PLUG", **changes: Any) -> Json:
    return connector_document(id=connector, **changes)


def _session(session: str = "SECRET-SESSION") -> Json:
    return session_document(session, location_id="SECRET-LOC", evse_uid="SECRET-EVSE")


def _cdr(cdr: str = "SECRET-CDR") -> Json:
    return cdr_document(cdr, session_id="SECRET-SESSION")


# ---------------------------------------------------------------- what may be asked


def _question(row: Mounted, stage: Stage) -> Question:
    """The request on the other's object, and the same on one that does not exist."""
    method, _, address = row.request.partition(" ")
    path = address.removeprefix("/ocpi").replace("{version}", stage.version.number)
    path += QUERIES.get(row.module, "") if method in {"GET", "DELETE"} else ""
    if "{" not in path:
        names = {"cdr": "SECRET-CDR", "record": "SECRET-RECORD"}
        body = {"GET": None, "POST": _body_of(row, stage, names)}.get(method)
        return Question(method, path, path, body, body)
    theirs = {**OWNER, **THEIRS[f"{row.module} {row.interface}"]}
    missing = {name: value if name in SAME else MISSING for name, value in theirs.items()}
    return Question(
        method, path.format(**theirs), path.format(**missing),
        _body_of(row, stage, theirs), _body_of(row, stage, missing),
    )  # fmt: skip


def _body_of(row: Mounted, stage: Stage, names: Mapping[str, str]) -> Json | None:
    method = row.request.split(" ", maxsplit=1)[0]
    if method in {"GET", "DELETE"}:
        return None
    if method == "PATCH":
        return {"last_updated": LATER, **_CHANGES[row.module]}
    if row.module == "chargingprofiles" and method == "PUT":
        ask = {"charging_profile": _PROFILE, "response_url": "https://other.example/result"}
        return ACTIVE if row.interface == "SENDER" else ask
    if row.module == "hubclientinfo":
        return {"party_id": "ALL", "country_code": "NL", "role": "CPO", "status": "CONNECTED",
                "last_updated": LATER}  # fmt: skip
    if row.module == "payments" and method == "PUT":
        return terminal_document(terminal_id=names["id"])
    last = row.request.rsplit("/", 1)[-1].strip("{}")
    kind, document = _DOCUMENTS[last](names)
    return stage.say(kind, document) if kind else document


QUERIES = {
    "chargingprofiles": "?duration=900&response_url=https%3A%2F%2Fother.example%2Fresult",
}
_PROFILE: Json = {
    "charging_rate_unit": "W",
    "start_date_time": "2026-05-04T12:00:00Z",
    "charging_profile_period": [{"start_period": 0, "limit": 4000}],
}
ACTIVE = {"start_date_time": "2026-05-04T12:00:00Z", "charging_profile": _PROFILE}
_CHANGES: Mapping[str, Json] = {
    "payments": {"city": "Taken"},
    "bookings": {"last_updated": "2027-01-01T00:00:00Z"},
    "locations": {"name": "Taken"},
    "sessions": {"kwh": 99},
    "tariffs": {"currency": "XXX"},
    "tokens": {"valid": False},
}
_DOCUMENTS: Mapping[str, Any] = {
    "location": lambda n: (Kind.LOCATION, _location(n["location"])),
    "evse": lambda n: (Kind.EVSE, evse_document(n["evse"], last_updated=LATER)),
    "connector": lambda n: (Kind.CONNECTOR, _connector(n["connector"], last_updated=LATER)),
    "session": lambda n: (Kind.SESSION, _session(n["session"])),
    "cdrs": lambda n: (Kind.CDR, _cdr(n["cdr"])),
    "tariff": lambda n: (Kind.TARIFF, tariff_document(n["tariff"], last_updated=LATER)),
    "token": lambda n: (Kind.TOKEN, token_document(n["token"], last_updated=LATER)),
    "authorize": lambda _: (None, None),
    "id": lambda _: (None, {"result": "ACCEPTED"}),
    "deactivate": lambda _: (None, None),
    "invoicereconciliation": lambda n: (None, record_document(id=n["record"])),
    "record": lambda n: (None, record_document(id=n["record"])),
    "place": lambda n: (None, place_document(id=n["place"])),
    "calendar": lambda n: (None, calendar_document(id=n["calendar"])),
    "booking": lambda n: (None, booking_document(id=n["booking"])),
    "charging_preferences": lambda _: (None, {"profile_type": "GREEN"}),
}


def _normal(answer: Response) -> tuple[int, str | None, str]:
    """An answer without the ids of the question."""
    text = answer.text
    for names in THEIRS.values():
        for name, value in names.items():
            text = text if name in SAME else text.replace(value, "?").replace(value.lower(), "?")
    text = text.replace(MISSING, "?").replace(MISSING.lower(), "?")
    return answer.status_code, answer.headers.get("x-total-count"), text


ELSEWHERE = {"bookings", "chargingprofiles", "hubclientinfo", "invoicereconciliation", "payments"}
"""Modules whose own tests ask for what is another's."""


def _rows(stage: Stage) -> list[Mounted]:
    number = stage.version.number
    rows = [r for r in mounted() if r.interface and number in r.versions]
    return [row for row in rows if row.module not in ELSEWHERE]


ADDS_OWN = ("payments ", "bookings SENDER")
"""What one posts here is one's own, whatever others have under the same name."""

IN_THE_BODY = {"commands RECEIVER"}
"""What is asked for stands in the body: see the tests of these modules."""


def _asks_for_others(stage: Stage, row: Mounted) -> bool:
    """2.1.1 bills name no owner: what one posts is one's own."""
    is_bill = row.key.startswith("cdrs RECEIVER POST")
    own = is_bill and not stage.version.owner_in_body
    adds_own = row.key.startswith(ADDS_OWN) and " POST " in row.key and "{id}" not in row.key
    return f"{row.module} {row.interface}" not in IN_THE_BODY and not own and not adds_own


async def test_the_others_things_do_not_exist(stage: Stage) -> None:
    """C-105, C-117, C-144, C-170, C-258, C-283: over every mounted route."""
    before = await _everything(stage, stage.first)
    wrong = []
    for row in filter(lambda row: _asks_for_others(stage, row), _rows(stage)):
        asked = _question(row, stage)
        answer = await stage.second.call(asked.method, asked.path, asked.body)
        unknown = await stage.second.call(asked.method, asked.missing, asked.missing_body)
        if _normal(answer) != _normal(unknown):
            wrong.append((row.key, answer.text, unknown.text))
        elif asked.path != asked.missing and not _says_no(answer):
            wrong.append((row.key, answer.status_code, answer.text))
        if "secret" in _without_names(answer, asked).lower():
            wrong.append((row.key, "tells", answer.text))
    assert wrong == []
    assert await _everything(stage, stage.first) == before


def _says_no(answer: Response) -> bool:
    """404, or the word that a module has for a session it does not know (C-218)."""
    return answer.status_code == NOT_FOUND or "UNKNOWN_SESSION" in answer.text


def _without_names(answer: Response, asked: Question) -> str:
    """An answer's text without what the question itself named."""
    text = answer.text
    for part in asked.path.split("/"):
        text = text.replace(part, "?") if part else text
    return text


async def _everything(stage: Stage, peer: Peer) -> dict[str, Any]:
    """All that a partner can read."""
    number, found = stage.version.number, {}
    for row in _rows(stage):
        method, _, address = row.request.partition(" ")
        if method != "GET":
            continue
        names = {**OWNER, **THEIRS.get(f"{row.module} {row.interface}", {})}
        path = address.removeprefix("/ocpi").replace("{version}", number).format(**names)
        path += QUERIES.get(row.module, "")
        answer = await peer.get(path)
        found[path] = (answer.json().get("data"), answer.headers.get("x-total-count"))
    return found


# ---------------------------------------------------------------- lists, totals, operators

SEEN = {
    "locations": ({"L1", "L2"}, {"L1", "L2"}),
    "tariffs": ({"T1", "T2"}, {"T1", "T2"}),
    "sessions": ({"secret-charge"}, set()),
    "cdrs": ({"secret-bill"}, set()),
    "tokens": ({"OUR-CARD"}, {"OUR-CARD"}),
}
"""The ids in each list, for the first partner and for the second."""

OF_THE_SECOND_OPERATOR = {"locations": {"L2"}, "tariffs": {"T2"}, "sessions": set(), "cdrs": set()}


def _listed(answer: Response) -> set[str]:
    ids = [each.get("id") or each["uid"] for each in answered(answer)]
    assert len(ids) == len(set(ids)) == int(answer.headers["x-total-count"])
    return set(ids)


@pytest.mark.parametrize("module", SEEN)
async def test_lists_and_totals(stage: Stage, module: str) -> None:
    """C-105, C-123, C-144, C-170: also of pages, and of pages beyond the end."""
    side = "emsp" if module == "tokens" else "cpo"
    path = f"/{side}/{stage.version.number}/{module}"
    only = {"L1", "T1"} if not stage.version.owner_in_body else None
    for peer, seen in zip((stage.first, stage.second), SEEN[module], strict=True):
        expected = seen & only if only and module in {"locations", "tariffs"} else seen
        assert _listed(await peer.get(path)) == expected
        beyond = await peer.get(f"{path}?offset=50&limit=1")
        assert answered(beyond) == []
        assert beyond.headers["x-total-count"] == str(len(expected))


@pytest.mark.parametrize("module", OF_THE_SECOND_OPERATOR)
async def test_the_addressed_operators_only(stage: Stage, module: str) -> None:
    """C-123: what is another operator's does not exist at this one. 2.1.1 knows one only."""
    if not stage.version.has_routing_headers:
        return
    path = f"/cpo/{stage.version.number}/{module}"
    assert _listed(await stage.first.get(path, **TO_SECOND)) == OF_THE_SECOND_OPERATOR[module]
    singles = {"locations": ("/L1", "/L1/E1", "/L1/E1/1"), "tariffs": ("/T1",)}
    for single in singles.get(module, ()):
        answered(await stage.first.get(path + single))
        other = await stage.first.get(path + single, **TO_SECOND)
        unknown = await stage.first.get(path + single.replace("/L1", "/X").replace("/T1", "/X"),
                                        **TO_SECOND)  # fmt: skip
        assert other.status_code == unknown.status_code == 404
        assert other.json()["status_code"] == unknown.json()["status_code"]


async def test_commands_on_the_others_session(stage: Stage) -> None:
    """C-205, C-283: refused, and nobody hears whose it is; nothing is sent to the charger."""
    ask = {"response_url": "https://other.example/callback", "session_id": "secret-charge"}
    path = f"/cpo/{stage.version.number}/commands/STOP_SESSION"
    answer = await stage.second.post(path, ask)
    assert answered(answer)["result"] == "REJECTED"
    assert "TNM" not in answer.text
    async with stage.world.store.reading() as tx:
        assert await tx.commands.of_party(CPO, limit=9) == []


async def test_a_start_with_the_others_card(stage: Stage) -> None:
    """C-214, C-283: the same as with a card that nobody has."""

    async def start(uid: str) -> Response:
        ask = {
            "response_url": "https://other.example/callback",
            "token": token_document(uid),
            "location_id": "L1",
            "evse_uid": "E1",
        }
        path = f"/cpo/{stage.version.number}/commands/START_SESSION"
        return await stage.second.post(path, stage.say(Kind.START_SESSION, ask))

    theirs, nobodys = await start("SECRET-CARD"), await start(MISSING)
    assert _normal(theirs) == _normal(nobodys)
    async with stage.world.store.reading() as tx:
        commands = await tx.commands.of_party(CPO, limit=9)
    assert [c for c in commands if c.token is not None and c.token.party != EMSP_OF_SECOND] == []


EMSP_OF_SECOND = OTHER_ROLES[0].party
assert EMSP_OF_SECOND != EMSP
