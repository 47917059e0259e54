"""How asks for many monitors at once ended: each of them has a status of its own. Pure."""

from app.domain.commands import CommandOutcome, CommandResult
from ocpp_bridge.asks import ACCEPTED
from ocpp_bridge.exchange import Payload


def read_results(said: Payload) -> CommandOutcome:
    """SetVariableMonitoring: agreed when every monitor was taken."""
    return _of([each["status"] for each in said["setMonitoringResult"]], {"Accepted"})


def read_cleared(said: Payload) -> CommandOutcome:
    """ClearVariableMonitoring: one that is not there is gone."""
    statuses = [each["status"] for each in said["clearMonitoringResult"]]
    return _of(statuses, {"Accepted", "NotFound"})


def _of(statuses: list[str], good: set[str]) -> CommandOutcome:
    refused = [status for status in statuses if status not in good]
    if not refused:
        return ACCEPTED
    return CommandOutcome(CommandResult.REJECTED, ", ".join(dict.fromkeys(refused)))
