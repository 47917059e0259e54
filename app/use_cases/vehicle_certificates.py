"""Chargers' questions about vehicles' certificates, asked on and always answered in time."""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from app.domain.errors import DomainError, Unavailable
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
from app.ports.vehicle_certificates import VehicleCertificateProvider

log = logging.getLogger(__name__)

ANSWER_S = 15.0
ASK_AGAIN = timedelta(minutes=5)

T = TypeVar("T")


class VehicleCertificates:
    """The provider's word, or that there is none; without a provider there never is one."""

    def __init__(
        self, provider: VehicleCertificateProvider | None = None, *, answer_s: float = ANSWER_S
    ) -> None:
        self._provider = provider
        self._answer_s = answer_s

    async def ev_certificate(self, asked: EvCertificateAsked) -> EvCertificate:
        """The contract certificate for a vehicle."""
        if self._provider is None:
            return EvCertificate("", "NoProvider")
        answer = await self._within(self._provider.ev_certificate(asked))
        return answer or EvCertificate("", "NotAvailable")

    async def ocsp(self, asked: OcspAsked) -> OcspAnswer:
        """A signed word on a certificate."""
        if self._provider is None:
            return OcspAnswer("", "NoProvider")
        return await self._within(self._provider.ocsp(asked)) or OcspAnswer("", "NotAvailable")

    async def standings(
        self, asked: Sequence[StandingAsked], now: datetime
    ) -> list[StandingKnown]:
        """How certificates stand, in the order asked; what fails is to be asked again soon."""
        failed = StandingKnown(Standing.FAILED, now + ASK_AGAIN)
        provider = self._provider
        if provider is None:
            return [failed for _ in asked]
        found = await asyncio.gather(*(self._within(provider.standing(each)) for each in asked))
        return [each or failed for each in found]

    async def judge(self, contract: ContractShown) -> ContractVerdict:
        """Whether a contract may be charged on; one that cannot be checked may not."""
        if self._provider is None:
            return ContractVerdict.NONE_AVAILABLE
        verdict = await self._within(self._provider.judge(contract))
        return verdict or ContractVerdict.NONE_AVAILABLE

    async def _within(self, answer: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(self._answer_s):
                return await answer
        except (DomainError, TimeoutError) as error:
            why = str(error) if isinstance(error, Unavailable) else type(error).__name__
            log.warning("vehicle_certificates.failed", extra={"why": why})
            return None
