"""What belongs to drivers, as one part: cards, vehicles, groups, reports, partners' bills."""

from dataclasses import dataclass

from app.use_cases.card_stock import CardStock
from app.use_cases.charge_cards import ChargeCards
from app.use_cases.groups import Groups
from app.use_cases.issues import Issues
from app.use_cases.partner_silence import PartnerSilence
from app.use_cases.vehicles import Vehicles


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """The use-cases of it; `stock` is the operator's side of cards."""

    charge_cards: ChargeCards
    stock: CardStock
    vehicles: Vehicles
    groups: Groups
    issues: Issues
    silence: PartnerSilence
