"""A pull with everything that it keeps and notes, on a store."""

from random import Random

from app.adapters.bus_local import LocalBus
from app.domain.pulls import PullRules
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.transaction import Store
from app.use_cases.cdrs import Cdrs
from app.use_cases.hub_clients import HubClients
from app.use_cases.locations import Locations
from app.use_cases.partners import Partners
from app.use_cases.pulls import Pulls
from app.use_cases.roaming import PartnerSessions
from app.use_cases.tariffs import Tariffs
from app.use_cases.tokens import Tokens
from ocpi.client.exchange import PartnerCalls
from ocpi.client.hub_clients import HubDirectory
from ocpi.client.keeping import Keeping
from ocpi.client.pull import Pull
from tests.support.roaming_objects import EMSP


def a_book(store: Store, clock: Clock, sealer: Sealer, *, rules: PullRules | None = None) -> Pulls:
    """The book of pulls, with its own use-cases."""
    return Pulls(
        store,
        clock,
        locations=Locations(store, clock, sealer, random=Random(1)),
        tariffs=Tariffs(store, clock),
        tokens=Tokens(store, LocalBus(), clock, emsp=EMSP, issuer="Drive"),
        rules=rules,
    )


def a_keeping(store: Store, clock: Clock, sealer: Sealer) -> Keeping:
    """What keeps, as in production."""
    return Keeping(
        locations=Locations(store, clock, sealer, random=Random(1)),
        tariffs=Tariffs(store, clock),
        tokens=Tokens(store, LocalBus(), clock, emsp=EMSP, issuer="Drive"),
        sessions=PartnerSessions(store, LocalBus()),
        cdrs=Cdrs(store),
    )


def a_pull(
    store: Store, calls: PartnerCalls, partners: Partners, clock: Clock, *, sealer: Sealer
) -> Pull:
    """Everything together."""
    keeping, book = a_keeping(store, clock, sealer), a_book(store, clock, sealer)
    return Pull(
        calls,
        partners,
        clock,
        keeping=keeping,
        book=book,
        directory=HubDirectory(calls, HubClients(store)),
    )
