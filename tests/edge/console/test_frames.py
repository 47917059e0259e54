"""Operators search the frames of their chargers, and say how strictly a charger is taken."""

import json
from datetime import UTC, datetime, timedelta

import httpx

from app.adapters.bus_local import LocalBus
from app.console.api.services import OperatorServices
from app.domain.frames import Frame, FramePage, WantedFrames, Way
from app.domain.stations import Station
from app.store.transaction import Store
from app.use_cases.frames import FrameRules, Frames, subject_of
from tests.edge.console.conftest import HOUSE
from tests.support.clock import NOON, FakeClock

CHARGER = "/chargers/ST-1"
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
PAGE_OF_ALL = WantedFrames()


async def _register(store: Store, node: str | None = None) -> None:
    async with store.transaction() as tx:
        await tx.stations.add(Station("ST-1", HOUSE, "hash", node=node))


def _frame(second: int, text: str, *, way: Way = Way.IN, action: str = "Heartbeat") -> Frame:
    return Frame(AT + timedelta(seconds=second), way, action, text)


PAGE = FramePage(
    "ST-1",
    (
        _frame(0, '[2,"1","Heartbeat",{}]'),
        _frame(1, '[3,"1",{"currentTime":"now"}]', way=Way.OUT),
        _frame(2, '[2,"2","Authorize",{"idTag":"#abcd"}]', action="Authorize"),
    ),
)
LATER = FramePage("ST-1", (_frame(60, '[2,"3","Heartbeat",{}]'),))


async def test_frames_are_found(
    api: httpx.AsyncClient, store: Store, services: OperatorServices, other: dict[str, str]
) -> None:
    """By time, action, direction and text; the last ones, the oldest first."""
    await _register(store)
    await services.chargers.frames.keep([PAGE, FramePage("ST-2", PAGE.frames)])
    await services.chargers.frames.keep([LATER])

    async def times(**wanted: object) -> list[int]:
        found = await api.get(f"{CHARGER}/frames", params=wanted)
        assert found.status_code == 200, found.text
        whens = [datetime.fromisoformat(frame["at"]) for frame in found.json()]
        return [int((when - AT).total_seconds()) for when in whens]

    assert await times() == [0, 1, 2, 60]
    assert await times(limit=2) == [2, 60]
    assert await times(action="heartbeat", direction="in") == [0, 60]
    assert await times(direction="out") == [1]
    assert await times(text="CURRENTtime") == [1]
    assert await times(since="2026-05-01T12:00:02Z") == [2, 60]
    assert await times(until="2026-05-01T12:00:02Z") == [0, 1]
    assert await times(since="2026-05-01T12:00:01Z", until="2026-05-01T12:00:03Z") == [1, 2]
    first = (await api.get(f"{CHARGER}/frames", params={"limit": 4})).json()[0]
    assert first == {
        "at": "2026-05-01T12:00:00Z",
        "direction": "in",
        "action": "Heartbeat",
        "frame": '[2,"1","Heartbeat",{}]',
    }
    assert (await api.get(f"{CHARGER}/frames", headers=other)).status_code == 404
    assert (await api.get(f"{CHARGER}/frames", params={"since": "never"})).status_code == 422


async def test_frames_are_exported_as_lines(
    api: httpx.AsyncClient, store: Store, services: OperatorServices
) -> None:
    await _register(store)
    await services.chargers.frames.keep([PAGE])
    told = await api.get(f"{CHARGER}/frames", params={"format": "jsonl"})
    assert told.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in told.text.splitlines()]
    assert [line["frame"] for line in lines] == [frame.text for frame in PAGE.frames]
    assert json.loads(lines[2]["frame"])[2] == "Authorize"


async def test_who_has_the_socket_is_asked_for_the_newest(store: Store, clock: FakeClock) -> None:
    """And where that process is gone, what is stored is shown."""
    bus = LocalBus()
    frames = Frames(store, bus, clock)
    asked = []

    async def write(data: bytes) -> bytes:
        asked.append(data)
        await frames.keep([PAGE])
        return b""

    await _register(store, node="bridge-7")
    wanted = frames.find(HOUSE, "st-1", PAGE_OF_ALL)
    assert await wanted == []
    await bus.respond(subject_of("bridge-7"), write)
    assert len(await frames.find(HOUSE, "st-1", PAGE_OF_ALL)) == 3
    assert asked == [b"ST-1"]
    await bus.close()


async def test_the_journal_is_bounded(store: Store, clock: FakeClock) -> None:
    """By age, by what one charger has and by what all have; the oldest go first."""
    await _register(store)
    clock.set(AT + timedelta(hours=2)) if hasattr(clock, "set") else None
    size = 100 * 4
    rules = FrameRules(age=timedelta(days=3650), per_charger=size, in_all=2 * size)
    frames = Frames(store, LocalBus(), clock, rules=rules)
    for second in range(20):
        await frames.keep([FramePage("ST-1", (_frame(second, "x" * 50),))])
    assert await frames.forget() > 0
    left = await frames.find(HOUSE, "ST-1", PAGE_OF_ALL)
    assert 0 < len(left) < 8
    assert left[-1].at == AT + timedelta(seconds=19)
    for name in ("A", "B", "C", "D"):
        await frames.keep([FramePage(name, (_frame(30, "y" * 50),) * 2)])
    assert await frames.forget() > 0
    old = Frames(store, LocalBus(), clock, rules=FrameRules(age=NOON - NOON))
    assert await old.forget() > 0
    assert await frames.find(HOUSE, "ST-1", PAGE_OF_ALL) == []


async def test_a_charger_is_taken_strictly(
    api: httpx.AsyncClient, store: Store, services: OperatorServices, other: dict[str, str]
) -> None:
    """P-007: and bound to a version, for as long as the operator wants it."""
    await _register(store)
    url = f"{CHARGER}/treatment"
    assert (await api.get(url)).json() == {"strict": False, "version": None}
    wanted = {"strict": True, "version": "2.0.1"}
    assert (await api.put(url, json=wanted)).json() == wanted
    assert (await api.get(url)).json() == wanted
    async with store.reading() as tx:
        station = await tx.stations.need("ST-1")
    assert (station.strict, station.version) == (True, "ocpp2.0.1")
    assert (await api.put(url, json={"version": "1.5"})).status_code == 422
    assert (await api.put(url, json={}, headers=other)).status_code == 404
    assert (await api.put(url, json={})).json() == {"strict": False, "version": None}
