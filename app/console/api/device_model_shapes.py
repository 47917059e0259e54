"""What the routes of variables take and show."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.domain.configuration import Progress, Stage, Wish
from app.domain.device_model import (
    AccessPoint,
    Attribute,
    NetworkProfile,
    Part,
    ReadVariables,
    ReportKind,
    ReportState,
    SetNetworkProfile,
    Setting,
    VariableName,
)
from app.store.device_model import StoredReport, StoredVariable
from app.use_cases.configuration import Standing

Short = Annotated[str, Field(min_length=1, max_length=50)]
Instance = Annotated[str, Field(max_length=50)]
Number = Annotated[int, Field(ge=0, le=10_000)]
AttributeType = Literal["Actual", "Target", "MinSet", "MaxSet"]
Criterion = Literal["Active", "Available", "Enabled", "Problem"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NameIn(_In):
    """Which variable; a configuration key of OCPP 1.6 has no component."""

    variable: Short
    component: Instance = ""
    instance: Instance = ""
    component_instance: Instance = ""
    evse: Number = 0
    connector: Number = 0

    def name(self) -> VariableName:
        """As the domain knows it."""
        return VariableName(
            self.variable.strip(),
            self.component.strip(),
            self.instance,
            self.component_instance,
            self.evse,
            self.connector,
        )


class SettingIn(NameIn):
    """A value for it."""

    value: Annotated[str, Field(max_length=2500)]
    attribute: AttributeType = "Actual"

    def setting(self) -> Setting:
        """As the domain knows it."""
        return Setting(self.name(), self.value, self.attribute)


class WantedIn(NameIn):
    """A value that it is to have for good."""

    value: Annotated[str, Field(max_length=2500)]

    def setting(self) -> Setting:
        """As the domain knows it."""
        return Setting(self.name(), self.value)


class ReadIn(_In):
    """What to read; OCPP 1.6 reads everything when nothing is named."""

    names: Annotated[list[NameIn], Field(max_length=500)] = []
    attribute: AttributeType = "Actual"

    def ask(self) -> ReadVariables:
        """As the domain knows it."""
        return ReadVariables(tuple(each.name() for each in self.names), self.attribute)


class WriteIn(_In):
    """What to set."""

    settings: Annotated[list[SettingIn], Field(min_length=1, max_length=500)]


class WantIn(_In):
    """What is wanted."""

    settings: Annotated[list[WantedIn], Field(min_length=1, max_length=200)]


class PartIn(_In):
    """A component, or one variable of it."""

    component: Short
    component_instance: Instance = ""
    evse: Number = 0
    connector: Number = 0
    variable: Instance = ""
    instance: Instance = ""

    def part(self) -> Part:
        """As the domain knows it."""
        return Part(**self.model_dump())


class ReportIn(_In):
    """Which report; `criteria` and `parts` are of a Custom one."""

    kind: ReportKind = ReportKind.FULL
    criteria: Annotated[list[Criterion], Field(max_length=4)] = []
    parts: Annotated[list[PartIn], Field(max_length=100)] = []


class AccessPointIn(_In):
    """A way into a mobile network that asks for no password."""

    apn: Annotated[str, Field(min_length=1, max_length=512)]
    authentication: Literal["NONE", "PAP", "CHAP", "AUTO"] = "NONE"
    user: Annotated[str, Field(max_length=20)] | None = None
    preferred_network: Annotated[str, Field(max_length=6)] | None = None
    only_preferred: bool | None = None


class NetworkProfileIn(_In):
    """A way to reach a central system."""

    slot: Annotated[int, Field(ge=0, le=1000)]
    url: Annotated[str, Field(pattern="^wss?://", max_length=512)]
    security_profile: Annotated[int, Field(ge=0, le=3)]
    interface: Annotated[str, Field(pattern="^(Wired[0-3]|Wireless[0-3]|Any)$")] = "Wired0"
    version: Annotated[str, Field(pattern="^OCPP(12|15|16|20|201|21)$")] = "OCPP20"
    timeout_s: Annotated[int, Field(ge=1, le=600)] = 30
    access_point: AccessPointIn | None = None

    def ask(self) -> SetNetworkProfile:
        """As the domain knows it."""
        point = self.access_point
        fields = self.model_dump(exclude={"slot", "access_point"})
        through = None if point is None else AccessPoint(**point.model_dump())
        return SetNetworkProfile(self.slot, NetworkProfile(**fields, access_point=through))


class NameOut(BaseModel):
    """A variable's name."""

    component: str
    component_instance: str
    evse: int
    connector: int
    variable: str
    instance: str

    @classmethod
    def parts(cls, name: VariableName) -> dict[str, str | int]:
        """What it is made of."""
        return {field: getattr(name, field) for field in NameOut.model_fields}


class AttributeOut(BaseModel):
    """One of its values."""

    type: str
    value: str | None
    mutability: str | None
    persistent: bool | None
    constant: bool | None

    @classmethod
    def of(cls, told: Attribute) -> Self:
        """Show an attribute."""
        return cls(**{field: getattr(told, field) for field in cls.model_fields})


class VariableOut(NameOut):
    """A variable as the charger last told of it; `key` is for the page after it."""

    key: str
    at: datetime
    attributes: list[AttributeOut]
    data_type: str | None
    unit: str | None
    low: Decimal | None
    high: Decimal | None
    values: str | None

    @classmethod
    def of(cls, key: str, stored: StoredVariable) -> Self:
        """Show a variable."""
        variable = stored.variable
        kind = variable.characteristics
        return cls(
            **NameOut.parts(variable.name),
            key=key,
            at=stored.at,
            attributes=[AttributeOut.of(each) for each in variable.attributes],
            data_type=kind.data_type if kind else None,
            unit=kind.unit if kind else None,
            low=kind.low if kind else None,
            high=kind.high if kind else None,
            values=kind.values if kind else None,
        )


class ReportOut(BaseModel):
    """How far a report is; `lacks` are the parts that did not come."""

    number: int
    kind: ReportKind | None
    state: ReportState
    status: str | None
    begun_at: datetime
    heard_at: datetime
    parts: int
    lacks: list[int]
    variables: int
    attempt: int

    @classmethod
    def of(cls, stored: StoredReport) -> Self:
        """Show a report."""
        report = stored.report
        return cls(
            number=report.number,
            kind=report.kind,
            state=report.state,
            status=report.status,
            begun_at=stored.begun_at,
            heard_at=stored.heard_at,
            parts=len(report.parts),
            lacks=list(report.lacks[:100]),
            variables=report.variables,
            attempt=report.attempt,
        )


class WishOut(NameOut):
    """A value that is wanted; `by` is the API key of who wants it."""

    value: str
    at: datetime
    by: str | None

    @classmethod
    def of(cls, wish: Wish) -> Self:
        """Show a wish."""
        name = NameOut.parts(wish.name)
        return cls(**name, value=wish.setting.value, at=wish.at, by=wish.by)


class WantedOut(NameOut):
    """Wanted against reported; `default` when it is wanted of all chargers of the operator."""

    wanted: str
    wanted_since: datetime
    wanted_by: str | None
    default: bool
    reported: str | None
    reported_at: datetime | None
    stage: Stage | None
    told: str | None
    tried_at: datetime | None

    @classmethod
    def of(cls, standing: Standing, key: str, wish: Wish) -> Self:
        """Show how far one is."""
        state = standing.state
        steps = () if state is None else state.progress
        step: Progress | None = next((s for s in steps if s.name.key == key), None)
        stored = standing.told.get(key)
        return cls(
            **NameOut.parts(wish.name),
            wanted=wish.setting.value,
            wanted_since=wish.at,
            wanted_by=wish.by,
            default=key not in standing.own,
            reported=stored.variable.value if stored else None,
            reported_at=stored.at if stored else None,
            stage=step.stage if step else None,
            told=step.told if step else None,
            tried_at=step.tried_at if step else None,
        )


class ConfigurationOut(BaseModel):
    """What a charger is to be set to; with `reboot_required` a reset is what it waits for.

    `next_at` is when it is looked at again, None when nothing is left to do.
    """

    settings: list[WantedOut]
    round_since: datetime | None
    next_at: datetime | None
    reboot_required: bool

    @classmethod
    def of(cls, standing: Standing) -> Self:
        """Show how far a charger is."""
        state = standing.state
        return cls(
            settings=[WantedOut.of(standing, key, w) for key, w in standing.wanted.items()],
            round_since=state.since if state else None,
            next_at=state.due_at if state else None,
            reboot_required=state is not None and state.reboot_required,
        )
