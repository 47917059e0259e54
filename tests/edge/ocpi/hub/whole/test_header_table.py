"""Who stands in TO and FROM on every leg of every way: the header table, row by row."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from httpx import Response

from app.domain.identifiers import PartyId
from app.domain.partners import PartnerRole, Role
from app.simulators.http_server import Request
from app.simulators.http_server import Response as Sent
from app.simulators.partner import Partner
from app.use_cases.hub_members import write_partner
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub
from tests.support.clock import NOON

H, CPA, EMA = ("NL", "RWH"), ("DE", "CPA"), ("DE", "EMA")
Party = tuple[str, str]
Pair = tuple[Party | None, Party | None]
"""TO and FROM."""


@dataclass(frozen=True)
class Row:
    """One way: what the requester sends, and who stands on the three legs after it.

    `hub_from` is FROM on the leg to the receiver, `answer` the answer to the requester.
    """

    name: str
    method: str
    place: str
    sent_to: Party | None
    hub_from: Party | None
    answer: Pair
    from_cpo: bool = False
    body: Callable[["Cast"], Any] = lambda _: None


class Heard(Partner):
    """A platform whose answers a test wants to see."""

    def __init__(self, **platform: Any) -> None:
        super().__init__(**platform)
        self.answered: list[tuple[Request, Sent]] = []

    async def answer(self, request: Request) -> Sent:
        response = await super().answer(request)
        self.answered.append((request, response))
        return response


@dataclass
class Cast:
    """A foreign CPO and a foreign eMSP behind the hub, not connected with each other."""

    hub: WholeHub
    cpo: Heard
    emsp: Heard


@pytest.fixture
async def cast(whole: WholeHub) -> Cast:
    cpo = await whole.join("CPA", "CPO", kind=Heard)
    emsp = await whole.join("EMA", "EMSP", kind=Heard)
    assert isinstance(cpo, Heard)
    assert isinstance(emsp, Heard)
    return Cast(whole, cpo, emsp)


def _location(cast: Cast) -> Any:
    return cast.cpo.site.location()


def _token(cast: Cast) -> Any:
    return cast.emsp.tokens["EMA-CARD-1"]


def _session(cast: Cast) -> Any:
    token = {
        n: _token(cast)[n] for n in ("country_code", "party_id", "uid", "type", "contract_id")
    }
    return {
        "country_code": "DE", "party_id": "CPA", "id": "S-1", "kwh": 1, "cdr_token": token,
        "start_date_time": "2026-05-04T12:00:00Z", "auth_method": "AUTH_REQUEST",
        "location_id": "CPA-LOC1", "evse_uid": "CPA-EVSE1", "connector_id": "1",
        "currency": "EUR", "status": "ACTIVE", "last_updated": "2026-05-04T12:00:00Z",
    }  # fmt: skip


PLACE = "receiver/locations/DE/CPA/CPA-LOC1"
CARD = "receiver/tokens/DE/EMA/EMA-CARD-1"
ROWS = [
    Row("direct list", "GET", "sender/locations", CPA, EMA, (EMA, CPA)),
    Row("direct push", "PUT", PLACE, EMA, CPA, (CPA, EMA), from_cpo=True, body=_location),
    Row("direct push back", "PUT", CARD, CPA, EMA, (EMA, CPA), body=_token),
    Row("broadcast push", "PUT", PLACE, H, H, (CPA, H), from_cpo=True, body=_location),
    Row("broadcast of a token", "PUT", CARD, H, H, (EMA, H), body=_token),
    Row("open push of a session", "PUT", "receiver/sessions/DE/CPA/S-1", None, CPA, (CPA, EMA),
        from_cpo=True, body=_session),
    Row("open question", "POST", "sender/tokens/EMA-CARD-1/authorize", None, CPA, (CPA, EMA),
        from_cpo=True),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_every_leg_names_who_it_is_from_and_to(cast: Cast, row: Row) -> None:
    """C-224, C-225, C-226, C-227, C-239, C-240, C-245, C-246, C-248; OCPI 2.2.1, 4.2.1."""
    if "authorize" in row.place:  # an open question needs to have heard of the token
        await _tell_token(cast)
    requester, receiver = (cast.cpo, cast.emsp) if row.from_cpo else (cast.emsp, cast.cpo)
    seen = len(receiver.requests)
    answer = await _send(cast, row, requester)
    assert answer.status_code in {200, 201}, answer.text
    assert 1000 <= answer.json()["status_code"] < 2000, answer.text
    _is_answered(answer, row.answer)
    await cast.hub.quiet()
    (leg,) = [r for r in receiver.requests[seen:] if row.place.split("/")[1] in r.path]
    _is_new_leg(cast, leg, receiver, row)
    _is_answered_to_the_hub(leg, receiver, row)


def _is_answered_to_the_hub(leg: Request, receiver: Heard, row: Row) -> None:
    """What the receiver answered, and the hub took: to whom stood in FROM, with the leg's ids."""
    (said,) = [response for request, response in receiver.answered if request is leg]
    headers = {name.lower(): value for name, value in said.headers.items()}
    assert _named(headers, "to") == row.hub_from
    assert _named(headers, "from") == (receiver.country, receiver.party)
    for name in ("x-request-id", "x-correlation-id"):
        assert headers[name] == leg.headers[name]


async def test_each_receiver_of_a_broadcast_has_a_leg_of_its_own(cast: Cast) -> None:
    """C-227, C-240: request ids of their own, and the correlation id of all."""
    other = await cast.hub.join("EMB", "EMSP")
    row = next(row for row in ROWS if row.name == "broadcast push")
    assert (await _send(cast, row, cast.cpo)).is_success
    await cast.hub.quiet()
    legs = [
        r for member in (cast.emsp, other) for r in member.requests if "/receiver/loc" in r.path
    ]
    assert [_named(leg.headers, "to") for leg in legs] == [EMA, ("DE", "EMB")]
    assert len({leg.headers["x-request-id"] for leg in legs} | {"req-1"}) == 3
    assert {leg.headers["x-correlation-id"] for leg in legs} == {"corr-1"}


async def test_two_hubs_pass_on_for_their_parties(cast: Cast) -> None:
    """C-224: every leg names the two parties, neither of the hubs; and so does every answer."""
    second = await cast.hub.join("HU2", "CPO", kind=Heard)
    known = await cast.hub.house.partners.need_by_name(second.name)
    mine = PartnerRole(Role.HUB, PartyId("DE", "HU2"), "Second hub")
    behind = PartnerRole(Role.CPO, PartyId("DE", "CPX"), "Behind it")
    async with cast.hub.store.transaction() as tx:
        await write_partner(tx, replace(known, roles=(mine, behind)), NOON)
    place = "sender/locations"
    ours = await cast.hub.ask(second, "GET", place, **to("CPA"), **by("EMX"))
    _is_answered(ours, (("DE", "EMX"), CPA))
    theirs = await cast.hub.ask(cast.emsp, "GET", place, **to("CPX"), **by("EMA"))
    _is_answered(theirs, (EMA, ("DE", "CPX")))
    legs = ((cast.cpo, CPA, ("DE", "EMX")), (second, ("DE", "CPX"), EMA))
    for member, receiver, sender in legs:
        (leg,) = [r for r in member.requests if place in r.path]
        assert (_named(leg.headers, "to"), _named(leg.headers, "from")) == (receiver, sender)
    second.violations.clear()  # it thinks that it is no hub


async def test_the_list_of_all_is_the_hubs(cast: Cast) -> None:
    """C-250: TO = hub on a sender interface; the answer is from the hub."""
    await cast.cpo.push_site()
    answer = await cast.hub.ask(cast.emsp, "GET", "sender/locations", **_to(H), **by("EMA"))
    assert [each["id"] for each in answer.json()["data"]] == ["CPA-LOC1"]
    _is_answered(answer, (EMA, H))


@pytest.mark.parametrize(("party", "status"), [("XXX", 4001), ("CPA", 4003)])
async def test_what_the_hub_says_itself_is_from_the_hub(
    cast: Cast, party: str, status: int
) -> None:
    """C-229, C-231: the requester and the hub stand in the hub's own refusals."""
    cast.cpo.down()
    answer = await cast.hub.ask(cast.emsp, "GET", "sender/locations", **to(party), **by("EMA"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, status)
    _is_answered(answer, (EMA, H))
    await cast.cpo.up()


async def _tell_token(cast: Cast) -> None:
    row = next(row for row in ROWS if row.name == "broadcast of a token")
    assert (await _send(cast, row, cast.emsp)).status_code in {200, 201}
    await cast.hub.quiet()


async def _send(cast: Cast, row: Row, requester: Partner) -> Response:
    towards = _to(row.sent_to) if row.sent_to else {}
    query = "?type=RFID" if "/tokens/" in row.place else ""
    return await cast.hub.ask(
        requester,
        row.method,
        row.place + query,
        row.body(cast),
        **towards,
        **by(requester.party),
    )


def _to(party: Party) -> dict[str, str]:
    return to(party[1], party[0])


def _named(headers: Any, side: str) -> Party | None:
    country = headers.get(f"ocpi-{side}-country-code")
    return (country, headers[f"ocpi-{side}-party-id"]) if country else None


def _is_answered(answer: Response, expected: Pair) -> None:
    assert (_named(answer.headers, "to"), _named(answer.headers, "from")) == expected
    assert answer.headers["x-request-id"] == "req-1"
    assert answer.headers["x-correlation-id"] == "corr-1"


def _is_new_leg(cast: Cast, leg: Request, receiver: Partner, row: Row) -> None:
    assert _named(leg.headers, "to") == (receiver.country, receiver.party)
    assert _named(leg.headers, "from") == row.hub_from
    assert leg.headers["x-request-id"] != "req-1"
    assert leg.headers["x-correlation-id"] == "corr-1"
    tokens = {p.peer.token for p in (cast.cpo, cast.emsp) if p.peer is not None}
    shown = receiver._shown_token(leg)
    assert shown in receiver.accepted_tokens
    assert shown not in tokens
