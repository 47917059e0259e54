"""A contract certificate pool to play with: it signs, vouches and revokes by itself.

Its root is derived from the house's secret, so what it signed holds after a restart too. The
"EXI" of its answers is JSON in base64, since no real vehicle is meant to read it; everything else
(certificates, OCSP responses, verdicts) is real.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from app.domain.certificates import CertificateHash, pem_blocks
from app.domain.vehicle_certificates import (
    ContractShown,
    ContractVerdict,
    EvCertificate,
    EvCertificateAsked,
    OcspAnswer,
    OcspAsked,
    Standing,
    StandingAsked,
    StandingKnown,
)
from app.ports.clock import Clock

SINCE_BEFORE = timedelta(days=1)
ROOT_FOR = timedelta(days=3650)
CONTRACT_FOR = timedelta(days=730)
BELIEVED_FOR = timedelta(hours=24)
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_STATUSES = {
    Standing.GOOD: ocsp.OCSPCertStatus.GOOD,
    Standing.REVOKED: ocsp.OCSPCertStatus.REVOKED,
    Standing.UNKNOWN: ocsp.OCSPCertStatus.UNKNOWN,
}


class SandboxVehicleCertificates:
    """Contracts `EMAID` for every vehicle that asks; `revoke` takes one back."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._clock = clock
        seed = hashlib.sha256(b"sandbox contract root " + secret.encode()).digest()
        self._key = ec.derive_private_key(int.from_bytes(seed) >> 1, ec.SECP256R1())
        self._revoked: set[int] = set()
        now = clock.now()
        self.root = self._issue("Sandbox MO root", self._key.public_key(), now, ROOT_FOR)

    def revoke(self, serial: int) -> None:
        """Let a contract certificate hold no more."""
        self._revoked.add(serial)

    def contract(self, emaid: str, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        """A contract certificate for a vehicle's key."""
        return self._issue(emaid, key, self._clock.now(), CONTRACT_FOR)

    async def ev_certificate(self, asked: EvCertificateAsked) -> EvCertificate:
        """A new contract, for the first EMAID that is asked for if any is."""
        try:
            request = base64.b64decode(asked.exi, validate=True)
        except (binascii.Error, ValueError):
            return EvCertificate("", "InvalidEXI")
        emaid = asked.emaids[0] if asked.emaids else "NLRWMC" + _short(request)
        made = self.contract(emaid, ec.generate_private_key(ec.SECP256R1()).public_key())
        chain = [each.public_bytes(Encoding.PEM).decode() for each in (made, self.root)]
        said = json.dumps({"action": asked.action, "emaid": emaid, "chain": chain})
        left = None if asked.most_chains is None else max(0, len(asked.emaids) - 1)
        return EvCertificate(base64.b64encode(said.encode()).decode(), remaining=left)

    async def ocsp(self, asked: OcspAsked) -> OcspAnswer:
        """A response that is really signed, also for what is not known here."""
        named, now = asked.certificate, self._clock.now()
        standing = self._standing(named)
        try:
            builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
                bytes.fromhex(named.issuer_name_hash),
                bytes.fromhex(named.issuer_key_hash),
                int(named.serial, 16),
                _HASHES[named.algorithm],
                _STATUSES[standing],
                now,
                now + BELIEVED_FOR,
                now if standing is Standing.REVOKED else None,
                None,
            )
        except ValueError:
            return OcspAnswer("", "InvalidHash")
        signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.root).sign(
            self._key, hashes.SHA256()
        )
        return OcspAnswer(base64.b64encode(signed.public_bytes(Encoding.DER)).decode())

    async def standing(self, asked: StandingAsked) -> StandingKnown:
        """How it stands by our own books, whichever source is named."""
        return StandingKnown(self._standing(asked.certificate), self._clock.now() + BELIEVED_FOR)

    async def judge(self, contract: ContractShown) -> ContractVerdict:
        """Whether a chain leads to our root, in time, not revoked; of hashes, how they stand."""
        if contract.chain is not None:
            verdict = self._judge_chain(contract.emaid, contract.chain)
            if verdict is not ContractVerdict.ACCEPTED:
                return verdict
        elif not contract.hashes:
            return ContractVerdict.NONE_AVAILABLE
        standings = {self._standing(each.certificate) for each in contract.hashes}
        if Standing.REVOKED in standings:
            return ContractVerdict.REVOKED
        known = contract.chain is not None or Standing.UNKNOWN not in standings
        return ContractVerdict.ACCEPTED if known else ContractVerdict.CHAIN_ERROR

    def _judge_chain(self, emaid: str, chain: str) -> ContractVerdict:
        try:
            found = [x509.load_pem_x509_certificate(pem.encode()) for pem in pem_blocks(chain)]
        except ValueError:
            return ContractVerdict.CHAIN_ERROR
        if not found or _plain(_common_name(found[0])) != _plain(emaid):
            return ContractVerdict.CHAIN_ERROR
        above = [each for each in found[1:] if each.serial_number != self.root.serial_number]
        links = [found[0], *above, self.root]
        if (broken := _broken(links)) is not None:
            return broken
        now = self._clock.now()
        if any(not c.not_valid_before_utc <= now <= c.not_valid_after_utc for c in links):
            return ContractVerdict.EXPIRED
        if any(each.serial_number in self._revoked for each in links):
            return ContractVerdict.REVOKED
        return ContractVerdict.ACCEPTED

    def _standing(self, named: CertificateHash) -> Standing:
        try:
            serial = int(named.serial, 16)
        except ValueError:
            return Standing.UNKNOWN
        kind = hashlib.new(named.algorithm.lower(), self.root.subject.public_bytes())
        if named.issuer_name_hash.lower() != kind.hexdigest():
            return Standing.UNKNOWN
        return Standing.REVOKED if serial in self._revoked else Standing.GOOD

    def _issue(
        self, name: str, key: ec.EllipticCurvePublicKey, now: datetime, lasts: timedelta
    ) -> x509.Certificate:
        is_root = lasts is ROOT_FOR
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if is_root else self.root.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - SINCE_BEFORE)
            .not_valid_after(now + lasts)
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )


def _broken(links: Sequence[x509.Certificate]) -> ContractVerdict | None:
    for below, issuer in pairwise(links):
        try:
            below.verify_directly_issued_by(issuer)
        except InvalidSignature:
            return ContractVerdict.SIGNATURE_ERROR
        except (ValueError, TypeError):
            return ContractVerdict.CHAIN_ERROR
    return None


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _plain(emaid: str) -> str:
    return emaid.replace("-", "").upper()


def _short(request: bytes) -> str:
    return hashlib.sha256(request).hexdigest()[:8].upper()
