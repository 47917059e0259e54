"""What a charger is set to: its variables (OCPP 2.x) or configuration keys (1.6), and reports.

A configuration key of OCPP 1.6 is a variable of no component. Names are compared without regard
to case, for chargers spell them as they like.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Literal

MOST_LACKING = 100
"""Gaps of a report that are looked for: a charger may number its parts as it likes."""

ACTUAL = "Actual"
ACCEPTED, REBOOT_REQUIRED = "Accepted", "RebootRequired"
READ_ONLY, WRITE_ONLY = "ReadOnly", "WriteOnly"

MOST_VARIABLES = 10_000
"""Of one charger that are kept; what it tells of more is passed over."""
MOST_PARTS = 2_000
"""Of one report: one that has more never ends."""

_SECRETS = frozenset({"authorizationkey", "basicauthpassword", "sharedsecret", "totp"})
_SECRET_ENDS = ("password", "secret", "simpin")


@dataclass(frozen=True, slots=True)
class VariableName:
    """Which variable; `component` is empty for a key of OCPP 1.6, `evse` 0 for all of it."""

    variable: str
    component: str = ""
    instance: str = ""
    component_instance: str = ""
    evse: int = 0
    connector: int = 0

    @property
    def key(self) -> str:
        """The comparable form."""
        place = f"{self.evse}.{self.connector}" if self.evse else ""
        owner = (self.component, self.component_instance, place)
        return "\t".join((*owner, self.variable, self.instance)).casefold()

    @property
    def is_secret(self) -> bool:
        """Whether its value must not be seen nor kept."""
        name = self.variable.casefold()
        return name in _SECRETS or name.endswith(_SECRET_ENDS)

    def __str__(self) -> str:
        """As people write it."""
        owner = self.component + (
            f"[{self.component_instance}]" if self.component_instance else ""
        )
        name = self.variable + (f"[{self.instance}]" if self.instance else "")
        return f"{owner}.{name}" if owner else name


@dataclass(frozen=True, slots=True)
class Attribute:
    """One of the values of a variable: what it is, or is to be, or may be at least and at most.

    Source: OCPP 2.0.1, VariableAttributeType; what is not told is None.
    """

    type: str = ACTUAL
    value: str | None = None
    mutability: str | None = None
    persistent: bool | None = None
    constant: bool | None = None


@dataclass(frozen=True, slots=True)
class Characteristics:
    """What values a variable takes. Source: OCPP 2.0.1, VariableCharacteristicsType."""

    data_type: str
    unit: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    values: str | None = None
    monitored: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """What a charger says of a variable."""

    name: VariableName
    attributes: tuple[Attribute, ...] = (Attribute(),)
    characteristics: Characteristics | None = None

    def of(self, type_: str) -> Attribute | None:
        """The attribute of this type."""
        return next((each for each in self.attributes if each.type == type_), None)

    @property
    def value(self) -> str | None:
        """What it is now."""
        actual = self.of(ACTUAL)
        return None if actual is None else actual.value

    def merged(self, news: "Variable") -> "Variable":
        """This with what is newer; what is not told of stays."""
        known = {each.type: each for each in self.attributes}
        for each in news.attributes:
            before = known.get(each.type)
            if before is None or each.mutability is not None:
                known[each.type] = each
            else:
                known[each.type] = replace(before, value=each.value)
        characteristics = news.characteristics or self.characteristics
        return Variable(news.name, tuple(known.values()), characteristics)


@dataclass(frozen=True, slots=True)
class Setting:
    """A value for a variable."""

    name: VariableName
    value: str
    attribute: str = ACTUAL


# What can be asked.


@dataclass(frozen=True, slots=True)
class ReadVariables:
    """Tell what these are set to; all of them (OCPP 1.6 only) when none is named."""

    names: tuple[VariableName, ...] = ()
    attribute: str = ACTUAL
    what: Literal["read_variables"] = "read_variables"


@dataclass(frozen=True, slots=True)
class WriteVariables:
    """Set these; OCPP 1.6 takes one at a time."""

    settings: tuple[Setting, ...]
    what: Literal["write_variables"] = "write_variables"


class ReportKind(StrEnum):
    """What a report is about; CUSTOM by criteria and variables of its own."""

    FULL = "FullInventory"
    CONFIGURATION = "ConfigurationInventory"
    SUMMARY = "SummaryInventory"
    CUSTOM = "Custom"


@dataclass(frozen=True, slots=True)
class AskBaseReport:
    """Report yourself. Source: OCPP 2.0.1, B07."""

    number: int
    kind: ReportKind = ReportKind.FULL
    what: Literal["base_report"] = "base_report"


@dataclass(frozen=True, slots=True)
class Part:
    """A component, or one variable of it."""

    component: str
    component_instance: str = ""
    evse: int = 0
    connector: int = 0
    variable: str = ""
    instance: str = ""


@dataclass(frozen=True, slots=True)
class AskReport:
    """Report these parts, or those that are Active, Available, Enabled or a Problem.

    Source: OCPP 2.0.1, B08.
    """

    number: int
    criteria: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    what: Literal["report"] = "report"


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """How a charger gets into a mobile network; one that needs a password is set by hand."""

    apn: str
    authentication: str = "NONE"
    user: str | None = None
    preferred_network: str | None = None
    only_preferred: bool | None = None


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """A way to reach a central system. Source: OCPP 2.0.1, NetworkConnectionProfileType.

    `version` as there (`OCPP20`; 2.1 also `OCPP201`, `OCPP21`).
    """

    url: str
    security_profile: int
    interface: str = "Wired0"
    version: str = "OCPP20"
    timeout_s: int = 30
    access_point: AccessPoint | None = None


@dataclass(frozen=True, slots=True)
class SetNetworkProfile:
    """Remember this way under a number. Source: OCPP 2.0.1, B09."""

    slot: int
    profile: NetworkProfile
    what: Literal["network_profile"] = "network_profile"


# What is told.


@dataclass(frozen=True, slots=True)
class Missing:
    """A variable that the charger did not tell or take, in its words."""

    name: VariableName
    status: str
    why: str | None = None
    attribute: str = ACTUAL


@dataclass(frozen=True, slots=True)
class VariablesRead:
    """What variables are set to, and which could not be read."""

    variables: tuple[Variable, ...] = ()
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What the charger said to a new value; a secret's is not repeated."""

    name: VariableName
    status: str
    value: str | None = None
    why: str | None = None
    attribute: str = ACTUAL


@dataclass(frozen=True, slots=True)
class VariablesWritten:
    """What the charger said to new values."""

    results: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class InventoryBegun:
    """The charger will report, or (`status`) why not."""

    number: int
    kind: ReportKind
    status: str


@dataclass(frozen=True, slots=True)
class InventoryPart:
    """A piece of a report; pieces count from 0, `last` is on the one with the highest number."""

    number: int
    sequence: int
    last: bool
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkProfileSet:
    """The charger remembers a way to a central system."""

    slot: int
    profile: NetworkProfile


@dataclass(frozen=True, slots=True)
class RebootRequired:
    """These take effect only after the next boot."""

    variables: tuple[str, ...]


class ReportState(StrEnum):
    """RUNNING until all parts are there; BROKEN when some never came; REFUSED by the charger."""

    RUNNING = "running"
    COMPLETE = "complete"
    BROKEN = "broken"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Report:
    """How far a report has come. `parts` are the numbers that came, `end` the last one's.

    `kind` None is a report that nobody asked for. `status` is the charger's answer to the ask.
    """

    station_id: str
    number: int
    kind: ReportKind | None = None
    state: ReportState = ReportState.RUNNING
    status: str | None = None
    parts: tuple[int, ...] = ()
    end: int | None = None
    variables: int = 0
    attempt: int = 1
    ask: str | None = None

    @property
    def lacks(self) -> tuple[int, ...]:
        """The first parts before the highest known that have not come."""
        most = self.end if self.end is not None else max(self.parts, default=-1)
        there = set(self.parts)
        gaps = (n for n in range(most + 1) if n not in there)
        return tuple(islice(gaps, MOST_LACKING))

    @property
    def is_whole(self) -> bool:
        """Whether everything has come."""
        return self.end is not None and not self.lacks


DeviceModelAsk = ReadVariables | WriteVariables | AskBaseReport | AskReport | SetNetworkProfile
DeviceModelNews = (
    VariablesRead | VariablesWritten | InventoryBegun | InventoryPart | NetworkProfileSet
)
