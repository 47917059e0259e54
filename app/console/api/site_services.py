"""What of the operator's API is about sites: places, prices, chargers and who charges there."""

from dataclasses import dataclass

from app.use_cases.bookings import Bookings
from app.use_cases.commands import Commands
from app.use_cases.locations import Locations
from app.use_cases.operators import Operators
from app.use_cases.profiles import Profiles
from app.use_cases.reservations import Reservations
from app.use_cases.stations import Stations
from app.use_cases.tariffs import Tariffs


@dataclass(frozen=True, slots=True)
class SiteServices:
    """The use-cases of it."""

    operators: Operators
    locations: Locations
    tariffs: Tariffs
    stations: Stations
    commands: Commands
    profiles: Profiles
    reservations: Reservations
    bookings: Bookings
