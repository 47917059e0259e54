"""OCPP 1.6J in the charger's mouth: StartTransaction, MeterValues, StopTransaction and answers."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from app.simulators.charger_certificates import Certifying
from app.simulators.charger_diagnostics import Diagnosing
from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.charger_firmware import Updating
from app.simulators.charger_limits import V16, Limiting
from app.simulators.charger_local_list import listing_v16
from app.simulators.charger_model import (
    ChargingState,
    Outlet,
    Reading,
    StopReason,
    Transaction,
    wire_time,
)
from app.simulators.charger_reservations import Reserving, Wanted, is_kept_from
from app.simulators.charger_socket import Refusal
from app.simulators.ocpp_schemas import Payload

_STATUS_WHILE = {
    "EVConnected": "Preparing",
    "Charging": "Charging",
    "SuspendedEV": "SuspendedEV",
    "SuspendedEVSE": "SuspendedEVSE",
    "Idle": "Finishing",
}
_REASONS: dict[StopReason, str] = {
    "EnergyLimitReached": "Other",
    "TimeLimitReached": "Other",
    "SOCLimitReached": "Other",
    "LocalOutOfCredit": "Other",
}
_WRITE_ONLY = {"AuthorizationKey"}
_METER_KEY = "MeterPublicKey[1]"
_READ_ONLY = {"NumberOfConnectors", "SupportedFeatureProfiles", _METER_KEY}
_TRIGGERS = {
    "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification",
    "Heartbeat", "LogStatusNotification", "MeterValues", "StatusNotification",
}  # fmt: skip


class DialectV16:
    """Words and manners of OCPP 1.6J; one connector per EVSE, numbered alike."""

    def __init__(self, works: Works) -> None:
        self._works = works
        works.settings.update(
            HeartbeatInterval="300",
            MeterValueSampleInterval="60",
            ConnectionTimeOut="60",
            AuthorizeRemoteTxRequests="false",
            NumberOfConnectors=str(len(works.outlets)),
            SupportedFeatureProfiles=(
                "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,"
                "SmartCharging"
            ),
        )
        if works.signer is not None:
            works.settings[_METER_KEY] = works.signer.public_key
        self._begun: dict[str, Payload] = {}
        self._reserving = Reserving(works, Wanted.read_v16)
        self.updating, self.diagnosing = Updating(works), Diagnosing(works)
        self.listing = listing_v16()
        self._certifying = Certifying(works, is_v16=True)
        self._limiting = Limiting(works, V16, self.sampled)
        self.answers: Mapping[str, Answer] = {
            **self._reserving.answers,
            **self._certifying.answers,
            "ExtendedTriggerMessage": self._trigger,
            **self._limiting.answers,
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "UnlockConnector": self._unlock,
            "Reset": self._reset,
            "TriggerMessage": self._trigger,
            "GetConfiguration": self._get_configuration,
            "ChangeConfiguration": self._change_configuration,
            "ChangeAvailability": self._change_availability,
            "ClearCache": self._clear_cache,
            **self.updating.answers,
            **self.diagnosing.answers,
            **self.listing.answers,
            "DataTransfer": self._data_transfer,
        }

    async def lose_reservation(self, outlet: Outlet) -> None:
        await self._reserving.lose(outlet)

    def boot(self, reason: str) -> Message:
        del reason  # 1.6 has no word for it
        return Message(
            "BootNotification",
            {
                "chargePointVendor": "Roamwatt",
                "chargePointModel": "Simulated 16",
                "chargePointSerialNumber": "SIM-16-0001",
                "firmwareVersion": self.updating.version,
            },
        )

    def status_word(self, outlet: Outlet) -> str:
        if outlet.fault:
            return "Faulted"
        if outlet.transaction and outlet.transaction.ended_at is None:
            return _STATUS_WHILE[outlet.transaction.state]
        if outlet.plugged:
            return "Finishing" if outlet.transaction else "Preparing"
        if outlet.ready_token:
            return "Preparing"
        if outlet.reservation and outlet.operative:
            return "Reserved"
        return "Available" if outlet.operative else "Unavailable"

    def status(self, outlet: Outlet, at: datetime) -> Message:
        return Message(
            "StatusNotification",
            {
                "connectorId": outlet.number,
                "errorCode": outlet.fault or "NoError",
                "status": self.status_word(outlet),
                "timestamp": wire_time(at),
            },
        )

    def authorize(self, token: str, kind: str) -> Message:
        del kind  # 1.6 knows no kinds of token
        return Message("Authorize", {"idTag": token})

    def verdict(self, answer: Payload) -> str:
        return str(answer.get("idTagInfo", {}).get("status", "Accepted"))

    def complete(self, message: Message) -> Payload:
        """Adds the transaction's number, which only the answer to its start tells.

        -1 in a StopTransaction whose start was never accepted, as chargers in the field do.
        """
        running = message.transaction
        if running is None or message.action == "StartTransaction":
            return message.payload
        if running.number is None:
            lost = {"transactionId": -1} if message.action == "StopTransaction" else {}
            return message.payload | lost
        return message.payload | {"transactionId": running.number}

    def heard(self, running: Transaction, answer: Payload) -> None:
        if "transactionId" in answer:
            running.number = int(answer["transactionId"])

    def begun(self, running: Transaction, reading: Reading) -> Message:
        self._limiting.begin(running)
        if self._works.signer is not None:
            self._begun[running.id] = self._works.signer.sampled_v16(reading)
        kept = {} if running.reservation is None else {"reservationId": running.reservation}
        return Message(
            "StartTransaction",
            {
                **kept,
                "connectorId": running.evse,
                "idTag": running.token,
                "meterStart": int(reading.register_wh),
                "timestamp": wire_time(reading.at),
            },
            running,
            opens=True,
        )

    def moved(self, running: Transaction, state: ChargingState, reading: Reading) -> None:
        """The connector's status says it in 1.6."""
        del reading
        running.state = state

    def identified(self, running: Transaction, reading: Reading) -> None:
        """1.6 knows no transaction without a token."""
        del running, reading

    def sampled(self, running: Transaction, reading: Reading) -> Message:
        payload = {"connectorId": running.evse, "meterValue": [_meter_value(reading)]}
        return Message("MeterValues", payload, running)

    def ended(self, running: Transaction, reading: Reading) -> Message:
        reason: StopReason = running.stop_reason or "Local"
        payload: Payload = {
            "meterStop": int(reading.register_wh),
            "timestamp": wire_time(reading.at),
            "reason": _REASONS.get(reason, reason),
            "transactionData": [_meter_value(reading), *self._signed(running, reading)],
        }
        if reason == "Local":
            payload["idTag"] = running.token
        return Message("StopTransaction", payload, running)

    def _signed(self, running: Transaction, reading: Reading) -> list[Payload]:
        """What the meter signed of the transaction; 1.6 has room for it at the end only."""
        if self._works.signer is None:
            return []
        begun = self._begun.pop(running.id, None)
        end = self._works.signer.sampled_v16(reading)
        return [end] if begun is None else [begun, end]

    async def _remote_start(self, asked: Payload) -> Payload:
        wanted = asked.get("connectorId")
        free = [o for o in self._works.outlets.values() if _is_free(o)]
        chosen = [o for o in free if wanted in (None, o.number)]
        chosen = [o for o in chosen if not is_kept_from(o, str(asked["idTag"]))]
        if not chosen or wanted == 0 or not self._limiting.takes_start(asked):
            return {"status": "Rejected"}
        chosen[0].brought = (str(asked["idTag"]), asked.get("chargingProfile"))
        evse, token = chosen[0].number, str(asked["idTag"])
        self._works.later(
            lambda: self._works.start(evse, token, kind="Central", remote_start=None)
        )
        return {"status": "Accepted"}

    async def _remote_stop(self, asked: Payload) -> Payload:
        number = asked["transactionId"]
        chosen = [o for o in self._works.outlets.values() if _runs_as(o, number)]
        if not chosen:
            return {"status": "Rejected"}
        self._works.later(lambda: self._works.stop(chosen[0].number, "Remote"))
        return {"status": "Accepted"}

    async def _unlock(self, asked: Payload) -> Payload:
        outlet = self._works.outlets.get(asked["connectorId"])
        if outlet is None:
            return {"status": "NotSupported"}
        if outlet.transaction and outlet.transaction.ended_at is None:
            self._works.later(lambda: self._works.stop(outlet.number, "UnlockCommand"))
        return {"status": "Unlocked"}

    async def _reset(self, asked: Payload) -> Payload:
        graceful = asked["type"] == "Soft"
        self._works.later(lambda: self._works.restart(graceful=graceful))
        return {"status": "Accepted"}

    async def _trigger(self, asked: Payload) -> Payload:
        wanted, connector = asked["requestedMessage"], asked.get("connectorId")
        if self._certifying.triggered(wanted):
            return {"status": "Accepted"}
        if wanted not in _TRIGGERS:
            return {"status": "NotImplemented"}
        if connector is not None and connector not in self._works.outlets:
            return {"status": "Rejected"}
        self._works.later(lambda: self._triggered(wanted, connector))
        return {"status": "Accepted"}

    async def _triggered(self, wanted: str, connector: int | None) -> None:
        match wanted:
            case "StatusNotification":
                await self._works.announce(connector)
            case "BootNotification":
                await self._works.tell(self.boot("Triggered"))
            case "FirmwareStatusNotification":
                await self._works.tell(self.updating.status_message())
            case "DiagnosticsStatusNotification" | "LogStatusNotification":
                await self._works.tell(self.diagnosing.status_message(wanted))
            case "Heartbeat":
                await self._works.tell(Message("Heartbeat", {}))
            case _:
                await self._triggered_meter(connector)

    async def _triggered_meter(self, connector: int | None) -> None:
        for outlet in self._works.outlets.values():
            if connector not in (None, outlet.number):
                continue
            reading = self._works.reading(outlet, "Trigger")
            if outlet.transaction and outlet.transaction.ended_at is None:
                self._works.queue(self.sampled(outlet.transaction, reading))
            else:
                value = [_meter_value(reading)]
                payload = {"connectorId": outlet.number, "meterValue": value}
                await self._works.tell(Message("MeterValues", payload))

    async def _get_configuration(self, asked: Payload) -> Payload:
        known = {k: v for k, v in self._works.settings.items() if k not in _WRITE_ONLY}
        wanted = asked.get("key") or list(known)
        return {
            "configurationKey": [
                {"key": key, "readonly": key in _READ_ONLY, "value": known[key]}
                for key in wanted
                if key in known
            ],
            "unknownKey": [key for key in wanted if key not in known],
        }

    async def _change_configuration(self, asked: Payload) -> Payload:
        key, value = asked["key"], asked["value"]
        if key == "AuthorizationKey":
            self._works.password = bytes.fromhex(value)
        elif key in _READ_ONLY:
            return {"status": "Rejected"}
        elif key not in self._works.settings:
            return {"status": "NotSupported"}
        else:
            self._works.settings[key] = value
        return {"status": "Accepted"}

    async def _change_availability(self, asked: Payload) -> Payload:
        connector = asked["connectorId"]
        chosen = [o for o in self._works.outlets.values() if connector in (0, o.number)]
        if not chosen:
            return {"status": "Rejected"}
        for outlet in chosen:
            outlet.operative = asked["type"] == "Operative"
        busy = any(o.transaction and o.transaction.ended_at is None for o in chosen)
        self._works.later(lambda: self._works.announce(again=False))
        return {"status": "Scheduled" if busy else "Accepted"}

    async def _clear_cache(self, asked: Payload) -> Payload:
        del asked
        return {"status": "Accepted"}

    async def _data_transfer(self, asked: Payload) -> Payload:
        if not asked["vendorId"]:
            raise Refusal("PropertyConstraintViolation", "vendorId is empty")
        return {"status": "UnknownVendorId"}


def _is_free(outlet: Outlet) -> bool:
    busy = outlet.transaction is not None and outlet.transaction.ended_at is None
    return outlet.operative and not outlet.fault and not busy and not outlet.ready_token


def _runs_as(outlet: Outlet, number: int) -> bool:
    running = outlet.transaction
    return running is not None and running.ended_at is None and running.number == number


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _meter_value(reading: Reading) -> Payload:
    common = {"context": reading.context, "location": "Outlet"}
    sampled = [
        {
            "value": str(int(reading.register_wh)),
            "measurand": "Energy.Active.Import.Register",
            "unit": "Wh",
            **common,
        },
        {
            "value": _number(reading.power_w),
            "measurand": "Power.Active.Import",
            "unit": "W",
            **common,
        },
    ]
    if reading.soc is not None:
        soc = str(int(reading.soc))
        sampled.append(
            {
                "value": soc,
                "measurand": "SoC",
                "unit": "Percent",
                "context": reading.context,
                "location": "EV",
            }
        )
    return {"timestamp": wire_time(reading.at), "sampledValue": sampled}
