"""What is meant by what some chargers say, and how they want things to be put. Pure.

Each was seen in the field and reported in public; the table in `table.py` says by whom.
"""

from typing import Any

from ocpp_bridge.dispatch import Visit
from ocpp_bridge.exchange import Asked, Payload

VOLTS = 230
THREE_PHASES = 3
TENTHS = 10


def whole_transaction(visit: Visit, said: Payload) -> Payload:
    """Q-04: a transaction's number comes back cut to 16 bits, and with their sign."""
    number = said.get("transactionId")
    if number is None:
        return said
    return {**said, "transactionId": visit.transaction_like(number)}


def error_only_when_faulted(_visit: Visit, said: Payload) -> Payload:
    """Q-19: an error code that goes with another status than Faulted is none."""
    if said["status"] == "Faulted":
        return said
    plain = {**said, "errorCode": "NoError"}
    plain.pop("vendorErrorCode", None)
    return plain


async def unheard(_visit: Visit, _asked: Asked) -> Payload:
    """Q-31: chatter many times a minute is agreed with and not kept, but for its frames."""
    return {"status": "Accepted"}


def in_watts(said: Payload) -> Payload:
    """Q-25: a charger that knows power only; 230 V between phase and neutral."""
    return _rescheduled(said, _to_watts)


def _to_watts(schedule: Payload) -> Payload:
    if schedule.get("chargingRateUnit") != "A":
        return schedule
    periods = [_period_in_watts(each) for each in schedule["chargingSchedulePeriod"]]
    watts = {**schedule, "chargingRateUnit": "W", "chargingSchedulePeriod": periods}
    if "minChargingRate" in watts:
        watts["minChargingRate"] = _watts(watts["minChargingRate"], THREE_PHASES)
    return watts


def _period_in_watts(period: Payload) -> Payload:
    phases = period.get("numberPhases", THREE_PHASES)
    return {**period, "limit": _watts(period["limit"], phases)}


def _watts(amperes: float, phases: int) -> float:
    return round(amperes * VOLTS * phases * TENTHS) / TENTHS


def on_the_ground(said: Payload) -> Payload:
    """Q-26: a charger that takes profiles on the lowest stack level only."""
    return _with_profile(said, lambda profile: {**profile, "stackLevel": 0})


def _rescheduled(said: Payload, change: Any) -> Payload:
    def of_profile(profile: Payload) -> Payload:
        schedule = profile["chargingSchedule"]
        changed = [change(s) for s in schedule] if isinstance(schedule, list) else change(schedule)
        return {**profile, "chargingSchedule": changed}

    return _with_profile(said, of_profile)


def _with_profile(said: Payload, change: Any) -> Payload:
    for name in ("csChargingProfiles", "chargingProfile"):
        if name in said:
            return {**said, name: change(said[name])}
    return said
