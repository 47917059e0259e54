"""Certificates and keys as both OCPP families put them: what we ask, and what chargers want.

Source: OCPP security whitepaper (edition 3), 5; OCPP 2.0.1 Part 2, A and M.
"""

from collections.abc import Callable
from typing import Any

from app.domain.certificates import (
    CertificateDeleted,
    CertificateDelivered,
    CertificateHash,
    CertificateInstalled,
    CertificatesListed,
    ChangePassword,
    DeleteCertificate,
    DeliverCertificate,
    InstallCertificate,
    InstalledUse,
    KeptCertificate,
    ListCertificates,
    PasswordRefused,
    RaiseProfile,
    RenewCertificate,
    SigningUse,
    SigningWanted,
    shortened,
)
from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.raw_secrets import PASSWORDS, SealedCall
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech, read_status
from ocpp_bridge.dialect import Handler
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload

LONGEST_CHAIN = 10_000
LONGEST_INFO = 512

_V16_USES = {
    InstalledUse.CSMS_ROOT: "CentralSystemRootCertificate",
    InstalledUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
}
_TRIGGERS = {
    SigningUse.CHARGING_STATION: "SignChargingStationCertificate",
    SigningUse.V2G: "SignV2GCertificate",
    SigningUse.V2G_20: "SignV2G20Certificate",
}
_GONE = frozenset({"Accepted", "NotFound"})
_TOO_LONG = CommandOutcome(CommandResult.FAILED, "the certificate is longer than OCPP can carry")


def _not_in_16(what: str) -> CommandOutcome:
    return CommandOutcome(CommandResult.NOT_SUPPORTED, f"OCPP 1.6 has no {what}")


# Certificates that were signed for the charger.


def _deliver_v16(_command: Command, ask: DeliverCertificate, _aim: object) -> Any:
    chain = shortened(ask.chain, LONGEST_CHAIN)
    return _TOO_LONG if chain is None else {"certificateChain": chain}


def _deliver_v2(_command: Command, ask: DeliverCertificate, _aim: object) -> Any:
    chain = shortened(ask.chain, LONGEST_CHAIN)
    if chain is None:
        return _TOO_LONG
    payload: Payload = {"certificateChain": chain, "certificateType": ask.use.value}
    if ask.request_id is not None:
        payload["requestId"] = ask.request_id
    return payload


def _delivered(
    _command: Command, ask: DeliverCertificate, said: Payload
) -> tuple[CertificateDelivered, ...]:
    told = read_status(said)
    return (CertificateDelivered(ask.certificate_id, told.accepted, told.message or ""),)


def _renew_v16(_command: Command, ask: RenewCertificate, _aim: object) -> Any:
    if ask.use is not SigningUse.CHARGING_STATION:
        return _not_in_16(ask.use.value)
    return {"requestedMessage": "SignChargePointCertificate"}


def _renew_v2(_command: Command, ask: RenewCertificate, _aim: object) -> Payload:
    return {"requestedMessage": _TRIGGERS[ask.use]}


# Certificates that the charger trusts.


def _install_v16(_command: Command, ask: InstallCertificate, _aim: object) -> Any:
    use = _V16_USES.get(ask.use)
    if use is None:
        return _not_in_16(ask.use.value)
    return {"certificateType": use, "certificate": ask.certificate}


def _install_v2(_command: Command, ask: InstallCertificate, _aim: object) -> Payload:
    return {"certificateType": ask.use.value, "certificate": ask.certificate}


def _installed(
    _command: Command, ask: InstallCertificate, said: Payload
) -> tuple[CertificateInstalled, ...]:
    is_taken = said["status"] == "Accepted"
    return (CertificateInstalled(ask.use, ask.certificate),) if is_taken else ()


def _delete(_command: Command, ask: DeleteCertificate, _aim: object) -> Payload:
    named = ask.certificate
    return {
        "certificateHashData": {
            "hashAlgorithm": named.algorithm,
            "issuerNameHash": named.issuer_name_hash,
            "issuerKeyHash": named.issuer_key_hash,
            "serialNumber": named.serial,
        }
    }


def _deleted(
    _command: Command, ask: DeleteCertificate, said: Payload
) -> tuple[CertificateDeleted, ...]:
    return (CertificateDeleted(ask.certificate),) if said["status"] in _GONE else ()


def _list_v16(_command: Command, ask: ListCertificates, _aim: object) -> Any:
    use = _one_use(ask)
    if use not in _V16_USES:
        return _not_in_16(use.value)
    return {"certificateType": _V16_USES[use]}


def _one_use(ask: ListCertificates) -> InstalledUse:
    """OCPP 1.6 lists one kind at a time."""
    return ask.uses[0] if ask.uses else InstalledUse.CSMS_ROOT


def _list_v2(_command: Command, ask: ListCertificates, _aim: object) -> Payload:
    return {"certificateType": [use.value for use in ask.uses]} if ask.uses else {}


def _listed_v16(
    _command: Command, ask: ListCertificates, said: Payload
) -> tuple[CertificatesListed, ...]:
    use = _one_use(ask)
    named = said.get("certificateHashData", ()) if said["status"] == "Accepted" else ()
    return (CertificatesListed((use,), tuple(KeptCertificate(use, read_hash(n)) for n in named)),)


def _listed_v2(
    _command: Command, ask: ListCertificates, said: Payload
) -> tuple[CertificatesListed, ...]:
    chains = said.get("certificateHashDataChain", ()) if said["status"] == "Accepted" else ()
    kept = tuple(
        KeptCertificate(
            InstalledUse(chain["certificateType"]),
            read_hash(chain["certificateHashData"]),
            tuple(read_hash(child) for child in chain.get("childCertificateHashData", ())),
        )
        for chain in chains
    )
    return (CertificatesListed(ask.uses, kept),)


def _list_status(said: Payload) -> CommandOutcome:
    """That there is none is an answer, too."""
    if said["status"] == "NotFound":
        return CommandOutcome(CommandResult.ACCEPTED, "NotFound")
    return read_status(said)


def read_hash(named: Payload) -> CertificateHash:
    """CertificateHashDataType."""
    return CertificateHash(
        named["hashAlgorithm"],
        named["issuerNameHash"],
        named["issuerKeyHash"],
        named["serialNumber"],
    )


# Keys and profiles.


def _password_v16(_command: Command, ask: ChangePassword, _aim: object) -> Payload:
    return {"key": "AuthorizationKey", "value": ask.secret}


def _password_v2(_command: Command, ask: ChangePassword, _aim: object) -> Payload:
    wanted = {
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
        "attributeValue": ask.secret,
    }
    return {"setVariableData": [wanted]}


def _set_status(said: Payload) -> CommandOutcome:
    """How the first variable fared; a variable that is not there is not supported."""
    result = said["setVariableResult"][0]
    status = result["attributeStatus"]
    if status.startswith("Unknown"):
        return CommandOutcome(CommandResult.NOT_SUPPORTED, status)
    return read_status({"status": status, "statusInfo": result.get("attributeStatusInfo")})


def _kept_old(
    read: Callable[[Payload], CommandOutcome],
) -> Callable[[Command, Any, Payload], tuple[PasswordRefused, ...]]:
    def news(command: Command, _ask: object, said: Payload) -> tuple[PasswordRefused, ...]:
        return () if read(said).accepted else (PasswordRefused(command.id),)

    return news


# An expert's CALL is put into no other words, so it is opened by the time that it is written.


def _still_sealed(_command: Command, _ask: SealedCall, _aim: object) -> CommandOutcome:
    return CommandOutcome(CommandResult.FAILED, "the call could not be opened")


def _password_status(said: Payload) -> CommandOutcome:
    """How the password fared among the variables of an expert's CALL."""
    results = said["setVariableResult"]
    named = [each for each in results if each["variable"]["name"].casefold() in PASSWORDS]
    return _set_status({"setVariableResult": named or results})


def _profile_v16(_command: Command, ask: RaiseProfile, _aim: object) -> Payload:
    return {"key": "SecurityProfile", "value": str(ask.profile)}


CERTIFICATE_ASKS_V16: dict[type, AskSpeech[int]] = {
    DeliverCertificate: AskSpeech("CertificateSigned", _deliver_v16, _delivered),
    RenewCertificate: AskSpeech("ExtendedTriggerMessage", _renew_v16),
    InstallCertificate: AskSpeech("InstallCertificate", _install_v16, _installed),
    DeleteCertificate: AskSpeech("DeleteCertificate", _delete, _deleted),
    ListCertificates: AskSpeech(
        "GetInstalledCertificateIds", _list_v16, _listed_v16, _list_status
    ),
    ChangePassword: AskSpeech("ChangeConfiguration", _password_v16, _kept_old(read_status)),
    RaiseProfile: AskSpeech("ChangeConfiguration", _profile_v16),
    SealedCall: AskSpeech("ChangeConfiguration", _still_sealed, _kept_old(read_status)),
}
CERTIFICATE_ASKS_V2: dict[type, AskSpeech[Address | None]] = {
    DeliverCertificate: AskSpeech("CertificateSigned", _deliver_v2, _delivered),
    RenewCertificate: AskSpeech("TriggerMessage", _renew_v2),
    InstallCertificate: AskSpeech("InstallCertificate", _install_v2, _installed),
    DeleteCertificate: AskSpeech("DeleteCertificate", _delete, _deleted),
    ListCertificates: AskSpeech("GetInstalledCertificateIds", _list_v2, _listed_v2, _list_status),
    ChangePassword: AskSpeech("SetVariables", _password_v2, _kept_old(_set_status), _set_status),
    SealedCall: AskSpeech(
        "SetVariables", _still_sealed, _kept_old(_password_status), _password_status
    ),
}


def read_wanted(payload: Payload) -> SigningWanted:
    """SignCertificate; OCPP 1.6 knows one use, and no request's number."""
    use = payload.get("certificateType")
    return SigningWanted(
        payload["csr"],
        SigningUse.CHARGING_STATION if use is None else SigningUse(use),
        payload.get("requestId"),
    )


def sign_certificate(*, tells_why: bool) -> Handler:
    """SignCertificate; 2.x has room for the reason of a refusal."""

    async def sign(visit: Visit, asked: Asked) -> Payload:
        answer = await visit.tell(read_wanted(asked.payload))
        if answer.accepted:
            return {"status": "Accepted"}
        said: Payload = {"status": "Rejected"}
        if tells_why:
            told = answer.reason[:LONGEST_INFO]
            said["statusInfo"] = {"reasonCode": "InvalidCSR", "additionalInfo": told}
        return said

    return sign
