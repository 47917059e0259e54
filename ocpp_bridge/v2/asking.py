"""All that chargers of OCPP 2.0.1 and 2.1 can be asked beyond charging, area by area."""

from app.domain.stations import Address
from ocpp_bridge.asks import Asking
from ocpp_bridge.availability import ASKS_V2
from ocpp_bridge.certificates import CERTIFICATE_ASKS_V2
from ocpp_bridge.v2.der import ASKS as DER_ASKS
from ocpp_bridge.v2.device_model import ASKS as DEVICE_MODEL_ASKS
from ocpp_bridge.v2.event_streams import ASKS as STREAM_ASKS
from ocpp_bridge.v2.maintenance import ASKS as KEEPING
from ocpp_bridge.v2.smart_charging import ASKS as SMART_ASKS
from ocpp_bridge.v2.swaps import ASKS as SWAP_ASKS
from ocpp_bridge.v2.tariffs import ASKS as TARIFF_ASKS
from ocpp_bridge.v2.transactions import ASKS as TRANSACTION_ASKS

ASKING: Asking[Address | None] = Asking(
    ASKS_V2,
    KEEPING,
    CERTIFICATE_ASKS_V2,
    DEVICE_MODEL_ASKS,
    SMART_ASKS,
    STREAM_ASKS,
    DER_ASKS,
    SWAP_ASKS,
    TARIFF_ASKS,
    TRANSACTION_ASKS,
)
"""The areas' tables, joined."""
