"""Wires what belongs to drivers."""

from random import Random

from app.ports.mail import Mailer
from app.runtime.outside import Outside
from app.use_cases.belongings import Belongings
from app.use_cases.card_stock import CardStock
from app.use_cases.charge_cards import ChargeCards
from app.use_cases.driver_tokens import Issuer
from app.use_cases.groups import Groups
from app.use_cases.issues import Issues
from app.use_cases.partner_silence import PartnerSilence
from app.use_cases.vehicles import Vehicles


def build_belongings(outside: Outside, mailer: Mailer, random: Random) -> Belongings:
    """Build them."""
    store, bus, clock, sealer = outside.store, outside.bus, outside.clock, outside.sealer
    issuer = Issuer(outside.settings.emsp, outside.settings.emsp_name, random)
    return Belongings(
        charge_cards=ChargeCards(store, bus, clock, sealer=sealer, issuer=issuer),
        stock=CardStock(store, bus, clock, sealer=sealer, issuer=issuer),
        vehicles=Vehicles(store, bus, clock, issuer=issuer),
        groups=Groups(store, clock, sealer, mailer),
        issues=Issues(store, clock),
        silence=PartnerSilence(store, clock),
    )
