"""What a requester hears when the second leg goes wrong: the error table, row by row."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from httpx import Response as Answered

from app.domain.hub_rules import Effect, Rule, Scope
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, PartnerState
from app.runtime.hub import Hub
from app.simulators.http_server import Request, Response
from app.simulators.partner import Partner
from app.simulators.partner_server import ocpi
from app.use_cases.hub_members import write_partner
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub
from tests.support.clock import NOON
from tests.support.patience import until

SHORT_S = 0.5

Bend = Callable[[Response], Response]


class Bent(Partner):
    """A good platform whose answers about locations a test replaces."""

    bend: Bend | None = None

    async def answer(self, request: Request) -> Response:
        response = await super().answer(request)
        if self.bend is None or "/sender/locations" not in request.path:
            return response
        bent = self.bend(response)
        return replace(bent, headers={**response.headers, **bent.headers})


@dataclass
class Stage:
    """An eMSP asks a CPO for its locations through the hub."""

    hub: WholeHub
    cpo: Bent
    emsp: Partner

    async def ask(self, party: str = "CPA", place: str = "sender/locations") -> Answered:
        return await self.hub.ask(self.emsp, "GET", place, **to(party), **by("EMA"))

    def forwarded(self) -> list[Request]:
        """What the CPO was asked, besides being told who is there."""
        return [request for request in self.cpo.requests if "locations" in request.path]

    async def change(self, **changes: Any) -> None:
        """Another state of the CPO's platform than it has by itself."""
        known = await self.hub.house.partners.need_by_name(self.cpo.name)
        async with self.hub.store.transaction() as tx:
            await write_partner(tx, replace(known, **changes), NOON)


@pytest.fixture
async def stage(whole: WholeHub) -> Stage:
    cpo = await whole.join("CPA", "CPO", kind=Bent)
    assert isinstance(cpo, Bent)
    return Stage(whole, cpo, await whole.join("EMA", "EMSP"))


PASSED = {
    "an unknown object": ocpi(code=2003, http=404, message="no such location"),
    "a client's mistake": ocpi(code=2001, message="what is this"),
    "a server's trouble": ocpi(code=3001, message="not now"),
    "a method that is none": ocpi(code=2000, http=405),
    "a hub behind it": ocpi(code=4001, message="nobody here"),
    "data in full": ocpi([{"id": "L1", "theirs": 1.50}]),
}


@pytest.mark.parametrize("said", PASSED.values(), ids=PASSED.keys())
async def test_what_the_receiver_says_comes_back_as_it_is(stage: Stage, said: Response) -> None:
    """C-228: HTTP status, status_code, status_message and data."""
    stage.cpo.bend = lambda _: said
    answer = await stage.ask()
    assert (answer.status_code, answer.json()) == (said.status, said.content)
    assert answer.headers["ocpi-from-party-id"] == "CPA"


REPLACED = {
    "401": (ocpi(code=2001, http=401), {4003}),
    "403": (ocpi(code=2001, http=403), {4003}),
    "500": (ocpi(code=3000, http=500), {4000}),
    "503": (Response(503, "busy", kind="text/plain"), {4000}),
    "no JSON": (Response(200, "<html>", kind="text/html"), {4000}),
    "no envelope": (Response(200, {"id": "L1"}), {4000}),
    "a proxy's 404": (Response(404, "<html>not here", kind="text/html"), {4000}),
}


@pytest.mark.parametrize(("said", "expected"), REPLACED.values(), ids=REPLACED.keys())
async def test_what_is_no_answer_of_ocpi_becomes_the_hubs(
    stage: Stage, said: Response, expected: set[int]
) -> None:
    """C-232, C-233: the requester must not think that its own token is bad."""
    stage.cpo.bend = lambda _: said
    _is_refused(await stage.ask(), expected)


async def test_nobody_of_this_name(stage: Stage) -> None:
    """C-229."""
    _is_refused(await stage.ask("XXX"), {4001})


async def test_nobody_listens_there(stage: Stage) -> None:
    """C-231: TCP failure."""
    stage.cpo.down()
    _is_refused(await stage.ask(), {4003})
    await stage.cpo.up()


UNREACHABLE = {
    "DNS": "http://nobody.invalid/ocpi",
    "TLS": "https://{address}/ocpi",
    "TCP": "http://127.0.0.1:1/ocpi",
}


@pytest.mark.parametrize("place", UNREACHABLE.values(), ids=UNREACHABLE.keys())
async def test_who_cannot_be_reached_is_checked(stage: Stage, place: str) -> None:
    """C-231: whatever fails below HTTP; and somebody looks whether the member is there at all."""
    address = stage.cpo.origin.partition("//")[2]
    known = await stage.hub.house.partners.need_by_name(stage.cpo.name)
    url = place.format(address=address)
    broken = [replace(e, url=url) if e.module == "locations" else e for e in known.endpoints]
    await stage.change(endpoints=tuple(broken))

    def checks() -> int:
        return sum(r.path.endswith("/versions") for r in stage.cpo.requests)

    seen = checks()
    _is_refused(await stage.ask(), {4003})
    await until(lambda: checks() == seen + 1)


async def test_who_may_not_be_talked_to_is_as_nobody(stage: Stage) -> None:
    """C-229, C-263: to the word."""
    assert isinstance(stage.hub.hub, Hub)
    unknown = (await stage.ask("XXX")).json()["status_message"]
    scope = Scope(PartyId("DE", "CPA"), PartyId("DE", "EMA"))
    await stage.hub.hub.rules.set_rule(Rule(scope, Effect.DENY), by="a test")
    answer = await stage.ask()
    _is_refused(answer, {4001})
    assert answer.json()["status_message"] == unknown.replace("DE-XXX", "DE-CPA")


async def test_the_connection_breaks_before_an_answer(stage: Stage) -> None:
    """C-230, C-232: it may have arrived, so it is not said that it did not."""
    stage.cpo.fault("reset", times=2, path="/sender/locations")
    _is_refused(await stage.ask(), {4002})


@pytest.mark.parametrize("timeout_s", [SHORT_S])
async def test_no_answer_in_time(stage: Stage, timeout_s: float) -> None:
    """C-230: and the late answer is dropped."""
    stage.cpo.fault("slow", path="/sender/locations", seconds=timeout_s * 3)
    _is_refused(await stage.ask(), {4002})

    async def well_again() -> bool:
        status: int = (await stage.ask()).json()["status_code"]
        assert status in {1000, 4002}  # a busy machine may be too slow once more
        return status == 1000

    await until(well_again)


GONE = [PartnerState.OFFLINE, PartnerState.INVITED, PartnerState.SUSPENDED]


@pytest.mark.parametrize("state", GONE)
async def test_who_is_not_there_is_not_waited_for(stage: Stage, state: PartnerState) -> None:
    """C-231: OFFLINE, PLANNED and SUSPENDED are 4003 at once, and nothing is sent."""
    await stage.change(state=state)
    seen = stage.forwarded()
    stage.cpo.fault("slow", path="/sender/locations", seconds=SHORT_S)
    _is_refused(await stage.ask(), {4003})
    assert stage.forwarded() == seen


async def test_the_receiver_has_no_such_module(stage: Stage) -> None:
    """C-232: 4000, and the message names the module."""
    known = await stage.hub.house.partners.need_by_name(stage.cpo.name)
    fewer = [e for e in known.endpoints if (e.module, e.role) != ("tariffs", InterfaceRole.SENDER)]
    await stage.change(endpoints=tuple(fewer))
    answer = await stage.ask(place="sender/tariffs")
    _is_refused(answer, {4000})
    assert "tariffs" in answer.json()["status_message"]


async def test_the_hub_itself_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-232: an envelope also then, and no word of what broke."""
    assert isinstance(stage.hub.hub, Hub)

    async def broken() -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(stage.hub.hub.directory, "partners", broken)
    answer = await stage.ask()
    _is_refused(answer, {4000})
    assert "secret" not in answer.text


async def test_the_hub_fails_before_it_knows_who_calls(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-232: as when its database is gone; to whom says that it asks, from the hub."""

    async def broken() -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(stage.hub.house.partners, "glance", broken)
    _is_refused(await stage.ask(), {4000})
    answer = await stage.hub.ask(stage.emsp, "GET", "sender/locations", **to("CPA"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 4000)
    assert "ocpi-to-party-id" not in answer.headers
    answer = await stage.hub.ask(stage.emsp, "GET", "sender/nothing", **to("CPA"), **by("EMA"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 3000)


SPOOFED = [
    ({**to("CPA"), **by("CPA")}, "somebody else's party"),
    ({**to("CPA"), **by("XXX")}, "nobody's party"),
    ({**by("EMA"), "OCPI-to-party-id": "CPA"}, "half a receiver"),
    ({**to("CPA"), "OCPI-from-party-id": "EMA"}, "half a sender"),
]


@pytest.mark.parametrize(("headers", "_what"), SPOOFED)
async def test_headers_that_are_wrong_are_refused(
    stage: Stage, headers: dict[str, str], _what: str
) -> None:
    """C-234: 2001, and nothing is forwarded."""
    answer = await stage.hub.ask(stage.emsp, "GET", "sender/locations", **headers)
    assert answer.json()["status_code"] == 2001
    assert stage.forwarded() == []


async def test_a_sender_that_says_nothing_of_itself(stage: Stage) -> None:
    """C-235: taken from a platform with one party, refused from one with several."""
    answer = await stage.hub.ask(stage.emsp, "GET", "sender/locations", **to("CPA"))
    assert answer.json()["status_code"] == 1000
    assert stage.forwarded()[-1].headers["ocpi-from-party-id"] == "EMA"
    known = await stage.hub.house.partners.need_by_name(stage.emsp.name)
    second = replace(known.roles[0], party=replace(known.roles[0].party, code="EM2"))
    async with stage.hub.store.transaction() as tx:
        await write_partner(tx, replace(known, roles=(*known.roles, second)), NOON)
    answer = await stage.hub.ask(stage.emsp, "GET", "sender/locations", **to("CPA"))
    assert answer.json()["status_code"] == 2001


def _is_refused(answer: Answered, expected: set[int]) -> None:
    """HTTP 200, one of these statuses, from the hub, and no data."""
    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert body["status_code"] in expected, answer.text
    assert body.get("data") is None
    assert answer.headers["ocpi-from-party-id"] == "RWH"
    assert answer.headers["ocpi-to-party-id"] == "EMA"
