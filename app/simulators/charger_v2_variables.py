"""The variables of a 2.x charger: read, written, and reported."""

from collections.abc import Collection, Mapping

from app.simulators.charger_dialect import Message, Works
from app.simulators.charger_model import wire_time
from app.simulators.charger_web_payments import SECRET
from app.simulators.ocpp_schemas import Payload

_PASSWORD = "SecurityCtrlr.BasicAuthPassword"  # noqa: S105  # the variable's name
_READ_ONLY = {"AvailabilityState"}
NETWORK_PROFILE = "NetworkConfiguration.Slot"


class Variables:
    """Kept in the charger's settings as `Component.Variable`."""

    def __init__(self, works: Works) -> None:
        self._works = works
        works.settings.update(
            {
                "OCPPCommCtrlr.HeartbeatInterval": "300",
                "OCPPCommCtrlr.NetworkConfigurationPriority": "0",
                "OCPPCommCtrlr.OfflineThreshold": "600",
                "SampledDataCtrlr.TxUpdatedInterval": "60",
                "TxCtrlr.EVConnectionTimeOut": "60",
                "TxCtrlr.TxStartPoint": "PowerPathClosed",
                "TxCtrlr.TxStopPoint": "PowerPathClosed",
                "AuthCtrlr.AuthorizeRemoteStart": "false",
                "DeviceDataCtrlr.ItemsPerMessage": "20",
            }
        )

    async def get_variables(self, asked: Payload) -> Payload:
        """GetVariables."""
        return {"getVariableResult": [self._get_one(one) for one in asked["getVariableData"]]}

    def _get_one(self, wanted: Payload) -> Payload:
        name, components = self._name(wanted), self._components()
        result = {"component": wanted["component"], "variable": wanted["variable"]}
        if wanted.get("attributeType", "Actual") != "Actual":
            return result | {"attributeStatus": "NotSupportedAttributeType"}
        if name in {_PASSWORD, SECRET}:
            return result | {"attributeStatus": "Rejected"}
        if name in self._works.settings:
            value = self._works.settings[name]
            return result | {"attributeStatus": "Accepted", "attributeValue": value}
        known = wanted["component"]["name"] in components
        return result | {"attributeStatus": "UnknownVariable" if known else "UnknownComponent"}

    async def set_variables(self, asked: Payload) -> Payload:
        """SetVariables."""
        return {"setVariableResult": [self._set_one(one) for one in asked["setVariableData"]]}

    def _set_one(self, wanted: Payload) -> Payload:
        name = self._name(wanted)
        result = {"component": wanted["component"], "variable": wanted["variable"]}
        if name == _PASSWORD:
            self._works.password = wanted["attributeValue"]
        elif wanted["variable"]["name"] in _READ_ONLY:
            return result | {"attributeStatus": "Rejected"}
        elif name in self._works.settings:
            self._works.settings[name] = wanted["attributeValue"]
        else:
            known = wanted["component"]["name"] in self._components()
            missing = "UnknownVariable" if known else "UnknownComponent"
            return result | {"attributeStatus": missing}
        return result | {"attributeStatus": "Accepted"}

    async def report(self, asked: Payload) -> Payload:
        """GetBaseReport; the report follows in parts of four variables."""
        request = int(asked["requestId"])
        self._works.later(lambda: self._send_report(request))
        return {"status": "Accepted"}

    async def custom_report(self, asked: Payload) -> Payload:
        """GetReport of components and variables by name; nothing here has a problem."""
        wanted = [_asked_name(one) for one in asked.get("componentVariable", ())]
        chosen = [name for name in self._works.settings if _is_among(name, wanted)]
        if "Problem" in asked.get("componentCriteria", ()) or not chosen:
            return {"status": "EmptyResultSet"}
        request = int(asked["requestId"])
        self._works.later(lambda: self._send_report(request, chosen))
        return {"status": "Accepted"}

    async def set_network_profile(self, asked: Payload) -> Payload:
        """SetNetworkProfile; the ways are kept as settings of their own, by slot."""
        profile, slot = asked["connectionData"], asked["configurationSlot"]
        if profile["ocppTransport"] != "JSON":
            return {"status": "Rejected"}
        self._works.settings[f"{NETWORK_PROFILE}{slot}"] = profile["ocppCsmsUrl"]
        return {"status": "Accepted"}

    async def _send_report(self, request: int, chosen: Collection[str] | None = None) -> None:
        told = sorted(each for each in self._works.settings.items() if each[0] != SECRET)
        items = [_report_item(*entry) for entry in told if chosen is None or entry[0] in chosen]
        parts = [items[i : i + 4] for i in range(0, len(items), 4)]
        for number, part in enumerate(parts):
            payload = {
                "requestId": request,
                "generatedAt": wire_time(self._works.now()),
                "seqNo": number,
                "tbc": number < len(parts) - 1,
                "reportData": part,
            }
            await self._works.tell(Message("NotifyReport", payload))

    def _components(self) -> set[str]:
        return {name.partition(".")[0] for name in self._works.settings} | {"SecurityCtrlr"}

    @staticmethod
    def _name(wanted: Payload) -> str:
        return f"{wanted['component']['name']}.{wanted['variable']['name']}"


def preferred_way(settings: Mapping[str, str]) -> str | None:
    """Where the first slot of the priority leads, None when it was never set."""
    first = settings.get("OCPPCommCtrlr.NetworkConfigurationPriority", "").partition(",")[0]
    return settings.get(f"{NETWORK_PROFILE}{first.strip()}")


def _asked_name(one: Payload) -> str:
    variable = one.get("variable", {}).get("name")
    return f"{one['component']['name']}.{variable}" if variable else one["component"]["name"]


def _is_among(name: str, wanted: Collection[str]) -> bool:
    return not wanted or name in wanted or name.partition(".")[0] in wanted


def _report_item(name: str, value: str) -> Payload:
    component, _, variable = name.partition(".")
    return {
        "component": {"name": component},
        "variable": {"name": variable},
        "variableAttribute": [{"type": "Actual", "value": value, "mutability": "ReadWrite"}],
        "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
    }
