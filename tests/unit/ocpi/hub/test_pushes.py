"""Pushes for everybody, read and put into what is kept: to the byte, in their owner's words."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.errors import DomainError, InvalidInput, NotFound
from app.domain.hub_objects import HubNoun, HubObject, HubRef
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole
from ocpi.hub.messages import HubMessage
from ocpi.hub.pushes import edited, lowered, lowered_document, part_of, read_push, whole
from ocpi.translate.locations import write_location
from ocpi.translate.tariffs import write_tariff
from ocpi.translate.tokens import write_token
from ocpi.versions.registry import V221, V230, Inexpressible, Kind, OcpiVersion
from ocpi.wire.access import Caller
from ocpi.wire.documents import encode_text
from ocpi.wire.faults import MethodNotAllowed, NoResource, NotOcpi
from ocpi.wire.headers import Exchange
from tests.support.roaming_objects import (
    CPO,
    EARLIER,
    NOON,
    a_location,
    a_partner,
    a_tariff,
    a_token,
)

HUB = PartyId("NL", "RWH")
LATER = "2026-05-04T13:00:00.500Z"
HERE = f"{CPO.country}/{CPO.code}"


def a_message(
    method: str,
    rest: str,
    body: bytes | dict[str, Any] = b"",
    *,
    module: str = "locations",
    query: str = "",
    version: OcpiVersion = V221,
) -> HubMessage:
    caller = Caller(a_partner(hub=True), "token", invited=False)
    return HubMessage(
        exchange=Exchange("req", "corr", caller, version, CPO, HUB),
        module=module,
        role=InterfaceRole.RECEIVER,
        method=method,
        rest=rest,
        query=query,
        body=body if isinstance(body, bytes) else json.dumps(body, default=str).encode(),
    )


def location(version: OcpiVersion = V221) -> dict[str, Any]:
    return version.lower(Kind.LOCATION, write_location(a_location()))


def kept(text: str | None = None, version: OcpiVersion = V221) -> HubObject:
    body = (text or encode_text(location(version))).encode()
    push = read_push(a_message("PUT", f"{HERE}/L1", body, version=version), CPO, HUB)
    return whole(push, NOON)


def after(
    method: str,
    part: str,
    body: dict[str, Any],
    before: HubObject,
    *,
    version: OcpiVersion = V221,
) -> dict[str, Any]:
    """The object after a change, which has to be one."""
    push = read_push(a_message(method, f"{HERE}/L1{part}", body, version=version), CPO, HUB)
    changed = edited(push, before, push.document(), NOON)
    assert changed is not None
    return dict(json.loads(changed.sent))


def test_a_whole_object_is_kept_to_the_byte() -> None:
    """C-253."""
    text = '{ "theirs" : 1.500,\n' + encode_text(location())[1:]
    found = kept(text)
    assert found.sent == text
    assert (found.ref, found.partner_id, found.version) == (
        HubRef(HubNoun.LOCATION, CPO, "L1"),
        "p-1",
        "2.2.1",
    )
    assert (found.last_updated, found.touched, found.public) == (EARLIER, NOON, True)
    assert lowered(found, V221) == text.encode()
    assert json.loads(lowered(found, V230))["theirs"] == 1.5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_are_written_anew(encoding: str) -> None:
    """RFC 8259, 8.1: JSON between systems is UTF-8; whoever reads it next must be able to."""
    body = encode_text({**location(), "name": "Köln"}).encode(encoding)
    push = read_push(a_message("PUT", f"{HERE}/L1", body), CPO, HUB)
    assert json.loads(whole(push, NOON).sent)["name"] == "Köln"


@pytest.mark.parametrize(
    ("module", "rest", "body", "ref"),
    [
        ("tariffs", "t1", write_tariff(a_tariff()), HubRef(HubNoun.TARIFF, CPO, "t1")),
        ("tokens", "04aabbcc", write_token(a_token(party=CPO)),
         HubRef(HubNoun.TOKEN, CPO, "04aabbcc", "RFID")),
    ],
)  # fmt: skip
def test_ids_may_be_written_in_any_case(
    module: str, rest: str, body: dict[str, Any], ref: HubRef
) -> None:
    kind = Kind(module.removesuffix("s"))
    text = encode_text(V221.lower(kind, body)).encode()
    push = read_push(a_message("PUT", f"{HERE}/{rest}", text, module=module), CPO, HUB)
    assert whole(push, NOON).ref == ref


def test_the_type_of_a_token_is_that_of_its_body() -> None:
    body = encode_text(write_token(a_token(party=CPO))).encode()
    asked = a_message("PUT", f"{HERE}/04AABBCC", body, module="tokens", query="type=APP_USER")
    with pytest.raises(InvalidInput, match="type"):
        whole(read_push(asked, CPO, HUB), NOON)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (a_message("PUT", ""), NoResource),
        (a_message("PUT", HERE), NoResource),
        (a_message("PUT", f"{HERE}/T1/E1", module="tariffs"), NoResource),
        (a_message("PATCH", f"{HERE}/T1", module="tariffs"), MethodNotAllowed),
        (a_message("POST", f"{HERE}/L1"), MethodNotAllowed),
        (a_message("PUT", "DE/XXX/L1"), InvalidInput),
        (a_message("PUT", "Germany/XXX/L1"), InvalidInput),
    ],
)
def test_addresses_that_are_none(message: HubMessage, error: type[DomainError]) -> None:
    with pytest.raises(error):
        read_push(message, CPO, HUB)


@pytest.mark.parametrize(("body", "error"), [(b"{", NotOcpi), (b"[]", InvalidInput)])
def test_bodies_that_are_none(body: bytes, error: type[DomainError]) -> None:
    with pytest.raises(error):
        whole(read_push(a_message("PUT", f"{HERE}/L1", body), CPO, HUB), NOON)


def test_the_hubs_own_id_stands_for_the_sender() -> None:
    """I-68: the body has to name the owner then."""
    push = read_push(a_message("PUT", "NL/RWH/L1", encode_text(location()).encode()), CPO, HUB)
    assert whole(push, NOON).ref.party == CPO
    others = encode_text({**location(), "party_id": "RWH"}).encode()
    with pytest.raises(InvalidInput, match="party_id"):
        whole(read_push(a_message("PUT", "NL/RWH/L1", others), CPO, HUB), NOON)


def test_parents_are_as_new_as_their_parts() -> None:
    """C-126, C-253: nothing else of them changes, and the time is as its owner wrote it."""
    change = {"status": "CHARGING", "theirs": [1], "last_updated": LATER}
    found = after("PATCH", "/E1", change, kept())
    assert found["last_updated"] == found["evses"][0]["last_updated"] == LATER
    assert (found["evses"][0]["status"], found["evses"][0]["theirs"]) == ("CHARGING", [1])
    assert found["evses"][1] == json.loads(kept().sent)["evses"][1]
    plug = {"max_amperage": 16, "last_updated": LATER}
    found = after("PATCH", "/e1/1", plug, kept())
    assert found["evses"][0]["connectors"][0]["max_amperage"] == 16
    assert found["evses"][0]["last_updated"] == LATER


def test_newer_parents_stay_so() -> None:
    newer = {**location(), "last_updated": "2026-05-04T15:00:00Z"}
    change = {"status": "CHARGING", "last_updated": LATER}
    found = after("PATCH", "/E1", change, kept(encode_text(newer)))
    assert found["last_updated"] == "2026-05-04T15:00:00Z"
    assert found["evses"][0]["last_updated"] == LATER


def test_a_new_part() -> None:
    evse = {**location()["evses"][0], "uid": "E9", "last_updated": LATER}
    found = after("PUT", "/E9", json.loads(encode_text(evse)), kept())
    assert [each["uid"] for each in found["evses"]] == ["E1", "E2", "E9"]


@pytest.mark.parametrize("part", ["", "/E1", "/E1/1"])
def test_older_changes_change_nothing(part: str) -> None:
    """C-119."""
    body = {"last_updated": "2025-01-01T00:00:00Z"}
    push = read_push(a_message("PATCH", f"{HERE}/L1{part}", body), CPO, HUB)
    assert edited(push, kept(), body, NOON) is None


@pytest.mark.parametrize("part", ["/NOPE", "/E1/9"])
def test_parts_that_are_not_there(part: str) -> None:
    body = {"last_updated": LATER}
    push = read_push(a_message("PATCH", f"{HERE}/L1{part}", body), CPO, HUB)
    with pytest.raises(NotFound):
        edited(push, kept(), body, NOON)


@pytest.mark.parametrize("moment", [None, 5, "soon"])
def test_a_change_says_when_it_was_made(moment: object) -> None:
    """C-112."""
    body = {"name": "New", "last_updated": moment}
    push = read_push(a_message("PATCH", f"{HERE}/L1", body), CPO, HUB)
    with pytest.raises(InvalidInput, match="last_updated"):
        edited(push, kept(), body, NOON)


def test_a_time_that_nobody_can_read_is_older_than_any() -> None:
    broken = json.loads(kept().sent)
    broken["evses"][0]["last_updated"] = "once"
    stored = HubObject(kept().ref, "p-1", "2.2.1", json.dumps(broken), EARLIER, NOON)
    found = after("PATCH", "/E1", {"status": "BLOCKED", "last_updated": LATER}, stored)
    assert found["evses"][0]["status"] == "BLOCKED"


def test_whoever_changed_versions_goes_on_in_the_new_one() -> None:
    """What is kept in the old version is put into the words of the push first."""
    before = kept(encode_text(location(V230)), V230)
    assert before.canonical is None
    assert "help_phone" in json.loads(before.sent)
    found = after("PATCH", "", {"name": "New", "last_updated": LATER}, before)
    assert (found["name"], "help_phone" in found) == ("New", False)
    back = after("PATCH", "", {"name": "New", "last_updated": LATER}, kept(), version=V230)
    assert back["name"] == "New"


def test_what_has_no_words_is_withheld() -> None:
    tariff = write_tariff(a_tariff())
    for element in tariff["elements"]:
        element["restrictions"] = {"booking": ["BOOKING"]}
    text = encode_text(tariff)
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    stored = HubObject(HubRef(HubNoun.TARIFF, CPO, "T1"), "p-1", "2.3.0", text, moment, NOON)
    with pytest.raises(Inexpressible):
        lowered(stored, V221)
    assert lowered(stored, V230) == text.encode()


def test_parts_of_documents() -> None:
    document = lowered_document(kept(), V221)
    assert part_of(document, ()) == document
    assert part_of(document, ("E1", "1")) == document["evses"][0]["connectors"][0]
    assert part_of(document, ("E9",)) is None
