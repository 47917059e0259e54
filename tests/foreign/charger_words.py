"""What a charger says in the families of OCPP, for foreign software to say it."""

from datetime import UTC, datetime
from typing import Any, Protocol

from tests.foreign.foreign_charger import ForeignCharger, Payload

WATT_HOURS = "Energy.Active.Import.Register"


def now() -> str:
    """The time, as chargers write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Words(Protocol):
    """One family."""

    reserve: str
    profile: str
    start: str
    stop: str
    upload: str

    async def boot(self, charger: ForeignCharger) -> Payload: ...

    async def show(self, charger: ForeignCharger, state: str) -> None: ...

    async def begin(self, charger: ForeignCharger, asked: Payload) -> Any: ...

    async def draw(self, charger: ForeignCharger, transaction: Any, kwh: str) -> None: ...

    async def end(self, charger: ForeignCharger, transaction: Any, kwh: str) -> None: ...

    async def firmware(self, charger: ForeignCharger, request: int, status: str) -> None: ...

    async def uploaded(self, charger: ForeignCharger, request: int) -> None: ...


class Words16:
    """OCPP 1.6."""

    reserve, profile = "ReserveNow", "SetChargingProfile"
    start, stop = "RemoteStartTransaction", "RemoteStopTransaction"
    upload = "GetDiagnostics"

    async def boot(self, charger: ForeignCharger) -> Payload:
        said = {"chargePointVendor": "Foreign", "chargePointModel": "F1", "firmwareVersion": "1"}
        return await charger.call("BootNotification", said)

    async def show(self, charger: ForeignCharger, state: str) -> None:
        said = {"connectorId": 1, "errorCode": "NoError", "status": state, "timestamp": now()}
        await charger.call("StatusNotification", said)

    async def begin(self, charger: ForeignCharger, asked: Payload) -> Any:
        said = {
            "connectorId": asked["connectorId"],
            "idTag": asked["idTag"],
            "meterStart": 0,
            "timestamp": now(),
        }
        answer = await charger.call("StartTransaction", said)
        assert answer["idTagInfo"]["status"] == "Accepted"
        return answer["transactionId"]

    async def draw(self, charger: ForeignCharger, transaction: Any, kwh: str) -> None:
        value = {"value": kwh, "measurand": WATT_HOURS, "unit": "kWh"}
        values = [{"timestamp": now(), "sampledValue": [value]}]
        said = {"connectorId": 1, "transactionId": transaction, "meterValue": values}
        await charger.call("MeterValues", said)

    async def end(self, charger: ForeignCharger, transaction: Any, kwh: str) -> None:
        said = {
            "transactionId": transaction,
            "meterStop": int(float(kwh) * 1000),
            "timestamp": now(),
            "reason": "Remote",
        }
        await charger.call("StopTransaction", said)

    async def firmware(self, charger: ForeignCharger, request: int, status: str) -> None:
        await charger.call("FirmwareStatusNotification", {"status": status})

    async def uploaded(self, charger: ForeignCharger, request: int) -> None:
        await charger.call("DiagnosticsStatusNotification", {"status": "Uploaded"})


class Words2x:
    """OCPP 2.0.1 and 2.1."""

    reserve, profile = "ReserveNow", "SetChargingProfile"
    start, stop = "RequestStartTransaction", "RequestStopTransaction"
    upload = "GetLog"

    def __init__(self) -> None:
        self._sequence = 0

    async def boot(self, charger: ForeignCharger) -> Payload:
        station = {"vendorName": "Foreign", "model": "F2", "firmwareVersion": "1"}
        return await charger.call(
            "BootNotification", {"reason": "PowerUp", "chargingStation": station}
        )

    async def show(self, charger: ForeignCharger, state: str) -> None:
        state = {"Preparing": "Occupied"}.get(state, state)
        said = {"timestamp": now(), "connectorStatus": state, "evseId": 1, "connectorId": 1}
        await charger.call("StatusNotification", said)

    async def begin(self, charger: ForeignCharger, asked: Payload) -> Any:
        info = {
            "transactionId": "foreign-1",
            "chargingState": "Charging",
            "remoteStartId": asked["remoteStartId"],
        }
        answer = await self._event(
            charger, "Started", "RemoteStart", info, kwh="0", idToken=asked["idToken"]
        )
        assert answer["idTokenInfo"]["status"] == "Accepted"
        return "foreign-1"

    async def draw(self, charger: ForeignCharger, transaction: Any, kwh: str) -> None:
        info = {"transactionId": transaction, "chargingState": "Charging"}
        await self._event(charger, "Updated", "MeterValuePeriodic", info, kwh=kwh)

    async def end(self, charger: ForeignCharger, transaction: Any, kwh: str) -> None:
        info = {"transactionId": transaction, "chargingState": "Idle", "stoppedReason": "Remote"}
        await self._event(charger, "Ended", "RemoteStop", info, kwh=kwh)

    async def firmware(self, charger: ForeignCharger, request: int, status: str) -> None:
        said = {"status": status, "requestId": request}
        await charger.call("FirmwareStatusNotification", said)

    async def uploaded(self, charger: ForeignCharger, request: int) -> None:
        await charger.call("LogStatusNotification", {"status": "Uploaded", "requestId": request})

    async def _event(
        self,
        charger: ForeignCharger,
        kind: str,
        reason: str,
        info: Payload,
        *,
        kwh: str,
        **more: Any,
    ) -> Payload:
        unit = {"unit": "kWh"}
        value = {"value": float(kwh), "measurand": WATT_HOURS, "unitOfMeasure": unit}
        said = {
            "eventType": kind,
            "timestamp": now(),
            "triggerReason": reason,
            "seqNo": self._sequence,
            "transactionInfo": info,
            "meterValue": [{"timestamp": now(), "sampledValue": [value]}],
            "evse": {"id": 1, "connectorId": 1},
            **more,
        }
        self._sequence += 1
        return await charger.call("TransactionEvent", said)


def words_of(protocol: str) -> Words:
    """How a charger of this version speaks."""
    return Words16() if protocol == "ocpp1.6" else Words2x()
