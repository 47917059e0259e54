"""OCPP 2.1: what it adds to 2.0.1, nothing else.

Its widened fields (free token types, finer status words, exact costs) read and write as in 2.0.1.
"""

from dataclasses import replace

from ocpp_bridge.dialect import Handler
from ocpp_bridge.faults import CODES_V21
from ocpp_bridge.schemas import schemas_v21
from ocpp_bridge.v2.companies import HANDLERS_V21 as COMPANIES
from ocpp_bridge.v2.der import HANDLERS_V21 as DER_HANDLERS
from ocpp_bridge.v2.event_streams import HANDLERS_V21 as STREAM_HANDLERS
from ocpp_bridge.v2.event_streams import HEARERS_V21
from ocpp_bridge.v2.smart_charging import HANDLERS_V21 as SMART_CHARGING
from ocpp_bridge.v2.station import HANDLERS, V201, WELCOME_BEFORE_ACCEPTED
from ocpp_bridge.v2.swaps import HANDLERS_V21 as SWAP_HANDLERS
from ocpp_bridge.v2.vehicle_certificates import HANDLERS_V21 as VEHICLES

HANDLERS_V21: dict[str, Handler] = {
    **HANDLERS,
    **COMPANIES,
    **DER_HANDLERS,
    **SMART_CHARGING,
    **STREAM_HANDLERS,
    **SWAP_HANDLERS,
    **VEHICLES,
}

V21 = replace(
    V201,
    subprotocol="ocpp2.1",
    schemas=schemas_v21(),
    codes=CODES_V21,
    handlers=HANDLERS_V21,
    withheld=frozenset(HANDLERS_V21) - WELCOME_BEFORE_ACCEPTED,
    has_sends=True,
    hearers=HEARERS_V21,
    has_result_errors=True,
)
