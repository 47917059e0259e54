"""ISO 15118 in OCPP 2.x: questions of chargers about vehicles' certificates. Read and written.

Source: OCPP 2.0.1 Part 2, C07 and M01 to M06; OCPP 2.1 Part 2, M07.
"""

from app.domain.vehicle_certificates import (
    ContractShown,
    EvCertificate,
    EvCertificateAsked,
    OcspAnswer,
    OcspAsked,
    StandingAsked,
    StandingKnown,
)
from ocpp_bridge.certificates import read_hash
from ocpp_bridge.dialect import Handler
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.timestamps import write_time

LONGEST_OCSP, LONGEST_OCSP_V21 = 5_500, 18_000
LONGEST_EXI, LONGEST_EXI_V21 = 7_500, 17_000


def read_ev_certificate(payload: Payload) -> EvCertificateAsked:
    """Get15118EVCertificate; 2.1 can ask for several contracts."""
    return EvCertificateAsked(
        payload["iso15118SchemaVersion"],
        payload["action"],
        payload["exiRequest"],
        payload.get("maximumContractCertificateChains"),
        tuple(payload.get("prioritizedEMAIDs", ())),
    )


def write_ev_certificate(found: EvCertificate, longest: int) -> Payload:
    """Its answer; `exiResponse` is required even when there is none."""
    if not found.exi or len(found.exi) > longest:
        told = found.reason if not found.exi else "TooLarge"
        return {"status": "Failed", "exiResponse": "", "statusInfo": {"reasonCode": told[:20]}}
    said: Payload = {"status": "Accepted", "exiResponse": found.exi}
    if found.remaining is not None:
        said["remainingContracts"] = found.remaining
    return said


def read_ocsp(named: Payload) -> OcspAsked:
    """OCSPRequestDataType."""
    return OcspAsked(read_hash(named), named["responderURL"])


def write_ocsp(found: OcspAnswer, longest: int) -> Payload:
    """GetCertificateStatusResponse."""
    if not found.response or len(found.response) > longest:
        told = found.reason if not found.response else "TooLarge"
        return {"status": "Failed", "statusInfo": {"reasonCode": told[:20]}}
    return {"status": "Accepted", "ocspResult": found.response}


def read_standing(asked: Payload) -> StandingAsked:
    """CertificateStatusRequestInfoType."""
    return StandingAsked(
        read_hash(asked["certificateHashData"]), asked["source"], tuple(asked["urls"])
    )


def write_standing(asked: Payload, known: StandingKnown) -> Payload:
    """CertificateStatusType; the certificate is named as it was."""
    return {
        "certificateHashData": asked["certificateHashData"],
        "source": asked["source"],
        "status": known.standing.value,
        "nextUpdate": write_time(known.next_update),
    }


def read_contract(payload: Payload) -> ContractShown | None:
    """The contract that an Authorize shows, None when it shows a token only."""
    chain, hashes = payload.get("certificate"), payload.get("iso15118CertificateHashData", ())
    if chain is None and not hashes:
        return None
    emaid = payload["idToken"]["idToken"]
    return ContractShown(emaid, chain, tuple(read_ocsp(each) for each in hashes))


async def with_contract(visit: Visit, asked: Asked, reply: Payload) -> Payload:
    """The answer to an Authorize with a word on the contract; a doubtful one may not charge."""
    contract = read_contract(asked.payload)
    if contract is None:
        return reply
    verdict = await visit.vehicles.judge(contract)
    reply["certificateStatus"] = verdict.value
    info = reply["idTokenInfo"]
    if verdict.value != "Accepted" and info["status"] == "Accepted":
        reply["idTokenInfo"] = {"status": "Invalid"}
    return reply


def ev_certificate(longest: int) -> Handler:
    """Get15118EVCertificate."""

    async def answer(visit: Visit, asked: Asked) -> Payload:
        wanted = read_ev_certificate(asked.payload)
        return write_ev_certificate(await visit.vehicles.ev_certificate(wanted), longest)

    return answer


def certificate_status(longest: int) -> Handler:
    """GetCertificateStatus."""

    async def answer(visit: Visit, asked: Asked) -> Payload:
        wanted = read_ocsp(asked.payload["ocspRequestData"])
        return write_ocsp(await visit.vehicles.ocsp(wanted), longest)

    return answer


async def chain_status(visit: Visit, asked: Asked) -> Payload:
    """GetCertificateChainStatus."""
    wanted = asked.payload["certificateStatusRequests"]
    found = await visit.vehicles.standings([read_standing(each) for each in wanted], asked.at)
    both = zip(wanted, found, strict=True)
    return {"certificateStatus": [write_standing(each, known) for each, known in both]}


HANDLERS: dict[str, Handler] = {
    "Get15118EVCertificate": ev_certificate(LONGEST_EXI),
    "GetCertificateStatus": certificate_status(LONGEST_OCSP),
}
HANDLERS_V21: dict[str, Handler] = {
    "Get15118EVCertificate": ev_certificate(LONGEST_EXI_V21),
    "GetCertificateStatus": certificate_status(LONGEST_OCSP_V21),
    "GetCertificateChainStatus": chain_status,
}
