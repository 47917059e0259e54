"""Checking signatures: the mathematics of it, whoever does it."""

from typing import Protocol

from app.domain.public_keys import PublicKey


class SignatureCheck(Protocol):
    """Checks ECDSA signatures."""

    def holds(self, key: PublicKey, digest: str, signature: bytes, text: bytes) -> bool | None:
        """Whether the signature (DER, or its two numbers) is the key's for this text.

        `digest` is a name like `SHA256`. None when the curve or the digest is not supported.
        """
        ...
