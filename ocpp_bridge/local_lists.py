"""The local list in both OCPP families. Pure."""

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.local_lists import (
    GetLocalListVersion,
    ListAnswered,
    ListEntry,
    ListVersionTold,
    SendLocalList,
)
from app.domain.stations import Address
from ocpp_bridge.asks import ACCEPTED, AskSpeech
from ocpp_bridge.exchange import Payload
from ocpp_bridge.reservations import id_token
from ocpp_bridge.timestamps import write_time

NO_LIST = CommandOutcome(CommandResult.NOT_SUPPORTED, "the charger keeps no local list")


def _update_type(ask: SendLocalList) -> str:
    return "Full" if ask.full else "Differential"


def _write_v16(_command: Command, ask: SendLocalList, _aim: object) -> Payload:
    """An entry without `idTagInfo` is removed; an empty full list is left out."""
    entries: list[Payload] = [{"idTag": tag} for tag in ask.removed]
    entries += [{"idTag": e.tag, "idTagInfo": _info_v16(e)} for e in ask.entries]
    said: Payload = {"listVersion": ask.version, "updateType": _update_type(ask)}
    return said | ({"localAuthorizationList": entries} if entries else {})


def _info_v16(entry: ListEntry) -> Payload:
    info: Payload = {"status": entry.status.value}
    if entry.group:
        info["parentIdTag"] = entry.group
    if entry.expires_at is not None:
        info["expiryDate"] = write_time(entry.expires_at)
    return info


def _write_v2(_command: Command, ask: SendLocalList, _aim: object) -> Payload:
    entries: list[Payload] = [{"idToken": id_token(tag)} for tag in ask.removed]
    entries += [{"idToken": id_token(e.tag), "idTokenInfo": _info_v2(e)} for e in ask.entries]
    said: Payload = {"versionNumber": ask.version, "updateType": _update_type(ask)}
    return said | ({"localAuthorizationList": entries} if entries else {})


def _info_v2(entry: ListEntry) -> Payload:
    info: Payload = {"status": entry.status.value}
    if entry.group:
        info["groupIdToken"] = {"idToken": entry.group, "type": "Central"}
    if entry.expires_at is not None:
        info["cacheExpiryDateTime"] = write_time(entry.expires_at)
    return info


def _answered(_command: Command, ask: SendLocalList, said: Payload) -> tuple[ListAnswered, ...]:
    return (ListAnswered(ask, said["status"]),)


def _nothing(_command: Command, _ask: GetLocalListVersion, _aim: object) -> Payload:
    return {}


def _version(said: Payload) -> int:
    number: int = said["listVersion"] if "listVersion" in said else said["versionNumber"]
    return number


def _told(
    _command: Command, _ask: GetLocalListVersion, said: Payload
) -> tuple[ListVersionTold, ...]:
    return (ListVersionTold(_version(said)),)


def _read_version(said: Payload) -> CommandOutcome:
    """Source: OCPP 1.6, 6.24 GetLocalListVersion.conf: -1 when there is no support for lists."""
    return NO_LIST if _version(said) < 0 else ACCEPTED


LOCAL_LIST_ASKS_V16: dict[type, AskSpeech[int]] = {
    SendLocalList: AskSpeech("SendLocalList", _write_v16, _answered),
    GetLocalListVersion: AskSpeech("GetLocalListVersion", _nothing, _told, _read_version),
}
LOCAL_LIST_ASKS_V2: dict[type, AskSpeech[Address | None]] = {
    SendLocalList: AskSpeech("SendLocalList", _write_v2, _answered),
    GetLocalListVersion: AskSpeech("GetLocalListVersion", _nothing, _told, _read_version),
}
