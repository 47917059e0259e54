"""Every kind of wrong CALL and the code it is answered with, by version, over real sockets.

Each version has one socket for the whole table: it lives on whatever comes. A charger that is
held to the letter gets the same codes, and others where ours forgives.
"""

from typing import Any, NamedTuple

import pytest

from app.domain.errors import Unavailable
from app.domain.stations import StationState
from tests.edge.ocpp.conftest import Bench, Charger

V16, V201, V21 = "1.6", "2.0.1", "2.1"
EVERY = (V16, V201, V21)
AT = "2026-01-01T00:00:00Z"
LONG = 26

TYPE, CONSTRAINT = "TypeConstraintViolation", "PropertyConstraintViolation"
UNKNOWN, UNSUPPORTED = "NotImplemented", "NotSupported"
FORMAT = ("FormationViolation", "FormatViolation", "FormatViolation")
OCCURENCE = "OccurenceConstraintViolation"
MISSING = (OCCURENCE, OCCURENCE, "OccurrenceConstraintViolation")

STATUS_16 = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
STATUS_2X = {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
BOOT_16 = {"chargePointVendor": "V", "chargePointModel": "M"}
STATION = {"vendorName": "V", "model": "M"}
BOOT_2X = {"reason": "PowerUp", "chargingStation": STATION}
TAG_2X = {"idToken": "A", "type": "Central"}


class Line(NamedTuple):
    """A CALL by version and the code it gets; `lax` is the code where it is not the same."""

    what: str
    calls: tuple[tuple[str, Any], ...]
    codes: tuple[str, ...]
    lax: tuple[str, ...] | None = None


def alike(what: str, action: str, payload: Any, codes: str | tuple[str, ...]) -> Line:
    return Line(what, ((action, payload),) * 3, _by_version(codes))


def split(what: str, of_16: Any, of_2x: Any, codes: Any, *, lax: Any = None) -> Line:
    calls = (of_16, of_2x, of_2x)
    return Line(what, calls, _by_version(codes), None if lax is None else _by_version(lax))


def _by_version(codes: str | tuple[str, ...]) -> tuple[str, ...]:
    return (codes,) * 3 if isinstance(codes, str) else codes


def boot(**changes: Any) -> tuple[tuple[str, Any], tuple[str, Any]]:
    """The same fault in the boots of both families; `model` and `vendor` by their names."""
    names = {"vendor": "chargePointVendor", "model": "chargePointModel"}
    old = BOOT_16 | {names.get(name, name): value for name, value in changes.items()}
    new = STATION | {
        {"vendor": "vendorName"}.get(name, name): value for name, value in changes.items()
    }
    return ("BootNotification", old), ("BootNotification", BOOT_2X | {"chargingStation": new})


def status(word: Any) -> tuple[tuple[str, Any], tuple[str, Any]]:
    return (
        ("StatusNotification", STATUS_16 | {"status": word}),
        ("StatusNotification", STATUS_2X | {"connectorStatus": word}),
    )


DONE = ""
TABLE = [
    alike("an action there is not", "BrewCoffee", {}, UNKNOWN),
    alike("an action in other letters", "heartbeat", {}, UNKNOWN),
    alike("an action of another version", "GetInstalledCertificatesOf", {}, UNKNOWN),
    split("what only we ask", ("Reset", {"type": "Soft"}), ("Reset", {"type": "OnIdle"}),
          UNSUPPORTED),
    alike("an extra property", "Heartbeat", {"x": 1}, FORMAT)._replace(
        lax=(DONE, *FORMAT[1:])),
    split("an extra property within", *boot(x=1), FORMAT, lax=(DONE, *FORMAT[1:])),
    alike("nothing of what is required", "BootNotification", {}, MISSING),
    split("a required field missing within", ("Authorize", {}),
          ("Authorize", {"idToken": {"type": "Central"}}), MISSING),
    split("too few of a list", ("MeterValues", {"connectorId": 1}),
          ("MeterValues", {"evseId": 1, "meterValue": []}), MISSING),
    split("a bad word", *status("Asleep"), CONSTRAINT),
    split("a word in other letters", *status("available"), CONSTRAINT),
    split("out of range", ("StatusNotification", STATUS_16 | {"connectorId": 2**31}),
          ("StatusNotification", STATUS_2X | {"evseId": -1}), CONSTRAINT),
    split("a wrong type for a text", *boot(vendor=5), TYPE),
    split("a wrong type for a word", *status(7), TYPE),
    split("a wrong type for a number", ("StatusNotification", STATUS_16 | {"connectorId": "1"}),
          ("StatusNotification", STATUS_2X | {"evseId": "1"}), TYPE),
    split("a fraction for a whole number",
          ("StatusNotification", STATUS_16 | {"connectorId": 1.5}),
          ("StatusNotification", STATUS_2X | {"evseId": 1.5}), TYPE),
    split("true for a number", ("StatusNotification", STATUS_16 | {"connectorId": True}),
          ("StatusNotification", STATUS_2X | {"evseId": True}), TYPE),
    split("nothing for a text", *boot(model=None), TYPE),
    split("a text for a list", ("MeterValues", {"connectorId": 1, "meterValue": "x"}),
          ("MeterValues", {"evseId": 1, "meterValue": "x"}), TYPE),
    alike("a list for the payload", "Heartbeat", [], TYPE),
    split("a text that is too long", *boot(model="m" * LONG), CONSTRAINT, lax=DONE),
    split("a token that is too long", ("Authorize", {"idTag": "a" * 21}),
          ("Authorize", {"idToken": TAG_2X | {"idToken": "a" * 300}}), CONSTRAINT),
    split("a text that never ends", *boot(model="m" * 501), CONSTRAINT),
    split("a character that no database keeps", *boot(model="\0"), CONSTRAINT),
    split("a number for a meter's text",
          ("MeterValues", {"connectorId": 1, "meterValue": [
              {"timestamp": AT, "sampledValue": [{"value": 12.5}]}]}),
          ("MeterValues", {"evseId": 1, "meterValue": [
              {"timestamp": AT, "sampledValue": [{"value": "12.5"}]}]}),
          TYPE, lax=DONE),
    split("a meter's own words",
          ("MeterValues", {"connectorId": 1, "meterValue": [
              {"timestamp": AT, "sampledValue": [{"value": "50", "unit": "Hz"}]}]}),
          ("MeterValues", {"evseId": 1, "meterValue": [
              {"timestamp": AT, "sampledValue": [{"value": 20, "measurand": "Temperature"}]}]}),
          CONSTRAINT, lax=DONE),
]  # fmt: skip


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("version", EVERY)
async def test_every_wrong_call_has_its_code(
    bench: Bench,
    version: str,
    strict: bool,  # noqa: FBT001
) -> None:
    """P-052, P-053, P-055, P-056, P-057, P-059, P-116, P-117, Q-02: nothing of it is told."""
    place = EVERY.index(version)
    if strict:
        bench.hub.strict.add("CP1")
    async with bench.charger(version) as charger:
        for number, line in enumerate(TABLE):
            heard = len(bench.hub.told)
            codes = line.codes if strict or line.lax is None else line.lax
            answer = await charger.call(*line.calls[place], f"c{number}")
            told = answer[2] if answer[0] == 4 else DONE
            assert (answer[1], told) == (f"c{number}", codes[place]), line.what
            if told != DONE:
                assert len(bench.hub.told) == heard, line.what
                assert (len(answer[3]) <= 255, answer[4]) == (True, {}), line.what
        assert await charger.alive()


@pytest.mark.parametrize("version", EVERY)
async def test_what_is_forgiven_is_counted(bench: Bench, version: str) -> None:
    """P-080, P-126, Q-01: what a charger says of itself is kept whole, its liberties seen."""
    serial, about = "S" * LONG, "i" * 60
    names = {"chargePointSerialNumber" if version == V16 else "serialNumber": serial}
    async with bench.charger(version) as charger:
        old, new = boot(**names)
        assert (await charger.call(*(old if version == V16 else new)))[0] == 3
        if version == V16:
            told = STATUS_16 | {"info": about}
            assert (await charger.call("StatusNotification", told))[0] == 3
    await bench.until(lambda: bench.listener.counts["tolerated"] > 0)
    assert bench.listener.counts["tolerated"] == (2 if version == V16 else 1)
    assert bench.hub.told[0][1].facts.serial == serial
    if version == V16:
        assert bench.hub.told[1][1].info == about


@pytest.mark.parametrize("version", EVERY)
async def test_trouble_of_ours_and_of_the_door(bench: Bench, version: str) -> None:
    """InternalError is what a charger tries again; SecurityError is for who is not accepted."""
    withheld = ("Authorize", {"idTag": "A"} if version == V16 else {"idToken": TAG_2X})

    async def fail(_message: object) -> None:
        raise failures.pop()

    failures = [Unavailable("database"), RuntimeError("boom")]
    async with bench.charger(version) as charger:
        bench.hub.before = fail
        assert (await charger.call(*withheld))[2:] == ["InternalError", "", {}]
        assert (await charger.call(*withheld))[2] == "InternalError"
        bench.hub.before = None
        assert (await charger.call(*withheld))[0] == 3
        bench.hub.states["CP1"] = StationState.PENDING
        await charger.call("BootNotification", BOOT_16 if version == V16 else BOOT_2X)
        assert (await charger.call(*withheld))[2] == "SecurityError"


async def raw(charger: Charger, text: str) -> list[Any] | None:
    """What a text is answered, None for nothing: the heartbeat behind it is answered last."""
    await charger.say(text)
    await charger.say([2, "after", "Heartbeat", {}])
    first = await charger.hear()
    if first[1] == "after":
        return None
    assert (await charger.hear())[1] == "after"
    return list(first)


RPC = (None, "RpcFrameworkError", "RpcFrameworkError")
TYPES = (None, "MessageTypeNotSupported", "MessageTypeNotSupported")
FRAMES = [
    ("no JSON", "hello", "-1", RPC),
    ("no array", "{}", "-1", RPC),
    ("an empty array", "[]", "-1", RPC),
    ("an id that is no text", '[2,5,"Heartbeat",{}]', "-1", RPC),
    ("no payload", '[2,"m","Heartbeat"]', "m", FORMAT),
    ("five elements", '[2,"m","Heartbeat",{},1]', "m", FORMAT),
    ("an action that is no text", '[2,"m",5,{}]', "m", FORMAT),
    ("an unknown type of message", '[9,"m","Heartbeat",{}]', "m", TYPES),
    ("a SEND that 2.1 has not", '[6,"m","Heartbeat",{}]', "m", (*TYPES[:2], None)),
    ("an answer to nothing", '[3,"m",{}]', "", (None,) * 3),
    ("an error to nothing", '[4,"m","GenericError","",{}]', "", (None,) * 3),
    ("an error to an answer", '[5,"m","GenericError","",{}]', "", (None,) * 3),
]


@pytest.mark.parametrize("version", EVERY)
async def test_every_frame_that_is_no_call(bench: Bench, version: str) -> None:
    """P-035, P-036, P-037, P-038, P-044, P-061: an error, or silence."""
    place = EVERY.index(version)
    async with bench.charger(version) as charger:
        for what, text, uid, codes in FRAMES:
            answer = await raw(charger, text)
            expected = None if codes[place] is None else [4, uid, codes[place]]
            assert (answer and answer[:3]) == expected, what
