"""Each quirk changes what it says of a request, and nothing does without it."""

from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.errors import InvalidInput
from app.domain.partners import QUIRKS, WITH_VALUE, Quirk
from ocpi.client.exchange import PartnerCalls, Route
from ocpi.client.quirks import STRATEGIES
from tests.support.roaming_objects import CPO, THEIR_EMSP, a_partner
from tests.support.scripted_partner import SENT_TOKEN, Received, ScriptedPartner

BODY = {
    "id": "loc-1a",
    "name": "Plaza a",
    "tariff_ids": ["t-a", "t-b"],
    "evses": [{"uid": "e-a", "last_updated": "2026-05-04T12:00:00.123Z"}],
    "last_updated": "2026-05-04T12:00:00.5Z",
}


class Sent:
    """Makes one request with quirks on, and shows it as the partner got it."""

    def __init__(self, calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer) -> None:
        self._calls, self._them, self._sealer = calls, them, sealer

    async def __call__(self, *quirks: Quirk, path: str = "", **options: Any) -> Received:
        partner = self._them.partner(self._sealer)
        for quirk in quirks:
            partner = partner.switched(quirk, "")
        below = path or "/receiver/locations/nl/rw1/loc-1a"
        route, url = Route(CPO, THEIR_EMSP), f"{self._them.url}{below}"
        options = {"body": BODY, "route": route, **options}
        await self._calls.call(partner, "PUT", url, **options)
        return self._them.received[-1]


@pytest.fixture
def sent(calls: PartnerCalls, them: ScriptedPartner, sealer: FernetSealer) -> Sent:
    return Sent(calls, them, sealer)


async def test_without_quirks_requests_are_as_the_protocol_has_them(sent: Sent) -> None:
    request = await sent()
    assert request.path == "/receiver/locations/nl/rw1/loc-1a"
    assert request.body == BODY
    assert request.headers["ocpi-to-party-id"] == "TNM"
    assert SENT_TOKEN not in request.headers["authorization"]


async def test_raw_token(sent: Sent) -> None:
    """I-01."""
    request = await sent(Quirk.RAW_TOKEN)
    assert request.headers["authorization"] == f"Token {SENT_TOKEN}"


async def test_no_routing_headers(sent: Sent) -> None:
    """I-64, I-74: the ids of the message stay."""
    request = await sent(Quirk.NO_ROUTING_HEADERS)
    assert not [name for name in request.headers if name.startswith("ocpi-")]
    assert request.headers["x-request-id"]


async def test_trailing_slash(sent: Sent) -> None:
    """I-20: before a query; never twice; never in an address the partner gave whole."""
    slash = Quirk.TRAILING_SLASH
    assert (await sent(slash)).path == "/receiver/locations/nl/rw1/loc-1a/"
    listed = await sent(slash, path="/sender/tokens?limit=1")
    assert listed.path == "/sender/tokens/?limit=1"
    assert (await sent(slash, path="/x/")).path == "/x/"
    assert (await sent(slash, path="/back?x=1", verbatim=True)).path == "/back?x=1"


async def test_upper_case_ids(sent: Sent) -> None:
    """C-024, I-74: in the address and in the body, where they are ids."""
    upper = Quirk.UPPER_CASE_IDS
    request = await sent(upper)
    assert request.path == "/receiver/locations/NL/RW1/LOC-1A"
    assert (request.body["id"], request.body["name"]) == ("LOC-1A", "Plaza a")
    assert request.body["tariff_ids"] == ["T-A", "T-B"]
    assert request.body["evses"][0]["uid"] == "E-A"
    asked = await sent(upper, path="/sender/tokens/ab%2fc/authorize?type=RFID", body=None)
    assert asked.path == "/sender/tokens/AB%2FC/authorize?type=RFID"
    assert (await sent(upper, path="/back/abc", verbatim=True)).path == "/back/abc"
    assert (await sent(upper, path="/elsewhere/abc")).path == "/elsewhere/abc"


async def test_whole_seconds(sent: Sent) -> None:
    """I-16: on every level; other texts stay."""
    body = (await sent(Quirk.WHOLE_SECONDS)).body
    assert body["last_updated"] == "2026-05-04T12:00:00Z"
    assert body["evses"] == [{"uid": "e-a", "last_updated": "2026-05-04T12:00:00Z"}]
    assert body["name"] == "Plaza a"


async def test_quirks_add_up(sent: Sent) -> None:
    request = await sent(*STRATEGIES)
    assert request.path == "/receiver/locations/NL/RW1/LOC-1A/"
    assert request.body["last_updated"] == "2026-05-04T12:00:00Z"


def test_quirks_are_switched_on_and_off() -> None:
    partner = a_partner()
    for quirk in Quirk:
        value = "20" if quirk in WITH_VALUE else ""
        on = partner.switched(quirk, value)
        assert on.has(quirk)
        assert on.switched(quirk, None) == partner
    assert partner.page_size is None
    assert partner.switched(Quirk.PAGE_SIZE, "20").page_size == 20
    assert QUIRKS.keys() == set(Quirk)


@pytest.mark.parametrize(
    ("quirk", "value"),
    [(Quirk.PAGE_SIZE, ""), (Quirk.PAGE_SIZE, "0"), (Quirk.PAGE_SIZE, "x"), (Quirk.NO_PATCH, "1")],
)
def test_a_number_is_where_it_belongs(quirk: Quirk, value: str) -> None:
    with pytest.raises(InvalidInput):
        a_partner().switched(quirk, value)
