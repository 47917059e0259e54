"""Whoever signs chargers' certificates: the house itself, or an authority outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.certificates import SigningUse
from app.domain.identifiers import PartyId


@dataclass(frozen=True, slots=True)
class SigningOrder:
    """A request (PEM, PKCS #10) that was found good.

    `common_name` and `organisation` are whom the certificate names, whatever the request says.
    """

    csr: str
    use: SigningUse
    party: PartyId
    common_name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate with those above it but the root, PEM, its own first.

    `serial` is in hex, upper case.
    """

    chain: str
    serial: str
    subject: str
    not_before: datetime
    not_after: datetime


class CertificateAuthority(Protocol):
    """Signs chargers' keys. What it signs is asked for once; asking again signs again."""

    async def sign(self, order: SigningOrder) -> Signed:
        """Sign; raises InvalidInput for what it will not sign, Unavailable when it cannot now."""
        ...

    async def roots(self) -> Sequence[str]:
        """The roots (PEM) that vouch for what it signed, also long ago."""
        ...

    async def renew(self, party: PartyId) -> str:
        """Begin a new root for an operator; the old ones keep vouching. Gives it (PEM).

        Raises Unavailable, also where the authority does so by itself.
        """
        ...
