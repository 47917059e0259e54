"""ECDSA signatures, checked by OpenSSL."""

from collections.abc import Mapping
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP192R1,
    SECP224R1,
    SECP256K1,
    SECP256R1,
    SECP384R1,
    SECP521R1,
    BrainpoolP256R1,
    BrainpoolP384R1,
    BrainpoolP512R1,
    EllipticCurve,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from app.domain.public_keys import PublicKey

_CURVES: Mapping[str, type[EllipticCurve]] = MappingProxyType({
    "secp192r1": SECP192R1,
    "secp224r1": SECP224R1,
    "secp256k1": SECP256K1,
    "secp256r1": SECP256R1,
    "secp384r1": SECP384R1,
    "secp521r1": SECP521R1,
    "brainpool256r1": BrainpoolP256R1,
    "brainpool384r1": BrainpoolP384R1,
    "brainpool512r1": BrainpoolP512R1,
})  # fmt: skip
_DIGESTS: Mapping[str, type[HashAlgorithm]] = MappingProxyType({
    "SHA256": SHA256,
    "SHA384": SHA384,
    "SHA512": SHA512,
})  # fmt: skip
_SEQUENCE = 0x30


class EcdsaSignatures:
    """Checks what it knows the curve of, and says so of the others."""

    def holds(self, key: PublicKey, digest: str, signature: bytes, text: bytes) -> bool | None:
        """Whether the signature is the key's for this text; None when it cannot be told."""
        known, hashed = _CURVES.get(key.curve), _DIGESTS.get(digest)
        if known is None or hashed is None:
            return None
        curve = known()
        try:
            public = EllipticCurvePublicKey.from_encoded_point(curve, key.point)
            public.verify(_der(signature, curve.key_size), text, ECDSA(hashed()))
        except UnsupportedAlgorithm:  # this OpenSSL was built without the curve
            return None
        except (InvalidSignature, ValueError):
            return False
        return True


def _der(signature: bytes, bits: int) -> bytes:
    """As DER: some meters send the two numbers one after the other."""
    size = (bits + 7) // 8
    if len(signature) != 2 * size or (
        signature[0] == _SEQUENCE and signature[1] == len(signature) - 2
    ):
        return signature
    return encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
