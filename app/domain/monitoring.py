"""Monitoring of a 2.x charger's variables: what it watches, what it saw, what it knows of people.

Source: OCPP 2.0.1, N02 to N10.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice

MOST_MISSING = 100
"""Gaps of a report that are looked for: a charger may number its parts as it likes."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A variable of a component; `evse` and `connector` as the charger numbers them."""

    component: str
    variable: str
    component_instance: str | None = None
    variable_instance: str | None = None
    evse: int | None = None
    connector: int | None = None

    @property
    def name(self) -> str:
        """`Component[instance]@evse.connector/Variable[instance]`."""
        inner = f"[{self.component_instance}]" if self.component_instance else ""
        place = "" if self.evse is None else f"@{self.evse}"
        if self.connector is not None:
            place += f".{self.connector}"
        part = f"[{self.variable_instance}]" if self.variable_instance else ""
        return f"{self.component}{inner}{place}/{self.variable}{part}"


@dataclass(frozen=True, slots=True)
class Monitor:
    """What is watched: `type` such as `UpperThreshold`, `value` the threshold, delta or seconds.

    `severity` is 0 (danger) to 9 (debug). `id` None asks for a new one. `origin` is 2.1's word
    for whose it is (`CustomMonitor`, `HardWiredMonitor`, …).
    """

    watched: Watched
    type: str
    value: Decimal
    severity: int
    id: int | None = None
    transaction: bool = False
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class SetMonitors:
    """Watch these."""

    monitors: tuple[Monitor, ...]


@dataclass(frozen=True, slots=True)
class ClearMonitors:
    """Do not watch these any more."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SetMonitoringBase:
    """Back to `All`, `FactoryDefault` or `HardWiredOnly` monitors."""

    base: str


@dataclass(frozen=True, slots=True)
class SetMonitoringLevel:
    """Tell of events of this severity and graver."""

    severity: int


@dataclass(frozen=True, slots=True)
class GetMonitoringReport:
    """Tell what is watched; without criteria and variables all of it."""

    criteria: tuple[str, ...] = ()
    components: tuple[tuple[str, str | None], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether what is not in the report is not watched."""
        return not self.criteria and not self.components


@dataclass(frozen=True, slots=True)
class MonitorResult:
    """What became of one monitor that was asked for."""

    monitor: Monitor
    status: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MonitorsSet:
    """The charger's answer, monitor by monitor."""

    results: tuple[MonitorResult, ...]


@dataclass(frozen=True, slots=True)
class MonitorsCleared:
    """These are gone."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MonitoringSetting:
    """What the charger took for its base, or for its level."""

    base: str | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One part of the monitors that a charger reports; `whole`: nothing else is watched."""

    request_id: int
    number: int
    last: bool
    at: datetime
    monitors: tuple[Monitor, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """The charger will report, or has nothing to (`EmptyResultSet`)."""

    request_id: int
    whole: bool
    status: str


@dataclass(frozen=True, slots=True)
class MonitoringReport:
    """A report as far as it came; `missing` are the parts that did not, once the last is there."""

    request_id: int
    asked_at: datetime
    whole: bool = False
    parts: Mapping[int, ReportPart] | None = None
    complete: bool = False

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the parts that are known to be missing: the first ones, if they are many."""
        parts = self.parts or {}
        gaps = (n for n in range(max(parts, default=-1) + 1) if n not in parts)
        return tuple(islice(gaps, MOST_MISSING))

    @property
    def monitors(self) -> tuple[Monitor, ...]:
        """What was reported so far, in order."""
        parts = self.parts or {}
        return tuple(each for n in sorted(parts) for each in parts[n].monitors)


def with_part(report: MonitoringReport, part: ReportPart) -> MonitoringReport:
    """The report with a part, which may come twice and in any order."""
    parts = {**(report.parts or {}), part.number: part}
    after = replace(report, parts=parts)
    ended = any(each.last for each in parts.values())
    return replace(after, complete=ended and not after.missing)


@dataclass(frozen=True, slots=True)
class WatchedEvent:
    """Something a charger saw: a monitor's trigger or a change that it tells by itself.

    `at` is the charger's time; `cause` the number of the event that led to this one; `cleared`:
    the condition is over. `severity` is the monitor's, None when it is not known.
    """

    number: int
    at: datetime
    trigger: str
    watched: Watched
    value: str
    type: str = ""
    cause: int | None = None
    cleared: bool = False
    monitor: int | None = None
    severity: int | None = None
    transaction: str | None = None
    code: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True)
class EventsSeen:
    """What one message told."""

    events: tuple[WatchedEvent, ...]


@dataclass(frozen=True, slots=True)
class CustomerInformation:
    """What a charger knows of a person: tell it (`report`), forget it (`clear`), or both.

    Who it is: a token with its type, or what the charger calls a customer.
    """

    report: bool
    clear: bool
    token: str | None = None
    token_type: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerInformationAsked:
    """The charger will tell or forget it, or not."""

    request_id: int
    status: str
    report: bool
    clear: bool


@dataclass(frozen=True, slots=True)
class CustomerInformationPart:
    """One part of what a charger knows of a person."""

    request_id: int
    number: int
    last: bool
    text: str


@dataclass(frozen=True, slots=True)
class KnownOfCustomer:
    """It as far as it came."""

    request_id: int
    status: str
    report: bool
    clear: bool
    parts: Mapping[int, str] | None = None
    last: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all parts are here."""
        parts = self.parts or {}
        return self.last is not None and all(n in parts for n in range(self.last + 1))

    @property
    def text(self) -> str:
        """The parts in order."""
        parts = self.parts or {}
        return "".join(parts[n] for n in sorted(parts))


def by_number(monitors: Iterable[Monitor]) -> dict[int, Monitor]:
    """Monitors by their number; those that have none are left out."""
    return {each.id: each for each in monitors if each.id is not None}
