"""A simulated charger updates its firmware, publishes it to others, and tells how far it is.

A location with `missing` in it cannot be fetched, and a signature of `forged` is not valid.
"""

import asyncio
from collections.abc import Iterable, Mapping

from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.ocpp_schemas import Payload

FIRST_VERSION, NEXT_VERSION = "1.0.0", "1.1.0"
_FETCHED = ("Downloading", "Downloaded")


class Updating:
    """What the dialects share; `version` is what the next boot tells."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._busy: int | None = None
        self.version = FIRST_VERSION
        self.published: set[str] = set()
        self.status = "Idle"
        self.answers: Mapping[str, Answer] = {
            "UpdateFirmware": self._update,
            "SignedUpdateFirmware": self._update,
            "PublishFirmware": self._publish,
            "UnpublishFirmware": self._unpublish,
        }

    def status_message(self) -> Message:
        """What a trigger asks for."""
        return Message("FirmwareStatusNotification", {"status": self.status})

    async def _update(self, asked: Payload) -> Payload:
        firmware, request = asked.get("firmware", asked), asked.get("requestId")
        steps = list(_FETCHED)
        if "signature" in firmware:
            steps.append("SignatureVerified")
        steps += ["Installing", "Installed"]
        if "missing" in firmware["location"]:
            steps = ["Downloading", "DownloadFailed"]
        elif firmware.get("signature") == "forged":
            steps = [*_FETCHED, "InvalidSignature"]
        canceled, self._busy = self._busy, request
        signed = "firmware" in asked and self._works.protocol == "ocpp1.6"
        action = "SignedFirmwareStatusNotification" if signed else "FirmwareStatusNotification"
        self._works.later(lambda: self._tell(action, request, steps))
        if "firmware" not in asked:
            return {}
        return {"status": "Accepted" if canceled is None else "AcceptedCanceled"}

    async def _publish(self, asked: Payload) -> Payload:
        self.published.add(asked["checksum"])
        steps = [*_FETCHED, "ChecksumVerified", "Published"]
        where = {"location": ["ftp://10.0.0.1/" + asked["checksum"]]}
        self._works.later(
            lambda: self._tell(
                "PublishFirmwareStatusNotification", asked["requestId"], steps, last=where
            )
        )
        return {"status": "Accepted"}

    async def _unpublish(self, asked: Payload) -> Payload:
        if asked["checksum"] not in self.published:
            return {"status": "NoFirmware"}
        self.published.discard(asked["checksum"])
        return {"status": "Unpublished"}

    async def _tell(
        self,
        action: str,
        request: int | None,
        steps: Iterable[str],
        *,
        last: Payload | None = None,
    ) -> None:
        numbered = {} if request is None else {"requestId": request}
        for status in steps:
            if request is not None and action.startswith(("F", "S")) and self._busy != request:
                return
            self.status = status
            more = last if last and status == "Published" else {}
            await self._works.tell(Message(action, {"status": status, **numbered, **more}))
            await asyncio.sleep(0)
        if self.status == "Installed":
            self.version = NEXT_VERSION
        self._busy = None
