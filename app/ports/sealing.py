"""Secrets at rest: sealed when we must read them again, hashed when we only compare."""

from typing import Protocol


class Sealer(Protocol):
    """Seals with a key ring; `context` binds a sealed text to its row so it cannot be moved."""

    def seal(self, plain: str, context: str) -> str:
        """Encrypt; the result names its key."""
        ...

    def open(self, sealed: str, context: str) -> str:
        """Decrypt; raises ValueError when it was sealed for another context or tampered with."""
        ...

    def seal_short(self, plain: bytes, context: str) -> str:
        """Encrypt for an address: no more than 16 bytes longer, in the letters of base64url."""
        ...

    def open_short(self, sealed: str, context: str) -> bytes:
        """Decrypt what `seal_short` made; raises ValueError as `open` does."""
        ...

    def fingerprint(self, secret: str) -> str:
        """A keyed hash for looking up and comparing random secrets (tokens, charger passwords)."""
        ...
