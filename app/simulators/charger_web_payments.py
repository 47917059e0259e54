"""A simulated 2.1 charger's display shows a code to pay by, another one every so many seconds."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from string import ascii_lowercase, ascii_uppercase, digits
from urllib.parse import quote

from app.simulators.charger_dialect import Answer, Works
from app.simulators.ocpp_schemas import Payload

CONTROLLER = "WebPaymentsCtrlr"
SECRET = f"{CONTROLLER}.SharedSecret"
_LETTERS = digits + ascii_lowercase + ascii_uppercase


class WebPaying:
    """`paying` is for how many seconds each EVSE's display says that somebody pays."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self.paying: dict[int, int] = {}
        self.answers: Mapping[str, Answer] = {"NotifyWebPaymentStarted": self._started}
        unset = {"URLTemplate": "", "SharedSecret": "", "TOTPVersion": "v1", "Enabled": "false"}
        for name, value in {**unset, "ValidityTime": "60", "Length": "8"}.items():
            works.settings[f"{CONTROLLER}.{name}"] = value

    def shown(self, station_id: str, evse: int, at: datetime) -> str:
        """What the display's code at an EVSE says at this moment."""
        settings = self._works.settings
        step = int(at.timestamp()) // int(settings[f"{CONTROLLER}.ValidityTime"])
        key, length = settings[SECRET].encode(), int(settings[f"{CONTROLLER}.Length"])
        mac = hmac.new(key, step.to_bytes(8, "big"), sha256).digest() * 2
        start = mac[31] % 16
        letters = mac[start : start + length]
        values = {
            "chargingstationid": quote(station_id, safe=""),
            "evse": str(evse),
            "totp": "".join(_LETTERS[each % 62] for each in letters),
            "version": settings[f"{CONTROLLER}.TOTPVersion"],
        }
        return settings[f"{CONTROLLER}.URLTemplate"].format_map(values)

    async def _started(self, asked: Payload) -> Payload:
        self.paying[asked["evseId"]] = asked["timeout"]
        return {}
