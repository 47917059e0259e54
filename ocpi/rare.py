"""What the rarely used modules need: HubClientInfo, and those that 2.3.0 added."""

from dataclasses import dataclass

from app.ports.clock import Clock
from app.queries.modules import ModuleLists
from app.store.transaction import Store
from app.use_cases.bookings import Bookings
from app.use_cases.hub_clients import HubClients
from app.use_cases.module_objects import ModuleObjects


@dataclass(frozen=True, slots=True, kw_only=True)
class RareModules:
    """Their use-cases and lists."""

    objects: ModuleObjects
    lists: ModuleLists
    bookings: Bookings
    hub_clients: HubClients

    @classmethod
    def on(cls, store: Store, clock: Clock) -> "RareModules":
        """The modules on a store."""
        return cls(
            objects=ModuleObjects(store),
            lists=ModuleLists(store),
            bookings=Bookings(store, clock),
            hub_clients=HubClients(store),
        )
