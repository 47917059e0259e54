"""What members of our hub told everybody, as lists in memory (see `queries.shelves`)."""

from app.domain.hub_objects import HubNoun, HubObject
from app.queries.shelves import Room, Shelf
from app.store.hub_objects import TOLD_BY, Listed
from app.store.transaction import Store, Transaction


class HubLists:
    """One shelf for each noun, in the order in which objects were told first."""

    def __init__(self, store: Store) -> None:
        room = Room()
        self._shelves = {noun: _shelf(store, noun, room) for noun in HubNoun}

    def of(self, noun: HubNoun) -> Shelf[HubObject]:
        """The public objects of a noun."""
        return self._shelves[noun]


def _shelf(store: Store, noun: HubNoun, room: Room) -> Shelf[HubObject]:
    def listed(tx: Transaction) -> Listed:
        return tx.hub_objects.listed(noun)

    return Shelf[HubObject](store, TOLD_BY[noun], listed, room)
