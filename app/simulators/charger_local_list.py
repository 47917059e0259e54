"""A simulated charger keeps a local list: whole or by changes, in the order of its versions."""

from collections.abc import Mapping

from app.simulators.charger_dialect import Answer
from app.simulators.ocpp_schemas import Payload


class Listing:
    """What the dialects share; `entries` by tag: what the charger was told of it."""

    def __init__(self, *, version: str, tag: str, info: str) -> None:
        self._version, self._tag, self._info = version, tag, info
        self.version = 0
        self.entries: dict[str, Payload] = {}
        self.answers: Mapping[str, Answer] = {
            "SendLocalList": self._send,
            "GetLocalListVersion": self._get_version,
        }

    async def _send(self, asked: Payload) -> Payload:
        version, full = int(asked[self._version]), asked["updateType"] == "Full"
        if not full and version <= self.version:
            return {"status": "VersionMismatch"}
        if full:
            self.entries = {}
        for entry in asked.get("localAuthorizationList", ()):
            tag = entry[self._tag]
            name = str(tag["idToken"] if isinstance(tag, dict) else tag).upper()
            if self._info in entry:
                self.entries[name] = entry[self._info]
            else:
                self.entries.pop(name, None)
        self.version = version
        return {"status": "Accepted"}

    async def _get_version(self, asked: Payload) -> Payload:
        del asked
        return {self._version: self.version if self.entries else 0}


def listing_v16() -> Listing:
    """In the words of 1.6."""
    return Listing(version="listVersion", tag="idTag", info="idTagInfo")


def listing_v2() -> Listing:
    """In the words of 2.x."""
    return Listing(version="versionNumber", tag="idToken", info="idTokenInfo")
