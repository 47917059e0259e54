"""OCPP 2.0.1 and 2.1 in the charger's mouth: TransactionEvent, variables and answers."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.simulators.charger_certificates import Certifying
from app.simulators.charger_diagnostics import Diagnosing
from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.charger_displays import Displaying
from app.simulators.charger_event_streams import Streaming
from app.simulators.charger_firmware import Updating
from app.simulators.charger_limits import V2, Limiting, limit_reached
from app.simulators.charger_local_list import listing_v2
from app.simulators.charger_model import (
    ChargingState,
    Outlet,
    Reading,
    StopReason,
    Transaction,
    wire_time,
)
from app.simulators.charger_monitoring import Monitoring
from app.simulators.charger_reservations import (
    Reserving,
    Wanted,
    is_kept_from,
    reservation_update,
)
from app.simulators.charger_signing import SigningMeter, is_signed
from app.simulators.charger_v2_variables import Variables
from app.simulators.charger_web_payments import WebPaying
from app.simulators.ocpp_schemas import Payload

_ENDED_BY: dict[StopReason, str] = {
    "Local": "StopAuthorized",
    "Remote": "RemoteStop",
    "EVDisconnected": "EVDeparted",
    "DeAuthorized": "Deauthorized",
    "EnergyLimitReached": "EnergyLimitReached",
    "TimeLimitReached": "TimeLimitReached",
    "SOCLimitReached": "SoCLimitReached",
    "LocalOutOfCredit": "CostLimitReached",
    "HardReset": "ResetCommand",
    "SoftReset": "ResetCommand",
    "UnlockCommand": "UnlockCommand",
}
_REASONS: dict[StopReason, str] = {
    "HardReset": "ImmediateReset",
    "SoftReset": "ImmediateReset",
    "UnlockCommand": "Other",
}
_TRIGGERS = {
    "BootNotification", "FirmwareStatusNotification", "Heartbeat", "LogStatusNotification",
    "MeterValues", "StatusNotification", "TransactionEvent",
}  # fmt: skip


class DialectV2:
    """Words and manners of OCPP 2.0.1 and 2.1; one connector, numbered 1, per EVSE.

    With `status_by_event` the connector's state is told by NotifyEvent only, as 2.1 prefers.
    """

    def __init__(self, works: Works, *, status_by_event: bool = False) -> None:
        self._works = works
        self._status_by_event = status_by_event
        self._events = 0
        self._variables = Variables(works)
        self.updating, self.diagnosing = Updating(works), Diagnosing(works)
        self.monitoring, self.displaying = Monitoring(works), Displaying(works)
        self.listing, self.streaming = listing_v2(), Streaming(works)
        if works.signer is not None:
            works.settings["FiscalMetering.PublicKey"] = works.signer.public_key
        self._reserving = Reserving(works, Wanted.read_v2, reservation_update)
        self._certifying = Certifying(works, is_v16=False)
        self._limiting = Limiting(works, V2, self.sampled)
        self.web_paying = WebPaying(works) if works.protocol == "ocpp2.1" else None
        self.answers: Mapping[str, Answer] = {
            **self._reserving.answers,
            **self._certifying.answers,
            **self._limiting.answers,
            "RequestStartTransaction": self._request_start,
            "RequestStopTransaction": self._request_stop,
            "GetTransactionStatus": self._transaction_status,
            "UnlockConnector": self._unlock,
            "Reset": self._reset,
            "TriggerMessage": self._trigger,
            "ChangeAvailability": self._change_availability,
            "GetVariables": self._variables.get_variables,
            "SetVariables": self._variables.set_variables,
            "GetBaseReport": self._variables.report,
            "GetReport": self._variables.custom_report,
            "SetNetworkProfile": self._variables.set_network_profile,
            "ClearCache": self._clear_cache,
            **self.updating.answers,
            **self.diagnosing.answers,
            **self.listing.answers,
            **self.monitoring.answers,
            **self.displaying.answers,
            **(self.streaming.answers if works.protocol == "ocpp2.1" else {}),
            "CostUpdated": self._cost_updated,
            "DataTransfer": self._data_transfer,
            **(self.web_paying.answers if self.web_paying else {}),
        }

    async def lose_reservation(self, outlet: Outlet) -> None:
        await self._reserving.lose(outlet)

    def boot(self, reason: str) -> Message:
        station = {
            "vendorName": "Roamwatt",
            "model": "Simulated 2x",
            "serialNumber": "SIM-2X-0001",
            "firmwareVersion": self.updating.version,
        }
        return Message("BootNotification", {"reason": reason, "chargingStation": station})

    def status_word(self, outlet: Outlet) -> str:
        if outlet.fault:
            return "Faulted"
        if outlet.plugged:
            return "Occupied"
        if outlet.reservation and outlet.operative:
            return "Reserved"
        return "Available" if outlet.operative else "Unavailable"

    def status(self, outlet: Outlet, at: datetime) -> Message:
        if self._status_by_event:
            return self._status_event(outlet, at)
        return Message(
            "StatusNotification",
            {
                "timestamp": wire_time(at),
                "connectorStatus": self.status_word(outlet),
                "evseId": outlet.number,
                "connectorId": 1,
            },
        )

    def _status_event(self, outlet: Outlet, at: datetime) -> Message:
        self._events += 1
        event = {
            "eventId": self._events,
            "timestamp": wire_time(at),
            "trigger": "Delta",
            "actualValue": self.status_word(outlet),
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "Connector", "evse": {"id": outlet.number, "connectorId": 1}},
            "variable": {"name": "AvailabilityState"},
        }
        payload = {"generatedAt": wire_time(at), "seqNo": 0, "eventData": [event]}
        return Message("NotifyEvent", payload)

    def authorize(self, token: str, kind: str) -> Message:
        return Message("Authorize", {"idToken": {"idToken": token, "type": kind}})

    def verdict(self, answer: Payload) -> str:
        return str(answer.get("idTokenInfo", {}).get("status", "Accepted"))

    def complete(self, message: Message) -> Payload:
        """2.x messages know their transaction's id from the start."""
        return message.payload

    def heard(self, running: Transaction, answer: Payload) -> None:
        """A limit (2.1) is taken at once, and told to be."""
        if "transactionLimit" in answer:
            running.most = answer["transactionLimit"]
            reading = self._works.reading(self._works.outlets[running.evse], "Sample.Periodic")
            self._works.queue(self._event(running, "Updated", "LimitSet", reading))

    def begun(self, running: Transaction, reading: Reading) -> Message:
        trigger = "RemoteStart" if running.remote_start is not None else "Authorized"
        self._limiting.begin(running)
        if not running.token:
            trigger = "CablePluggedIn"
        return self._event(running, "Started", trigger, reading)

    def moved(self, running: Transaction, state: ChargingState, reading: Reading) -> Message:
        running.state = state
        trigger = "ChargingStateChanged"
        if state in ("EVConnected", "Idle") and not running.delivering:
            trigger = _ENDED_BY.get(running.stop_reason or "Local", "AbnormalCondition")
        return self._event(running, "Updated", trigger, reading)

    def identified(self, running: Transaction, reading: Reading) -> Message:
        """The token came after the cable: `Authorized` or `RemoteStart` in a running one."""
        self._limiting.begin(running)
        trigger = "RemoteStart" if running.remote_start is not None else "Authorized"
        return self._event(running, "Updated", trigger, reading)

    def sampled(self, running: Transaction, reading: Reading) -> Message:
        reason = limit_reached(running, reading)
        if reason is not None:
            self._works.later(lambda: self._works.stop(running.evse, reason))
        trigger = "Trigger" if reading.context == "Trigger" else "MeterValuePeriodic"
        return self._event(running, "Updated", trigger, reading)

    def ended(self, running: Transaction, reading: Reading) -> Message:
        reason: StopReason = running.stop_reason or "Local"
        trigger = _ENDED_BY.get(reason, "AbnormalCondition")
        if not running.delivering:
            trigger = "EVDeparted"
        return self._event(running, "Ended", trigger, reading)

    def _event(self, running: Transaction, kind: str, trigger: str, reading: Reading) -> Message:
        info: Payload = {"transactionId": running.id, "chargingState": running.state}
        if trigger == "LimitSet":
            info["transactionLimit"] = running.most
        if running.remote_start is not None:
            info["remoteStartId"] = running.remote_start
        if kind == "Ended":
            reason: StopReason = running.stop_reason or "Local"
            info |= {"chargingState": "Idle", "stoppedReason": _REASONS.get(reason, reason)}
        payload: Payload = {
            "eventType": kind,
            "timestamp": wire_time(reading.at),
            "triggerReason": trigger,
            "seqNo": running.next_sequence(),
            "transactionInfo": info,
            "meterValue": [_meter_value(reading, self._works.signer)],
        }
        if not self._works.is_online():
            payload["offline"] = True
        if running.reservation is not None:
            payload["reservationId"], running.reservation = running.reservation, None
        if not running.evse_told:
            payload["evse"] = {"id": running.evse, "connectorId": 1}
            running.evse_told = True
        names_token = trigger in ("Authorized", "RemoteStart", "StopAuthorized")
        if running.token and names_token:
            payload["idToken"] = {"idToken": running.token, "type": running.token_kind}
        return Message("TransactionEvent", payload, running, opens="idToken" in payload)

    async def _request_start(self, asked: Payload) -> Payload:
        wanted = asked.get("evseId")
        outlets = self._works.outlets.values()
        chosen = [o for o in outlets if wanted in (None, o.number) and _can_start(o)]
        if not chosen or not self._limiting.takes_start(asked):
            return {"status": "Rejected"}
        if is_kept_from(chosen[0], asked["idToken"]["idToken"]):
            return {"status": "Rejected"}
        outlet, token = chosen[0], asked["idToken"]
        outlet.brought = (token["idToken"], asked.get("chargingProfile"))
        self._works.later(
            lambda: self._works.start(
                outlet.number,
                token["idToken"],
                kind=token["type"],
                remote_start=asked["remoteStartId"],
            )
        )
        running = outlet.transaction
        opened = {"transactionId": running.id} if running and not running.ended_at else {}
        return {"status": "Accepted", **opened}

    async def _request_stop(self, asked: Payload) -> Payload:
        outlet = self._works.outlet_of(asked["transactionId"])
        if outlet is None:
            return {"status": "Rejected"}
        self._works.later(lambda: self._works.stop(outlet.number, "Remote"))
        return {"status": "Accepted"}

    async def _transaction_status(self, asked: Payload) -> Payload:
        queued = self._works.is_queued(asked.get("transactionId"))
        if "transactionId" not in asked:
            return {"messagesInQueue": queued}
        ongoing = self._works.outlet_of(asked["transactionId"]) is not None
        return {"ongoingIndicator": ongoing, "messagesInQueue": queued}

    async def _unlock(self, asked: Payload) -> Payload:
        outlet = self._works.outlets.get(asked["evseId"])
        if outlet is None or asked["connectorId"] != 1:
            return {"status": "UnknownConnector"}
        if outlet.transaction and outlet.transaction.ended_at is None:
            return {"status": "OngoingAuthorizedTransaction"}
        return {"status": "Unlocked"}

    async def _reset(self, asked: Payload) -> Payload:
        running = [o for o in self._works.outlets.values() if _is_running(o)]
        graceful = asked["type"] == "OnIdle"
        if graceful and running:
            return {"status": "Rejected"}
        self._works.later(lambda: self._works.restart(graceful=graceful))
        return {"status": "Accepted"}

    async def _trigger(self, asked: Payload) -> Payload:
        wanted, evse = asked["requestedMessage"], asked.get("evse", {}).get("id")
        if self._certifying.triggered(wanted):
            return {"status": "Accepted"}
        if wanted not in _TRIGGERS:
            return {"status": "NotImplemented"}
        if evse is not None and evse not in self._works.outlets:
            return {"status": "Rejected"}
        self._works.later(lambda: self._triggered(wanted, evse))
        return {"status": "Accepted"}

    async def _triggered(self, wanted: str, evse: int | None) -> None:
        match wanted:
            case "StatusNotification":
                await self._works.announce(evse)
            case "BootNotification":
                await self._works.tell(self.boot("Triggered"))
            case "FirmwareStatusNotification":
                await self._works.tell(self.updating.status_message())
            case "LogStatusNotification":
                await self._works.tell(self.diagnosing.status_message(wanted))
            case "Heartbeat":
                await self._works.tell(Message("Heartbeat", {}))
            case _:
                await self._triggered_meter(wanted, evse)

    async def _triggered_meter(self, wanted: str, evse: int | None) -> None:
        for outlet in self._works.outlets.values():
            if evse not in (None, outlet.number):
                continue
            reading = self._works.reading(outlet, "Trigger")
            if wanted == "MeterValues":
                value = [_meter_value(reading)]
                payload = {"evseId": outlet.number, "meterValue": value}
                await self._works.tell(Message("MeterValues", payload))
            elif outlet.transaction and outlet.transaction.ended_at is None:
                self._works.queue(self.sampled(outlet.transaction, reading))

    async def _change_availability(self, asked: Payload) -> Payload:
        evse = asked.get("evse", {}).get("id", 0)
        chosen = [o for o in self._works.outlets.values() if evse in (0, o.number)]
        if not chosen:
            return {"status": "Rejected"}
        for outlet in chosen:
            outlet.operative = asked["operationalStatus"] == "Operative"
        self._works.later(lambda: self._works.announce(again=False))
        return {"status": "Scheduled" if any(map(_is_running, chosen)) else "Accepted"}

    async def _clear_cache(self, asked: Payload) -> Payload:
        del asked
        return {"status": "Accepted"}

    async def _cost_updated(self, asked: Payload) -> Payload:
        outlet = self._works.outlet_of(asked["transactionId"])
        if outlet and outlet.transaction:
            outlet.transaction.answers.append({"totalCost": asked["totalCost"]})
        return {}

    async def _data_transfer(self, asked: Payload) -> Payload:
        del asked
        return {"status": "UnknownVendorId"}


def _is_running(outlet: Outlet) -> bool:
    return outlet.transaction is not None and outlet.transaction.ended_at is None


def _can_start(outlet: Outlet) -> bool:
    if not outlet.operative or outlet.fault or outlet.ready_token:
        return False
    running = outlet.transaction
    return running is None or running.ended_at is not None or not running.token


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _meter_value(reading: Reading, meter: SigningMeter | None = None) -> Payload:
    common = {"context": reading.context, "location": "Outlet"}
    signed = meter.signed_v2(reading) if meter is not None and is_signed(reading) else None
    sampled: list[dict[str, Any]] = [
        {
            "value": _plain(reading.register_wh),
            "measurand": "Energy.Active.Import.Register",
            "unitOfMeasure": {"unit": "Wh"},
            **common,
            **({} if signed is None else {"signedMeterValue": signed}),
        },
        {
            "value": _plain(reading.power_w),
            "measurand": "Power.Active.Import",
            "unitOfMeasure": {"unit": "W"},
            **common,
        },
    ]
    if reading.soc is not None:
        soc = {"value": int(reading.soc), "measurand": "SoC", "context": reading.context}
        sampled.append({**soc, "location": "EV", "unitOfMeasure": {"unit": "Percent"}})
    return {"timestamp": wire_time(reading.at), "sampledValue": sampled}
