"""What stands in certificates and in requests for them."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.ocsp import OCSPRequestBuilder

from app.domain.certificates import CertificateHash, KeyFacts, SigningRequest
from app.domain.errors import InvalidInput
from app.domain.security import ClientCertificate

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
    "SHA512": hashes.SHA512,
}


def read_request(csr: str) -> SigningRequest:
    """What a signing request (PEM) says; raises InvalidInput for what is none."""
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        names, key = request.subject, _key(request.public_key())
        digest = request.signature_hash_algorithm
        return SigningRequest(
            common_names=_texts(names, x509.NameOID.COMMON_NAME),
            organisations=_texts(names, x509.NameOID.ORGANIZATION_NAME),
            key=key,
            digest="" if digest is None else digest.name,
            is_signed_by_its_key=request.is_signature_valid,
            wants_authority=_wants_authority(request),
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise InvalidInput("csr", "is no certificate signing request (PEM)") from error


def read_certificate(pem: str) -> x509.Certificate:
    """A certificate; raises InvalidInput for what is none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("certificate", "is no certificate (PEM)") from error


def client_of(certificate: x509.Certificate) -> ClientCertificate:
    """Whom a certificate names."""
    names = certificate.subject
    return ClientCertificate(
        "".join(_texts(names, x509.NameOID.COMMON_NAME)[:1]),
        "".join(_texts(names, x509.NameOID.ORGANIZATION_NAME)[:1]),
        serial_of(certificate),
    )


def serial_of(certificate: x509.Certificate) -> str:
    """The serial number in hex, upper case, as TLS libraries show it."""
    digits = f"{certificate.serial_number:X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def hash_of(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = "SHA256"
) -> CertificateHash:
    """How OCPP and OCSP name a certificate. Source: RFC 6960, 4.1.1."""
    kind = _HASHES[algorithm]()
    named = OCSPRequestBuilder().add_certificate(certificate, issuer, kind).build()
    return CertificateHash(
        algorithm,
        named.issuer_name_hash.hex(),
        named.issuer_key_hash.hex(),
        f"{named.serial_number:x}",
    )


def _texts(names: x509.Name, oid: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(str(a.value) for a in names.get_attributes_for_oid(oid))


def _key(key: object) -> KeyFacts:
    if isinstance(key, rsa.RSAPublicKey):
        return KeyFacts("RSA", key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return KeyFacts("EC", key.curve.key_size)
    return KeyFacts(type(key).__name__.strip("_"), 0)


def _wants_authority(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
