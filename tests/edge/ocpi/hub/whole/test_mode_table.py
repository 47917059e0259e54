"""What may go which way, and whom it reaches: the table of modes, row by row.

Two CPOs and two eMSPs are behind the hub. CPA's location and tariff and EMA's token were told to
everybody, and a session of EMA's driver at CPA passed once, so the hub knows whose they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Response

from app.simulators.partner import Partner
from app.simulators.partner_records import Document
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub
from tests.support.hub_members import hold_results

LATER = "2030-01-01T00:00:00Z"
NOBODY: frozenset[str] = frozenset()
CPOS, EMSPS = frozenset({"CPA", "CPB"}), frozenset({"EMA", "EMB"})
CPA, EMA = frozenset({"CPA"}), frozenset({"EMA"})


@dataclass
class Cast:
    """Four platforms behind the hub."""

    hub: WholeHub
    by_party: dict[str, Partner]

    @property
    def cpo(self) -> Partner:
        return self.by_party["CPA"]

    @property
    def emsp(self) -> Partner:
        return self.by_party["EMA"]

    async def tell(self, sender: Partner, method: str, place: str, body: Any) -> None:
        """To everybody."""
        answer = await self.hub.ask(
            sender, method, place, body, **to("RWH", "NL"), **by(sender.party)
        )
        assert answer.is_success, answer.text

    def seen(self) -> dict[str, int]:
        """How many requests each has had that came from a party, but for who is there."""
        return {
            party: sum(
                "ocpi-from-party-id" in r.headers and "hubclientinfo" not in r.path
                for r in partner.requests
            )
            for party, partner in self.by_party.items()
        }


Body = Callable[[Cast], Any]


@dataclass(frozen=True)
class Row:
    """One call: whom it reaches with TO a party, with TO the hub, and without TO; None: nobody.

    `receiver` is the party of the first of them.
    """

    place: str
    method: str
    requester: str
    direct: frozenset[str]
    to_hub: frozenset[str]
    openly: frozenset[str]
    body: Body = lambda _: None
    query: Callable[[Cast], str] = lambda _: ""

    @property
    def receiver(self) -> str:
        (party,) = self.direct
        return party


def _token(cast: Cast, *names: str) -> Document:
    token = cast.emsp.tokens["EMA-CARD-1"]
    return {name: token[name] for name in names} if names else token


def _who(cast: Cast) -> Document:
    return _token(cast, "country_code", "party_id", "uid", "type", "contract_id")


def _back(cast: Cast, module: str) -> str:
    return f"{cast.emsp.origin}/ocpi/2.2.1/sender/{module}/x"


def _session(cast: Cast) -> Document:
    return {
        "country_code": "DE", "party_id": "CPA", "id": "S-1", "kwh": 1, "cdr_token": _who(cast),
        "start_date_time": "2026-05-04T12:00:00Z", "auth_method": "AUTH_REQUEST",
        "location_id": "CPA-LOC1", "evse_uid": "CPA-EVSE1", "connector_id": "1",
        "currency": "EUR", "status": "ACTIVE", "last_updated": "2026-05-04T12:00:00Z",
    }  # fmt: skip


def _cdr(cast: Cast) -> Document:
    place, evse = cast.cpo.site.location(), cast.cpo.site.evse()
    kept = ("id", "address", "city", "country", "coordinates")
    where = {name: place[name] for name in kept} | {
        "evse_uid": evse["uid"], "evse_id": evse["evse_id"], "connector_id": "1",
        "connector_standard": "IEC_62196_T2_COMBO", "connector_format": "CABLE",
        "connector_power_type": "DC",
    }  # fmt: skip
    period = {
        "start_date_time": "2026-05-04T12:00:00Z",
        "dimensions": [{"type": "ENERGY", "volume": 1}],
    }
    return {
        "country_code": "DE", "party_id": "CPA", "id": "B-1", "cdr_token": _who(cast),
        "start_date_time": "2026-05-04T12:00:00Z", "end_date_time": "2026-05-04T13:00:00Z",
        "auth_method": "AUTH_REQUEST", "cdr_location": where, "currency": "EUR",
        "charging_periods": [period], "total_cost": {"excl_vat": 1}, "total_energy": 1,
        "total_time": 1, "last_updated": "2026-05-04T13:00:00Z",
    }  # fmt: skip


def _start(cast: Cast) -> Document:
    url = _back(cast, "commands/START_SESSION")
    return {"response_url": url, "token": _token(cast), "location_id": "CPA-LOC1"}


def _stop(cast: Cast) -> Document:
    return {"response_url": _back(cast, "commands/STOP_SESSION"), "session_id": "S-1"}


def _reserve(cast: Cast) -> Document:
    """Of a location as the hub knows it; the operator itself tells its ids by case."""
    url = _back(cast, "commands/RESERVE_NOW")
    wish = {"location_id": "cpa-loc1", "reservation_id": "R-1", "expiry_date": LATER}
    return {"response_url": url, "token": _token(cast), **wish}


def _cancel(cast: Cast) -> Document:
    return {"response_url": _back(cast, "commands/CANCEL"), "reservation_id": "R-1"}


def _unlock(cast: Cast) -> Document:
    where = {"location_id": "CPA-LOC1", "evse_uid": "CPA-EVSE1", "connector_id": "1"}
    return {"response_url": _back(cast, "commands/UNLOCK_CONNECTOR"), **where}


def _active(_: Cast) -> Document:
    periods = [{"start_period": 0, "limit": 11000}]
    profile = {"charging_rate_unit": "W", "charging_profile_period": periods}
    return {"start_date_time": LATER, "charging_profile": profile}


def _asking(more: str = "") -> Callable[[Cast], str]:
    """The address for the result, which travels in the query."""
    return lambda cast: f"?{more}response_url={quote(_back(cast, 'chargingprofiles'), safe='')}"


def _profile(cast: Cast) -> Document:
    periods = [{"start_period": 0, "limit": 11000}]
    profile = {"charging_rate_unit": "W", "charging_profile_period": periods}
    return {"charging_profile": profile, "response_url": _back(cast, "chargingprofiles")}


def _wish(_: Cast) -> Document:
    return {"profile_type": "CHEAP", "departure_time": LATER, "energy_need": 5}


def _newer(what: Body) -> Body:
    """The same, changed later than it was told before."""
    return lambda cast: {**what(cast), "last_updated": LATER}


def _location(cast: Cast) -> Document:
    return cast.cpo.site.location()


def _tariff(cast: Cast) -> Document:
    return cast.cpo.site.tariff()


PLACE = "receiver/locations/DE/CPA/CPA-LOC1"
PRICE = "receiver/tariffs/DE/CPA/CPA-T1"
CARD = "receiver/tokens/DE/EMA/EMA-CARD-1"
SMART = "receiver/chargingprofiles/S-1"
ROWS = [
    Row("sender/locations", "GET", "EMA", CPA, NOBODY, NOBODY),
    Row("sender/locations/CPA-LOC1", "GET", "EMA", CPA, CPA, CPA),
    Row("sender/locations/CPA-LOC1/CPA-EVSE1/1", "GET", "EMA", CPA, CPA, CPA),
    Row(PLACE, "GET", "CPA", EMA, NOBODY, NOBODY),
    Row(PLACE, "PUT", "CPA", EMA, EMSPS, EMSPS, _newer(_location)),
    Row(PLACE, "PATCH", "CPA", EMA, EMSPS, EMSPS, _newer(lambda _: {"name": "New"})),
    Row("sender/tariffs", "GET", "EMA", CPA, NOBODY, NOBODY),
    Row(PRICE, "PUT", "CPA", EMA, EMSPS, EMSPS, _newer(_tariff)),
    Row(PRICE, "DELETE", "CPA", EMA, EMSPS, EMSPS),
    Row("sender/tokens", "GET", "CPA", EMA, NOBODY, NOBODY),
    Row(CARD, "PUT", "EMA", CPA, CPOS, CPOS, _newer(_token)),
    Row(CARD, "PATCH", "EMA", CPA, CPOS, CPOS, _newer(lambda _: {"valid": False})),
    Row("sender/tokens/EMA-CARD-1/authorize", "POST", "CPA", EMA, EMA, EMA),
    Row("sender/sessions", "GET", "EMA", CPA, NOBODY, NOBODY),
    Row("sender/cdrs", "GET", "EMA", CPA, NOBODY, NOBODY),
    Row("receiver/sessions/DE/CPA/S-1", "PUT", "CPA", EMA, EMA, EMA, _session),
    Row("receiver/sessions/DE/CPA/S-1", "PATCH", "CPA", EMA, EMA, EMA,
        _newer(lambda _: {"kwh": 2})),
    Row("receiver/cdrs", "POST", "CPA", EMA, EMA, EMA, _cdr),
    Row("sender/sessions/S-1/charging_preferences", "PUT", "EMA", CPA, CPA, CPA, _wish),
    Row("receiver/commands/START_SESSION", "POST", "EMA", CPA, CPA, CPA, _start),
    Row("receiver/commands/STOP_SESSION", "POST", "EMA", CPA, CPA, CPA, _stop),
    Row("receiver/commands/RESERVE_NOW", "POST", "EMA", CPA, CPA, CPA, _reserve),
    Row("receiver/commands/CANCEL_RESERVATION", "POST", "EMA", CPA, CPA, CPA, _cancel),
    Row("receiver/commands/UNLOCK_CONNECTOR", "POST", "EMA", CPA, CPA, CPA, _unlock),
    Row(SMART, "PUT", "EMA", CPA, CPA, CPA, _profile),
    Row(SMART, "GET", "EMA", CPA, CPA, CPA, query=_asking("duration=60&")),
    Row(SMART, "DELETE", "EMA", CPA, CPA, CPA, query=_asking()),
    Row("sender/chargingprofiles/S-1", "PUT", "CPA", EMA, EMA, EMA, _active),
    Row("receiver/sessions/DE/CPA/S-1", "GET", "CPA", EMA, EMA, EMA),
]  # fmt: skip


@pytest.fixture
async def cast(whole: WholeHub) -> Cast:
    members = [
        await whole.join(party, "CPO" if party in CPOS else "EMSP")
        for party in ("CPA", "CPB", "EMA", "EMB")
    ]
    cast = Cast(whole, {member.party: member for member in members})
    cast.cpo.start_response = "REJECTED"
    hold_results(cast.cpo)  # what is told later would reach somebody else
    await cast.tell(cast.cpo, "PUT", PRICE, _tariff(cast))
    await cast.tell(cast.cpo, "PUT", PLACE, _location(cast))
    await cast.tell(cast.emsp, "PUT", f"{CARD}?type=RFID", _token(cast))
    place = "receiver/sessions/DE/CPA/S-1"
    answer = await whole.ask(cast.cpo, "PUT", place, _session(cast), **to("EMA"), **by("CPA"))
    assert answer.is_success, answer.text
    await whole.quiet()
    return cast


async def _reached(cast: Cast, row: Row, **towards: str) -> tuple[Response, frozenset[str]]:
    before = cast.seen()
    asked = row.place + ("?type=RFID" if row.place == CARD else row.query(cast))
    requester = cast.by_party[row.requester]
    answer = await cast.hub.ask(
        requester, row.method, asked, row.body(cast), **towards, **by(row.requester)
    )
    await cast.hub.quiet()
    unknown = [each for each in cast.emsp.violations if "never had a profile" in each]
    cast.emsp.violations[:] = [each for each in cast.emsp.violations if each not in unknown]
    after = cast.seen()
    return answer, frozenset(party for party in after if after[party] != before[party])


async def test_to_a_party_it_reaches_that_party_only(cast: Cast) -> None:
    """C-224, C-237: every functional module, both ways."""
    for row in ROWS:
        answer, reached = await _reached(cast, row, **to(row.receiver))
        assert reached == row.direct, f"{row}: {answer.text}"
        assert answer.headers["ocpi-from-party-id"] == row.receiver


async def test_to_the_hub_it_reaches_whom_it_is_meant_for(cast: Cast) -> None:
    """C-239, C-240, C-242, C-243, C-244, C-250, C-252."""
    for row in ROWS:
        answer, reached = await _reached(cast, row, **to("RWH", "NL"))
        assert reached == row.to_hub, f"{row}: {answer.text}"
        _is_well(answer, row, reached)


async def test_to_nobody_the_hub_finds_out(cast: Cast) -> None:
    """C-244, C-245, C-246, C-247, C-249."""
    for row in ROWS:
        answer, reached = await _reached(cast, row)
        assert reached == row.openly, f"{row}: {answer.text}"
        _is_well(answer, row, reached)


def _is_well(answer: Response, row: Row, reached: frozenset[str]) -> None:
    """A list of all is answered by the hub; what cannot be routed is said to be so."""
    status = answer.json()["status_code"]
    is_list = row.method == "GET" and row.place.count("/") == 1
    if is_list:
        assert status == 1000, answer.text
        assert answer.headers["ocpi-from-party-id"] == "RWH"
    elif not reached:
        assert status in {4001, 2001}, answer.text


async def test_configuration_is_never_passed_on(cast: Cast) -> None:
    """C-238: whatever the headers say."""
    before = cast.seen()
    for module in ("credentials", "versions", "hubclientinfo"):
        for side in ("sender", "receiver"):
            for towards in (to("CPA"), to("RWH", "NL"), {}):
                await cast.hub.ask(cast.emsp, "GET", f"{side}/{module}", **towards, **by("EMA"))
    assert cast.seen() == before
