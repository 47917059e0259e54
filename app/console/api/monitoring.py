"""Routes for what a 2.x charger watches, and for what it knows of people."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.console.api.charger_shapes import AskedOut
from app.console.api.chargers import Asked
from app.console.api.maintenance_shapes import Given, Number, Severity, Text50, shown
from app.domain.errors import InvalidInput
from app.domain.monitoring import (
    ClearMonitors,
    CustomerInformation,
    GetMonitoringReport,
    Monitor,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetMonitors,
    Watched,
)
from app.use_cases.charger_records import Told

router = APIRouter(prefix="/chargers/{station_id}")

MonitorType = Annotated[str, Field(pattern="^[A-Za-z]{1,30}$")]


class MonitorIn(Given):
    """What to watch; with `id` a monitor that is there is changed."""

    component: Text50
    variable: Text50
    component_instance: Text50 | None = None
    variable_instance: Text50 | None = None
    evse: Number | None = None
    connector: Number | None = None
    type: MonitorType
    value: Annotated[Decimal, Field(max_digits=15, decimal_places=6)]
    severity: Severity
    id: Number | None = None
    transaction: bool = False

    @property
    def monitor(self) -> Monitor:
        """The same as the domain has it."""
        watched = Watched(
            self.component,
            self.variable,
            self.component_instance,
            self.variable_instance,
            self.evse,
            self.connector,
        )
        return Monitor(watched, self.type, self.value, self.severity, self.id, self.transaction)


class MonitorsIn(Given):
    """Several at once."""

    monitors: Annotated[list[MonitorIn], Field(min_length=1, max_length=100)]


class ClearIn(Given):
    """Which are not to be watched any more."""

    ids: Annotated[list[Number], Field(min_length=1, max_length=100)]


class Base(StrEnum):
    """Which monitors there are to be."""

    ALL = "All"
    FACTORY = "FactoryDefault"
    HARD_WIRED = "HardWiredOnly"


class BaseIn(Given):
    """Back to these."""

    base: Base


class LevelIn(Given):
    """Tell of this severity and graver: 0 danger to 9 debug."""

    severity: Severity


class Criterion(StrEnum):
    """Which kinds of monitors are reported."""

    THRESHOLD = "ThresholdMonitoring"
    DELTA = "DeltaMonitoring"
    PERIODIC = "PeriodicMonitoring"


class PartOfModel(Given):
    """A component, or one variable of it."""

    component: Text50
    variable: Text50 | None = None


class ReportIn(Given):
    """What is reported; nothing means all."""

    criteria: Annotated[list[Criterion], Field(max_length=3)] = []
    components: Annotated[list[PartOfModel], Field(max_length=50)] = []


class CustomerIn(Given):
    """Tell (`report`) or forget (`clear`) what is known of whom this is."""

    report: bool = True
    clear: bool = False
    token: Annotated[str, Field(min_length=1, max_length=36)] | None = None
    token_type: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    customer: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class MonitorOut(BaseModel):
    """A monitor, and when it was last known to be there."""

    at: datetime
    value: dict[str, Any]


class ReportOut(BaseModel):
    """A report; `missing` are the parts that did not come."""

    request_id: int
    asked_at: datetime
    complete: bool
    missing: list[int]
    monitors: list[dict[str, Any]]


class MonitoringOut(BaseModel):
    """What a charger watches."""

    base: str | None
    level: int | None
    monitors: list[MonitorOut]
    reports: list[ReportOut]


class CustomerOut(BaseModel):
    """What a charger told of a person; `text` only where it is shown."""

    request_id: int
    at: datetime
    status: str
    complete: bool
    text: str | None

    @classmethod
    def of(cls, told: Told) -> "CustomerOut":
        """Show it."""
        return cls(
            request_id=told.request_id,
            at=told.at,
            status=told.status,
            complete=told.complete,
            text=told.text,
        )


@router.get("/monitoring")
async def get_monitoring(charger: Asked) -> MonitoringOut:
    """What a charger watches, as far as it is known."""
    found = await charger.services.chargers.records.monitoring(charger.party, charger.id)
    return MonitoringOut(
        base=found.setting.base,
        level=found.setting.level,
        monitors=[MonitorOut(at=each.at, value=shown(each.value)) for each in found.monitors],
        reports=[
            ReportOut(
                request_id=each.request_id,
                asked_at=each.asked_at,
                complete=each.complete,
                missing=list(each.missing),
                monitors=[shown(monitor) for monitor in each.monitors],
            )
            for each in found.reports
        ],
    )


@router.post("/monitoring/set", status_code=202)
async def set_monitors(charger: Asked, given: MonitorsIn) -> AskedOut:
    """Let a charger watch variables."""
    ask = SetMonitors(tuple(each.monitor for each in given.monitors))
    return await charger.ask(ask)


@router.post("/monitoring/clear", status_code=202)
async def clear_monitors(charger: Asked, given: ClearIn) -> AskedOut:
    """Let a charger watch them no more."""
    ask = ClearMonitors(tuple(given.ids))
    return await charger.ask(ask)


@router.post("/monitoring/base", status_code=202)
async def set_base(charger: Asked, given: BaseIn) -> AskedOut:
    """Bring a charger's monitors back to a known state."""
    return await charger.ask(SetMonitoringBase(given.base.value))


@router.post("/monitoring/level", status_code=202)
async def set_level(charger: Asked, given: LevelIn) -> AskedOut:
    """Choose how grave an event must be to be told."""
    return await charger.ask(SetMonitoringLevel(given.severity))


@router.post("/monitoring/report", status_code=202)
async def report_monitors(charger: Asked, given: ReportIn) -> AskedOut:
    """Let a charger report what it watches."""
    parts = tuple((each.component, each.variable) for each in given.components)
    ask = GetMonitoringReport(tuple(c.value for c in given.criteria), parts)
    return await charger.ask(ask)


@router.get("/customer-information")
async def list_customers(charger: Asked) -> list[CustomerOut]:
    """Which answers about people there are; what they say is shown once, by `show`."""
    found = await charger.services.chargers.records.customers(charger.party, charger.id)
    return [CustomerOut.of(each) for each in found]


@router.post("/customer-information", status_code=202)
async def ask_customer(charger: Asked, given: CustomerIn) -> AskedOut:
    """Ask what a charger knows of a person, or let it forget that."""
    if not given.report and not given.clear:
        raise InvalidInput("report", "tell it, forget it, or both")
    if (given.token is None) == (given.customer is None):
        raise InvalidInput("token", "a token or a customer, and one of them only")
    ask = CustomerInformation(
        given.report, given.clear, given.token, given.token_type, given.customer
    )
    return await charger.ask(ask)


@router.post("/customer-information/{request_id}/show")
async def show_customer(charger: Asked, request_id: int) -> CustomerOut:
    """What the charger told, once: it is wiped here by being shown."""
    records, party = charger.services.chargers.records, charger.party
    return CustomerOut.of(await records.customer_once(party, charger.id, request_id))


@router.delete("/customer-information/{request_id}", status_code=204)
async def forget_customer(charger: Asked, request_id: int) -> None:
    """Wipe it unseen."""
    records, party = charger.services.chargers.records, charger.party
    await records.forget_customer(party, charger.id, request_id)
