"""The live stream on a real server: states as they come, resumed, ended, and closed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.domain.events import ChargingChanged
from app.simulators.phone import LiveEvent, Phone
from tests.edge.mobile.conftest import Site, refused
from tests.support.drive import ME
from tests.support.loopback import a_client

Headers = dict[str, str]


async def started(site: Site, me: Headers) -> str:
    """A session that waits for its cable."""
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    await site.drive.pump()
    return str(quote["id"])


@asynccontextmanager
async def following(
    site: Site, session_id: str, me: Headers, after: str | None = None
) -> AsyncIterator[AsyncIterator[LiveEvent]]:
    """The raw stream, not resumed by itself."""
    async with a_client(timeout=10) as http:
        headers = me | ({"Last-Event-ID": after} if after else {})
        url = f"{site.url}/api/v1/sessions/{session_id}/events"
        async with http.stream("GET", url, headers=headers) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-cache"
            yield _events(response.aiter_lines())


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[LiveEvent]:
    fields: dict[str, str] = {}
    async for line in lines:
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield LiveEvent(fields["event"], json.loads(fields["data"]), fields.get("id"))
            fields = {}


async def until(events: AsyncIterator[LiveEvent], state: str) -> LiveEvent:
    async with asyncio.timeout(8):
        async for event in events:
            if event.kind == "session" and event.data["state"] == state:
                return event
    raise AssertionError(f"the stream ended before {state}")


async def test_a_session_is_followed_to_its_end(site: Site) -> None:
    drive, me = site.drive, await site.sign_in()
    live = await drive.floor.connect()
    session_id = await started(site, me)
    charging = await drive.chargings.get(session_id, ME)
    seen: list[LiveEvent] = []
    async with following(site, session_id, me) as events:
        first = await until(events, "awaiting_plug")
        snapshot = (await site.get(f"/sessions/{session_id}", headers=me)).json()
        assert first.data == snapshot
        assert first.id == str(snapshot["position"])
        number = await drive.plug_in(live, charging, 20)
        seen.append(await until(events, "charging"))
        for seconds, wh in ((120, 500), (240, 1_000)):
            await drive.meter(live, number, seconds, wh)
            seen.append(await anext(events))
        await drive.chargings.stop(session_id, ME)
        await drive.unplug(live, number, 300, 1_250)
        async with asyncio.timeout(8):
            seen += [event async for event in events]
    assert seen[-1].kind == "end"
    assert seen[-1].data == {"over": True}
    states = [event.data["state"] for event in seen[:-1]]
    assert (states[0], states[-1]) == ("charging", "completed")
    ids = [int(event.id or 0) for event in seen[:-1]]
    assert ids == sorted(ids)
    assert [event.data["energy_kwh"] for event in seen[1:3]] == ["0.5", "1"]
    assert seen[-2].data["cost"]["minor"] == seen[-2].data["payment"]["captured"]["minor"] == 75
    assert site.deps.live.open == 0


async def test_a_stream_resumes_behind_what_was_seen(site: Site) -> None:
    """Nothing already known is told again; what was missed is told as one newest state."""
    drive, me = site.drive, await site.sign_in()
    live = await drive.floor.connect()
    session_id = await started(site, me)
    charging = await drive.chargings.get(session_id, ME)
    async with following(site, session_id, me) as events:
        known = await until(events, "awaiting_plug")
    async with following(site, session_id, me, known.id) as events:

        async def next_one() -> LiveEvent:
            return await anext(events)

        waiting = asyncio.create_task(next_one())
        await asyncio.sleep(0.3)
        assert not waiting.done()
        number = await drive.plug_in(live, charging, 20)
        assert (await waiting).data["state"] == "charging"
    await drive.meter(live, number, 120, 500)
    await drive.meter(live, number, 240, 1_000)
    async with following(site, session_id, me, known.id) as events:
        missed = await anext(events)
    assert (missed.data["state"], missed.data["energy_kwh"]) == ("charging", "1")


async def test_who_comes_after_the_end_is_told_so(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    session_id = await started(site, me)
    await site.post(f"/sessions/{session_id}/cancel", headers=me)
    await site.drive.pump()
    last = str((await site.get(f"/sessions/{session_id}", headers=me)).json()["position"])
    async with following(site, session_id, me, last) as events:
        told = [event async for event in events]
    assert [event.kind for event in told] == ["session", "end"]


async def test_many_changes_at_once_are_told_as_the_newest(site: Site) -> None:
    """Four states a second are enough for anybody."""
    drive, me = site.drive, await site.sign_in()
    live = await drive.floor.connect()
    session_id = await started(site, me)
    charging = await drive.chargings.get(session_id, ME)
    number = await drive.plug_in(live, charging, 20)
    async with following(site, session_id, me) as events:
        await anext(events)
        for step in range(30):
            await drive.meter(live, number, 30 + step, 100 * step)
        told = 0
        async for event in events:
            told += 1
            if event.data["energy_kwh"] == "2.9":
                break
    assert told < 15


async def test_a_hold_that_waits_for_its_holder_is_told_at_once(site: Site) -> None:
    """The payment's own steps move the stream, though the session stays in its state."""
    me = await site.sign_in()
    await site.drive.floor.connect()
    site.drive.bank.books.cards["pm_card_visa"] = "pm_card_authenticationRequired"
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    async with following(site, quote["id"], me) as events:
        before = await anext(events)
        assert before.data["payment"]["state"] == "hold_requested"
        await site.drive.pump()
        async with asyncio.timeout(2):
            event = await anext(events)
        assert event.data["payment"]["state"] == "action_required"
        assert event.data["payment"]["action_url"]
        reference = await site.drive.payment(await site.drive.chargings.get(quote["id"], ME))
        await site.drive.bank.confirm(reference.reference or "")
        confirmed = await site.post(f"/sessions/{quote['id']}/confirmed", headers=me)
        assert confirmed.status_code == 202
        await site.drive.pump()
        await until(events, "awaiting_plug")


async def test_a_stopping_server_says_bye_and_a_phone_comes_back(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    session_id = await started(site, me)
    async with following(site, session_id, me) as events:
        await until(events, "awaiting_plug")
        assert site.deps.live.open == 1
        await site.deps.live.close()
        async with asyncio.timeout(2):
            rest = [event async for event in events]
    assert [event.kind for event in rest] == ["bye"]
    assert site.deps.live.open == 0


async def test_a_stream_ends_with_its_access_token(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    session_id = await started(site, me)
    async with following(site, session_id, me) as events:
        await until(events, "awaiting_plug")
        await site.drive.clock.advance(601)
        await site.drive.floor.bus.publish(f"charging.{session_id}")
        async with asyncio.timeout(2):
            rest = [event.kind async for event in events]
    assert rest[-1] == "bye"


async def test_a_reader_who_leaves_is_forgotten(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    session_id = await started(site, me)
    async with following(site, session_id, me) as events:
        await anext(events)
    for _ in range(100):
        if site.deps.live.open == 0:
            break
        await asyncio.sleep(0.05)
    assert site.deps.live.open == 0
    assert not site.drive.floor.bus._listeners


async def test_a_lost_hint_costs_only_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody told of is found by looking: a meter value, and a step of the session."""
    monkeypatch.setattr("mobile_api.live_feeds.READ_AGAIN_S", 0.1)
    drive, me = site.drive, await site.sign_in()
    live = await drive.floor.connect()
    session_id = await started(site, me)
    charging = await drive.chargings.get(session_id, ME)
    number = await drive.plug_in(live, charging, 20)
    async with following(site, session_id, me) as events:
        await until(events, "charging")
        drive.floor.bus._listeners.clear()
        await drive.meter(live, number, 120, 500)
        assert (await anext(events)).data["energy_kwh"] == "0.5"
        await drive.chargings.stop(session_id, ME)
        assert (await anext(events)).data["state"] == "stopping"


async def test_a_silent_stream_says_that_it_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobile_api.live.STILL_HERE_S", 0.05)
    me = await site.sign_in()
    await site.drive.floor.connect()
    session_id = await started(site, me)
    url = f"{site.url}/api/v1/sessions/{session_id}/events"
    async with a_client(timeout=10) as http, http.stream("GET", url, headers=me) as response:
        lines = response.aiter_lines()
        told = [await anext(lines) for _ in range(9)]
    assert [line.partition(":")[0] for line in told[:5]] == ["event", "data", "id", "retry", ""]
    assert told[5:] == [": ping", "", ": ping", ""]


async def test_the_phone_simulator_follows_and_refreshes(site: Site, phone: Phone) -> None:
    """A counterpart that was written from the documents alone understands the stream."""
    me = await site.sign_in()
    phone.access_token = me["Authorization"].removeprefix("Bearer ")
    await site.drive.floor.connect()
    session_id = await started(site, me)
    seen = []
    async for event in phone.events(f"/sessions/{session_id}/events"):
        seen.append(event)
        if len(seen) == 1:
            await site.post(f"/sessions/{session_id}/cancel", headers=me)
    assert (seen[-2].data["state"], seen[-1].kind) == ("cancelled", "end")


async def test_an_event_id_that_is_no_number_is_a_problem(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    headers = me | {"Last-Event-ID": "x"}
    answer = await site.get(f"/sessions/{quote['id']}/events", headers=headers)
    refused(answer, 422, "malformed")


async def test_a_notice_without_a_new_state_is_an_event_all_the_same(site: Site) -> None:
    """What the phone is to be told must reach the planner."""
    me = await site.sign_in()
    await site.drive.floor.connect()
    session_id = await started(site, me)
    before = len(site.drive.states(await site.drive.chargings.get(session_id, ME)))
    await site.drive.pass_time(241)
    changed = [e for e in site.drive.seen if isinstance(e, ChargingChanged)]
    assert len(changed) == before + 1
