"""What the pages say about states, obstacles and refusals: one plain sentence each, in English.

The rest of a sentence (amounts, times, places) is in the templates.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.charging import ChargingState, Reason
from app.domain.locations import EvseStatus

S = ChargingState


class StepName(StrEnum):
    """The five steps a guest sees."""

    START = "Start"
    WAIT = "Wait"
    CHARGE = "Charge"
    DONE = "Done"
    PROBLEM = "Problem"


@dataclass(frozen=True, slots=True)
class Phase:
    """A state for people: the step it belongs to, its headline, and what to do or expect."""

    step: StepName
    headline: str
    detail: str = ""


PHASES = {
    S.QUOTED: Phase(StepName.START, "Not started yet"),
    S.EXPIRED: Phase(
        StepName.PROBLEM, "This price has expired", "Nothing was charged. Scan the code again."
    ),
    S.PAYMENT_PENDING: Phase(
        StepName.START, "Waiting for your card", "Charging starts when the hold is confirmed."
    ),
    S.PAYMENT_DECLINED: Phase(
        StepName.PROBLEM, "The payment did not work", "Nothing was charged."
    ),
    S.AUTHORIZED: Phase(StepName.WAIT, "Your card is accepted", "Asking the charger to start …"),
    S.CANCELLED: Phase(
        StepName.PROBLEM,
        "Cancelled",
        "Nothing was charged. The hold on your card is released.",
    ),
    S.START_REQUESTED: Phase(StepName.WAIT, "Asking the charger to start …"),
    S.START_REJECTED: Phase(
        StepName.PROBLEM,
        "The charger did not start",
        "Nothing was charged. The hold returns in 1 to 7 days, depending on your bank.",
    ),
    S.START_UNCONFIRMED: Phase(
        StepName.WAIT, "Still waiting for the charger", "Nothing is charged yet."
    ),
    S.START_TIMEOUT: Phase(
        StepName.PROBLEM,
        "The charger did not answer",
        "Nothing was charged. The hold returns in 1 to 7 days, depending on your bank.",
    ),
    S.STARTING: Phase(
        StepName.WAIT, "The charger is getting ready", "Your car and the charger are talking."
    ),
    S.AWAITING_PLUG: Phase(
        StepName.WAIT, "Plug in now", "Connect the cable to your car to start charging."
    ),
    S.ABANDONED: Phase(
        StepName.PROBLEM,
        "No cable was connected",
        "Nothing was charged. The hold on your card is released.",
    ),
    S.CHARGING: Phase(StepName.CHARGE, "Charging"),
    S.PAUSED_EV: Phase(
        StepName.CHARGE,
        "Your car takes no power now",
        "It may be full, or follow a schedule set in the car.",
    ),
    S.PAUSED_EVSE: Phase(
        StepName.CHARGE, "The charger has paused", "It goes on by itself when there is power."
    ),
    S.INTERRUPTED: Phase(
        StepName.CHARGE,
        "No contact with the charger",
        "Charging usually continues. Figures follow when it is back.",
    ),
    S.STOPPING: Phase(StepName.CHARGE, "Stopping …"),
    S.AWAITING_UNPLUG: Phase(
        StepName.CHARGE, "Charging has ended", "Please unplug and make room for the next car."
    ),
    S.SETTLING: Phase(StepName.DONE, "Making your receipt …"),
    S.COMPLETED: Phase(StepName.DONE, "Done. Thank you!"),
    S.SETTLEMENT_FAILED: Phase(
        StepName.PROBLEM,
        "Your card was refused afterwards",
        "The amount below is still to be paid; we try the card again.",
    ),
}
"""Every state; a test keeps it total."""

REASONS = {
    Reason.CABLE_NOT_IN: "The cable was not connected.",
    Reason.CANCELLED: "You cancelled it.",
    Reason.CHARGER_OFFLINE: "The charger has no connection. Please try another one.",
    Reason.CHARGER_REFUSED: "The charger refused. Check the cable and try once more.",
    Reason.FAULTED: "The charger reports a fault. Please try another one.",
    Reason.LIMIT_REACHED: "It was stopped because the amount held on your card is used up.",
    Reason.NO_ANSWER: "The charger has not answered so far.",
    Reason.OCCUPIED: "The charger is in use by somebody else.",
    Reason.OWED: "The amount could not be taken from your card.",
    Reason.PAYMENT_DECLINED: "Your bank declined the card. Try another one.",
    Reason.PAYMENT_TIMEOUT: "The payment was not confirmed in time.",
    Reason.QUOTE_EXPIRED: "A price holds for 15 minutes.",
    Reason.RESERVED: "The charger is reserved for somebody else.",
    Reason.STOPPED_BY_FAULT: "The charger stopped by itself: a fault or its emergency button.",
    Reason.STOP_REFUSED: "The charger does not stop from here. Press stop in the car or at the "
    "charger.",
}
"""Why it is so, in addition to the state; a test keeps it total."""

OF_GROUPS = {
    S.SETTLEMENT_FAILED: Phase(
        StepName.PROBLEM,
        "The card of your group was refused afterwards",
        "Its owner is asked to pay. You owe nothing.",
    ),
}
"""What is said otherwise of a session that a family or fleet pays for."""

WHY_OF_GROUPS = {
    Reason.OWED: "The amount could not be taken from the card of your group.",
    Reason.PAYMENT_DECLINED: "The card of your group was declined. Its owner was told.",
}

LIMITS = {
    "": "No limit of mine",
    "energy": "Energy",
    "cost": "Cost",
    "time": "Time",
    "soc": "Battery",
}
"""By what a session may be told to stop."""

UNLOCKS = {
    "asked": "The charger is asked to let go of the cable …",
    "unlocked": "The charger has let go of the cable.",
    "failed": "The cable is stuck. Stop charging in the car, unlock the car, and try once more.",
}
"""What came of asking for the cable."""

OBSTACLES = {
    "offline": "This charger has no connection at the moment.",
    "faulted": "This charger is out of order.",
    "inoperative": "This charger is out of service.",
    "occupied": "Somebody is charging here.",
    "reserved": "This charger is reserved.",
    "price_unknown": "The price of this charger is not known, so you cannot start it from here.",
}
"""Why there is no quote."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a status is shown: a word, a colour's name in the style sheet, and an icon."""

    word: str
    tone: str
    icon: str


LOOKS = {
    EvseStatus.AVAILABLE: Look("Free", "free", "plug"),
    EvseStatus.BLOCKED: Look("Cable connected", "blocked", "hourglass"),
    EvseStatus.CHARGING: Look("In use", "used", "car"),
    EvseStatus.INOPERATIVE: Look("Out of service", "off", "slash"),
    EvseStatus.OUTOFORDER: Look("Out of order", "fault", "alert"),
    EvseStatus.PLANNED: Look("Planned", "planned", "clock"),
    EvseStatus.REMOVED: Look("Removed", "off", "slash"),
    EvseStatus.RESERVED: Look("Reserved", "reserved", "clock"),
    EvseStatus.UNKNOWN: Look("Unknown", "unknown", "question"),
}
"""Every status; a test keeps it total. Colours: product, colour semantics."""

NO_CONNECTION = Look("No connection", "unknown", "slash")
"""For a charger that is known to be out of reach."""

TROUBLES = {
    "not_found": ("Not found", "Check the address, or the code on the charger."),
    "invalid_input": ("Something you typed is not right", "Go back and check it, please."),
    "rate_limited": ("Too many requests", "Please wait a moment and try again."),
    "conflict": ("Not possible any more", "The session has moved on meanwhile."),
    "unauthenticated": (
        "This session belongs to another browser",
        "Open the link that you kept, or the page in the browser you started in.",
    ),
    "foreign_code": (
        "This code is not ours",
        "Do not pay there: it may be pasted over ours. Type in the number of the charger.",
    ),
    "display_code": (
        "Scan the display once more",
        "Every code on the display works once, and for a short time only. Nothing was charged.",
    ),
    "charger_refused": ("The charger does not do this", "Use the buttons of the charger or car."),
}
"""Headline and advice for errors that people meet, by the error's code."""

UNEXPECTED = ("This did not work", "Please try again in a moment.")


def phase_of(state: ChargingState, *, by_group: bool = False) -> Phase:
    """What is said of a state; `by_group` when a family or fleet pays."""
    return OF_GROUPS.get(state, PHASES[state]) if by_group else PHASES[state]


def why(reason: str | None, *, by_group: bool = False) -> str:
    """The sentence for a reason; nothing for none, and for words that are not for people."""
    if reason not in set(Reason):
        return ""
    told = REASONS | WHY_OF_GROUPS if by_group else REASONS
    return told.get(Reason(reason), "")
