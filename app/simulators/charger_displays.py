"""A simulated 2.x charger shows messages, and what a session costs so far."""

from collections.abc import Mapping

from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.ocpp_schemas import Payload


class Displaying:
    """Messages by number; costs by transaction, as they were told."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self.messages: dict[int, Payload] = {}
        self.answers: Mapping[str, Answer] = {
            "SetDisplayMessage": self._set,
            "GetDisplayMessages": self._get,
            "ClearDisplayMessage": self._clear,
        }

    async def _set(self, asked: Payload) -> Payload:
        message = asked["message"]
        transaction = message.get("transactionId")
        if transaction is not None and self._works.outlet_of(transaction) is None:
            return {"status": "UnknownTransaction"}
        self.messages[message["id"]] = message
        return {"status": "Accepted"}

    async def _clear(self, asked: Payload) -> Payload:
        gone = self.messages.pop(asked["id"], None)
        return {"status": "Unknown" if gone is None else "Accepted"}

    async def _get(self, asked: Payload) -> Payload:
        found = [
            message
            for number, message in sorted(self.messages.items())
            if number in asked.get("id", [number])
            and asked.get("priority") in {None, message["priority"]}
            and asked.get("state") in {None, message.get("state")}
        ]
        if not found:
            return {"status": "Unknown"}
        self._works.later(lambda: self._report(asked["requestId"], found))
        return {"status": "Accepted"}

    async def _report(self, request: int, found: list[Payload]) -> None:
        for number, message in enumerate(found, 1):
            payload = {"requestId": request, "messageInfo": [message], "tbc": number < len(found)}
            await self._works.tell(Message("NotifyDisplayMessages", payload))
