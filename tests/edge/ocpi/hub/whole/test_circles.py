"""A message that another hub sends back to us does not go round for ever."""

import json
from typing import Any

from httpx import AsyncClient

from app.domain.partners import Role
from app.simulators.http_server import Request, Response
from app.simulators.partner import Partner
from app.simulators.partner_client import wire_token
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub


class SendingBack(Partner):
    """Sends whatever list it is asked for on to the hub that asks, as a misled hub would."""

    def __init__(self, http: AsyncClient, **platform: Any) -> None:
        super().__init__(**platform)
        self._again = http

    async def answer(self, request: Request) -> Response:
        if "/sender/locations" not in request.target or self.peer is None:
            return await super().answer(request)
        self.requests.append(request)
        url = self.peer.endpoints["locations", "SENDER"]
        headers = {
            "Authorization": wire_token(self.peer.token),
            "X-Request-ID": f"{request.headers['x-request-id']}-again",
            "X-Correlation-ID": request.headers["x-correlation-id"],
            **to(self.party),
            **by(self.party),
        }
        answer = await self._again.get(url, headers=headers)
        return Response(answer.status_code, json.loads(answer.text))


async def test_a_circle_ends_with_4000(whole: WholeHub) -> None:
    """C-264: the second time round is refused, and the refusal goes all the way back."""
    emsp = await whole.join("EMA", "EMSP")
    made = SendingBack(whole.http, party="CPA", roles=("CPO",), name="Another hub")
    misled = await whole.stack.enter_async_context(made)
    invited = await whole.house.partners.invite(misled.name, [Role.CPO], hub=True)
    await misled.register(whole.versions_url, invited.token)
    known = len(misled.requests)
    answer = await whole.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
    assert answer.json()["status_code"] == 4000, answer.text
    assert "circle" in answer.json()["status_message"]
    asked = [r for r in misled.requests[known:] if "/sender/locations" in r.target]
    assert len({r.headers["x-request-id"] for r in asked}) == 1
    answer = await whole.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
    assert answer.json()["status_code"] == 4000, "a circle that ended is not remembered"
