"""What keeps a 1.6 charger in order, as one: what it can be asked, and what it tells."""

from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.dialect import Handler
from ocpp_bridge.local_lists import LOCAL_LIST_ASKS_V16
from ocpp_bridge.messages import ASKS_V16
from ocpp_bridge.v16.data_transfer import data_transfer
from ocpp_bridge.v16.diagnostics import ASKS as DIAGNOSTICS_ASKS
from ocpp_bridge.v16.diagnostics import HANDLERS as DIAGNOSTICS
from ocpp_bridge.v16.firmware import ASKS as FIRMWARE_ASKS
from ocpp_bridge.v16.firmware import HANDLERS as FIRMWARE

ASKS: dict[type, AskSpeech[int]] = {
    **ASKS_V16,
    **DIAGNOSTICS_ASKS,
    **FIRMWARE_ASKS,
    **LOCAL_LIST_ASKS_V16,
}
HANDLERS: dict[str, Handler] = {"DataTransfer": data_transfer, **DIAGNOSTICS, **FIRMWARE}
