"""Availability and the token cache, which both OCPP families put almost alike."""

from app.domain.asks import ChangeAvailability, ClearCache
from app.domain.commands import Command
from app.domain.station_news import AvailabilityChanged, CacheCleared
from app.domain.stations import Address
from ocpp_bridge.asks import AskSpeech
from ocpp_bridge.exchange import Payload

_WORDS = {True: "Operative", False: "Inoperative"}


def _write_v16(_command: Command, ask: ChangeAvailability, connector: int) -> Payload:
    return {"connectorId": connector, "type": _WORDS[ask.operative]}


def _write_v2(_command: Command, ask: ChangeAvailability, place: Address | None) -> Payload:
    payload: Payload = {"operationalStatus": _WORDS[ask.operative]}
    if place is not None and place.evse > 0:
        payload["evse"] = {"id": place.evse}
        if place.connector:
            payload["evse"]["connectorId"] = place.connector
    return payload


def _changed(
    command: Command, ask: ChangeAvailability, said: Payload
) -> tuple[AvailabilityChanged, ...]:
    if said["status"] not in {"Accepted", "Scheduled"}:
        return ()
    scheduled = said["status"] == "Scheduled"
    part = command.evse_uid, command.connector_id
    return (AvailabilityChanged(ask.operative, scheduled, *part),)


def _cleared(_command: Command, _ask: ClearCache, said: Payload) -> tuple[CacheCleared, ...]:
    return (CacheCleared(),) if said["status"] == "Accepted" else ()


def _nothing(_command: Command, _ask: ClearCache, _aim: object) -> Payload:
    return {}


ASKS_V16: dict[type, AskSpeech[int]] = {
    ChangeAvailability: AskSpeech("ChangeAvailability", _write_v16, _changed),
    ClearCache: AskSpeech("ClearCache", _nothing, _cleared),
}
ASKS_V2: dict[type, AskSpeech[Address | None]] = {
    ChangeAvailability: AskSpeech("ChangeAvailability", _write_v2, _changed),
    ClearCache: AskSpeech("ClearCache", _nothing, _cleared),
}
