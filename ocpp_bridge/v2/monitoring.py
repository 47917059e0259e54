"""Monitoring in OCPP 2.0.1 and 2.1: what is watched, what was seen, what is known of people. Pure.

A value that is watched is a JSON number on the wire, and nowhere else.
"""

from decimal import Decimal

from app.domain.commands import Command
from app.domain.monitoring import (
    ClearMonitors,
    CustomerInformation,
    CustomerInformationAsked,
    CustomerInformationPart,
    EventsSeen,
    GetMonitoringReport,
    Monitor,
    MonitoringSetting,
    MonitorResult,
    MonitorsCleared,
    MonitorsSet,
    ReportAsked,
    ReportPart,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetMonitors,
    Watched,
    WatchedEvent,
)
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech, request_number
from ocpp_bridge.dialect import Handler
from ocpp_bridge.exchange import Asked, Payload
from ocpp_bridge.telling import telling
from ocpp_bridge.timestamps import read_time
from ocpp_bridge.v2.monitoring_answers import read_cleared, read_results

Aim = Address | None
GONE = frozenset({"Accepted", "NotFound"})


def write_watched(watched: Watched) -> Payload:
    """`component` and `variable`."""
    component: Payload = {"name": watched.component}
    if watched.component_instance:
        component["instance"] = watched.component_instance
    if watched.evse is not None:
        component["evse"] = {"id": watched.evse}
        if watched.connector is not None:
            component["evse"]["connectorId"] = watched.connector
    variable: Payload = {"name": watched.variable}
    if watched.variable_instance:
        variable["instance"] = watched.variable_instance
    return {"component": component, "variable": variable}


def read_watched(said: Payload) -> Watched:
    """What a charger calls so."""
    component, variable = said["component"], said["variable"]
    evse = component.get("evse", {})
    return Watched(
        component["name"],
        variable["name"],
        component.get("instance"),
        variable.get("instance"),
        evse.get("id"),
        evse.get("connectorId"),
    )


def _write_monitor(monitor: Monitor) -> Payload:
    said: Payload = {} if monitor.id is None else {"id": monitor.id}
    return said | {
        "transaction": monitor.transaction,
        "value": float(monitor.value),
        "type": monitor.type,
        "severity": monitor.severity,
        **write_watched(monitor.watched),
    }


def _set(_command: Command, ask: SetMonitors, _aim: Aim) -> Payload:
    return {"setMonitoringData": [_write_monitor(each) for each in ask.monitors]}


def _was_set(_command: Command, ask: SetMonitors, said: Payload) -> tuple[MonitorsSet, ...]:
    """In the order of the question; `id` is what the charger gave a new one."""
    results = []
    for monitor, result in zip(ask.monitors, said["setMonitoringResult"], strict=False):
        info = result.get("statusInfo") or {}
        numbered = Monitor(
            monitor.watched,
            monitor.type,
            monitor.value,
            monitor.severity,
            result.get("id", monitor.id),
            monitor.transaction,
            monitor.origin,
        )
        results.append(MonitorResult(numbered, result["status"], info.get("reasonCode")))
    return (MonitorsSet(tuple(results)),)


def _clear(_command: Command, ask: ClearMonitors, _aim: Aim) -> Payload:
    return {"id": list(ask.ids)}


def _was_cleared(
    _command: Command, _ask: ClearMonitors, said: Payload
) -> tuple[MonitorsCleared, ...]:
    results = said["clearMonitoringResult"]
    gone = tuple(each["id"] for each in results if each["status"] in GONE)
    return (MonitorsCleared(gone),)


def _base(_command: Command, ask: SetMonitoringBase, _aim: Aim) -> Payload:
    return {"monitoringBase": ask.base}


def _is_base(
    _command: Command, ask: SetMonitoringBase, said: Payload
) -> tuple[MonitoringSetting, ...]:
    return (MonitoringSetting(base=ask.base),) if said["status"] == "Accepted" else ()


def _level(_command: Command, ask: SetMonitoringLevel, _aim: Aim) -> Payload:
    return {"severity": ask.severity}


def _is_level(
    _command: Command, ask: SetMonitoringLevel, said: Payload
) -> tuple[MonitoringSetting, ...]:
    return (MonitoringSetting(level=ask.severity),) if said["status"] == "Accepted" else ()


def _report(command: Command, ask: GetMonitoringReport, _aim: Aim) -> Payload:
    payload: Payload = {"requestId": request_number(command)}
    if ask.criteria:
        payload["monitoringCriteria"] = list(ask.criteria)
    if ask.components:
        payload["componentVariable"] = [
            {"component": {"name": component}}
            | ({} if variable is None else {"variable": {"name": variable}})
            for component, variable in ask.components
        ]
    return payload


def _will_report(
    command: Command, ask: GetMonitoringReport, said: Payload
) -> tuple[ReportAsked, ...]:
    return (ReportAsked(request_number(command), ask.is_whole, said["status"]),)


def _customer(command: Command, ask: CustomerInformation, _aim: Aim) -> Payload:
    payload: Payload = {
        "requestId": request_number(command),
        "report": ask.report,
        "clear": ask.clear,
    }
    if ask.token is not None:
        payload["idToken"] = {"idToken": ask.token, "type": ask.token_type or "ISO14443"}
    if ask.customer is not None:
        payload["customerIdentifier"] = ask.customer
    return payload


def _will_tell(
    command: Command, ask: CustomerInformation, said: Payload
) -> tuple[CustomerInformationAsked, ...]:
    number = request_number(command)
    return (CustomerInformationAsked(number, said["status"], ask.report, ask.clear),)


def read_report_part(asked: Asked) -> ReportPart:
    """NotifyMonitoringReport."""
    said = asked.payload
    monitors = tuple(
        Monitor(
            read_watched(entry),
            each["type"],
            Decimal(str(each["value"])),
            each["severity"],
            each["id"],
            each["transaction"],
            each.get("eventNotificationType"),
        )
        for entry in said.get("monitor", ())
        for each in entry["variableMonitoring"]
    )
    last = not said.get("tbc", False)
    return ReportPart(said["requestId"], said["seqNo"], last, asked.at, monitors)


def read_events(asked: Asked) -> EventsSeen:
    """NotifyEvent, all of it."""
    return EventsSeen(tuple(_event(each, asked) for each in asked.payload["eventData"]))


def _event(event: Payload, asked: Asked) -> WatchedEvent:
    return WatchedEvent(
        number=event["eventId"],
        at=read_time(event["timestamp"], asked.at) or asked.at,
        trigger=event["trigger"],
        watched=read_watched(event),
        value=event["actualValue"],
        type=event["eventNotificationType"],
        cause=event.get("cause"),
        cleared=event.get("cleared", False),
        monitor=event.get("variableMonitoringId"),
        severity=event.get("severity"),
        transaction=event.get("transactionId"),
        code=event.get("techCode"),
        info=event.get("techInfo"),
    )


def read_customer_part(asked: Asked) -> CustomerInformationPart:
    """NotifyCustomerInformation."""
    said = asked.payload
    last = not said.get("tbc", False)
    return CustomerInformationPart(said["requestId"], said["seqNo"], last, said["data"])


ASKS: dict[type, AskSpeech[Aim]] = {
    SetMonitors: AskSpeech("SetVariableMonitoring", _set, _was_set, read_results),
    ClearMonitors: AskSpeech("ClearVariableMonitoring", _clear, _was_cleared, read_cleared),
    SetMonitoringBase: AskSpeech("SetMonitoringBase", _base, _is_base),
    SetMonitoringLevel: AskSpeech("SetMonitoringLevel", _level, _is_level),
    GetMonitoringReport: AskSpeech("GetMonitoringReport", _report, _will_report),
    CustomerInformation: AskSpeech("CustomerInformation", _customer, _will_tell),
}
HANDLERS: dict[str, Handler] = {
    "NotifyCustomerInformation": telling(read_customer_part),
    "NotifyMonitoringReport": telling(read_report_part),
}
