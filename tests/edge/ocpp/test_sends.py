"""What nobody answers in OCPP 2.1, over real sockets: SEND and CALLRESULTERROR."""

from typing import Any

import pytest

from app.domain.event_streams import AnswerRefused, StreamHeard
from app.domain.stations import StationState
from tests.edge.ocpp.conftest import Bench

VALUES = {
    "id": 1,
    "pending": 0,
    "basetime": "2026-01-01T00:00:00Z",
    "data": [{"t": 0, "v": "7"}, {"t": 1.5, "v": "8"}],
}
STREAM = "NotifyPeriodicEventStream"


async def test_a_send_is_heard_in_its_turn(bench: Bench) -> None:
    """P-066, P-225: it takes effect and has no answer, whatever is asked around it."""
    async with bench.charger("2.1") as charger:
        await charger.say([2, "1", "Heartbeat", {}])
        await charger.say([6, "s1", STREAM, VALUES])
        await charger.say([2, "2", "Heartbeat", {}])
        assert [(await charger.hear())[1] for _ in range(2)] == ["1", "2"]
        told = [news for _, news in bench.hub.told]
        assert told[0] == told[2] == "heard"
        assert isinstance(told[1], StreamHeard)
        assert [value.value for value in told[1].values] == ["7", "8"]


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        (STREAM, {**VALUES, "data": []}),
        (STREAM, {**VALUES, "more": 1}),
        (STREAM, {**VALUES, "data": [{"t": 0, "v": "\0"}]}),
        (STREAM, []),
        ("Heartbeat", {}),
        ("NotifySomething", {}),
    ],
)
async def test_a_send_of_no_use_is_dropped(bench: Bench, action: str, payload: Any) -> None:
    """P-066: with nothing said and nothing done."""
    async with bench.charger("2.1") as charger:
        await charger.say([6, "s1", action, payload])
        assert await charger.alive()
        assert [news for _, news in bench.hub.told] == ["heard"]


async def test_who_is_not_accepted_is_not_heard(bench: Bench) -> None:
    bench.hub.states["CP1"] = StationState.PENDING
    async with bench.charger("2.1") as charger:
        await charger.say([6, "s1", STREAM, VALUES])
        assert (await charger.call("Heartbeat", {}))[2] == "SecurityError"
        assert not bench.hub.told


async def test_an_answer_that_a_charger_refuses_is_kept_with_its_call(bench: Bench) -> None:
    """OCPP 2.1, CALLRESULTERROR: it names our answer; the CALL that was answered is found."""
    async with bench.charger("2.1") as charger:
        assert (await charger.call("Heartbeat", {}, "u7"))[0] == 3
        await charger.say([5, "u7", "FormatViolation", "no time", {}])
        await charger.say([5, "??", "GenericError", "", {}])
        assert await charger.alive()
    refused = [news for _, news in bench.hub.told if isinstance(news, AnswerRefused)]
    assert refused == [
        AnswerRefused("u7", "Heartbeat", "FormatViolation", "no time"),
        AnswerRefused("??", "", "GenericError", ""),
    ]
    await bench.until(lambda: bench.listener.counts["answer_refused"] == 2)


async def test_a_hub_that_fails_costs_the_values_and_not_the_socket(bench: Bench) -> None:
    async def fail(_message: object) -> None:
        raise RuntimeError("boom")

    async with bench.charger("2.1") as charger:
        bench.hub.before = fail
        await charger.say([6, "s1", STREAM, VALUES])
        await charger.say([2, "x", "Heartbeat", {}])
        assert (await charger.hear())[1:3] == ["x", "InternalError"]
        bench.hub.before = None
        assert await charger.alive()
