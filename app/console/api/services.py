"""What the operator's API is made of."""

from dataclasses import dataclass

from app.console.api.charger_services import ChargerServices
from app.console.api.connection_services import ConnectionServices
from app.console.api.sticker_services import StickerServices
from app.ports.clock import Clock
from app.queries.operations import Operations
from app.use_cases.bookings import Bookings
from app.use_cases.circuits import Circuits
from app.use_cases.commands import Commands
from app.use_cases.exchanges import Exchanges
from app.use_cases.locations import Locations
from app.use_cases.operators import Operators
from app.use_cases.partners import Partners
from app.use_cases.profiles import Profiles
from app.use_cases.pulls import Pulls
from app.use_cases.reservations import Reservations
from app.use_cases.stations import Stations
from app.use_cases.tariffs import Tariffs


@dataclass(frozen=True, slots=True)
class OperatorServices:
    """What the operator's API is made of; `public_url` is without a final slash."""

    operators: Operators
    locations: Locations
    tariffs: Tariffs
    stations: Stations
    commands: Commands
    profiles: Profiles
    reservations: Reservations
    bookings: Bookings
    partners: Partners
    circuits: Circuits
    pulls: Pulls
    operations: Operations
    chargers: ChargerServices
    exchanges: Exchanges
    connections: ConnectionServices
    stickers: StickerServices
    clock: Clock
    public_url: str
