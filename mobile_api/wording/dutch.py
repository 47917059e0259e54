"""Dutch."""

from app.domain.charging import Reason
from app.domain.charging_triggers import NoticeKind as K
from app.domain.driver_notices import DriverNoticeKind as D
from app.domain.driver_notices import Security
from mobile_api.wording.phrases import Phrases, Variant

DUTCH = Phrases(
    texts={
        K.STARTED: ("Laden gestart", "{place}"),
        Variant.STARTED_AT: ("Laden gestart – {power} kW", "{place}"),
        K.START_FAILED: ("Laden niet gestart", "{why} Er is niets in rekening gebracht."),
        K.PLUG_REMINDER: (
            "Steek de kabel in",
            "{place}: de laadpaal wacht nog een minuut op de kabel.",
        ),
        K.NOT_DRAWING: (
            "Je auto neemt geen stroom af",
            "Kijk of er in de auto een laadschema is ingesteld.",
        ),
        K.SOC80: (
            "80 % bereikt",
            "{place}: tot nu toe {energy} kWh. Vanaf nu laadt het langzamer.",
        ),
        K.LIMIT_NEAR: ("Bijna bij je limiet", "{place}: tot nu toe {energy} kWh."),
        K.ALMOST_DONE: ("Nog ongeveer 10 minuten", "{place}: tot nu toe {energy} kWh."),
        K.LIMIT_REACHED: ("Limiet bereikt", "{place}: het laden stopt bij {energy} kWh."),
        K.COMPLETE: ("Laden klaar", "{energy} kWh bij {place}. Koppel je auto los."),
        Variant.COMPLETE_FREE_UNTIL: (
            "Laden klaar",
            "{energy} kWh bij {place}. Gratis tot {from}, daarna {rate} per minuut.",
        ),
        K.IDLE_WARNING: ("Blokkeertarief begint bijna", "Verplaats je auto: {place}."),
        Variant.IDLE_FROM: (
            "Blokkeertarief vanaf {from}",
            "{place}: {rate} per minuut. Verplaats je auto.",
        ),
        K.IDLE_STARTED: ("Blokkeertarief is begonnen", "Verplaats je auto: {place}."),
        K.IDLE_RUNNING: ("Blokkeertarief loopt", "Verplaats je auto: {place}."),
        K.IDLE_CAP: ("Blokkeertarief op het maximum", "{place}: het loopt niet verder op."),
        K.CABLE_STUCK: (
            "Zit de kabel vast?",
            (
                "Ontgrendel de auto, of gebruik “Kabel ontgrendelen” in de app. "
                "Dat kost intussen niets."
            ),
        ),
        K.INTERRUPTED: (
            "Geen contact met de laadpaal",
            "{place}: meestal gaat het laden door. Tot nu toe {energy} kWh.",
        ),
        K.RESUMED: ("Weer contact met de laadpaal", "{place}: tot nu toe {energy} kWh."),
        K.STOP_FAILED: ("De laadpaal stopt niet", "Stop in de auto of bij de laadpaal."),
        K.FAULT: ("Laden gestopt: {fault}", "{place}: tot nu toe {energy} kWh."),
        K.RECEIPT_READY: ("Bon: {amount}", "{energy} kWh bij {place}"),
        K.PAYMENT_FAILED: ("Betaling mislukt", "Probeer een andere kaart."),
        Variant.OWED: ("Betaling mislukt", "{amount} staat open. Kies een andere kaart."),
        Variant.BY_GROUP: (
            "De betaling is mislukt",
            "De kaart van je groep is geweigerd. Met een eigen kaart kan het ook.",
        ),
        Variant.OWED_BY_GROUP: (
            "De betaling is mislukt",
            "{amount} staat open. De eigenaar van je groep is gevraagd te betalen.",
        ),
        K.ACTION_REQUIRED: ("Bevestig je betaling", "Je bank vraagt naar {hold}."),
        K.HOLD_RELEASED: (
            "Reservering vrijgegeven",
            "{hold} is weer vrij; je bank toont dit misschien pas over een paar dagen.",
        ),
        D.RESERVATION_SOON: ("Je reservering eindigt om {time}", "{place}"),
        D.RESERVATION_EXPIRED: ("Je reservering is verlopen", "{place}"),
        D.WAITLIST_TURN: ("Er is een laadpaal vrij voor je", "{place}: van jou tot {until}."),
        D.ISSUE_UPDATE: ("Antwoord op je melding", "{place}: {answer}"),
        D.CDR_FINAL_DIFFERS: (
            "Je definitieve bon wijkt af",
            "{place}: de exploitant rekent definitief {after} in plaats van {before}.",
        ),
        D.METHOD_EXPIRES: (
            "Je kaart verloopt binnenkort",
            "{card} is geldig tot {month}. Voeg een andere toe.",
        ),
        D.AUTOCHARGE_REFUSED: (
            "{vehicle} laadt niet",
            "{place}: de prijs is hoger dan jouw {limit} per kWh. Akkoord? Start in de app.",
        ),
        D.GROUP_LIMIT: ("Bestedingslimiet van {group}", "{spent} van {limit} is besteed."),
        D.GROUP_PAYMENT_FAILED: (
            "Je kaart is geweigerd voor {member}",
            "{group}: {amount}. Controleer je kaarten en betaal wat openstaat in de app.",
        ),
    },
    general={
        D.RESERVATION_SOON: (
            "Je reservering eindigt binnenkort",
            "Plaats en tijd staan in de app.",
        ),
        D.RESERVATION_EXPIRED: (
            "Je reservering is verlopen",
            "De laadpaal wordt niet meer vrijgehouden.",
        ),
        D.WAITLIST_TURN: ("Er is een laadpaal vrij voor je", "Kijk in de app waar."),
        D.ISSUE_UPDATE: ("Antwoord op je melding", "Lees het in de app."),
        D.CDR_FINAL_DIFFERS: ("Je definitieve bon wijkt af", "De nieuwe bon staat in de app."),
        D.METHOD_EXPIRES: ("Je kaart verloopt binnenkort", "Voeg een andere toe."),
        D.AUTOCHARGE_REFUSED: ("Je auto laadt niet", "Open de app om te starten."),
        D.GROUP_LIMIT: ("Bijna bij een bestedingslimiet", "Je groep staat in de app."),
        D.GROUP_PAYMENT_FAILED: (
            "Je kaart is geweigerd voor je groep",
            "Controleer je kaarten en betaal wat openstaat in de app.",
        ),
    },
    security={
        Security.NEW_DEVICE: (
            "Nieuwe aanmelding bij je account",
            "{device}. Was jij dit niet, meld het apparaat dan af in de app.",
        ),
        Security.SIGN_IN_COPIED: (
            "Een apparaat is afgemeld",
            "De aanmelding werd op twee plaatsen gebruikt. Controleer je apparaten.",
        ),
        Security.OTHER: (
            "Er is iets aan je account veranderd",
            "Was jij dit niet, controleer dan je apparaten in de app.",
        ),
    },
    why={
        Reason.CABLE_NOT_IN: "De kabel is niet op tijd ingestoken.",
        Reason.CHARGER_OFFLINE: "De laadpaal heeft geen verbinding.",
        Reason.FAULTED: "De laadpaal is buiten werking.",
        Reason.NO_ANSWER: "De laadpaal gaf geen antwoord.",
        Reason.OCCUPIED: "Er laadt al iemand anders.",
        Reason.RESERVED: "De laadpaal is gereserveerd.",
        "": "De laadpaal weigerde.",
    },
    faults={
        "EmergencyStop": "noodknop",
        "PowerLoss": "stroomuitval",
        "DeAuthorized": "niet meer toegestaan",
        "GroundFault": "aardfout",
        "OvercurrentFault": "te veel stroom",
        "PowerQuality": "slechte stroomvoorziening",
        "": "storing van de laadpaal",
    },
    comma=True,
    footer="Je krijgt deze mail omdat je bij ons hebt geladen of een account hebt.",
)
