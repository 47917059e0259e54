"""OCPP 2.1: what it adds to 2.0.1, nothing else.

Its widened fields (free token types, finer status words, exact costs) read and write as in 2.0.1;
only who pays by the page is called by the name that 2.1 has for that.
"""

from dataclasses import replace

from app.domain.commands import Command, CommandKind, CommandOutcome
from app.domain.stations import Address
from app.domain.tokens import TokenType
from ocpp_bridge.dialect import Handler
from ocpp_bridge.exchange import Ask
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
from ocpp_bridge.v2.write import write_command as write_as_before

HANDLERS_V21: dict[str, Handler] = {
    **HANDLERS,
    **COMPANIES,
    **DER_HANDLERS,
    **SMART_CHARGING,
    **STREAM_HANDLERS,
    **SWAP_HANDLERS,
    **VEHICLES,
}


def write_command(command: Command, place: Address | None) -> Ask | CommandOutcome:
    """As in 2.0.1, but a guest's start says how it is paid (OCPP 2.1, C25)."""
    ask = write_as_before(command, place)
    guest = command.token is not None and command.token.type is TokenType.AD_HOC_USER
    if isinstance(ask, Ask) and command.kind is CommandKind.START and guest and not command.tag:
        token = {**ask.payload["idToken"], "type": "DirectPayment"}
        return replace(ask, payload={**ask.payload, "idToken": token})
    return ask


V21 = replace(
    V201,
    subprotocol="ocpp2.1",
    schemas=schemas_v21(),
    codes=CODES_V21,
    handlers=HANDLERS_V21,
    withheld=frozenset(HANDLERS_V21) - WELCOME_BEFORE_ACCEPTED,
    has_sends=True,
    write_command=write_command,
    hearers=HEARERS_V21,
    has_result_errors=True,
)
