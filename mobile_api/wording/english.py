"""English, which is also what is told to those whose language we do not speak."""

from app.domain.charging import Reason
from app.domain.charging_triggers import NoticeKind as K
from app.domain.driver_notices import DriverNoticeKind as D
from app.domain.driver_notices import Security
from mobile_api.wording.phrases import Phrases, Variant

ENGLISH = Phrases(
    texts={
        K.STARTED: ("Charging started", "{place}"),
        Variant.STARTED_AT: ("Charging started – {power} kW", "{place}"),
        K.START_FAILED: ("Charging did not start", "{why} Nothing was charged."),
        K.PLUG_REMINDER: (
            "Plug in now",
            "{place}: the charger waits one more minute for the cable.",
        ),
        K.NOT_DRAWING: (
            "Your car is not taking power",
            "Check whether the car has a charging schedule.",
        ),
        K.SOC80: ("80 % reached", "{place}: {energy} kWh so far. It charges slower from here."),
        K.LIMIT_NEAR: ("Your limit is near", "{place}: {energy} kWh so far."),
        K.ALMOST_DONE: ("About 10 minutes left", "{place}: {energy} kWh so far."),
        K.LIMIT_REACHED: ("Limit reached", "{place}: charging ends at {energy} kWh."),
        K.COMPLETE: ("Charging complete", "{energy} kWh at {place}. Please unplug your car."),
        Variant.COMPLETE_FREE_UNTIL: (
            "Charging complete",
            "{energy} kWh at {place}. Free until {from}, then {rate} per minute.",
        ),
        K.IDLE_WARNING: ("Idle fee starts soon", "Please move your car from {place}."),
        Variant.IDLE_FROM: (
            "Idle fee starts at {from}",
            "{place}: {rate} per minute. Please move your car.",
        ),
        K.IDLE_STARTED: ("Idle fee has started", "Please move your car from {place}."),
        K.IDLE_RUNNING: ("Idle fee is running", "Please move your car from {place}."),
        K.IDLE_CAP: ("Idle fee is at its limit", "{place}: it does not grow any more."),
        K.CABLE_STUCK: (
            "Is the cable stuck?",
            "Unlock the car, or use “Unlock cable” in the app. No idle fee runs meanwhile.",
        ),
        K.INTERRUPTED: (
            "Lost contact with the charger",
            "{place}: charging usually continues. {energy} kWh so far.",
        ),
        K.RESUMED: ("Contact with the charger is back", "{place}: {energy} kWh so far."),
        K.STOP_FAILED: ("The charger does not stop", "Press stop in the car or at the charger."),
        K.FAULT: ("Charging stopped: {fault}", "{place}: {energy} kWh so far."),
        K.RECEIPT_READY: ("Receipt: {amount}", "{energy} kWh at {place}"),
        K.PAYMENT_FAILED: ("Your payment did not go through", "Please try another card."),
        Variant.OWED: (
            "Your payment did not go through",
            "{amount} is open. Please choose another card.",
        ),
        Variant.BY_GROUP: (
            "The payment did not go through",
            "Your group's card was declined. You can pay with a card of your own.",
        ),
        Variant.OWED_BY_GROUP: (
            "The payment did not go through",
            "{amount} is open. The owner of your group was asked to pay.",
        ),
        K.ACTION_REQUIRED: ("Please confirm your payment", "Your bank asks about {hold}."),
        K.HOLD_RELEASED: (
            "The hold was released",
            "{hold} is free again; your bank may need some days to show it.",
        ),
        D.RESERVATION_SOON: ("Your reservation ends at {time}", "{place}"),
        D.RESERVATION_EXPIRED: ("Your reservation has expired", "{place}"),
        D.WAITLIST_TURN: ("A charger is free for you", "{place}: it is yours until {until}."),
        D.ISSUE_UPDATE: ("An answer to your report", "{place}: {answer}"),
        D.CDR_FINAL_DIFFERS: (
            "Your final receipt differs",
            "{place}: the operator's final bill is {after}, not {before}.",
        ),
        D.METHOD_EXPIRES: (
            "Your card expires soon",
            "{card} is valid until {month}. Please add another one.",
        ),
        D.AUTOCHARGE_REFUSED: (
            "{vehicle} is not charging",
            "{place}: the price is above your {limit} per kWh. Start in the app if you agree.",
        ),
        D.GROUP_LIMIT: (
            "Spending limit of {group}",
            "{spent} of {limit} are spent.",
        ),
        D.GROUP_PAYMENT_FAILED: (
            "Your card was declined for {member}",
            "{group}: {amount}. Please check your cards, and pay what is open in the app.",
        ),
    },
    general={
        D.RESERVATION_SOON: ("Your reservation ends soon", "See the app for where and when."),
        D.RESERVATION_EXPIRED: ("Your reservation has expired", "Nobody keeps the charger free."),
        D.WAITLIST_TURN: ("A charger is free for you", "Open the app to see where."),
        D.ISSUE_UPDATE: ("An answer to your report", "Open the app to read it."),
        D.CDR_FINAL_DIFFERS: ("Your final receipt differs", "See the new receipt in the app."),
        D.METHOD_EXPIRES: ("Your card expires soon", "Please add another one."),
        D.AUTOCHARGE_REFUSED: ("Your car is not charging", "Open the app to start."),
        D.GROUP_LIMIT: ("A spending limit is near", "See your group in the app."),
        D.GROUP_PAYMENT_FAILED: (
            "Your card was declined for your group",
            "Please check your cards, and pay what is open in the app.",
        ),
    },
    security={
        Security.NEW_DEVICE: (
            "New sign-in to your account",
            "{device}. If that was not you, sign it out in the app.",
        ),
        Security.SIGN_IN_COPIED: (
            "A device was signed out",
            "Its sign-in was used in two places. If that was not you, check your devices.",
        ),
        Security.OTHER: (
            "Your account's security changed",
            "If that was not you, check your devices in the app.",
        ),
    },
    why={
        Reason.CABLE_NOT_IN: "The cable was not plugged in in time.",
        Reason.CHARGER_OFFLINE: "The charger has no connection.",
        Reason.FAULTED: "The charger is out of order.",
        Reason.NO_ANSWER: "The charger did not answer.",
        Reason.OCCUPIED: "Somebody else is charging there.",
        Reason.RESERVED: "The charger is reserved.",
        "": "The charger refused.",
    },
    faults={
        "EmergencyStop": "emergency button",
        "PowerLoss": "power cut",
        "DeAuthorized": "no longer allowed",
        "GroundFault": "fault to earth",
        "OvercurrentFault": "too much current",
        "PowerQuality": "bad power supply",
        "": "the charger reports a fault",
    },
    comma=False,
    footer="You get this mail because you charged, or have an account, with us.",
)
