"""What the pages work with."""

from dataclasses import dataclass
from typing import Protocol

from app.ports.clock import Clock
from app.queries.history import History
from app.queries.map import Map
from app.use_cases.charging import Chargings
from app.use_cases.payments import Payments
from app.use_cases.receipts import Receipts
from mobile_api.guests import Guests
from mobile_api.limits import Limits


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

    `public_url` is what stickers say, without a final slash. `tiles_url` is a Leaflet template of
    map tiles; None leaves the ground plain. `test_cards` is set with the sandbox provider only.
    """

    map: Map
    history: History
    guests: Guests
    chargings: Chargings
    payments: Payments
    receipts: Receipts
    limits: Limits
    clock: Clock
    public_url: str
    platform_name: str
    tiles_url: str | None = None
    tiles_attribution: str = ""
    test_cards: TestCards | None = None

    @property
    def secure(self) -> bool:
        """Whether cookies are for https only."""
        return self.public_url.startswith("https:")
