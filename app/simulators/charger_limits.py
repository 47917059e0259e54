"""Charging profiles at a simulated charger: it takes them, obeys them, and says what holds.

Only a TxProfile is taken, as of a charger without load management of its own: of a running
transaction, or with a remote start, where it must name no transaction. The one of the highest
stack level holds. Amperes are of each of three phases at 230 V.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from app.simulators.charger_dialect import Answer, Message, Works
from app.simulators.charger_model import Outlet, Reading, StopReason, Transaction, wire_time
from app.simulators.ocpp_schemas import Payload

HIGHEST_LEVEL = 8
_VOLTS, _PHASES = Decimal(230), 3
_WATTS_OF = {"W": Decimal(1), "A": _VOLTS * _PHASES}
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Limit:
    """One profile; `steps` are seconds from `begun` and watts from then on."""

    number: int
    level: int
    begun: datetime
    steps: tuple[tuple[int, Decimal], ...]
    duration_s: int | None = None

    def watts_at(self, at: datetime) -> Decimal | None:
        """What holds at a moment; None outside of the profile."""
        passed = (at - self.begun).total_seconds()
        if passed < 0 or (self.duration_s is not None and passed >= self.duration_s):
            return None
        found = bisect_right([start for start, _ in self.steps], passed)
        return self.steps[found - 1][1] if found else None

    def edges(self) -> list[datetime]:
        """When something else begins to hold."""
        seconds = [start for start, _ in self.steps]
        if self.duration_s is not None:
            seconds.append(self.duration_s)
        return [self.begun + timedelta(seconds=each) for each in seconds]


def watts_at(running: Transaction, at: datetime, most: Decimal) -> Decimal:
    """What a transaction may draw at a moment."""
    by_level = sorted(running.limits.values(), key=lambda limit: -limit.level)
    held = [w for limit in by_level if (w := limit.watts_at(at)) is not None]
    return min(most, held[0]) if held else most


def limit_reached(running: Transaction, reading: Reading) -> StopReason | None:
    """Which of 2.1's limits a transaction has come to, as the reason of its end."""
    costs = [answer["totalCost"] for answer in running.answers if "totalCost" in answer]
    have: dict[str, tuple[Any, StopReason]] = {
        "maxEnergy": (reading.register_wh - running.begin_wh, "EnergyLimitReached"),
        "maxTime": ((reading.at - running.begun_at).total_seconds(), "TimeLimitReached"),
        "maxSoC": (reading.soc or 0, "SOCLimitReached"),
        "maxCost": (costs[-1] if costs else 0, "LocalOutOfCredit"),
    }
    for name, most in running.most.items():
        if name in have and have[name][0] >= most:
            return have[name][1]
    return None


@dataclass(frozen=True)
class Words:
    """Where a version keeps what the others keep elsewhere."""

    place: str
    profile: str
    number: str
    schedule_of: Callable[[Payload], Payload]
    is_of: Callable[[Transaction, Any], bool]
    composed: Callable[[int, Payload], Payload]


def _composed_v16(connector: int, schedule: Payload) -> Payload:
    start = schedule["startSchedule"]
    whole = {"connectorId": connector, "scheduleStart": start, "chargingSchedule": schedule}
    return {"status": "Accepted", **whole}


def _composed_v2(evse: int, schedule: Payload) -> Payload:
    start = schedule.pop("startSchedule")
    return {"status": "Accepted", "schedule": {"evseId": evse, "scheduleStart": start, **schedule}}


V16 = Words(
    "connectorId",
    "csChargingProfiles",
    "chargingProfileId",
    lambda profile: profile["chargingSchedule"],
    lambda running, named: running.number == named,
    _composed_v16,
)
V2 = Words(
    "evseId",
    "chargingProfile",
    "id",
    lambda profile: profile["chargingSchedule"][0],
    lambda running, named: running.id == named,
    _composed_v2,
)


class Limiting:
    """The three requests of smart charging, answered and obeyed."""

    def __init__(
        self, works: Works, words: Words, sampled: Callable[[Transaction, Reading], Message]
    ) -> None:
        self._works, self._words, self._sampled = works, words, sampled
        self.answers: Mapping[str, Answer] = {
            "SetChargingProfile": self._set,
            "ClearChargingProfile": self._clear,
            "GetCompositeSchedule": self._compose,
        }

    async def _set(self, asked: Payload) -> Payload:
        outlet = self._works.outlets.get(asked[self._words.place])
        running = None if outlet is None else _running(outlet)
        profile = asked[self._words.profile]
        if outlet is None or running is None or not self._is_good(running, profile):
            return {"status": "Rejected"}
        limit = self._read(running, profile)
        running.limits[limit.number] = limit
        self._works.later(lambda: self._tell(outlet))
        return {"status": "Accepted"}

    def _is_good(self, running: Transaction, profile: Payload) -> bool:
        return self._is_fit(profile) and self._words.is_of(running, profile.get("transactionId"))

    def _is_fit(self, profile: Payload) -> bool:
        """Of a kind and level that is there, and beginning at once."""
        periods = self._words.schedule_of(profile)["chargingSchedulePeriod"]
        return (
            profile["chargingProfilePurpose"] == "TxProfile"
            and profile["chargingProfileKind"] in {"Absolute", "Relative"}
            and profile["stackLevel"] <= HIGHEST_LEVEL
            and bool(periods)
            and periods[0]["startPeriod"] == 0
        )

    def takes_start(self, asked: Payload) -> bool:
        """Whether a remote start brings no profile, or one that may come with a start."""
        profile = asked.get("chargingProfile")
        return profile is None or ("transactionId" not in profile and self._is_fit(profile))

    def begin(self, running: Transaction) -> None:
        """A transaction begins under what the start with its token has brought."""
        outlet = self._works.outlets[running.evse]
        token, profile = outlet.brought
        outlet.brought = (None, None)
        if profile is not None and token == running.token:
            limit = self._read(running, profile)
            running.limits[limit.number] = limit

    def _read(self, running: Transaction, profile: Payload) -> Limit:
        schedule = self._words.schedule_of(profile)
        factor = _WATTS_OF[schedule["chargingRateUnit"]]
        begun = running.begun_at
        if profile["chargingProfileKind"] == "Absolute":
            begun = datetime.fromisoformat(schedule["startSchedule"])
        return Limit(
            profile[self._words.number],
            profile["stackLevel"],
            begun,
            tuple(
                (period["startPeriod"], Decimal(str(period["limit"])) * factor)
                for period in schedule["chargingSchedulePeriod"]
            ),
            schedule.get("duration"),
        )

    async def _clear(self, asked: Payload) -> Payload:
        """By the profile's number, or else all there are."""
        wanted = asked.get("id", asked.get("chargingProfileId"))
        cleared = []
        for outlet in self._works.outlets.values():
            running = _running(outlet)
            if running is None:
                continue
            for number in [n for n in running.limits if wanted in (None, n)]:
                del running.limits[number]
                cleared.append(outlet)
        for outlet in cleared:
            self._tell_later(outlet)
        return {"status": "Accepted" if cleared else "Unknown"}

    def _tell_later(self, outlet: Outlet) -> None:
        self._works.later(lambda: self._tell(outlet))

    async def _tell(self, outlet: Outlet) -> None:
        """The meter shows at once what a new limit does."""
        running = _running(outlet)
        if running is not None:
            reading = self._works.reading(outlet, "Sample.Periodic")
            self._works.queue(self._sampled(running, reading))

    async def _compose(self, asked: Payload) -> Payload:
        outlet = self._works.outlets.get(asked[self._words.place])
        if outlet is None:
            return {"status": "Rejected"}
        now, most = self._works.now(), self._works.max_power_kw * 1000
        unit, length = asked.get("chargingRateUnit", "W"), asked["duration"]
        running = _running(outlet)
        limits = running.limits.values() if running else ()
        edges = {edge for limit in limits for edge in limit.edges()}
        end = now + timedelta(seconds=length)
        periods: list[Payload] = []
        for at in [now, *sorted(edge for edge in edges if now < edge < end)]:
            watts = most if running is None else watts_at(running, at, most)
            limit = (watts / _WATTS_OF[unit]).quantize(_TENTH, ROUND_FLOOR)
            if not periods or periods[-1]["limit"] != float(limit):
                seconds = int((at - now).total_seconds())
                periods.append({"startPeriod": seconds, "limit": float(limit)})
        schedule = {
            "duration": length,
            "startSchedule": wire_time(now),
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": periods,
        }
        return self._words.composed(asked[self._words.place], schedule)


def _running(outlet: Outlet) -> Transaction | None:
    running = outlet.transaction
    return running if running is not None and running.ended_at is None else None
