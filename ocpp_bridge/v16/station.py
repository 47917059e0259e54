"""OCPP 1.6J: what a charger may say, and what becomes of it."""

from ocpp_bridge.certificates import sign_certificate
from ocpp_bridge.dialect import Dialect, Handler
from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.faults import CODES_V16
from ocpp_bridge.schemas import schemas_v16
from ocpp_bridge.timestamps import write_time
from ocpp_bridge.v16.maintenance import HANDLERS as KEEPING
from ocpp_bridge.v16.read import (
    read_authorize,
    read_boot,
    read_meter_values,
    read_start,
    read_status,
    read_stop,
)
from ocpp_bridge.v16.write import SENDS, id_tag_info, read_outcome, write_command


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


async def authorize(visit: Visit, asked: Asked) -> Payload:
    """Authorize."""
    authorization = await visit.authorize(read_authorize(asked))
    return {"idTagInfo": id_tag_info(authorization, asked.at)}


async def start(visit: Visit, asked: Asked) -> Payload:
    """StartTransaction; a refused one has a number too, the field is required."""
    answer = await visit.report(read_start(asked))
    info = answer.authorization
    return {
        "transactionId": answer.number,
        "idTagInfo": {"status": "Invalid"} if info is None else id_tag_info(info, asked.at),
    }


async def meter_values(visit: Visit, asked: Asked) -> Payload:
    """MeterValues."""
    await visit.report(read_meter_values(asked))
    return {}


async def stop(visit: Visit, asked: Asked) -> Payload:
    """StopTransaction; confirmed whatever it says, or the charger would repeat it for ever."""
    answer = await visit.report(read_stop(asked))
    info = answer.authorization
    return {} if info is None else {"idTagInfo": id_tag_info(info, asked.at)}


HANDLERS: dict[str, Handler] = {
    "Authorize": authorize,
    "BootNotification": boot,
    "Heartbeat": heartbeat,
    "MeterValues": meter_values,
    "SignCertificate": sign_certificate(tells_why=False),
    "StartTransaction": start,
    "StatusNotification": status,
    "StopTransaction": stop,
    **KEEPING,
}

V16 = Dialect(
    subprotocol="ocpp1.6",
    schemas=schemas_v16(),
    codes=CODES_V16,
    handlers=HANDLERS,
    withheld=frozenset({"Authorize", "StartTransaction"}),
    sends=SENDS,
    write_command=write_command,
    read_outcome=read_outcome,
    has_rpc_errors=False,
)
