"""The house's own certificate authority: a root for each operator, its key sealed at rest.

A root is made when an operator's first charger asks, lives twenty years, and is replaced by hand
(`renew`); the old one keeps vouching for what it signed. Its name is the operator's, so that an
engineer sees at a charger whom it trusts.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.domain.certificates import SigningUse
from app.domain.errors import InvalidInput, Unavailable
from app.domain.identifiers import PartyId
from app.ports.certificates import Signed, SigningOrder
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.certificates import Authority
from app.store.ids import new_id
from app.store.transaction import Store

ROOT_FOR = timedelta(days=20 * 365)
CHARGER_FOR = timedelta(days=365)
CLOCKS_DIFFER = timedelta(minutes=10)
LONGEST_NAME = 64
_PURPOSES = {
    SigningUse.CHARGING_STATION: ExtendedKeyUsageOID.CLIENT_AUTH,
    SigningUse.V2G: ExtendedKeyUsageOID.SERVER_AUTH,
    SigningUse.V2G_20: ExtendedKeyUsageOID.SERVER_AUTH,
}


class BuiltInAuthority:
    """Signs with keys kept in the database."""

    def __init__(self, store: Store, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    async def sign(self, order: SigningOrder) -> Signed:
        """Sign; raises InvalidInput for what is no request."""
        authority = await self._newest(order.party)
        return await asyncio.to_thread(self._signed, order, authority, self._clock.now())

    async def roots(self) -> Sequence[str]:
        """Every root, also those that sign no more."""
        async with self._store.reading() as tx:
            return [each.certificate for each in await tx.authorities.list()]

    async def renew(self, party: PartyId) -> str:
        """Begin a new root, which signs from now on."""
        async with self._store.reading() as tx:
            operator = await tx.operators.of(party)
        made = self._made(party, operator.name if operator is not None else str(party))
        async with self._store.transaction() as tx:
            await tx.authorities.add(made)
        return made.certificate

    async def _newest(self, party: PartyId) -> Authority:
        """The root that signs now; two processes may each make a first one, which is harmless."""
        async with self._store.reading() as tx:
            known = await tx.authorities.list(party)
        if not known:
            await self.renew(party)
            async with self._store.reading() as tx:
                known = await tx.authorities.list(party)
        return known[0]

    def _made(self, party: PartyId, organisation: str) -> Authority:
        now, key = self._clock.now(), ec.generate_private_key(ec.SECP256R1())
        name = _name(f"Roamwatt charger root {party}", organisation)
        until = now + ROOT_FOR
        certificate = (
            _builder(name, name, key.public_key())
            .not_valid_before(now - CLOCKS_DIFFER)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=False, is_root=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        made_id = new_id()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return Authority(
            id=made_id,
            party=str(party),
            certificate=_pem(certificate),
            sealed_key=self._sealer.seal(pem, _context(made_id)),
            created_at=now,
            not_after=until,
        )

    def _signed(self, order: SigningOrder, authority: Authority, now: datetime) -> Signed:
        try:
            pem = self._sealer.open(authority.sealed_key, _context(authority.id))
        except ValueError as error:
            raise Unavailable("the authority's key cannot be opened") from error
        key = load_pem_private_key(pem.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Unavailable("the authority's key is of another kind")
        root = x509.load_pem_x509_certificate(authority.certificate.encode())
        try:
            request = x509.load_pem_x509_csr(order.csr.encode())
        except ValueError as error:
            raise InvalidInput("csr", "is no certificate signing request") from error
        begin, end = now - CLOCKS_DIFFER, min(now + CHARGER_FOR, authority.not_after)
        subject = _name(order.common_name, order.organisation)
        certificate = (
            _builder(subject, root.subject, request.public_key())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=True, is_root=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([_PURPOSES[order.use]]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        return Signed(
            chain=_pem(certificate),
            serial=f"{certificate.serial_number:040X}",
            subject=subject.rfc4514_string(),
            not_before=begin,
            not_after=end,
        )


def _context(authority_id: str) -> str:
    return f"certificate authority {authority_id}"


def _name(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:LONGEST_NAME]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:LONGEST_NAME]),
        ]
    )


def _serial() -> int:
    """A random one of 20 bytes whose first digit is not zero, so that all write it alike."""
    return x509.random_serial_number() | 1 << 158


def _builder(
    subject: x509.Name, issuer: x509.Name, key: CertificatePublicKeyTypes
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(_serial())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=signs,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
