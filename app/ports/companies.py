"""A register of companies by VAT number."""

from typing import Protocol

from app.domain.companies import Company


class CompanyRegister(Protocol):
    """Tells whose a VAT number is."""

    async def find(self, number: str) -> Company | None:
        """The company, None when the number is nobody's; raises Unavailable."""
        ...
