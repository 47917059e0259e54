"""What the operator's API is made of."""

from dataclasses import dataclass

from app.console.api.charger_services import ChargerServices
from app.console.api.connection_services import ConnectionServices
from app.console.api.site_services import SiteServices
from app.console.api.sticker_services import StickerServices
from app.ports.clock import Clock
from app.queries.operations import Operations
from app.use_cases.belongings import Belongings
from app.use_cases.circuits import Circuits
from app.use_cases.exchanges import Exchanges
from app.use_cases.late_bills import LateBills
from app.use_cases.partners import Partners
from app.use_cases.pulls import Pulls


@dataclass(frozen=True, slots=True)
class OperatorServices(SiteServices):
    """What the operator's API is made of; `public_url` is without a final slash."""

    partners: Partners
    circuits: Circuits
    pulls: Pulls
    operations: Operations
    late_bills: LateBills
    chargers: ChargerServices
    exchanges: Exchanges
    connections: ConnectionServices
    stickers: StickerServices
    belongings: Belongings
    clock: Clock
    public_url: str
