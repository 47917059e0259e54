"""OCPP 2.1: what it adds to 2.0.1, nothing else.

Of its new messages these are notices, which a central system takes and confirms with nothing. Its
widened fields (free token types, finer status words, exact costs) read and write as in 2.0.1.
"""

from dataclasses import replace

from ocpp_bridge.dialect import Handler
from ocpp_bridge.faults import CODES_V21
from ocpp_bridge.notices import note
from ocpp_bridge.schemas import schemas_v21
from ocpp_bridge.v2.smart_charging import HANDLERS_V21 as SMART_CHARGING
from ocpp_bridge.v2.station import HANDLERS, V201, WELCOME_BEFORE_ACCEPTED

NEW_NOTICES = (
    "NotifyDERAlarm",
    "NotifyDERStartStop",
    "ReportDERControl",
)

HANDLERS_V21: dict[str, Handler] = {
    **HANDLERS,
    **SMART_CHARGING,
    **{action: note(action) for action in NEW_NOTICES},
}

V21 = replace(
    V201,
    subprotocol="ocpp2.1",
    schemas=schemas_v21(),
    codes=CODES_V21,
    handlers=HANDLERS_V21,
    withheld=frozenset(HANDLERS_V21) - WELCOME_BEFORE_ACCEPTED,
    has_sends=True,
    has_result_errors=True,
)
