"""The hub's rules on messages that pass: what is forbidden looks as what is not there."""

from collections.abc import AsyncIterator

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.hub_rules import DEFAULT, Effect, Rule, Scope
from app.store.transaction import Store
from tests.edge.ocpi.hub.conftest import by, to
from tests.edge.ocpi.hub.openly import (
    BY,
    CPA,
    EMA,
    OpenHouse,
    an_open_house,
    functional,
    status,
    who,
)


@pytest.fixture
async def hub(store: Store, sealer: FernetSealer) -> AsyncIterator[OpenHouse]:
    async with an_open_house(store, sealer) as made:
        yield made


async def test_a_forbidden_party_answers_as_one_that_is_not_there(hub: OpenHouse) -> None:
    """C-229, C-263: to the word; also when it could not be reached anyway."""
    cpo = await hub.join("CPA", "CPO")
    emsp = await hub.join("EMA", "EMSP")
    await hub.rule.leave(DEFAULT, [EMA], by=BY)
    known = len(cpo.requests)
    for place in ("sender/locations", f"sender/locations/{cpo.site.location_id}"):
        forbidden = await hub.ask(emsp, "GET", place, **to("CPA"), **by("EMA"))
        unknown = await hub.ask(emsp, "GET", place, **to("XYZ"), **by("EMA"))
        assert status(forbidden) == status(unknown) == (200, 4001)
        assert who(forbidden) == who(unknown) == "RWH"
        said = forbidden.json()["status_message"]
        assert said.replace("CPA", "XYZ") == unknown.json()["status_message"]
        assert set(forbidden.headers) == set(unknown.headers)
    cpo.down()
    down = await hub.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
    assert status(down) == (200, 4001)
    await cpo.up()
    assert len(cpo.requests) == known
    await hub.rule.make_group("pilot", [CPA, EMA], by=BY)
    answer = await hub.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
    assert status(answer) == (200, 1000)


async def test_a_module_is_denied_from_whatever_side_it_is_called(hub: OpenHouse) -> None:
    """C-263: the owner may not push it, the reader may not ask for it; all else passes."""
    cpo = await hub.join("CPA", "CPO")
    emsp = await hub.join("EMA", "EMSP")
    await hub.rule.set_rule(Rule(Scope(CPA, EMA, "tariffs"), Effect.DENY), by=BY)
    pulled = await hub.ask(emsp, "GET", "sender/tariffs", **to("CPA"), **by("EMA"))
    place = f"receiver/tariffs/DE/CPA/{cpo.site.tariff_id}"
    tariff = cpo.site.tariff()
    pushed = await hub.ask(cpo, "PUT", place, tariff, **to("EMA"), **by("CPA"))
    assert status(pulled) == status(pushed) == (200, 4001)
    assert functional(emsp) == []
    for module in ("locations", "sessions"):
        answer = await hub.ask(emsp, "GET", f"sender/{module}", **to("CPA"), **by("EMA"))
        assert status(answer) == (200, 1000)
    assert not any("tariffs" in each for each in functional(cpo))


async def test_single_tariffs_are_hidden_from_one_reader(hub: OpenHouse) -> None:
    """C-263: in lists, and when they are pushed; others get the same bytes as ever."""
    cpo = await hub.join("CPA", "CPO")
    emsp = await hub.join("EMA", "EMSP")
    other = await hub.join("EMB", "EMSP")
    tariff = cpo.site.tariff()
    rule = Rule(Scope(CPA, EMA, "tariffs"), Effect.ALLOW, hidden=(tariff["id"].lower(),))
    await hub.rule.set_rule(rule, by=BY)
    hidden = await hub.ask(emsp, "GET", "sender/tariffs", **to("CPA"), **by("EMA"))
    assert status(hidden) == (200, 1000)
    assert hidden.json()["data"] == []
    assert hidden.headers["x-total-count"] == "0"
    place = f"receiver/tariffs/DE/CPA/{tariff['id']}"
    assert status(await hub.ask(cpo, "PUT", place, tariff, **to("EMA"), **by("CPA"))) == (
        200,
        4001,
    )
    shown = await hub.ask(other, "GET", "sender/tariffs", **to("CPA"), **by("EMB"))
    assert [each["id"] for each in shown.json()["data"]] == [tariff["id"]]
    answer = await hub.ask(cpo, "PUT", place, tariff, **to("EMB"), **by("CPA"))
    assert status(answer)[1] == 1000


async def test_a_hidden_location_is_not_found(hub: OpenHouse) -> None:
    """C-263: as its owner would say of one that it does not have."""
    cpo = await hub.join("CPA", "CPO")
    emsp = await hub.join("EMA", "EMSP")
    rule = Rule(Scope(CPA, None, "locations"), Effect.ALLOW, shown=("OTHER",))
    await hub.rule.set_rule(rule, by=BY)
    known = len(cpo.requests)
    place = f"sender/locations/{cpo.site.location_id}/{cpo.site.evse_uid}"
    answer = await hub.ask(emsp, "GET", place, **to("CPA"), **by("EMA"))
    assert status(answer) == (404, 2003)
    assert len(cpo.requests) == known
    allowed = Rule(Scope(CPA, EMA, "locations"), Effect.ALLOW)
    await hub.rule.set_rule(allowed, by=BY)
    answer = await hub.ask(emsp, "GET", place, **to("CPA"), **by("EMA"))
    assert status(answer) == (200, 1000)


async def test_a_hidden_location_is_not_used(hub: OpenHouse) -> None:
    """C-263: else a command would tell that it is there."""
    cpo = await hub.join("CPA", "CPO")
    emsp = await hub.join("EMA", "EMSP")
    cpo.start_response = "REJECTED"
    hidden = Rule(Scope(CPA, EMA, "locations"), Effect.ALLOW, hidden=(cpo.site.location_id,))
    await hub.rule.set_rule(hidden, by=BY)
    for place, expected in ((cpo.site.location_id, (404, 2003)), ("OTHER", (200, 1000))):
        wish = {
            "response_url": "https://127.0.0.1/nowhere",
            "token": next(iter(emsp.tokens.values())),
            "location_id": place,
        }
        command = "receiver/commands/START_SESSION"
        answer = await hub.ask(emsp, "POST", command, wish, **to("CPA"), **by("EMA"))
        assert status(answer) == expected, answer.text
        opened = await hub.say(emsp, "POST", command, wish)
        assert status(opened) == (200, 4001)
    broken = await hub.ask(
        emsp, "POST", "receiver/commands/START_SESSION", b"{", **to("CPA"), **by("EMA")
    )
    assert who(broken) == "CPA"
    cpo.violations.clear()
    await hub.rule.set_rule(Rule(hidden.scope, Effect.DENY), by=BY)
    wish = {"response_url": "https://127.0.0.1/nowhere", "session_id": "S1"}
    answer = await hub.ask(
        emsp, "POST", "receiver/commands/STOP_SESSION", wish, **to("CPA"), **by("EMA")
    )
    assert status(answer) == (200, 1000)


async def test_a_change_counts_from_the_next_request_on(hub: OpenHouse) -> None:
    await hub.join("CPA", "CPO")
    emsp = await hub.join("EMA", "EMSP")
    scope = Scope(CPA, EMA)
    for effect, expected in ((Effect.DENY, 4001), (Effect.ALLOW, 1000), (Effect.DENY, 4001)):
        await hub.rule.set_rule(Rule(scope, effect), by=BY)
        answer = await hub.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
        assert status(answer)[1] == expected
    await hub.rule.drop_rule(scope, by=BY)
    answer = await hub.ask(emsp, "GET", "sender/locations", **to("CPA"), **by("EMA"))
    assert status(answer)[1] == 1000
    assert [change.by for change in await hub.rule.changes()] == [BY] * 4
