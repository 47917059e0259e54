"""What keeps a 2.x charger in order, as one: what it can be asked, and what it tells."""

from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.dialect import Handler
from ocpp_bridge.local_lists import LOCAL_LIST_ASKS_V2
from ocpp_bridge.messages import ASKS_V2
from ocpp_bridge.v2.data_transfer import data_transfer
from ocpp_bridge.v2.diagnostics import ASKS as DIAGNOSTICS_ASKS
from ocpp_bridge.v2.diagnostics import HANDLERS as DIAGNOSTICS
from ocpp_bridge.v2.displays import ASKS as DISPLAY_ASKS
from ocpp_bridge.v2.displays import HANDLERS as DISPLAYS
from ocpp_bridge.v2.firmware import ASKS as FIRMWARE_ASKS
from ocpp_bridge.v2.firmware import HANDLERS as FIRMWARE
from ocpp_bridge.v2.monitoring import ASKS as MONITORING_ASKS
from ocpp_bridge.v2.monitoring import HANDLERS as MONITORING

ASKS: dict[type, AskSpeech[Address | None]] = {
    **ASKS_V2,
    **DIAGNOSTICS_ASKS,
    **DISPLAY_ASKS,
    **FIRMWARE_ASKS,
    **LOCAL_LIST_ASKS_V2,
    **MONITORING_ASKS,
}
HANDLERS: dict[str, Handler] = {
    "DataTransfer": data_transfer,
    **DIAGNOSTICS,
    **DISPLAYS,
    **FIRMWARE,
    **MONITORING,
}
