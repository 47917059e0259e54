"""A simulated charger sends its files, and tells what concerns its security.

A directory with `missing` in it cannot be written to.
"""

from collections.abc import Mapping

from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.charger_model import wire_time
from app.simulators.ocpp_schemas import Payload


class Diagnosing:
    """What the dialects share; without `has_files` there is nothing to send (1.6)."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self.has_files = True
        self.answers: Mapping[str, Answer] = {
            "GetDiagnostics": self._get_diagnostics,
            "GetLog": self._get_log,
        }

    def status_message(self, action: str) -> Message:
        """What a trigger asks for."""
        return Message(action, {"status": "Idle"})

    async def _get_diagnostics(self, asked: Payload) -> Payload:
        if not self.has_files:
            return {}
        failed = "missing" in asked["location"]
        steps = ("Uploading", "UploadFailed" if failed else "Uploaded")
        self._works.later(lambda: self._tell("DiagnosticsStatusNotification", steps, None))
        return {"fileName": "diagnostics.zip"}

    async def _get_log(self, asked: Payload) -> Payload:
        failed = "missing" in asked["log"]["remoteLocation"]
        steps = ("Uploading", "UploadFailure" if failed else "Uploaded")
        request = int(asked["requestId"])
        self._works.later(lambda: self._tell("LogStatusNotification", steps, request))
        return {"status": "Accepted", "filename": f"{asked['logType']}.log"}

    async def _tell(self, action: str, steps: tuple[str, ...], request: int | None) -> None:
        numbered = {} if request is None else {"requestId": request}
        for status in steps:
            await self._works.tell(Message(action, {"status": status, **numbered}))

    async def security_event(self, kind: str, info: str | None = None) -> None:
        """Tell that something happened."""
        told = {} if info is None else {"techInfo": info}
        at = wire_time(self._works.now())
        payload = {"type": kind, "timestamp": at, **told}
        await self._works.tell(Message("SecurityEventNotification", payload))
