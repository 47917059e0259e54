"""Telling a partner's platform what our driver wishes of smart charging."""

from typing import Protocol

from app.domain.preferences import Preferences, PreferencesAnswer
from app.domain.sessions import Session


class RemotePreferences(Protocol):
    """The CPOs of our partners."""

    async def ask(self, session: Session, wish: Preferences) -> PreferencesAnswer:
        """Put a wish to the CPO of a partner's session and return its answer.

        Raises PartnerUnavailable when it could not be asked, or did not answer as it should.
        """
        ...
