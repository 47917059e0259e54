"""OCPP 2.1's own areas: controls of energy resources, battery swaps, payments at the charger."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.asks import StationAsk
from app.domain.commands import CommandResult
from app.domain.companies import Company, VatAnswer, VatAsked
from app.domain.der import (
    ClearDerControls,
    DerControl,
    DerControlsCleared,
    DerControlSet,
    DerType,
    ListDerControls,
    SetDerControl,
)
from app.domain.station_news import NEWS
from app.domain.swaps import AnnounceWebPayment, RequestBatterySwap
from app.store.documents import unpack_one
from ocpp_bridge.exchange import Answer
from ocpp_bridge.v2.companies import write_answer
from tests.unit.ocpp_bridge.corpus import play
from tests.unit.ocpp_bridge.test_profiles import V21, V201, asked
from tests.unit.ocpp_bridge.test_smart_charging import ACCEPTED, NUMBER, carrying

FIXED = {"fixedPFAbsorb": {"priority": 1, "displacement": 0.95, "excitation": True}}
SET = SetDerControl("c-1", DerType.FIXED_PF_ABSORB, is_default=False, settings=FIXED)
LIST = ListDerControls(is_default=True, control_type=DerType.VOLT_VAR)
CLEAR = ClearDerControls(is_default=False, control_id="c-1")
TAKEN = DerControl("c-1", "FixedPFAbsorb", is_default=False, superseded=False, settings=FIXED)


@pytest.mark.parametrize(
    ("ask", "payload"),
    [
        (
            SET,
            {"isDefault": False, "controlId": "c-1", "controlType": "FixedPFAbsorb", **FIXED},
        ),
        (LIST, {"requestId": NUMBER, "isDefault": True, "controlType": "VoltVar"}),
        (CLEAR, {"isDefault": False, "controlId": "c-1"}),
        (
            RequestBatterySwap(7, "T1"),
            {"requestId": 7, "idToken": {"idToken": "T1", "type": "Central"}},
        ),
        (AnnounceWebPayment(90), {"evseId": 2, "timeout": 90}),
    ],
)
def test_what_is_asked(ask: StationAsk, payload: dict[str, Any]) -> None:
    """P-214 and P-224: casing is kept as OCPP 2.1 has it."""
    assert asked(V21, carrying(ask)) == payload


def test_settings_that_are_no_control_are_refused_before_they_are_sent() -> None:
    wrong = replace(SET, settings={"fixedPfAbsorb": {"priority": 1}})
    ask = V21.write_command(carrying(wrong), None)
    trouble = V21.trouble(ask)  # type: ignore[arg-type]
    assert trouble is not None
    assert trouble.result is CommandResult.REJECTED
    older = V201.trouble(V201.write_command(carrying(SET), None))  # type: ignore[arg-type]
    assert older is not None
    assert older.result is CommandResult.NOT_SUPPORTED


@pytest.mark.parametrize(
    ("ask", "said", "result", "news"),
    [
        (
            SET,
            {**ACCEPTED, "supersededIds": ["c-0"]},
            CommandResult.ACCEPTED,
            [DerControlSet(TAKEN, ("c-0",))],
        ),
        (SET, {"status": "NotSupported"}, CommandResult.NOT_SUPPORTED, []),
        (LIST, {"status": "NotFound"}, CommandResult.ACCEPTED, []),
        (
            CLEAR,
            {"status": "NotFound"},
            CommandResult.ACCEPTED,
            [DerControlsCleared(False, None, "c-1")],  # noqa: FBT003
        ),
        (CLEAR, {"status": "Rejected"}, CommandResult.REJECTED, []),
    ],
)
def test_what_answers_mean(
    ask: StationAsk, said: dict[str, Any], *, result: CommandResult, news: list[object]
) -> None:
    """P-214."""
    outcome = V21.read_outcome(carrying(ask), Answer(said))
    assert outcome.result is result
    assert [unpack_one(NEWS, each) for each in outcome.news] == news


CURVE = {
    "id": "c-2",
    "curveType": "VoltVar",
    "isDefault": True,
    "isSuperseded": True,
    "curve": {"priority": 2, "yUnit": "PctMaxW", "curveData": [{"x": 1, "y": 2}]},
}
PF = {
    "id": "c-1",
    "isDefault": False,
    "isSuperseded": False,
    "fixedPF": {"priority": 1, "displacement": 0.9, "excitation": True},
}


async def test_a_report_of_controls() -> None:
    """P-214."""
    report = {"requestId": 5, "tbc": True, "curve": [CURVE], "fixedPFAbsorb": [PF]}
    [heard], said = await play(V21, "ReportDERControl", report)
    assert said == {}
    assert (heard["request"], heard["last"]) == (5, False)
    found = {c["control_id"]: (c["kind"], c["superseded"]) for c in heard["controls"]}
    assert found == {"c-1": ("fixedPFAbsorb", False), "c-2": ("VoltVar", True)}


@pytest.mark.parametrize(
    ("action", "payload", "news"),
    [
        (
            "NotifyDERAlarm",
            {"controlType": "HVMustTrip", "timestamp": "2026-05-01T12:00:00Z",
             "gridEventFault": "OverVoltage"},
            {"is": "DerAlarm", "control_type": "HVMustTrip", "fault": "OverVoltage"},
        ),
        (
            "NotifyDERStartStop",
            {"controlId": "c-1", "started": True, "timestamp": "2026-05-01T12:00:00Z",
             "supersededIds": ["c-2"]},
            {"is": "DerStarted", "control_id": "c-1", "started": True, "superseded": ["c-2"]},
        ),
        (
            "BatterySwap",
            {"requestId": 7, "eventType": "BatteryIn",
             "idToken": {"idToken": "T1", "type": "Central"},
             "batteryData": [{"evseId": 1, "serialNumber": "B1", "soC": 12.5, "soH": 98}]},
            {"is": "BatterySwapped", "request": 7, "event": "BatteryIn", "token": "T1"},
        ),
        *[
            (
                "NotifySettlement",
                {"pspRef": "p-1", "status": status, "settlementAmount": 12.34,
                 "settlementTime": "2026-05-01T12:00:00Z", "receiptUrl": "https://r.example/1"},
                {"is": "SettlementTold", "status": status, "amount": "12.34",
                 "receipt_url": "https://r.example/1"},
            )
            for status in ("Settled", "Canceled", "Rejected", "Failed")
        ],
    ],
)  # fmt: skip
async def test_what_is_told(action: str, payload: dict[str, Any], news: dict[str, Any]) -> None:
    """P-215, P-222 and P-224: soC and receiptUrl are spelled as OCPP does."""
    [heard], said = await play(V21, action, payload)
    assert said == {}
    assert {name: heard.get(name) for name in news} == news
    if action == "BatterySwap":
        assert heard["batteries"][0]["charge"] == str(Decimal("12.5"))


def test_a_vat_number() -> None:
    """P-223."""
    asked_for = VatAsked("NL1", 2)
    company = Company("x" * 60, "Dike Road 1", "Utrecht", "NL")
    said = write_answer(VatAnswer(asked_for, company))
    assert said == {
        "vatNumber": "NL1",
        "evseId": 2,
        "status": "Accepted",
        "company": {
            "name": "x" * 50,
            "address1": "Dike Road 1",
            "city": "Utrecht",
            "country": "NL",
        },
    }
    refused = write_answer(VatAnswer(VatAsked("NL1"), why="RegisterDown"))
    assert refused["statusInfo"] == {"reasonCode": "RegisterDown"}
    for answer in (said, refused):
        V21.schemas.our_answer("VatNumberValidation").validate_python(answer)
