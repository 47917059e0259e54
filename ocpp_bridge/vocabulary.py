"""Words that all OCPP versions share, and what they are in the domain."""

from decimal import Decimal

from app.domain.metering import ReadingContext
from app.domain.stations import Activity, ConnectorState
from app.domain.tokens import Verdict

THOUSANDTH = Decimal("0.001")
ONE = Decimal(1)

ENERGY = "Energy.Active.Import.Register"
INTERVAL = "Energy.Active.Import.Interval"
POWER_IN = "Power.Active.Import"
POWER_OUT = "Power.Active.Export"
CURRENT = "Current.Import"
VOLTAGE = "Voltage"
CHARGE = "SoC"

MEASURANDS = frozenset({ENERGY, INTERVAL, POWER_IN, POWER_OUT, CURRENT, VOLTAGE, CHARGE})
"""The measurands a session is made of; all others are kept in the raw message only."""

UNITS: dict[str, dict[str, Decimal]] = {
    ENERGY: {"": THOUSANDTH, "wh": THOUSANDTH, "kwh": ONE, "mwh": Decimal(1000)},
    INTERVAL: {"": THOUSANDTH, "wh": THOUSANDTH, "kwh": ONE, "mwh": Decimal(1000)},
    POWER_IN: {"": THOUSANDTH, "w": THOUSANDTH, "kw": ONE},
    POWER_OUT: {"": THOUSANDTH, "w": THOUSANDTH, "kw": ONE},
    CURRENT: {"": ONE, "a": ONE, "ma": THOUSANDTH},
    VOLTAGE: {"": ONE, "v": ONE, "kv": Decimal(1000)},
    CHARGE: {"": ONE, "percent": ONE, "%": ONE},
}
"""Per measurand: unit in lower case → factor to kWh, kW, A, V, percent; "" is the default."""

CONTEXTS = {
    "Transaction.Begin": ReadingContext.BEGIN,
    "Sample.Periodic": ReadingContext.PERIODIC,
    "Sample.Clock": ReadingContext.CLOCK,
    "Trigger": ReadingContext.TRIGGER,
    "Interruption.Begin": ReadingContext.INTERRUPTION,
    "Interruption.End": ReadingContext.INTERRUPTION,
    "Transaction.End": ReadingContext.END,
}
"""OCPP's reading contexts; one that is missing here is OTHER, an absent one PERIODIC."""

CONNECTOR_STATES = {state.value: state for state in ConnectorState}
"""Status words of OCPP 1.6 and 2.x."""

CONNECTOR_STATES_FOLDED = {state.value.lower(): state for state in ConnectorState}
"""The same in lower case, for values in free text (NotifyEvent)."""

ACTIVITIES = {
    "EVConnected": Activity.CONNECTED,
    "Charging": Activity.CHARGING,
    "SuspendedEV": Activity.SUSPENDED_EV,
    "SuspendedEVSE": Activity.SUSPENDED_EVSE,
    "Idle": Activity.IDLE,
}
"""OCPP 2.x, TransactionEvent, chargingState."""

ID_TAG_STATUS = {
    Verdict.ALLOWED: "Accepted",
    Verdict.BLOCKED: "Blocked",
    Verdict.CONCURRENT: "ConcurrentTx",
    Verdict.EXPIRED: "Expired",
    Verdict.NO_CREDIT: "Blocked",
    Verdict.NOT_ALLOWED: "Invalid",
    Verdict.UNKNOWN: "Invalid",
}
"""Answers to an id tag in OCPP 1.6."""

ID_TOKEN_STATUS = {
    Verdict.ALLOWED: "Accepted",
    Verdict.BLOCKED: "Blocked",
    Verdict.CONCURRENT: "ConcurrentTx",
    Verdict.EXPIRED: "Expired",
    Verdict.NO_CREDIT: "NoCredit",
    Verdict.NOT_ALLOWED: "NotAtThisLocation",
    Verdict.UNKNOWN: "Unknown",
}
"""Answers to an id token in OCPP 2.x."""
