"""Asking a token's issuer in real time whether it may charge."""

from typing import Protocol

from app.domain.locations import EvsePlace
from app.domain.tokens import Authorization, Token


class RemoteAuthorizer(Protocol):
    """The eMSPs of our partners."""

    async def authorize(
        self, uid: str, token: Token | None, place: EvsePlace | None
    ) -> Authorization | None:
        """Ask the issuer of a known token, or every connected eMSP about an unknown one.

        None when nobody could be reached within the budget (2 s each).
        """
        ...
