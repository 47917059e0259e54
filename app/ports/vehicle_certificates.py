"""Whoever keeps contract certificates of vehicles and knows whether they hold (ISO 15118)."""

from typing import Protocol

from app.domain.vehicle_certificates import (
    ContractShown,
    ContractVerdict,
    EvCertificate,
    EvCertificateAsked,
    OcspAnswer,
    OcspAsked,
    StandingAsked,
    StandingKnown,
)


class VehicleCertificateProvider(Protocol):
    """A contract certificate pool with its OCSP responders; all methods raise Unavailable."""

    async def ev_certificate(self, asked: EvCertificateAsked) -> EvCertificate:
        """The contract certificate for a vehicle."""
        ...

    async def ocsp(self, asked: OcspAsked) -> OcspAnswer:
        """A signed word on a certificate."""
        ...

    async def standing(self, asked: StandingAsked) -> StandingKnown:
        """How a certificate stands."""
        ...

    async def judge(self, contract: ContractShown) -> ContractVerdict:
        """Whether the certificate of a contract may be believed."""
        ...
