"""What the pages work with."""

from dataclasses import dataclass
from typing import Protocol

from app.use_cases.web_payments import WebPayments
from mobile_api.parts import DriverDependencies


class TestCards(Protocol):
    """The sandbox provider's side of a card form, where nobody else has a page for it."""

    async def confirm(self, reference: str, card: str) -> None:
        """The holder fills in this test card, or says yes to the bank."""
        ...

    async def reject(self, reference: str) -> None:
        """The holder says no."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDependencies:
    """Everything the pages need.

    `api` is what the driver API has. `tiles_url` is a Leaflet template of map tiles; None leaves
    the ground plain. `test_cards` is set with the sandbox provider only.
    """

    api: DriverDependencies
    web_payments: WebPayments
    platform_name: str
    tiles_url: str | None = None
    tiles_attribution: str = ""
    test_cards: TestCards | None = None

    @property
    def public_url(self) -> str:
        """What stickers say, without a final slash."""
        return self.api.public_url

    @property
    def secure(self) -> bool:
        """Whether cookies are for https only."""
        return self.api.secure
