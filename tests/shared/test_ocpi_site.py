"""Objects made from the tables, valid and nearly valid ones, for every method of every module.

What keeps the tables is taken and read again as it was sent; what breaks one rule is answered
2xxx with the field's path and changes nothing; and nothing ever is a failure of ours (C-013,
C-015 to C-018, C-022, C-109, C-286).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, Role
from ocpi.wire.documents import decode, encode
from tests.edge.ocpi.conftest import Peer, World
from tests.shared.ocpi_tables import Objects, Place, Rule, is_about
from tests.shared.test_ocpi_tables import tolerated
from tests.support.roaming_objects import a_location, a_partner

Json = dict[str, Any]

CPO_SIDE, EMSP_SIDE = "/cpo/{v}", "/emsp/{v}"
ROLES = (
    PartnerRole(Role.EMSP, PartyId("DE", "TNM"), "Their Drivers"),
    PartnerRole(Role.CPO, PartyId("DE", "TNC"), "Their Chargers"),
)
HUBS = (PartnerRole(Role.HUB, PartyId("NL", "HUB"), "A hub"),)
RFID = {"uid": "U1", "type": "RFID"}
DRIVERS = {"country_code": "DE", "party_id": "TNM"}


@dataclass(frozen=True)
class Target:
    """A request that takes an object of a class; `said` is what the address wants it to say.

    `kept`: it can be read again where it was put. `fixed`: fields the test leaves alone.
    """

    method: str
    path: str
    cls: str
    said: Json = field(default_factory=dict, hash=False)
    kept: bool = True
    hub: bool = False
    versions: tuple[str, ...] = ("2.1.1", "2.2.1", "2.3.0")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


MODERN, NEWEST = ("2.2.1", "2.3.0"), ("2.3.0",)
LOCATION = f"{EMSP_SIDE}/locations/DE/TNC/LOC1"
TOKEN = {"token": {**DRIVERS, "uid": "U1"}}
CALLBACK = {"response_url": "https://them.example/callback"}
BOOKED = f"{EMSP_SIDE}/bookings/DE/TNC"

TARGETS = [
    Target("PUT", LOCATION, "Location", {"id": "LOC1"}),
    Target("PUT", f"{LOCATION}/E1", "EVSE", {"uid": "E1"}),
    Target("PUT", f"{LOCATION}/E1/1", "Connector", {"id": "1"}),
    Target("PUT", f"{EMSP_SIDE}/sessions/DE/TNC/S1", "Session", {"id": "S1"}),
    Target("PUT", f"{EMSP_SIDE}/tariffs/DE/TNC/T1", "Tariff", {"id": "T1"}),
    Target("POST", f"{EMSP_SIDE}/cdrs", "CDR", kept=False),
    Target("PUT", f"{CPO_SIDE}/tokens/DE/TNM/U1", "Token", {**RFID, **DRIVERS}),
    Target("POST", f"{EMSP_SIDE}/tokens/04AABBCC/authorize", "LocationReferences", kept=False),
    *(
        Target("POST", f"{CPO_SIDE}/commands/{name}", cls, said, kept=False, versions=versions)
        for name, cls, said, versions in (
            ("START_SESSION", "StartSession", {**CALLBACK, **TOKEN}, MODERN),
            ("STOP_SESSION", "StopSession", CALLBACK, ("2.1.1", *MODERN)),
            ("RESERVE_NOW", "ReserveNow", {**CALLBACK, **TOKEN}, MODERN),
            ("CANCEL_RESERVATION", "CancelReservation", CALLBACK, MODERN),
            ("UNLOCK_CONNECTOR", "UnlockConnector", CALLBACK, ("2.1.1", *MODERN)),
        )
    ),
    Target(
        "PUT", f"{CPO_SIDE}/sessions/none/charging_preferences", "ChargingPreferences",
        kept=False, versions=MODERN,
    ),
    Target(
        "PUT", f"{CPO_SIDE}/chargingprofiles/none", "SetChargingProfile", CALLBACK,
        kept=False, versions=MODERN,
    ),
    Target(
        "PUT", f"{CPO_SIDE}/hubclientinfo/NL/ALL", "ClientInfo",
        {"country_code": "NL", "party_id": "ALL", "role": "CPO"}, hub=True, versions=MODERN,
    ),
    Target(
        "PUT", f"{EMSP_SIDE}/invoicereconciliation/DE/TNC/R1", "InvoiceReconciliationRecord",
        {"id": "R1"}, versions=NEWEST,
    ),
    Target(
        "POST", f"{EMSP_SIDE}/invoicereconciliation", "InvoiceReconciliationRecord", kept=False,
        versions=NEWEST,
    ),
    Target("POST", f"{CPO_SIDE}/payments/terminals", "Terminal", kept=False, versions=NEWEST),
    Target(
        "POST", f"{CPO_SIDE}/payments/financial-advice-confirmations",
        "FinancialAdviceConfirmation", kept=False, versions=NEWEST,
    ),
    Target("PUT", f"{BOOKED}/B1", "Booking", {"id": "B1"}, versions=NEWEST),
    Target(
        "PUT", f"{BOOKED}/booking_locations/BL1", "BookingLocation", {"id": "BL1"},
        versions=NEWEST,
    ),
    Target(
        "PUT", f"{BOOKED}/booking_locations/BL1/C1", "Calendar", {"id": "C1"}, versions=NEWEST
    ),
    Target("POST", f"{CPO_SIDE}/bookings", "BookingRequest", DRIVERS, kept=False, versions=NEWEST),
]  # fmt: skip

QUESTIONS = {
    "LocationReferences", "StartSession", "StopSession", "ReserveNow", "CancelReservation",
    "UnlockConnector", "ChargingPreferences", "SetChargingProfile", "BookingRequest",
}  # fmt: skip
"""Where even a valid one may be answered by no: its location or session is not there."""


@dataclass(frozen=True)
class Trial:
    """A request, and the one rule that it breaks, if any."""

    number: str
    target: Target
    document: Json
    broken: Rule | None

    @property
    def path(self) -> str:
        """The address in the version."""
        return self.target.path.format(v=self.number)

    def __repr__(self) -> str:
        return f"{self.number} {self.target}: {self.broken}\n{encode(self.document).decode()}"


@cache
def _whole(number: str, target: Target) -> Json:
    return _with(Objects(number).full(target.cls), target.said)


def _with(document: Json, said: Json) -> Json:
    """What the address wants, in those fields that the version has."""
    given = {name: value for name, value in said.items() if name in document}
    inner = {
        name: _with(document[name], value)
        for name, value in given.items()
        if isinstance(value, dict)
    }
    return {**document, **given, **inner}


@cache
def _rules(number: str, target: Target) -> list[Rule]:
    """Those that are not overlooked, and do not move the object to another address."""
    return [
        rule
        for rule in Objects(number).rules(target.cls)
        if not tolerated(number, target.cls, str(rule))
    ]


@cache
def _optional(number: str, target: Target) -> list[Place]:
    places = Objects(number).optional(target.cls)
    return [p for p in places if p[0] not in TIED.get(target.cls, ())]


TIED = {
    "CDR": ("credit_reference_id", "location"),
    "StartSession": ("evse_uid",),
    "Location": ("opening_times",),
    "Session": ("location",),
    "ChargingPreferences": (),
}
"""Optional fields that others ask for."""


@st.composite
def trials(draw: st.DrawFn, number: str) -> Trial:
    """An object without some of its optional fields, and at times with one rule broken.

    CDRs are never changed, so another one has another id.
    """
    possible = [target for target in TARGETS if number in target.versions]
    target = draw(st.sampled_from(possible))
    document = _whole(number, target)
    optional = _optional(number, target)
    left_out: Iterable[Place] = draw(st.sets(st.sampled_from(optional))) if optional else ()
    for place in sorted(left_out, key=lambda place: (-len(place), str(place))):
        document = Rule(place, "missing").broken_in(document) or document
    if target.cls == "CDR":
        document = {**document, "id": sha256(encode(document)).hexdigest()[:36]}
    if draw(st.booleans()):
        return Trial(number, target, document, None)
    rule = draw(st.sampled_from(_rules(number, target)))
    broken = rule.broken_in(document)
    return Trial(number, target, broken or document, rule if broken is not None else None)


@pytest.fixture
async def stage(peer: Peer, world: World) -> dict[tuple[str, bool], Peer]:
    """A platform for each version, and a hub for each, with a location to put EVSEs into."""
    async with world.store.transaction() as tx:
        await tx.locations.put(a_location())
    peers: dict[tuple[str, bool], Peer] = {}
    for number in ("2.1.1", "2.2.1", "2.3.0"):
        for hub in (False, True):
            name = f"p{number}{hub}"
            roles = HUBS if hub else ROLES
            partner = a_partner(id=name, name=name, version=number, roles=roles)
            await world.put_partner(partner, name)
            peers[number, hub] = Peer(peer.http, name)
    return peers


async def _furnish(them: Peer, trial: Trial) -> None:
    """What has to be there before a part of it can be put."""
    above = {"EVSE": 1, "Connector": 2, "Calendar": 1}.get(trial.target.cls, 0)
    for level in range(above, 0, -1):
        path = trial.path.rsplit("/", level)[0]
        target = next(t for t in TARGETS if t.path.format(v=trial.number) == path)
        answer = await them.put(path, _whole(trial.number, target))
        assert answer.json()["status_code"] == 1000, answer.text


@pytest.mark.parametrize("number", ["2.1.1", "2.2.1", "2.3.0"])
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_the_tables_hold_on_the_site(
    stage: dict[tuple[str, bool], Peer], number: str, data: st.DataObject
) -> None:
    trial = data.draw(trials(number))
    them = stage[number, trial.target.hub]
    await _furnish(them, trial)
    before = await _kept(them, trial)
    answer = await them.call(trial.target.method, trial.path, trial.document)
    body = decode(answer.content)
    assert answer.status_code in {200, 201, 404}, answer.text
    assert 1000 <= body["status_code"] < 3000, answer.text
    after = await _kept(them, trial)
    if trial.broken is None:
        asks = trial.target.cls in QUESTIONS
        assert body["status_code"] == 1000 or asks, answer.text
        assert not trial.target.kept or after is not None
        return
    assert body["status_code"] >= 2000, answer.text
    if trial.target.cls not in QUESTIONS:
        path = body["status_message"].partition(":")[0]
        assert is_about(path, trial.broken), answer.text
    assert after == before


async def _kept(them: Peer, trial: Trial) -> bytes | None:
    """What can be read where the object was put, or nothing."""
    if not trial.target.kept:
        return None
    body = decode((await them.get(trial.path)).content)
    return encode(body["data"]) if "data" in body else None
