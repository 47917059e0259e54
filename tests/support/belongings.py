"""What belongs to drivers, on a database of a test."""

from random import Random

from app.adapters.bus_local import LocalBus
from app.adapters.mail_log import LogMailer
from app.adapters.sealing_fernet import FernetSealer
from app.domain.identifiers import PartyId
from app.store.transaction import Store
from app.use_cases.belongings import Belongings
from app.use_cases.card_stock import CardStock
from app.use_cases.charge_cards import ChargeCards
from app.use_cases.driver_tokens import Issuer
from app.use_cases.groups import Groups
from app.use_cases.issues import Issues
from app.use_cases.partner_silence import PartnerSilence
from app.use_cases.vehicles import Vehicles
from tests.support.clock import FakeClock

ISSUER = Issuer(PartyId("NL", "RWM"), "Roamwatt Drive", Random(11))


def some_belongings(
    store: Store,
    clock: FakeClock,
    sealer: FernetSealer,
    *,
    bus: LocalBus | None = None,
    mailer: LogMailer | None = None,
) -> Belongings:
    """Cards, vehicles, groups, reports and ratings."""
    bus = bus or LocalBus()
    return Belongings(
        charge_cards=ChargeCards(store, bus, clock, sealer=sealer, issuer=ISSUER),
        stock=CardStock(store, bus, clock, sealer=sealer, issuer=ISSUER),
        vehicles=Vehicles(store, bus, clock, issuer=ISSUER),
        groups=Groups(store, clock, sealer, mailer or LogMailer()),
        issues=Issues(store, clock),
        silence=PartnerSilence(store, clock),
    )
