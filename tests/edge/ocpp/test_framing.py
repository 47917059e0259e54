"""OCPP-J framing over real sockets: every CALL one answer, whatever is sent (P-033 to P-059)."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidInput, Unavailable
from app.domain.stations import StationState
from tests.edge.ocpp.conftest import Bench, Charger, a_bench

V16, V201, V21 = "1.6", "2.0.1", "2.1"
ALL = [V16, V201, V21]
BOOT_16 = {"chargePointVendor": "V", "chargePointModel": "M"}
BOOT_2X = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
FORMAT = {V16: "FormationViolation", V201: "FormatViolation", V21: "FormatViolation"}
MISSING = {
    V16: "OccurenceConstraintViolation",
    V201: "OccurenceConstraintViolation",
    V21: "OccurrenceConstraintViolation",
}


def boot(version: str) -> dict[str, Any]:
    return json.loads(json.dumps(BOOT_16 if version == V16 else BOOT_2X))


async def unreadable(charger: Charger, version: str, text: str) -> None:
    """What cannot be read is answered with id "-1" in 2.x, not at all in 1.6; the socket lives."""
    await charger.say(text)
    if version == V16:
        assert await charger.silent()
    else:
        kind, uid, code, *_ = await charger.hear()
        assert (kind, uid, code) == (4, "-1", "RpcFrameworkError")
    assert await charger.alive()


@pytest.mark.parametrize("version", ALL)
async def test_p033_one_answer_with_the_same_id(bench: Bench, version: str) -> None:
    """P-033, P-082."""
    async with bench.charger(version) as charger:
        answer = await charger.call("Heartbeat", {}, "same")
        assert answer[:2] == [3, "same"]
        assert answer[2]["currentTime"].endswith("Z")
        assert await charger.silent()


@pytest.mark.parametrize("uid", ["x" * 36, "ä" * 36, "0123456789", "a b", "[,]{}", 'q"\\', ""])
async def test_p034_the_id_comes_back_as_it_was(bench: Bench, uid: str) -> None:
    """P-034."""
    async with bench.charger() as charger:
        assert (await charger.call("Heartbeat", {}, uid))[:2] == [3, uid]


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "{}",
        '{"a":[2]}',
        "[]",
        "null",
        "",
        '["2","a","Heartbeat",{}]',
        "[true]",
        "[[2]]",
        '[2,"a","Heartbeat",{}',
        '[2,5,"Heartbeat",{}]',
        '[2,null,"Heartbeat",{}]',
        "[2]",
        '[2,"' + "x" * 5_000 + '","Heartbeat",{}]',
        "[" * 100_000,
        '[2,"a","Heartbeat",' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "]",
        '[2,"a","Heartbeat",{"a":NaN}]',
        '[2,"a","Heartbeat",{"a":-Infinity}]',
    ],
    ids=lambda text: text[:24],
)
async def test_p035_p036_p037_p042_p043_p045_p046_what_cannot_be_read(
    bench: Bench, version: str, text: str
) -> None:
    """P-035, P-036, P-037, P-042, P-043, P-045, P-046."""
    async with bench.charger(version) as charger:
        await unreadable(charger, version, text)


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize(
    "text",
    [
        '[2,"m","Heartbeat"]',
        '[2,"m","Heartbeat",{},1]',
        '[2,"m",5,{}]',
        '[2,"m",["a"],{}]',
        '[2,"m",{"a":1},{}]',
        '[2,"m",null,{}]',
    ],
)
async def test_p038_p039_p041_a_malformed_call_with_an_id(
    bench: Bench, version: str, text: str
) -> None:
    """P-038, P-039, P-041."""
    async with bench.charger(version) as charger:
        await charger.say(text)
        assert (await charger.hear())[:3] == [4, "m", FORMAT[version]]
        assert await charger.alive()


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("payload", [None, [], "x", 5, True])
async def test_p040_a_payload_that_is_no_object(
    bench: Bench, version: str, payload: object
) -> None:
    """P-040."""
    async with bench.charger(version) as charger:
        assert (await charger.call("Heartbeat", payload))[2] == "TypeConstraintViolation"
        assert await charger.alive()


@pytest.mark.parametrize("version", ALL)
async def test_a_text_with_nul_is_refused_for_good(bench: Bench, version: str) -> None:
    """No database keeps NUL: an InternalError would make the charger send it for ever."""
    told = boot(version)
    told["chargePointModel" if version == V16 else "reason"] = "a\\\x00"
    async with bench.charger(version) as charger:
        answer = await charger.call("BootNotification", told)
        assert answer[:3] == [4, "u1", "PropertyConstraintViolation"]
        assert await charger.alive()


async def test_a_backslash_before_u0000_is_only_text(bench: Bench) -> None:
    async with bench.charger(V16) as charger:
        answer = await charger.call("BootNotification", {**BOOT_16, "chargePointModel": "\\u0000"})
        assert answer[0] == 3


@pytest.mark.parametrize("number", [2**31, 2**53, 10**30])
async def test_a_connector_number_beyond_32_bits_is_refused(bench: Bench, number: int) -> None:
    status = {"connectorId": number, "errorCode": "NoError", "status": "Available"}
    async with bench.charger(V16) as charger:
        answer = await charger.call("StatusNotification", status)
        assert answer[:2] == [4, "u1"]
        assert answer[2] in {"PropertyConstraintViolation", "TypeConstraintViolation"}
        assert await charger.alive()


@pytest.mark.parametrize("version", ALL)
async def test_p044_unknown_message_types(bench: Bench, version: str) -> None:
    """P-044."""
    async with bench.charger(version) as charger:
        await charger.say([9, "id9", "x"])
        if version == V16:
            assert await charger.silent()
        else:
            assert (await charger.hear())[:3] == [4, "id9", "MessageTypeNotSupported"]
        assert await charger.alive()


async def test_p047_of_duplicate_keys_one_counts(bench: Bench) -> None:
    """P-047."""
    async with bench.charger() as charger:
        await charger.say('[2,"d","Authorize",{"idTag":"A","idTag":"B"}]')
        assert (await charger.hear())[:2] == [3, "d"]


@pytest.mark.parametrize("version", ALL)
async def test_p048_p049_p050_unknown_actions(bench: Bench, version: str) -> None:
    """P-048, P-049, P-050."""
    async with bench.charger(version) as charger:
        assert (await charger.call("BrewCoffee", {}))[2] == "NotImplemented"
        assert (await charger.call("heartbeat", {}))[2] == "NotImplemented"


@pytest.mark.parametrize("version", ALL)
async def test_p051_actions_that_are_not_a_chargers(bench: Bench, version: str) -> None:
    """P-051."""
    async with bench.charger(version) as charger:
        assert (await charger.call("Reset", {"type": "Soft"}))[2] == "NotSupported"


@pytest.mark.parametrize("version", [V201, V21])
async def test_p054_custom_data(bench: Bench, version: str) -> None:
    """P-054."""
    async with bench.charger(version) as charger:
        custom = {"customData": {"vendorId": "org.example", "more": {"x": [1, 2.5]}}}
        assert (await charger.call("Heartbeat", custom))[0] == 3
        assert (await charger.call("Heartbeat", {"customData": {}}))[2] == MISSING[version]


async def test_a_negative_connector_is_no_place(bench: Bench) -> None:
    async with bench.charger() as charger:
        status = {"connectorId": -1, "errorCode": "NoError", "status": "Available"}
        answer = await charger.call("StatusNotification", status)
        assert answer[2] == "PropertyConstraintViolation"
        assert not bench.hub.told


@pytest.mark.parametrize("version", ALL)
async def test_p058_p059_errors_are_short_and_repeat_nothing(bench: Bench, version: str) -> None:
    """P-058, P-059."""
    secret = "s3cret" * 200
    bench.hub.strict.add("CP1")
    async with bench.charger(version) as charger:
        answer = await charger.call("BootNotification", {**boot(version), "x" * 400: secret})
        assert answer[0] == 4
        assert len(answer[3]) <= 255
        assert answer[4] == {}
        assert "s3cret" not in json.dumps(answer)


@pytest.mark.parametrize("version", ALL)
async def test_a_failing_hub_is_an_internal_error_and_no_success(
    bench: Bench, version: str
) -> None:
    """spec/ocpp.md 2.3, database down: the charger is to try again."""

    async def fail(_message: object) -> None:
        raise failures.pop()

    failures: list[Exception] = [RuntimeError("boom"), Unavailable("database")]
    async with bench.charger(version) as charger:
        bench.hub.before = fail
        for _ in range(2):
            assert (await charger.call("BootNotification", boot(version)))[2] == "InternalError"
        failures.append(InvalidInput("x", "is odd"))
        answer = await charger.call("BootNotification", boot(version))
        assert answer[2:4] == ["PropertyConstraintViolation", "x: is odd"]
        bench.hub.before = None
        assert await charger.alive()


@pytest.mark.parametrize(
    ("state", "word"), [(StationState.PENDING, "Pending"), (StationState.RETIRED, "Rejected")]
)
@pytest.mark.parametrize("version", ALL)
async def test_p075_p076_p078_p164_until_accepted(
    bench: Bench, version: str, state: StationState, word: str
) -> None:
    """P-075, P-076, P-078, P-164."""
    start = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
    status = {"timestamp": "2026-01-01T00:00:00Z", "connectorStatus": "Available",
              "evseId": 1, "connectorId": 1}  # fmt: skip
    withheld = ("StartTransaction", start) if version == V16 else ("StatusNotification", status)
    bench.hub.states["CP1"] = state
    async with bench.charger(version) as charger:
        assert (await charger.call(*withheld))[2] == "SecurityError"
        answer = await charger.call("BootNotification", boot(version))
        assert answer[2]["status"] == word
        assert answer[2]["interval"] > 0
        assert (await charger.call(*withheld))[2] == "SecurityError"
        bench.hub.states["CP1"] = StationState.REGISTERED
        answer = await charger.call("BootNotification", boot(version))
        assert answer[2]["status"] == "Accepted"
        assert (await charger.call(*withheld))[0] == 3


async def test_p066_a_send_gets_no_answer(bench: Bench) -> None:
    """P-066."""
    stream = [6, "s1", "NotifyPeriodicEventStream", {"id": 1, "pending": 0, "data": []}]
    async with bench.charger(V21) as charger:
        await charger.say(stream)
        assert await charger.silent()
        assert await charger.alive()
    async with bench.charger(V201, "CP2") as charger:
        await charger.say(stream)
        assert (await charger.hear())[:3] == [4, "s1", "MessageTypeNotSupported"]


async def test_p069_nonsense_keeps_its_place_in_the_order(bench: Bench) -> None:
    """P-069."""

    async def slow(_message: object) -> None:
        await asyncio.sleep(0.02)

    bench.hub.before = slow
    async with bench.charger(V201) as charger:
        await charger.say([2, "1", "Heartbeat", {}])
        await charger.say("nonsense")
        await charger.say([2, "3", "Heartbeat"])
        await charger.say([2, "4", "Heartbeat", {}])
        assert [(await charger.hear())[1] for _ in range(4)] == ["1", "-1", "3", "4"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
_actions = st.sampled_from(
    [
        "Heartbeat",
        "MeterValues",
        "StartTransaction",
        "TransactionEvent",
        "Reset",
        "NotifyEvent",
        "?",
    ]
)
_frames = (
    st.text(max_size=60)
    | _json.map(json.dumps)
    | st.tuples(
        st.integers(-1, 7) | _json, st.text(max_size=40) | _json, _actions | _json, _json
    ).map(lambda frame: json.dumps(list(frame)))
    | st.binary(max_size=40).map(lambda raw: '[2,"b","MeterValues",' + raw.decode("latin-1"))
)


def test_no_frame_breaks_the_socket() -> None:
    """Whatever text arrives, the socket survives and the next CALL is answered."""
    with asyncio.Runner() as runner:
        there = AsyncExitStack()
        bench = runner.run(there.enter_async_context(a_bench()))

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(_frames, min_size=1, max_size=12), st.sampled_from(ALL))
        def whatever(frames: list[str], version: str) -> None:
            runner.run(survives(bench, frames, version))

        try:
            whatever()
        finally:
            runner.run(there.aclose())


async def survives(bench: Bench, frames: list[str], version: str) -> None:
    async with bench.charger(version) as charger:
        for frame in frames:
            await charger.say(frame.encode("utf-8", "replace").decode())
        await charger.say([2, "the-end", "Heartbeat", {}])
        while (await charger.hear())[1] != "the-end":
            pass
        assert not bench.listener.counts["connection_failed"]
