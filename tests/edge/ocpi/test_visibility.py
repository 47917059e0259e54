"""Partners see only what they may see: in every list, object, total and error, in every version.

Two partners and two operators. Whatever one partner asks for that is the other's (or hidden, or of
the operator it did not address) is answered as if it did not exist, and nothing of it changes.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from httpx import Response

from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.identifiers import PartyId
from app.domain.locations import EvseStatus
from app.domain.partners import PartnerRole, Role
from app.domain.stations import Station
from ocpi.versions.registry import V221, VERSIONS, Kind, OcpiVersion, Surroundings
from tests.conformance.mounts import Mounted, mounted
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.edge.ocpi.others_things import (
    MISSING,
    OWNER,
    QUERIES,
    SAME,
    THEIRS,
    a_bill,
    body_of,
    pushed,
    rare,
)
from tests.support.roaming_documents import location_document, token_document
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
NOT_FOUND = 404
CREATED = (200, 201)


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
    for path, kind, document in pushed():
        full = f"/{path.replace('{version}', version.number)}"
        answered(await peer.put(full, stage.say(kind, document)), http=201)
    for method, address, body, needs in rare():
        if needs in version.modules:
            path = f"/{address.replace('{version}', version.number)}"
            assert (await peer.call(method, path, body)).status_code in CREATED, path
    bill = stage.say(Kind.CDR, a_bill())
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


# ---------------------------------------------------------------- what may be asked


def _question(row: Mounted, stage: Stage) -> Question:
    """The request on the other's object, and the same on one that does not exist."""
    method, _, address = row.request.partition(" ")
    path = address.removeprefix("/ocpi").replace("{version}", stage.version.number)
    path += QUERIES.get(row.module, "") if method in {"GET", "DELETE"} else ""
    if "{" not in path:
        names = {"cdr": "SECRET-CDR", "record": "SECRET-RECORD"}
        body = {"GET": None, "POST": body_of(row, stage.say, names)}.get(method)
        return Question(method, path, path, body, body)
    theirs = {**OWNER, **THEIRS[f"{row.module} {row.interface}"]}
    missing = {name: value if name in SAME else MISSING for name, value in theirs.items()}
    return Question(
        method, path.format(**theirs), path.format(**missing),
        body_of(row, stage.say, theirs), body_of(row, stage.say, missing),
    )  # fmt: skip


def _normal(answer: Response) -> tuple[int, str | None, str]:
    """An answer without the ids of the question."""
    text = answer.text
    for names in THEIRS.values():
        for name, value in names.items():
            text = text if name in SAME else text.replace(value, "?").replace(value.lower(), "?")
    text = text.replace(MISSING, "?").replace(MISSING.lower(), "?")
    return answer.status_code, answer.headers.get("x-total-count"), text


def _rows(stage: Stage) -> list[Mounted]:
    number = stage.version.number
    return [r for r in mounted() if r.interface and number in r.versions]


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


async def test_the_others_reservation(stage: Stage) -> None:
    """C-207, C-283: cancelling it is as cancelling one that there is not."""
    if stage.version.number == "2.1.1":
        return  # knows no CANCEL_RESERVATION
    path = f"/cpo/{stage.version.number}/commands"
    evse = an_evse("E2", status=EvseStatus.AVAILABLE, number=2)
    async with stage.world.store.transaction() as tx:
        await tx.locations.put(a_location("L1", evses=(evse,), last_updated=NOON))
    reserve = {
        "response_url": "https://them.example/callback",
        "token": token_document("SECRET-CARD"),
        "expiry_date": "2026-05-04T12:30:00Z",
        "reservation_id": "SECRET-HOLD",
        "location_id": "L1",
        "evse_uid": "E2",
    }
    asked = stage.say(Kind.RESERVE_NOW, reserve)
    assert answered(await stage.first.post(f"{path}/RESERVE_NOW", asked))["result"] == "ACCEPTED"
    answers = [
        await stage.second.post(
            f"{path}/CANCEL_RESERVATION",
            {"response_url": "https://other.example/callback", "reservation_id": name},
        )
        for name in ("SECRET-HOLD", MISSING)
    ]
    assert _normal(answers[0]) == _normal(answers[1])
    async with stage.world.store.reading() as tx:
        made = await tx.commands.of_party(CPO, limit=9)
    told = [c.outcome.result.value for c in made if c.partner_id == "p-3" and c.outcome]
    assert told == ["UNKNOWN_RESERVATION"] * 2
