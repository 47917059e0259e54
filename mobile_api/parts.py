"""What the driver API is made of."""

from dataclasses import dataclass

from app.ports.clock import Clock
from app.queries.codes import Codes
from app.queries.history import History
from app.queries.map import Map
from app.use_cases.belongings import Belongings
from app.use_cases.cards import Cards
from app.use_cases.charging import Chargings
from app.use_cases.charging_wishes import SessionWishes
from app.use_cases.drivers import Drivers
from app.use_cases.finding import Finding
from app.use_cases.payments import Payments
from app.use_cases.people import People
from app.use_cases.preferences import DriverWishes
from app.use_cases.push_targets import PushTargets
from app.use_cases.receipts import Receipts
from app.use_cases.repeats import Repeats
from app.use_cases.reservations import Reservations
from app.use_cases.sticker_reports import StickerReports
from app.use_cases.told import ToldList
from mobile_api.access import AccessTokens
from mobile_api.guests import Guests
from mobile_api.identity import IdTokens
from mobile_api.limits import Limits
from mobile_api.live import Live


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverDependencies:
    """Everything the driver API needs. `public_url` is where phones reach the HTTP side."""

    drivers: Drivers
    people: People
    cards: Cards
    chargings: Chargings
    session_wishes: SessionWishes
    wishes: DriverWishes
    payments: Payments
    receipts: Receipts
    reservations: Reservations
    belongings: Belongings
    finding: Finding
    push_targets: PushTargets
    push_key: str
    notices: ToldList
    repeats: Repeats
    codes: Codes
    sticker_reports: StickerReports
    map: Map
    history: History
    live: Live
    guests: Guests
    tokens: AccessTokens
    id_tokens: IdTokens
    clock: Clock
    limits: Limits
    public_url: str

    @property
    def secure(self) -> bool:
        """Whether cookies are for https only."""
        return self.public_url.startswith("https:")
