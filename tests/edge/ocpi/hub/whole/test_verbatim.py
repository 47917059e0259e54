"""Between members of one version nothing is changed on the way, by any step of the hub."""

from dataclasses import dataclass

import pytest
from httpx import Response as Answered

from app.simulators.http_server import Request, Response
from app.simulators.partner import Partner
from app.simulators.partner_client import wire_token
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub
from tests.edge.ocpi.hub.whole.test_virtual import CPA, EMA, meet

OLDEST = "2.1.1"

LISTED = (
    '{ "data" : [ {"theirs":{"n":1.500,"e":1E2,"ü":"\\u00fc"}, "id":"L1" } ],\r\n\t'
    '"status_code":1000,"timestamp":"2026-05-04T12:00:00.000+00:00", "more": null }\n'
)
TOLD = LISTED.replace('"data"', '"uid":"EMA-CARD-9", "type":"RFID", "data"')


class Odd(Partner):
    """A platform that writes as nobody else would."""

    async def answer(self, request: Request) -> Response:
        if request.path.endswith("/locations") or "/tokens/" in request.path:
            return Response(200, LISTED, {"X-Total-Count": "7", "X-Limit": "5"})
        return await super().answer(request)


@dataclass
class Cast:
    """An odd CPO and an eMSP behind the hub, in one version."""

    hub: WholeHub
    version: str
    cpo: Partner
    emsp: Partner

    async def ask(self, method: str, place: str, body: bytes | None = None) -> Answered:
        """What the provider asks of the operator; `place` begins with the interface's side."""
        if self.version != OLDEST:
            return await self.hub.ask(self.emsp, method, place, body, **to("CPA"), **by("EMA"))
        assert self.emsp.peer is not None
        shown = {"Authorization": wire_token(self.emsp.peer.token, is_encoded=False)}
        at = f"{self.hub.house.url}/ocpi/hub/at/{CPA}/{OLDEST}/{place.partition('/')[2]}"
        return await self.hub.http.request(method, at, content=body, headers=shown)


@pytest.fixture(params=[OLDEST, "2.2.1", "2.3.0"])
async def cast(whole: WholeHub, request: pytest.FixtureRequest) -> Cast:
    version: str = request.param
    if version == OLDEST:
        cpo = await meet(whole, "CPA", "CPO", EMA, kind=Odd)
        return Cast(whole, version, cpo, await meet(whole, "EMA", "EMSP", CPA))
    cpo = await whole.join("CPA", "CPO", kind=Odd, version=version)
    return Cast(whole, version, cpo, await whole.join("EMA", "EMSP", version=version))


async def test_an_answer_passes_to_the_byte(cast: Cast) -> None:
    """C-224, C-228, C-253: blanks, unknown fields, digits and escapes, and how many there are."""
    answer = await cast.ask("GET", "sender/locations?limit=5")
    assert answer.content == LISTED.encode()
    assert (answer.headers["x-total-count"], answer.headers["x-limit"]) == ("7", "5")


async def test_a_message_passes_to_the_byte(cast: Cast) -> None:
    """C-224, C-236, C-253: the body, and the address as it was encoded."""
    place = "tokens/DE/EMA/EMA%2DCARD-9?type=RFID&x=%C3%BC+%20"
    answer = await cast.ask("PUT", f"receiver/{place}", TOLD.encode())
    assert answer.content == LISTED.encode()
    (came,) = [request for request in cast.cpo.requests if "/tokens/" in request.path]
    assert came.body == TOLD.encode()
    assert came.target.endswith(f"/{place}")
