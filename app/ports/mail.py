"""Mail: receipts and invitations."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of plain text; `key` makes a repetition recognisable (Message-ID)."""

    key: str
    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail) -> None:
        """Hand over one mail; raises ProviderUnavailable when it should be tried again."""
        ...
