"""Whose a VAT number is that somebody types in at a charger."""

from logging import getLogger

from app.domain.companies import VatAnswer, VatAsked, vat_number
from app.domain.errors import Unavailable
from app.ports.clock import Clock
from app.ports.companies import CompanyRegister
from app.store.transaction import Store

log = getLogger(__name__)

CHECKS = "vat_checks"
MOST = 200
"""How many checks are kept of a charger, the newest."""


class Companies:
    """Answers from the register, if there is one, and keeps what was answered."""

    def __init__(self, store: Store, clock: Clock, register: CompanyRegister | None) -> None:
        self._store = store
        self._clock = clock
        self._register = register

    async def asked(self, station_id: str, asked: VatAsked) -> VatAnswer:
        """Whose number it is; a register that does not answer is no company."""
        answer = await self._look_up(asked)
        async with self._store.transaction() as tx:
            now = self._clock.now()
            await tx.station_facts.put(station_id, CHECKS, answer, name=asked.number, now=now)
            await tx.station_facts.trim(station_id, CHECKS, MOST)
        return answer

    async def _look_up(self, asked: VatAsked) -> VatAnswer:
        number = vat_number(asked.number)
        if number is None:
            return VatAnswer(asked, why="NoVatNumber")
        if self._register is None:
            return VatAnswer(asked, why="NoRegister")
        try:
            company = await self._register.find(number)
        except Unavailable as error:
            log.warning("companies.unavailable", extra={"why": str(error)})
            return VatAnswer(asked, why="RegisterDown")
        return VatAnswer(asked, company, None if company else "UnknownNumber")
