"""What belongs to drivers: cards, vehicles, groups, reports and ratings."""

from app.store.charge_cards import CardOrders, ChargeCards
from app.store.favourites import Favourites, Waitings
from app.store.groups import Groups
from app.store.issues import Issues, RatingBook
from app.store.repository import Repository
from app.store.vehicles import Sightings, Vehicles


class Belongings(Repository):
    """The repositories of it, on the connection of one transaction."""

    @property
    def card_orders(self) -> CardOrders:
        """Cards that drivers want."""
        return CardOrders(self._connection)

    @property
    def charge_cards(self) -> ChargeCards:
        """Cards that drivers charge with."""
        return ChargeCards(self._connection)

    @property
    def favourites(self) -> Favourites:
        """Locations that drivers like."""
        return Favourites(self._connection)

    @property
    def waitings(self) -> Waitings:
        """Drivers who wait for a charger."""
        return Waitings(self._connection)

    @property
    def vehicles(self) -> Vehicles:
        """Drivers' vehicles."""
        return Vehicles(self._connection)

    @property
    def sightings(self) -> Sightings:
        """Vehicles that chargers reported."""
        return Sightings(self._connection)

    @property
    def groups(self) -> Groups:
        """Families and fleets."""
        return Groups(self._connection)

    @property
    def issues(self) -> Issues:
        """Drivers' reports."""
        return Issues(self._connection)

    @property
    def ratings(self) -> RatingBook:
        """What drivers think of stations."""
        return RatingBook(self._connection)
