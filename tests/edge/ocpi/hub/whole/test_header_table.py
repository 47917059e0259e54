"""Who stands in TO and FROM on every leg of every way: the header table, row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import Response

from app.simulators.http_server import Request
from app.simulators.partner import Partner
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub

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


@dataclass
class Cast:
    """A foreign CPO and a foreign eMSP behind the hub, not connected with each other."""

    hub: WholeHub
    cpo: Partner
    emsp: Partner


@pytest.fixture
async def cast(whole: WholeHub) -> Cast:
    return Cast(whole, await whole.join("CPA", "CPO"), await whole.join("EMA", "EMSP"))


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
