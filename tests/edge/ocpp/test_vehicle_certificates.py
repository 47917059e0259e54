"""Plug and charge over real sockets: contracts, their standing, and whether they may charge."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from app.adapters.clock_system import SystemClock
from app.adapters.vehicle_certificates_sandbox import SandboxVehicleCertificates
from app.domain.errors import Unavailable
from app.domain.tokens import Verdict
from app.domain.vehicle_certificates import ContractShown, ContractVerdict
from app.use_cases.vehicle_certificates import VehicleCertificates
from app.use_cases.x509 import hash_of
from ocpp_bridge.links import Links
from ocpp_bridge.listener import Listener, ListenerOptions
from tests.edge.ocpp.conftest import Bench, serving
from tests.edge.ocpp.counterpart import Hub

EMAID = "NL-RWM-C12345678-X"
EXI = base64.b64encode(b"CertificateInstallationReq").decode()
V2 = ("2.0.1", "2.1")


class Broken:
    """A provider that is away, or that never answers."""

    def __init__(self, *, hangs: bool) -> None:
        self._hangs = hangs

    async def answer(self, _asked: object) -> Any:
        if self._hangs:
            await asyncio.Event().wait()
        raise Unavailable("the pool is away")

    ev_certificate = ocsp = standing = judge = answer


@pytest.fixture
def sandbox() -> SandboxVehicleCertificates:
    return SandboxVehicleCertificates("a secret of the tests", SystemClock())


@asynccontextmanager
async def asked(hub: Hub, provider: Any, answer_s: float = 2.0) -> AsyncIterator[Bench]:
    dispatch = hub.dispatch()
    dispatch.vehicles = VehicleCertificates(provider, answer_s=answer_s)
    options = ListenerOptions(drain_s=0.0)
    listener = Listener(dispatch, SystemClock(), options=options, links=Links())
    async with serving(listener):
        yield Bench(hub, listener)


async def says(bench: Bench, version: str, action: str, payload: Any) -> Any:
    async with bench.charger(version) as charger:
        kind, _, said = await charger.call(action, payload)
    assert kind == 3, said
    return said


def named(certificate: x509.Certificate, issuer: x509.Certificate) -> dict[str, Any]:
    found = hash_of(certificate, issuer)
    return {
        "hashAlgorithm": found.algorithm,
        "issuerNameHash": found.issuer_name_hash,
        "issuerKeyHash": found.issuer_key_hash,
        "serialNumber": found.serial,
    }


def a_contract(sandbox: SandboxVehicleCertificates, emaid: str = EMAID) -> x509.Certificate:
    return sandbox.contract(emaid, ec.generate_private_key(ec.SECP256R1()).public_key())


def pem(*found: x509.Certificate) -> str:
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in found)


def install(**more: Any) -> dict[str, Any]:
    return {
        "iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef",
        "action": "Install",
        "exiRequest": EXI,
        **more,
    }


@pytest.mark.parametrize("version", V2)
async def test_p211_a_contract_certificate_is_relayed(
    hub: Hub, sandbox: SandboxVehicleCertificates, version: str
) -> None:
    """P-211: Get15118EVCertificate; 2.1 names contracts and hears how many there are more."""
    async with asked(hub, sandbox) as bench:
        said = await says(bench, version, "Get15118EVCertificate", install())
        assert said["status"] == "Accepted"
        assert json.loads(base64.b64decode(said["exiResponse"]))["action"] == "Install"
        wrong = await says(bench, version, "Get15118EVCertificate", install(exiRequest="%%"))
        assert (wrong["status"], wrong["exiResponse"]) == ("Failed", "")
        if version == "2.1":
            more = install(maximumContractCertificateChains=1, prioritizedEMAIDs=[EMAID, "B"])
            said = await says(bench, version, "Get15118EVCertificate", more)
            assert said["remainingContracts"] == 1
            assert json.loads(base64.b64decode(said["exiResponse"]))["emaid"] == EMAID


@pytest.mark.parametrize("version", V2)
async def test_p211_an_ocsp_response_is_relayed(
    hub: Hub, sandbox: SandboxVehicleCertificates, version: str
) -> None:
    """P-211: GetCertificateStatus; the response is signed, and says what stands."""
    contract = a_contract(sandbox)
    wanted = {**named(contract, sandbox.root), "responderURL": "http://ocsp.example"}
    for revoked, status in ((False, "GOOD"), (True, "REVOKED")):
        if revoked:
            sandbox.revoke(contract.serial_number)
        async with asked(hub, sandbox) as bench:
            said = await says(bench, version, "GetCertificateStatus", {"ocspRequestData": wanted})
        assert said["status"] == "Accepted"
        response = ocsp.load_der_ocsp_response(base64.b64decode(said["ocspResult"]))
        assert response.certificate_status.name == status
        assert response.serial_number == contract.serial_number


@pytest.mark.parametrize("provider", [None, Broken(hangs=False), Broken(hangs=True)])
@pytest.mark.parametrize("version", V2)
async def test_p211_without_a_provider_the_answer_is_failed(
    hub: Hub, version: str, provider: Any, sandbox: SandboxVehicleCertificates
) -> None:
    """P-211, P-228: whatever becomes of the provider, the charger is answered in time."""
    wanted = named(sandbox.root, sandbox.root)
    request = {**wanted, "responderURL": "http://ocsp.example"}
    async with asked(hub, provider, 0.05) as bench:
        said = await says(bench, version, "Get15118EVCertificate", install())
        assert (said["status"], said["exiResponse"]) == ("Failed", "")
        said = await says(bench, version, "GetCertificateStatus", {"ocspRequestData": request})
        assert said["status"] == "Failed"
        if version == "2.1":
            one = {"certificateHashData": wanted, "source": "OCSP", "urls": ["http://x"]}
            chain = {"certificateStatusRequests": [one]}
            said = await says(bench, version, "GetCertificateChainStatus", chain)
            assert [each["status"] for each in said["certificateStatus"]] == ["Failed"]


async def test_p228_how_a_chain_stands(hub: Hub, sandbox: SandboxVehicleCertificates) -> None:
    """P-228: GetCertificateChainStatus, each certificate by its own name."""
    good, revoked = a_contract(sandbox), a_contract(sandbox)
    sandbox.revoke(revoked.serial_number)
    foreign = {**named(good, sandbox.root), "issuerNameHash": "ab" * 32}
    hashes = [named(good, sandbox.root), named(revoked, sandbox.root), foreign]
    wanted = [
        {"certificateHashData": each, "source": source, "urls": ["http://x"]}
        for each, source in zip(hashes, ("OCSP", "CRL", "OCSP"), strict=True)
    ]
    async with asked(hub, sandbox) as bench:
        said = await says(
            bench, "2.1", "GetCertificateChainStatus", {"certificateStatusRequests": wanted}
        )
    found = said["certificateStatus"]
    assert [each["status"] for each in found] == ["Good", "Revoked", "Unknown"]
    assert [each["certificateHashData"] for each in found] == hashes
    assert [each["source"] for each in found] == ["OCSP", "CRL", "OCSP"]


@pytest.mark.parametrize("version", V2)
async def test_p178_a_contract_is_judged_with_its_token(
    hub: Hub, sandbox: SandboxVehicleCertificates, version: str
) -> None:
    """P-178: Authorize with a chain or its hashes gets a certificateStatus, and acts on it."""
    hub.tokens[EMAID] = Verdict.ALLOWED
    own, other = a_contract(sandbox), a_contract(sandbox, "NL-XXX-C1")
    revoked = a_contract(sandbox)
    sandbox.revoke(revoked.serial_number)
    stranger = SandboxVehicleCertificates("another secret", SystemClock())
    foreign = {**named(own, sandbox.root), "issuerNameHash": "ab" * 32}
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({}, None),
        ({"certificate": pem(own, sandbox.root)}, "Accepted"),
        ({"certificate": pem(own)}, "Accepted"),
        ({"certificate": pem(other)}, "CertChainError"),
        ({"certificate": pem(revoked)}, "CertificateRevoked"),
        ({"certificate": pem(a_contract(stranger), stranger.root)}, "SignatureError"),
        ({"certificate": "no certificate"}, "CertChainError"),
        ({"iso15118CertificateHashData": [named(own, sandbox.root)]}, "Accepted"),
        ({"iso15118CertificateHashData": [named(revoked, sandbox.root)]}, "CertificateRevoked"),
        ({"iso15118CertificateHashData": [foreign]}, "CertChainError"),
    ]
    token = {"idToken": {"idToken": EMAID, "type": "eMAID"}}
    async with asked(hub, sandbox) as bench:
        for shown, expected in cases:
            for each in shown.get("iso15118CertificateHashData", ()):
                each["responderURL"] = "http://ocsp.example"
            said = await says(bench, version, "Authorize", {**token, **shown})
            assert said.get("certificateStatus") == expected
            charges = "Accepted" if expected in {None, "Accepted"} else "Invalid"
            assert said["idTokenInfo"]["status"] == charges
    async with asked(hub, None) as bench:
        said = await says(bench, version, "Authorize", {**token, "certificate": pem(own)})
        assert said["certificateStatus"] == "NoCertificateAvailable"


async def test_what_the_sandbox_signed_holds_after_a_restart(
    sandbox: SandboxVehicleCertificates,
) -> None:
    again = SandboxVehicleCertificates("a secret of the tests", SystemClock())
    chain = pem(a_contract(sandbox), sandbox.root)
    verdict = await again.judge(ContractShown(EMAID, chain))
    assert verdict is ContractVerdict.ACCEPTED
