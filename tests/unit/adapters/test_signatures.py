"""Signatures of every curve that OCMF names, checked by OpenSSL."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from app.adapters.signatures_ecdsa import EcdsaSignatures
from app.domain.ocmf import read_ocmf
from app.domain.public_keys import PublicKey, read_public_key
from tests.support.signing import SigningMeter

HOLDS = EcdsaSignatures().holds


@pytest.mark.parametrize(
    ("curve", "name", "digest"),
    [
        (ec.SECP192R1, "secp192r1", SHA256),
        (ec.SECP256R1, "secp256r1", SHA256),
        (ec.SECP256K1, "secp256k1", SHA256),
        (ec.SECP384R1, "secp384r1", SHA384),
        (ec.BrainpoolP256R1, "brainpool256r1", SHA256),
        (ec.BrainpoolP384R1, "brainpool384r1", SHA256),
        (ec.SECP521R1, "secp521r1", SHA512),
    ],
)
@pytest.mark.parametrize("how", [{}, {"raw": True}, {"in_base64": True}])
def test_curves(
    curve: type[ec.EllipticCurve], name: str, *, digest: type[SHA256], how: dict[str, bool]
) -> None:
    meter = SigningMeter(curve, name, digest=digest)
    ocmf = read_ocmf(meter.signs_text('{"FV":"1.0","ä":1}', **how))
    key = read_public_key(meter.key)
    assert HOLDS(key, ocmf.digest, ocmf.signature, ocmf.signed) is True
    assert HOLDS(key, ocmf.digest, ocmf.signature, ocmf.signed + b" ") is False
    assert HOLDS(key, ocmf.digest, b"\x30\x00", ocmf.signed) is False
    other = read_public_key(SigningMeter(curve, name).key)
    assert HOLDS(other, ocmf.digest, ocmf.signature, ocmf.signed) is False


def test_what_cannot_be_told() -> None:
    key = read_public_key(SigningMeter().key)
    assert HOLDS(PublicKey("secp192k1", b"\4"), "SHA256", b"1", b"") is None
    assert HOLDS(key, "MD5", b"1", b"") is None
    assert HOLDS(PublicKey("secp256r1", b"\4" + b"\1" * 64), "SHA256", b"1", b"") is False
