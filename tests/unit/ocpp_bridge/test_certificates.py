"""Certificates and keys in the words of each version, where a simulated charger does not go."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.asks import RawAsk, StationAsk
from app.domain.certificates import (
    ChangePassword,
    DeliverCertificate,
    InstallCertificate,
    InstalledUse,
    ListCertificates,
    PasswordRefused,
    RaiseProfile,
    RenewCertificate,
    SigningUse,
    SigningWanted,
)
from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.device_model import NetworkProfile
from app.domain.security_raise import PreferSecureWay, TeachSecureWay
from app.domain.station_news import NEWS
from app.store.documents import pack_one, unpack_one
from ocpp_bridge.certificates import read_wanted
from ocpp_bridge.dialect import Dialect
from ocpp_bridge.exchange import Answer, Ask
from ocpp_bridge.v2.delta_v21 import V21
from ocpp_bridge.v2.station import V201
from ocpp_bridge.v16.station import V16

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----"
BLANK = Command(
    "c1", CommandKind.ASK, CommandChannel.SYSTEM, CommandState.SENT, NOW, NOW + timedelta(days=1)
)
V2G = SigningUse.V2G


def asking(ask: StationAsk) -> Command:
    return replace(BLANK, ask=pack_one(ask))


def told(dialect: Dialect, ask: StationAsk, **said: Any) -> tuple[CommandOutcome, list[Any]]:
    outcome = dialect.read_outcome(asking(ask), Answer(said))
    return outcome, [unpack_one(NEWS, each) for each in outcome.news]


@pytest.mark.parametrize(
    ("dialect", "ask", "payload"),
    [
        (V16, RaiseProfile(2), {"key": "SecurityProfile", "value": "2"}),
        (
            V201,
            TeachSecureWay(1, NetworkProfile("wss://us.example/ocpp", 2), "1,0"),
            {
                "configurationSlot": 1,
                "connectionData": {
                    "ocppVersion": "OCPP20",
                    "ocppTransport": "JSON",
                    "ocppCsmsUrl": "wss://us.example/ocpp",
                    "messageTimeout": 30,
                    "securityProfile": 2,
                    "ocppInterface": "Wired0",
                },
            },
        ),
        (
            V21,
            PreferSecureWay("1,0"),
            {
                "setVariableData": [
                    {
                        "component": {"name": "OCPPCommCtrlr"},
                        "variable": {"name": "NetworkConfigurationPriority"},
                        "attributeValue": "1,0",
                    }
                ]
            },
        ),
        (V16, ChangePassword("ab"), {"key": "AuthorizationKey", "value": "ab"}),
        (V16, ListCertificates(), {"certificateType": "CentralSystemRootCertificate"}),
        (V16, RenewCertificate(), {"requestedMessage": "SignChargePointCertificate"}),
        (V201, RenewCertificate(V2G), {"requestedMessage": "SignV2GCertificate"}),
        (V21, ListCertificates(), {}),
        (
            V21,
            DeliverCertificate("c", V2G, PEM.format("A"), 7),
            {
                "certificateChain": PEM.format("A"),
                "certificateType": "V2GCertificate",
                "requestId": 7,
            },
        ),
    ],
)
def test_what_is_asked(dialect: Dialect, ask: StationAsk, payload: dict[str, Any]) -> None:
    """P-160, P-212: by the schemas of the version, too."""
    written = dialect.write_command(asking(ask), None)
    assert isinstance(written, Ask)
    assert written.payload == payload
    assert dialect.trouble(written) is None


@pytest.mark.parametrize(
    ("dialect", "ask", "result"),
    [
        (V16, RenewCertificate(V2G), CommandResult.NOT_SUPPORTED),
        (V16, InstallCertificate(InstalledUse.V2G_ROOT, "PEM"), CommandResult.NOT_SUPPORTED),
        (V16, ListCertificates((InstalledUse.MO_ROOT,)), CommandResult.NOT_SUPPORTED),
        (V201, RaiseProfile(2), CommandResult.NOT_SUPPORTED),
        (V16, DeliverCertificate("c", V2G, PEM.format("A" * 10_001)), CommandResult.FAILED),
        (V201, DeliverCertificate("c", V2G, PEM.format("A" * 10_001)), CommandResult.FAILED),
    ],
)
def test_what_cannot_be_asked(dialect: Dialect, ask: StationAsk, result: CommandResult) -> None:
    written = dialect.write_command(asking(ask), None)
    assert isinstance(written, CommandOutcome)
    assert written.result is result


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("Accepted", CommandResult.ACCEPTED),
        ("RebootRequired", CommandResult.ACCEPTED),
        ("Rejected", CommandResult.REJECTED),
        ("UnknownVariable", CommandResult.NOT_SUPPORTED),
        ("NotSupportedAttributeType", CommandResult.REJECTED),
    ],
)
def test_a_password_that_is_not_taken_is_news(status: str, result: CommandResult) -> None:
    """P-160: only a charger that says no certainly keeps its old one."""
    one = {"attributeStatus": status, "component": {"name": "C"}, "variable": {"name": "V"}}
    outcome, news = told(V201, ChangePassword("ab"), setVariableResult=[one])
    assert outcome.result is result
    assert news == ([] if outcome.accepted else [PasswordRefused("c1")])
    if status not in {"UnknownVariable", "NotSupportedAttributeType"}:
        outcome, news = told(V16, ChangePassword("ab"), status=status)
        assert (outcome.result, bool(news)) == (result, not outcome.accepted)


def test_an_answer_is_kept_without_secrets_and_stays_json_however_long() -> None:
    """P-161: whatever an expert asks for by himself."""
    ask = RawAsk("GetConfiguration")
    secret = {"key": "AuthorizationKey", "readonly": False, "value": "5ecret"}
    outcome, _ = told(V16, ask, configurationKey=[secret])
    assert "5ecret" not in (outcome.answer or "")
    many = [{"key": f"K{n}", "readonly": True, "value": "v" * 400} for n in range(200)]
    outcome, _ = told(V16, ask, configurationKey=many)
    assert json.loads(outcome.answer or "")["tooLong"] > 80_000


def test_what_a_charger_wants_signed() -> None:
    """P-212: 2.1 numbers its requests; who says nothing of the use means the charger itself."""
    assert read_wanted({"csr": "x"}) == SigningWanted("x")
    both = {"csr": "x", "certificateType": "V2G20Certificate", "requestId": 3}
    assert read_wanted(both) == SigningWanted("x", SigningUse.V2G_20, 3)
