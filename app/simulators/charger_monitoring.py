"""A simulated 2.x charger watches variables, tells what it sees, and what it knows of people."""

from collections.abc import Mapping
from typing import Any

from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.charger_model import wire_time
from app.simulators.ocpp_schemas import Payload

AT_ONCE = 2
"""Monitors in one part of a report."""


class Monitoring:
    """Monitors by number."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self.monitors: dict[int, Payload] = {}
        self.base, self.level = "All", 9
        self._events = 1_000
        self.known = {"charged here": "twice"}
        self.answers: Mapping[str, Answer] = {
            "SetVariableMonitoring": self._set,
            "ClearVariableMonitoring": self._clear,
            "SetMonitoringBase": self._set_base,
            "SetMonitoringLevel": self._set_level,
            "GetMonitoringReport": self._get_report,
            "CustomerInformation": self._customer,
        }

    async def see(self, component: str, variable: str, value: str, **more: Any) -> None:
        """Tell that a variable has this value."""
        self._events += 1
        at = wire_time(self._works.now())
        event = {
            "eventId": self._events,
            "timestamp": at,
            "trigger": "Alerting",
            "actualValue": value,
            "eventNotificationType": "CustomMonitor",
            "component": {"name": component},
            "variable": {"name": variable},
            **more,
        }
        payload = {"generatedAt": at, "seqNo": 0, "eventData": [event]}
        await self._works.tell(Message("NotifyEvent", payload))

    async def _set(self, asked: Payload) -> Payload:
        return {
            "setMonitoringResult": [self._set_one(each) for each in asked["setMonitoringData"]]
        }

    def _set_one(self, wanted: Payload) -> Payload:
        same = {key: wanted[key] for key in ("type", "severity", "component", "variable")}
        if wanted["component"]["name"] == "Unknown":
            return {**same, "status": "UnknownComponent"}
        number = wanted.get("id", max(self.monitors, default=0) + 1)
        self.monitors[number] = {**wanted, "id": number}
        return {**same, "status": "Accepted", "id": number}

    async def _clear(self, asked: Payload) -> Payload:
        results = []
        for number in asked["id"]:
            gone = self.monitors.pop(number, None)
            results.append({"id": number, "status": "NotFound" if gone is None else "Accepted"})
        return {"clearMonitoringResult": results}

    async def _set_base(self, asked: Payload) -> Payload:
        self.base = asked["monitoringBase"]
        if self.base != "All":
            self.monitors = {}
        return {"status": "Accepted"}

    async def _set_level(self, asked: Payload) -> Payload:
        self.level = asked["severity"]
        return {"status": "Accepted"}

    async def _get_report(self, asked: Payload) -> Payload:
        if not self.monitors:
            return {"status": "EmptyResultSet"}
        self._works.later(lambda: self._report(asked["requestId"]))
        return {"status": "Accepted"}

    async def _report(self, request: int) -> None:
        found = list(self.monitors.values())
        parts = [found[i : i + AT_ONCE] for i in range(0, len(found), AT_ONCE)]
        for number, part in enumerate(parts):
            payload = {
                "requestId": request,
                "generatedAt": wire_time(self._works.now()),
                "seqNo": number,
                "tbc": number < len(parts) - 1,
                "monitor": [self._item(each) for each in part],
            }
            await self._works.tell(Message("NotifyMonitoringReport", payload))

    def _item(self, monitor: Payload) -> Payload:
        told = {key: monitor[key] for key in ("id", "value", "type", "severity")}
        told["transaction"] = monitor.get("transaction", False)
        if self._works.protocol == "ocpp2.1":
            told["eventNotificationType"] = "CustomMonitor"
        place = {key: monitor[key] for key in ("component", "variable")}
        return {**place, "variableMonitoring": [told]}

    async def _customer(self, asked: Payload) -> Payload:
        texts = [f"{key}: {value}; " for key, value in self.known.items()]
        texts = [*texts, "that is all"] if asked["report"] else ["forgotten"]
        if asked["clear"]:
            self.known = {}
        self._works.later(lambda: self._tell_customer(asked["requestId"], texts))
        return {"status": "Accepted"}

    async def _tell_customer(self, request: int, texts: list[str]) -> None:
        for number, text in enumerate(texts):
            payload = {
                "requestId": request,
                "generatedAt": wire_time(self._works.now()),
                "seqNo": number,
                "tbc": number < len(texts) - 1,
                "data": text,
            }
            await self._works.tell(Message("NotifyCustomerInformation", payload))
