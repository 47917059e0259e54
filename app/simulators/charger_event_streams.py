"""A simulated 2.1 charger sends values of a monitor at intervals, which nobody answers."""

from collections.abc import Mapping

from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.charger_model import wire_time
from app.simulators.ocpp_schemas import Payload


class Streaming:
    """Streams by number; those that the management system has agreed to are open."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self.open: dict[int, Payload] = {}
        self.answers: Mapping[str, Answer] = {
            "GetPeriodicEventStream": self._list,
            "AdjustPeriodicEventStream": self._adjust,
        }

    async def begin(self, number: int, monitor: int, *, interval_s: int, values: int) -> bool:
        """Ask for a stream; whether it may be sent."""
        params = {"interval": interval_s, "values": values}
        stream = {"id": number, "variableMonitoringId": monitor, "params": params}
        message = Message("OpenPeriodicEventStream", {"constantStreamData": stream})
        accepted = (await self._works.tell(message)).get("status") == "Accepted"
        if accepted:
            self.open[number] = stream
        return accepted

    async def send(self, number: int, *shown: str, pending: int = 0) -> None:
        """Send these values of an open stream, a second between them."""
        data = [{"t": second, "v": value} for second, value in enumerate(shown)]
        base = {"basetime": wire_time(self._works.now()), "pending": pending}
        payload = {"id": number, "data": data, **base}
        await self._works.tell(Message("NotifyPeriodicEventStream", payload, silent=True))

    async def end(self, number: int) -> None:
        """Tell that a stream has ended."""
        if self.open.pop(number, None) is not None:
            await self._works.tell(Message("ClosePeriodicEventStream", {"id": number}))

    async def _list(self, asked: Payload) -> Payload:
        del asked
        return {"constantStreamData": list(self.open.values())} if self.open else {}

    async def _adjust(self, asked: Payload) -> Payload:
        stream = self.open.get(asked["id"])
        if stream is None:
            return {"status": "Rejected"}
        stream["params"] = {**stream["params"], **asked["params"]}
        return {"status": "Accepted"}
