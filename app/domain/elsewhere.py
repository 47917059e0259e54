"""Another place to charge, offered to who cannot charge here."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A free connector of the same plug; `here` when it is at the same location."""

    party: str
    location_id: str
    evse_uid: str
    connector_id: str
    name: str
    label: str
    power_kw: Decimal
    distance_m: int
    here: bool
