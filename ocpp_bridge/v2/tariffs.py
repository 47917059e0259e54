"""OCPP 2.1, I07 to I12: tariffs in the charger. Pure."""

from collections.abc import Mapping
from typing import Any

from app.domain.commands import Command, CommandOutcome, CommandResult
from app.domain.local_tariffs import (
    ChangeSessionTariff,
    ClearTariffs,
    ListTariffs,
    LocalTariff,
    LocalTariffsCleared,
    LocalTariffSet,
    LocalTariffsListed,
    SetDefaultTariff,
)
from app.domain.stations import Address
from app.domain.tariffs import Tariff
from ocpp_bridge.asks import ACCEPTED, AskSpeech, read_status
from ocpp_bridge.commands import NO_TRANSACTION
from ocpp_bridge.exchange import Payload
from ocpp_bridge.timestamps import read_time
from ocpp_bridge.v2.profiles import MAX_TRANSACTION
from ocpp_bridge.v2.tariff_words import Inexpressible, write_tariff

DEFAULT = "DefaultTariff"


def _evse(place: Address | None) -> int:
    return place.evse if place is not None else 0


def _put(tariff: Tariff, rest: Mapping[str, Any]) -> Payload | CommandOutcome:
    try:
        return {**rest, "tariff": write_tariff(tariff)}
    except Inexpressible as error:
        return CommandOutcome(CommandResult.NOT_SUPPORTED, f"OCPP 2.1 has {error}")


def _set(
    _command: Command, ask: SetDefaultTariff, place: Address | None
) -> Payload | CommandOutcome:
    return _put(ask.tariff, {"evseId": _evse(place)})


def _change(
    _command: Command, ask: ChangeSessionTariff, _place: object
) -> Payload | CommandOutcome:
    if not 0 < len(ask.transaction) <= MAX_TRANSACTION:
        return NO_TRANSACTION
    return _put(ask.tariff, {"transactionId": ask.transaction})


def _list(_command: Command, _ask: ListTariffs, place: Address | None) -> Payload:
    return {"evseId": _evse(place)}


def _clear(_command: Command, ask: ClearTariffs, place: Address | None) -> Payload:
    payload: Payload = {"tariffIds": list(ask.tariff_ids)} if ask.tariff_ids else {}
    return payload if place is None else {**payload, "evseId": place.evse}


def _taken(command: Command, ask: SetDefaultTariff, said: Payload) -> tuple[LocalTariffSet, ...]:
    if said["status"] != "Accepted":
        return ()
    tariff = LocalTariff(ask.tariff.id, DEFAULT, since=ask.tariff.start, evse_uid=command.evse_uid)
    return (LocalTariffSet(tariff),)


def _listed(command: Command, _ask: ListTariffs, said: Payload) -> tuple[LocalTariffsListed, ...]:
    if said["status"] not in {"Accepted", "NoTariff"} or command.evse_uid is not None:
        return ()
    found = [_assigned(each, command) for each in said.get("tariffAssignments") or ()]
    return (LocalTariffsListed(tuple(found)),)


def _assigned(said: Payload, command: Command) -> LocalTariff:
    since = read_time(said.get("validFrom"), command.created_at)
    evses = tuple(said.get("evseIds") or ())
    return LocalTariff(said["tariffId"], said["tariffKind"], since=since, evses=evses)


def _dropped(
    command: Command, ask: ClearTariffs, said: Payload
) -> tuple[LocalTariffsCleared, ...]:
    results = said["clearTariffsResult"]
    if not ask.tariff_ids and command.evse_uid is None and all(_is_gone(r) for r in results):
        return (LocalTariffsCleared(None),)
    gone = tuple(r["tariffId"] for r in results if _is_gone(r) and r.get("tariffId"))
    return (LocalTariffsCleared(gone),) if gone else ()


def _is_gone(result: Payload) -> bool:
    return result["status"] in {"Accepted", "NoTariff"}


def _read_dropped(said: Payload) -> CommandOutcome:
    kept = [r for r in said["clearTariffsResult"] if not _is_gone(r)]
    if not kept:
        return ACCEPTED
    return CommandOutcome(CommandResult.REJECTED, ", ".join(r.get("tariffId", "?") for r in kept))


def _read_list(said: Payload) -> CommandOutcome:
    """That there is none is an answer."""
    if said["status"] == "NoTariff":
        return CommandOutcome(CommandResult.ACCEPTED, "NoTariff")
    return read_status(said)


def _read_change(said: Payload) -> CommandOutcome:
    if said["status"] == "TxNotFound":
        return CommandOutcome(CommandResult.UNKNOWN_SESSION, "TxNotFound")
    return read_status(said)


ASKS: dict[type, AskSpeech[Address | None]] = {
    SetDefaultTariff: AskSpeech("SetDefaultTariff", _set, _taken),
    ListTariffs: AskSpeech("GetTariffs", _list, _listed, _read_list),
    ClearTariffs: AskSpeech("ClearTariffs", _clear, _dropped, _read_dropped),
    ChangeSessionTariff: AskSpeech("ChangeTransactionTariff", _change, read=_read_change),
}
