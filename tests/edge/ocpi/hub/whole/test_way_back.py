"""Ways back through the hub as production builds it: after a death of it, and between versions."""

import base64
from contextlib import AsyncExitStack

from httpx import Response

from app.adapters.sealing_fernet import FernetSealer
from app.domain.hub_rules import Effect, Rule, Scope
from app.domain.identifiers import PartyId
from app.simulators.partner import Partner, SentCommand
from app.store.transaction import Store
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.whole.conftest import WholeHub, a_whole_hub
from tests.edge.ocpi.hub.whole.test_virtual import get, meet, met
from tests.support.patience import until

CPA, EMA = PartyId("DE", "CPA"), PartyId("DE", "EMA")


def path_of(url: str) -> str:
    """What follows the platform in an address of the hub."""
    return "/ocpi/hub/" + url.split("/ocpi/hub/", 1)[1]


async def call(whole: WholeHub, member: Partner, url: str, result: object = None) -> Response:
    """The same place at this hub, wherever the address was made, by the member's token.

    GET of a page, or POST of a result.
    """
    method = "GET" if result is None else "POST"
    assert member.peer is not None
    shown = base64.b64encode(member.peer.token.encode()).decode()
    headers = {"Authorization": f"Token {shown}", "X-Request-ID": "q", "X-Correlation-ID": "c"}
    return await whole.http.request(
        method, whole.house.url + path_of(url), json=result, headers=headers
    )


async def test_the_hub_dies_between_a_command_and_its_result(
    store: Store, sealer: FernetSealer
) -> None:
    """C-257, C-259, C-254: whoever runs after it knows the way, as often as it is asked."""
    async with AsyncExitStack() as members:
        async with a_whole_hub(store, sealer) as before:
            before.stack, kept = members, before.stack
            cpo = await before.join("CPA", "CPO", result_delay_s=3_600)
            emsp = await before.join("EMA", "EMSP")
            before.stack = kept
            met(emsp, cpo, "CPO")
            for n in range(2, 6):
                emsp.add_token(f"EMA-CARD-{n}")
            sent = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid)
            assert sent.response["result"] == "ACCEPTED"
            back = cpo.executed[0][1]["response_url"]
            first = await before.ask(cpo, "GET", "sender/tokens", **to("EMA"), **by("CPA"))
            page = first.headers["link"].split(">")[0].removeprefix("<")
        async with a_whole_hub(store, sealer) as after:
            answer = await call(after, cpo, back, {"result": "ACCEPTED"})
            assert answer.json()["status_code"] == 1000, answer.text
            assert sent.results == [{"result": "ACCEPTED"}]
            for _ in range(2):
                answer = await call(after, cpo, page)
                uids = [token["uid"] for token in answer.json()["data"]]
                assert uids == ["EMA-CARD-3", "EMA-CARD-4"]
            assert (await call(after, emsp, back, {"result": "FAILED"})).status_code == 404
        assert emsp.violations == cpo.violations == []


async def test_who_may_not_talk_any_more_has_no_way_back(whole: WholeHub) -> None:
    """C-263: an address that was given before does not outlive the contract."""
    cpo = await whole.join("CPA", "CPO")
    emsp = await whole.join("EMA", "EMSP")
    met(emsp, cpo, "CPO")
    cpo.start_response = "REJECTED"
    sent = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid)
    back = cpo.executed[0][1]["response_url"]
    assert whole.hub is not None
    scope = Scope(EMA, CPA, "commands")
    await whole.hub.rules.set_rule(Rule(scope, Effect.DENY), by="somebody")
    answer = await call(whole, cpo, back, {"result": "ACCEPTED"})
    assert (answer.status_code, answer.json()["status_code"]) == (200, 4001)
    assert not any(request.target.endswith(sent.id) for request in emsp.requests)


async def test_an_operator_of_211_reports_and_bills(whole: WholeHub) -> None:
    """C-255, C-256, C-257, C-262: its addresses are of its own version, and need no headers."""
    emsp = await whole.join("EMA", "EMSP")
    cpo = await meet(whole, "CPA", "CPO", EMA)
    met(emsp, cpo, "CPO")
    sent = await emsp.start_session(cpo.site.location_id, cpo.site.evse_uid)
    assert (await emsp.result(sent, 5))["result"] == "ACCEPTED"
    back = cpo.executed[0][1]["response_url"]
    assert path_of(back).startswith("/ocpi/hub/2.1.1/callbacks/")
    told = next(r for r in emsp.requests if r.target.endswith(sent.id))
    started = next(r for r in cpo.requests if r.target.endswith("/commands/START_SESSION"))
    assert (told.headers["ocpi-to-party-id"], told.headers["ocpi-from-party-id"]) == ("EMA", "CPA")
    assert told.headers["x-correlation-id"] != started.headers.get("x-request-id")
    await until(lambda: bool(cpo.sessions))
    (session_id,) = cpo.sessions
    await until(lambda: bool(emsp.received.of("sessions")))
    cdr = await cpo.finish(session_id)
    (bill,) = emsp.received.of("cdrs")
    assert bill["id"] == cdr["id"]


async def test_a_result_of_211_is_followed_with_its_command(whole: WholeHub) -> None:
    """C-226, C-257, C-262: its version has no ids, so the address brings the command's back."""
    emsp = await whole.join("EMA", "EMSP")
    cpo = await meet(whole, "CPA", "CPO", EMA)
    emsp.sent["mine"] = SentCommand("mine", "REF")
    start = {
        "response_url": f"{emsp.origin}/ocpi/2.2.1/sender/commands/START_SESSION/mine",
        "token": emsp.tokens["EMA-CARD-1"],
        "location_id": cpo.site.location_id,
        "evse_uid": cpo.site.evse_uid,
    }
    place = "receiver/commands/START_SESSION"
    named = {"X-Correlation-ID": "corr-of-the-driver"}
    answer = await whole.ask(emsp, "POST", place, start, **to("CPA"), **by("EMA"), **named)
    assert answer.json()["data"]["result"] == "ACCEPTED", answer.text
    await until(lambda: bool(emsp.sent["mine"].results))
    told = next(r for r in emsp.requests if r.target.endswith("/START_SESSION/mine"))
    assert told.headers["x-correlation-id"] == "corr-of-the-driver"


async def test_a_list_for_a_provider_of_211_goes_on(whole: WholeHub) -> None:
    """C-254: page after page by Link alone, which leads where its version and token are good."""
    operators = await whole.join("CPA", "CPO")
    emsp = await meet(whole, "EMA", "EMSP", CPA)
    met(operators, emsp, "EMSP")
    site = operators.site
    many = [{**site.location(), "id": f"LOC{n}"} for n in range(5)]
    operators.owned = lambda module: many if module == "locations" else []  # type: ignore[method-assign]
    found = await emsp.pull("locations")
    assert [each["id"] for each in found] == [f"LOC{n}" for n in range(5)]
    first = await get(whole, emsp, "at/DE-CPA/2.1.1/locations")
    page = first.headers["link"].split(">")[0].removeprefix("<")
    assert page.startswith(f"{whole.house.url}/ocpi/hub/2.1.1/callbacks?onward=")
