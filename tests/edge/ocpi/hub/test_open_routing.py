"""Messages without TO headers find their receiver by what they are about."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.adapters.sealing_fernet import FernetSealer
from app.domain.hub_rules import Effect, Rule, Scope
from app.simulators.partner import Partner
from app.simulators.partner_site import OwnSession
from app.store.transaction import Store
from tests.edge.ocpi.hub.conftest import to
from tests.edge.ocpi.hub.openly import (
    ASKS,
    BY,
    CPA,
    EMA,
    OpenHouse,
    an_open_house,
    functional,
    status,
    who,
)

CALLBACK = "https://127.0.0.1/nowhere"


@pytest.fixture
async def hub(store: Store, sealer: FernetSealer) -> AsyncIterator[OpenHouse]:
    async with an_open_house(store, sealer) as made:
        yield made


class Four:
    """Two operators and two providers."""

    def __init__(self, hub: OpenHouse, *members: Partner) -> None:
        self.hub = hub
        self.cpo, self.other_cpo, self.emsp, self.other_emsp = members
        self.known = {member.party: len(member.requests) for member in members}

    def since(self, member: Partner) -> list[str]:
        """What reached a member since all had joined."""
        return functional(member, self.known[member.party])

    def session(self, **changes: Any) -> dict[str, Any]:
        """A session of the first operator with the card of the first provider."""
        token = next(iter(self.emsp.tokens.values()))
        session = OwnSession(self.cpo.site, token, None, datetime.now(UTC), id="Sess-1")
        return {**session.document(), **changes}

    def start(self, location_id: str) -> dict[str, Any]:
        """START_SESSION by the first provider."""
        token = next(iter(self.emsp.tokens.values()))
        return {"response_url": CALLBACK, "token": token, "location_id": location_id}


@pytest.fixture
async def four(hub: OpenHouse) -> Four:
    return Four(
        hub,
        await hub.join("CPA", "CPO"),
        await hub.join("CPB", "CPO"),
        await hub.join("EMA", "EMSP"),
        await hub.join("EMB", "EMSP"),
    )


async def test_sessions_and_cdrs_go_to_the_provider_of_the_token(four: Four) -> None:
    """C-244, C-245, C-248: TO is added on the second leg, nobody else hears of it."""
    hub, session = four.hub, four.session()
    place = f"receiver/sessions/DE/CPA/{session['id']}"
    put = await hub.say(four.cpo, "PUT", place, session)
    assert status(put)[1] == 1000, put.text
    assert who(put) == "EMA"
    came = four.emsp.requests[-1]
    assert (came.headers["ocpi-to-party-id"], came.headers["ocpi-from-party-id"]) == ("EMA", "CPA")
    patch = {"kwh": 1, "last_updated": session["last_updated"]}
    patched = await hub.say(four.cpo, "PATCH", place, patch)
    assert (status(patched)[1], who(patched)) == (1000, "EMA")
    read = await hub.say(four.cpo, "GET", place)
    assert (status(read)[1], who(read)) == (1000, "EMA")
    assert [each.split()[0] for each in four.since(four.emsp)] == ["PUT", "PATCH", "GET"]
    for nobody in (four.other_emsp, four.other_cpo):
        assert four.since(nobody) == []
    assert hub.everybody.told == []


async def test_a_cdr_finds_its_provider(four: Four) -> None:
    """C-245: by its token; TO = the hub means the same, since bills are not for everybody."""
    session = OwnSession(
        four.cpo.site, next(iter(four.emsp.tokens.values())), None, datetime.now(UTC)
    )
    session.ended = datetime.now(UTC)
    answer = await four.hub.say(
        four.cpo, "POST", "receiver/cdrs", session.cdr(), **to("RWH", "NL")
    )
    assert (status(answer)[1], who(answer)) == (1000, "EMA")
    assert four.since(four.other_emsp) == []


@pytest.mark.parametrize(
    ("method", "place", "body"),
    [
        ("PATCH", "receiver/sessions/DE/CPA/unknown", {"kwh": 1}),
        ("PATCH", "receiver/sessions/DE/CPB/unknown", {"kwh": 1}),
        ("POST", "receiver/cdrs", {"id": "C1", "session_id": "unknown"}),
        ("GET", "receiver/locations/DE/CPA/L1", None),
        ("PUT", "sender/chargingprofiles/unknown", {}),
        ("POST", "sender/tariffs", {}),
    ],
)
async def test_what_names_nobody_is_for_nobody(
    four: Four, method: str, place: str, body: Any
) -> None:
    """C-244, C-249: 4001 from the hub, and nobody is bothered."""
    answer = await four.hub.say(four.cpo, method, place, body)
    assert (status(answer), who(answer)) == ((200, 4001), "RWH")
    assert [four.since(member) for member in four.hub.members] == [[], [], [], []]


@pytest.mark.parametrize("module", ["locations", "tariffs"])
async def test_a_push_that_names_nobody_is_for_everybody(four: Four, module: str) -> None:
    """C-249: locations, tariffs and tokens are told to all."""
    site = four.cpo.site
    document = site.location() if module == "locations" else site.tariff()
    place = f"receiver/{module}/DE/CPA/{document['id']}"
    answer = await four.hub.say(four.cpo, "PUT", place, document)
    assert status(answer)[1] == 1000
    assert [message.module for message in four.hub.everybody.told] == [module]


@pytest.mark.parametrize("learned", ["pulled", "pushed", "broadcast", "by the hub", "listed"])
async def test_commands_go_to_whose_location_it_is(four: Four, learned: str) -> None:
    """C-247: the hub has seen it pass, one way or another."""
    hub, location = four.hub, four.cpo.site.location()
    place = f"receiver/locations/DE/CPA/{location['id']}"
    if learned == "pulled":
        one = f"sender/locations/{location['id']}"
        await hub.say(four.other_emsp, "GET", one, **to("CPA"))
    elif learned == "pushed":
        await hub.say(four.cpo, "PUT", place, location, **to("EMB"))
    elif learned in {"broadcast", "by the hub"}:
        # Some put the hub's own id into the address (I-68).
        at = place.replace("DE/CPA", "NL/RWH") if learned == "by the hub" else place
        await hub.say(four.cpo, "PUT", at, location, **to("RWH", "NL"))
    else:
        await hub.say(four.other_emsp, "GET", "sender/locations", **to("CPA"))
    four.cpo.start_response = "REJECTED"
    wish = four.start(location["id"].lower())
    answer = await hub.say(four.emsp, "POST", "receiver/commands/START_SESSION", wish)
    assert (status(answer)[1], who(answer)) == (1000, "CPA")
    assert four.since(four.cpo)[-1] == "POST receiver/commands/START_SESSION"
    assert four.since(four.other_cpo) == []


async def test_a_location_is_read_where_it_is(four: Four) -> None:
    """C-243, C-249: GET of an object goes to its owner, also with TO = the hub, or to nobody."""
    hub, place = four.hub, f"sender/locations/{four.cpo.site.location_id}"
    unknown = await hub.say(four.emsp, "GET", place)
    assert status(unknown) == (200, 4001)
    await hub.say(four.emsp, "GET", "sender/locations", **to("CPA"))
    for headers in ({}, to("RWH", "NL")):
        answer = await hub.say(four.emsp, "GET", place, **headers)
        assert (status(answer)[1], who(answer)) == (1000, "CPA")
    part = await hub.say(four.emsp, "GET", f"{place}/{four.cpo.site.evse_uid}")
    assert (status(part)[1], who(part)) == (1000, "CPA")
    assert four.since(four.other_cpo) == []


async def test_a_location_of_several_has_to_be_addressed(four: Four) -> None:
    """C-249: 2001 asks for TO headers; whom the sender may not see does not count."""
    hub = four.hub
    for cpo in (four.cpo, four.other_cpo):
        location = {**cpo.site.location(), "id": "SAME"}
        place = f"receiver/locations/DE/{cpo.party}/SAME"
        await hub.say(cpo, "PUT", place, location, **to("EMA"))
    answer = await hub.say(four.emsp, "GET", "sender/locations/SAME")
    assert (status(answer), who(answer)) == ((200, 2001), "RWH")
    assert "OCPI-to-party-id" in answer.json()["status_message"]
    await hub.rule.set_rule(Rule(Scope(CPA, EMA), Effect.DENY), by=BY)
    answer = await hub.say(four.emsp, "GET", "sender/locations/SAME")
    assert who(answer) == "CPB"
    denied = await hub.say(four.emsp, "GET", f"sender/locations/{four.cpo.site.location_id}")
    assert status(denied) == (200, 4001)


@pytest.mark.parametrize(
    ("method", "place", "body"),
    [
        ("POST", "receiver/commands/STOP_SESSION", {"session_id": "sess-1"}),
        ("PUT", "sender/sessions/SESS-1/charging_preferences", {"profile_type": "FAST"}),
        ("GET", "receiver/chargingprofiles/Sess-1?duration=9&response_url=https%3A%2F%2Fx", None),
        ("DELETE", "receiver/chargingprofiles/Sess-1?response_url=https%3A%2F%2Fx", None),
    ],
)
async def test_a_running_session_is_steered_by_its_own_provider(
    four: Four, method: str, place: str, body: Any
) -> None:
    """C-247, C-249: by the index of sessions; another provider's request finds nobody."""
    hub, session = four.hub, four.session()
    at = f"receiver/sessions/DE/CPA/{session['id']}"
    await hub.say(four.cpo, "PUT", at, session)
    if body and "session_id" in body:
        body = {"response_url": CALLBACK, **body}
    strange = await hub.say(four.other_emsp, method, place, body)
    assert status(strange) == (200, 4001)
    assert four.since(four.cpo) == []
    answer = await hub.say(four.emsp, method, place, body)
    assert who(answer) == "CPA", answer.text
    assert four.since(four.cpo)[-1].split("?")[0] == f"{method} {place}".split("?")[0]


async def test_a_reservation_is_cancelled_where_it_was_made(four: Four) -> None:
    """C-247: its id is known from the moment that it was asked for."""
    hub = four.hub
    wish = {
        **four.start(four.cpo.site.location_id),
        "expiry_date": "2030-01-01T00:00:00Z",
        "reservation_id": "R-7",
    }
    made = await hub.say(four.emsp, "POST", "receiver/commands/RESERVE_NOW", wish, **to("CPA"))
    assert status(made)[1] == 1000, made.text
    cancel = {"response_url": CALLBACK, "reservation_id": "r-7"}
    strange = await hub.say(
        four.other_emsp, "POST", "receiver/commands/CANCEL_RESERVATION", cancel
    )
    assert status(strange) == (200, 4001)
    answer = await hub.say(four.emsp, "POST", "receiver/commands/CANCEL_RESERVATION", cancel)
    assert (status(answer)[1], who(answer)) == (1000, "CPA")
    await asyncio.sleep(0.1)


async def test_an_active_profile_goes_to_the_provider_of_the_session(four: Four) -> None:
    """Session ids are one operator's only: FROM tells whose it is (#405)."""
    hub, session = four.hub, four.session()
    await hub.say(four.cpo, "PUT", f"receiver/sessions/DE/CPA/{session['id']}", session)
    place = f"sender/chargingprofiles/{session['id']}"
    profile = {
        "start_date_time": session["start_date_time"],
        "charging_profile": {
            "charging_rate_unit": "W",
            "charging_profile_period": [{"start_period": 0, "limit": 4000}],
        },
    }
    answer = await hub.say(four.cpo, "PUT", place, profile)
    assert who(answer) == "EMA"
    assert "never had a profile" in four.emsp.violations.pop()  # it came, unasked for
    strange = await hub.say(four.other_cpo, "PUT", place, profile)
    assert status(strange) == (200, 4001)


async def test_a_known_card_is_asked_about_where_it_is_from(four: Four) -> None:
    """C-246: nobody else is asked."""
    hub, card = four.hub, next(iter(four.emsp.tokens))
    place = f"receiver/tokens/DE/EMA/{card}?type=RFID"
    await hub.say(four.emsp, "PUT", place, four.emsp.tokens[card], **to("CPB"))
    answer = await hub.say(four.cpo, "POST", f"sender/tokens/{card}/authorize")
    assert (status(answer)[1], who(answer)) == (1000, "EMA")
    assert four.since(four.other_emsp) == []


async def test_an_unknown_card_is_asked_about_everywhere_once(four: Four) -> None:
    """C-246: the first that allows it wins; from then on the hub knows whose it is."""
    hub, place = four.hub, f"sender/tokens/{next(iter(four.emsp.tokens))}/authorize"
    four.other_emsp.fault("slow", path="/authorize", seconds=0.5)
    answer = await hub.say(four.cpo, "POST", place)
    assert (status(answer)[1], who(answer)) == (1000, "EMA")
    assert answer.json()["data"]["allowed"] == "ALLOWED"
    again = await hub.say(four.other_cpo, "POST", place, **to("RWH", "NL"))
    assert who(again) == "EMA"
    assert len(four.since(four.emsp)) == 2
    assert len(four.since(four.other_emsp)) <= 1


async def test_a_card_that_two_know_is_good_when_one_allows_it(four: Four) -> None:
    """#420: whoever says no is only believed when nobody says yes."""
    for emsp in (four.emsp, four.other_emsp):
        emsp.add_token("SHARED")
    four.emsp.verdicts["SHARED"] = "BLOCKED"
    four.other_emsp.fault("slow", path="/authorize", seconds=0.3)
    answer = await four.hub.say(four.cpo, "POST", "sender/tokens/SHARED/authorize")
    assert (who(answer), answer.json()["data"]["allowed"]) == ("EMB", "ALLOWED")
    four.other_emsp.verdicts["SHARED"] = "BLOCKED"
    answer = await four.hub.say(four.other_cpo, "POST", "sender/tokens/SHARED/authorize")
    assert answer.json()["data"]["allowed"] == "BLOCKED"


async def test_a_card_of_nobody(four: Four) -> None:
    """C-246: all say that they do not know it: 404 and 2004, from the hub."""
    answer = await four.hub.say(four.cpo, "POST", "sender/tokens/NOBODYS/authorize")
    assert (status(answer), who(answer)) == ((404, 2004), "RWH")
    assert len(four.since(four.emsp)) == len(four.since(four.other_emsp)) == 1


async def test_not_every_card_is_asked_about_everywhere(four: Four) -> None:
    """#571: whoever shows many unknown cards is told to wait; known ones cost nobody anything."""
    place = f"sender/tokens/{next(iter(four.emsp.tokens))}/authorize"
    assert status(await four.hub.say(four.cpo, "POST", place)) == (200, 1000)
    for number in range(1, ASKS):
        answer = await four.hub.say(four.cpo, "POST", f"sender/tokens/N{number}/authorize")
        assert status(answer) == (404, 2004)
    answer = await four.hub.say(four.cpo, "POST", "sender/tokens/ONE-MORE/authorize")
    assert status(answer) == (429, 2000)
    assert int(answer.headers["retry-after"]) > 0
    assert status(await four.hub.say(four.cpo, "POST", place)) == (200, 1000)
    other = await four.hub.say(four.other_cpo, "POST", "sender/tokens/N1/authorize")
    assert status(other) == (404, 2004)


async def test_a_card_of_somebody_who_does_not_answer(four: Four) -> None:
    """C-230: one who says nothing may know it, so it is not unknown; but nobody waits for long."""
    four.other_emsp.fault("slow", path="/authorize", seconds=3)
    answer = await four.hub.say(four.cpo, "POST", "sender/tokens/NOBODYS/authorize")
    assert (status(answer), who(answer)) == ((200, 4002), "RWH")


async def test_providers_without_a_contract_are_not_asked(four: Four) -> None:
    """C-263: what they would say is nothing to this operator."""
    await four.hub.rule.set_rule(Rule(Scope(EMA, CPA, "tokens"), Effect.DENY), by=BY)
    place = f"sender/tokens/{next(iter(four.emsp.tokens))}/authorize"
    answer = await four.hub.say(four.cpo, "POST", place)
    assert status(answer) == (404, 2004)
    assert four.since(four.emsp) == []
    allowed = await four.hub.say(four.other_cpo, "POST", place)
    assert who(allowed) == "EMA"
    again = await four.hub.say(four.cpo, "POST", place)
    assert status(again) == (404, 2004)


async def test_what_is_no_json_is_refused_by_the_hub(four: Four) -> None:
    """Where the body would have to tell the receiver."""
    answer = await four.hub.say(four.cpo, "POST", "receiver/cdrs", b"{")
    assert status(answer) == (400, 2001)
    answer = await four.hub.say(four.cpo, "POST", "receiver/cdrs", b"[]")
    assert status(answer) == (200, 2001)
