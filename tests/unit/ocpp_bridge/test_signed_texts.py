"""Signed texts and registers in sampled values, as chargers of both families send them."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from app.domain.metering import ReadingContext
from app.domain.signed_meters import SignedText
from app.domain.units import Kwh
from ocpp_bridge.v2.read import read_readings as read_readings_v2
from ocpp_bridge.v16.read import read_readings
from tests.support.signing import SigningMeter

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TEXT = SigningMeter().signs(("B", "1.0"), ("E", "2.5"))
BLOB = b64encode(TEXT.encode()).decode()


@pytest.mark.parametrize(
    ("sample", "kept"),
    [
        ({"value": TEXT, "format": "SignedData"}, TEXT),
        ({"value": BLOB, "format": "SignedData", "context": "Transaction.End"}, BLOB),
        ({"value": TEXT}, TEXT),
        ({"value": BLOB}, BLOB),
        ({"value": TEXT.encode().hex()}, TEXT.encode().hex()),
        ({"value": "not a number, and no signature either, however long"}, None),
        ({"value": TEXT, "measurand": "Temperature"}, None),
    ],
)
def test_v16(sample: dict[str, str], kept: str | None) -> None:
    """P-118: with and without the format that says so."""
    value = {"timestamp": "2026-05-04T12:00:00Z", "sampledValue": [sample, {"value": "2500"}]}
    readings = list(read_readings([value], NOW))
    assert [text.data for reading in readings for text in reading.signed] == (
        [] if kept is None else [kept]
    )


def test_v2_keeps_what_is_said_of_a_text_once() -> None:
    """P-192: one text may sign all the values beside it."""
    signed = {"signedMeterData": BLOB, "encodingMethod": "OCMF", "publicKey": "b2Nh"}
    samples = [
        {"value": 1, "context": "Transaction.Begin", "signedMeterValue": signed},
        {
            "value": 2,
            "measurand": "Voltage",
            "context": "Transaction.Begin",
            "signedMeterValue": signed,
        },
    ]
    value = {"timestamp": "2026-05-04T12:00:00Z", "sampledValue": samples}
    (reading,) = read_readings_v2([value], NOW)
    assert reading.context is ReadingContext.BEGIN
    assert reading.signed == (SignedText(BLOB, "OCMF", "", "b2Nh"),)


@pytest.mark.parametrize(
    ("samples", "register", "interval", "bare"),
    [
        ([{"value": "1500"}], "1.5", None, False),
        ([{"value": "1500.5"}], "1.5005", None, True),
        ([{"value": "1.5", "unit": "kWh"}], "1.5", None, False),
        ([{"value": "500", "measurand": "Energy.Active.Import.Interval"}], None, "0.5", False),
        (
            [{"value": "500", "measurand": "Energy.Active.Import.Interval"}, {"value": "1500"}],
            "1.5", None, False,
        ),
    ],
)  # fmt: skip
def test_registers_units_and_intervals(
    samples: list[dict[str, str]], register: str | None, *, interval: str | None, bare: bool
) -> None:
    """P-114, P-115: a register without a unit that has decimals is remembered as such."""
    value = {"timestamp": "2026-05-04T12:00:00Z", "sampledValue": samples}
    (reading,) = read_readings([value], NOW)
    assert reading.register == (None if register is None else Kwh.of(register))
    assert reading.interval == (None if interval is None else Kwh.of(interval))
    assert reading.bare is bare


@pytest.mark.parametrize("unit", ["Celcius", "Celsius", "Hz", "Hertz", "Percent", "%"])
def test_what_no_session_is_made_of(unit: str) -> None:
    """P-116: taken, and only kept in the message."""
    sample = {"value": "21", "measurand": "Temperature", "unit": unit}
    value = {"timestamp": "2026-05-04T12:00:00Z", "sampledValue": [sample, {"value": "1"}]}
    (reading,) = read_readings([value], NOW)
    assert reading.register == Kwh.of("0.001")
