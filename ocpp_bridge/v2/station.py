"""OCPP 2.0.1, and all of 2.1 that it shares: what a charger may say, and what becomes of it."""

from collections.abc import Callable

from app.domain.station_news import StationNews
from ocpp_bridge.certificates import sign_certificate
from ocpp_bridge.dialect import Dialect, Handler
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.faults import CODES_V201
from ocpp_bridge.reservations import read_loss
from ocpp_bridge.schemas import schemas_v201
from ocpp_bridge.timestamps import write_time
from ocpp_bridge.v2.device_model import report_part
from ocpp_bridge.v2.maintenance import HANDLERS as KEEPING
from ocpp_bridge.v2.monitoring import read_events
from ocpp_bridge.v2.read import (
    read_authorize,
    read_boot,
    read_event,
    read_meter_values,
    read_status,
    read_transaction,
)
from ocpp_bridge.v2.smart_charging import HANDLERS as SMART_CHARGING
from ocpp_bridge.v2.smart_charging import read_limit, read_limit_gone
from ocpp_bridge.v2.vehicle_certificates import HANDLERS as VEHICLES
from ocpp_bridge.v2.vehicle_certificates import with_contract
from ocpp_bridge.v2.write import (
    SENDS,
    id_token_info,
    read_outcome,
    transaction_answer,
    write_command,
)


async def boot(visit: Visit, asked: Asked) -> Payload:
    """BootNotification."""
    welcome = await visit.boot(read_boot(asked))
    return {
        "status": welcome.status,
        "currentTime": write_time(asked.at),
        "interval": welcome.interval_s,
    }


async def heartbeat(visit: Visit, asked: Asked) -> Payload:
    """Heartbeat."""
    await visit.heard()
    return {"currentTime": write_time(asked.at)}


async def status(visit: Visit, asked: Asked) -> Payload:
    """StatusNotification."""
    await visit.status(read_status(asked))
    return {}


async def event(visit: Visit, asked: Asked) -> Payload:
    """NotifyEvent: statuses take effect, everything else in it is kept as an event."""
    found = read_event(asked)
    for report in found:
        await visit.status(report)
    if len(found) < len(asked.payload["eventData"]):
        await visit.tell(read_events(asked))
    return {}


async def authorize(visit: Visit, asked: Asked) -> Payload:
    """Authorize."""
    authorization = await visit.authorize(read_authorize(asked))
    reply = {"idTokenInfo": id_token_info(authorization, asked.at)}
    return await with_contract(visit, asked, reply)


async def transaction(visit: Visit, asked: Asked) -> Payload:
    """TransactionEvent; answered with a result whatever it says (OCPP 2.0.1, E01 to E04)."""
    answer = await visit.report(read_transaction(asked))
    known = answer.authorization, answer.total_cost
    return transaction_answer(*known, asked.at, limit=answer.limit)


async def meter_values(visit: Visit, asked: Asked) -> Payload:
    """MeterValues."""
    await visit.report(read_meter_values(asked))
    return {}


def charging_limit(read: Callable[[Asked], StationNews]) -> Handler:
    """Somebody else limits the charger, or no more. Source: OCPP 2.0.1, K11 to K14."""

    async def moved(visit: Visit, asked: Asked) -> Payload:
        await visit.tell(read(asked))
        await visit.limits_moved(asked.payload.get("evseId") or None)
        return {}

    return moved


async def reservation(visit: Visit, asked: Asked) -> Payload:
    """ReservationStatusUpdate."""
    await visit.reservation_lost(*read_loss(asked))
    return {}


LIMITS: dict[str, Callable[[Asked], StationNews]] = {
    "ClearedChargingLimit": read_limit_gone,
    "NotifyChargingLimit": read_limit,
}

HANDLERS: dict[str, Handler] = {
    **VEHICLES,
    "Authorize": authorize,
    "BootNotification": boot,
    "Heartbeat": heartbeat,
    "MeterValues": meter_values,
    "NotifyEvent": event,
    "NotifyReport": report_part,
    "ReservationStatusUpdate": reservation,
    "SignCertificate": sign_certificate(tells_why=True),
    "StatusNotification": status,
    "TransactionEvent": transaction,
    **{action: charging_limit(read) for action, read in LIMITS.items()},
    **KEEPING,
    **SMART_CHARGING,
}

# OCPP 2.0.1, B02 and B03: until accepted a station only boots, and reports what it was asked.
WELCOME_BEFORE_ACCEPTED = frozenset({"BootNotification", "NotifyReport"})

V201 = Dialect(
    subprotocol="ocpp2.0.1",
    schemas=schemas_v201(),
    codes=CODES_V201,
    handlers=HANDLERS,
    withheld=frozenset(HANDLERS) - WELCOME_BEFORE_ACCEPTED,
    sends=SENDS,
    write_command=write_command,
    read_outcome=read_outcome,
)
