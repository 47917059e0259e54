"""What phones show, in the driver's language; what a language lacks is told in English."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.domain.charging import ChargingState, Reason
from app.domain.charging_triggers import NoticeKind
from app.domain.money import Money
from app.domain.units import Kwh
from app.use_cases.notices import News

K = NoticeKind
COMMA = frozenset({"de", "nl"})
OWED = "payment.owed"
"""A payment that failed after the charge, which is another matter than before it."""

Texts = dict[str, tuple[str, str]]

ENGLISH: Texts = {
    K.STARTED: ("Charging started", "{place}"),
    K.START_FAILED: ("Charging did not start", "{why} Nothing was charged."),
    K.PLUG_REMINDER: ("Plug in now", "{place}: the charger waits one more minute for the cable."),
    K.NOT_DRAWING: (
        "Your car is not taking power",
        "Check whether the car has a charging schedule.",
    ),
    K.SOC80: ("80 % reached", "{place}: {energy} kWh so far. It charges slower from here."),
    K.LIMIT_NEAR: ("Your limit is near", "{place}: {energy} kWh so far."),
    K.ALMOST_DONE: ("About 10 minutes left", "{place}: {energy} kWh so far."),
    K.IDLE_WARNING: ("Idle fee starts soon", "Please move your car from {place}."),
    K.IDLE_STARTED: ("Idle fee has started", "Please move your car from {place}."),
    K.IDLE_RUNNING: ("Idle fee is running", "Please move your car from {place}."),
    K.IDLE_CAP: ("Idle fee is at its limit", "{place}: it does not grow any more."),
    K.CABLE_STUCK: (
        "Is the cable stuck?",
        'Unlock the car, or use "Unlock cable" in the app. No idle fee runs meanwhile.',
    ),
    K.LIMIT_REACHED: ("Limit reached", "{place}: charging ends at {energy} kWh."),
    K.COMPLETE: ("Charging complete", "{energy} kWh at {place}. Please unplug your car."),
    K.INTERRUPTED: (
        "Lost contact with the charger",
        "{place}: charging usually continues. {energy} kWh so far.",
    ),
    K.RESUMED: ("Contact with the charger is back", "{place}: {energy} kWh so far."),
    K.STOP_FAILED: ("The charger does not stop", "Press stop in the car or at the charger."),
    K.FAULT: (
        "Charging was stopped",
        "{place}: the charger reports a fault. {energy} kWh so far.",
    ),
    K.RECEIPT_READY: ("Receipt: {amount}", "{energy} kWh at {place}"),
    K.PAYMENT_FAILED: ("Your payment did not go through", "Please try another card."),
    OWED: ("Your payment did not go through", "{amount} is open. Please choose another card."),
    K.ACTION_REQUIRED: ("Please confirm your payment", "Your bank asks about {hold}."),
    K.HOLD_RELEASED: (
        "The hold was released",
        "{hold} is free again; your bank may need some days to show it.",
    ),
}

GERMAN: Texts = {
    K.STARTED: ("Laden gestartet", "{place}"),
    K.START_FAILED: ("Laden nicht gestartet", "{why} Es wurde nichts berechnet."),
    K.PLUG_REMINDER: (
        "Jetzt einstecken",
        "{place}: Die Ladestation wartet noch eine Minute auf das Kabel.",
    ),
    K.NOT_DRAWING: (
        "Ihr Auto nimmt keinen Strom",
        "Prüfen Sie, ob im Auto ein Ladezeitplan eingestellt ist.",
    ),
    K.SOC80: ("80 % erreicht", "{place}: bisher {energy} kWh. Ab jetzt lädt es langsamer."),
    K.LIMIT_NEAR: ("Grenze fast erreicht", "{place}: bisher {energy} kWh."),
    K.ALMOST_DONE: ("Noch etwa 10 Minuten", "{place}: bisher {energy} kWh."),
    K.IDLE_WARNING: ("Blockiergebühr beginnt bald", "Bitte das Auto wegfahren: {place}."),
    K.IDLE_STARTED: ("Blockiergebühr hat begonnen", "Bitte das Auto wegfahren: {place}."),
    K.IDLE_RUNNING: ("Blockiergebühr läuft", "Bitte das Auto wegfahren: {place}."),
    K.IDLE_CAP: ("Blockiergebühr am Höchstbetrag", "{place}: Sie steigt nicht weiter."),
    K.CABLE_STUCK: (
        "Steckt das Kabel fest?",
        "Auto entriegeln, oder „Kabel entriegeln“ in der App. Solange läuft keine Gebühr.",
    ),
    K.LIMIT_REACHED: ("Grenze erreicht", "{place}: Das Laden endet bei {energy} kWh."),
    K.COMPLETE: ("Laden beendet", "{energy} kWh, {place}. Bitte ausstecken."),
    K.INTERRUPTED: (
        "Keine Verbindung zur Ladestation",
        "{place}: Meist lädt das Auto weiter. Bisher {energy} kWh.",
    ),
    K.RESUMED: ("Verbindung zur Ladestation ist zurück", "{place}: bisher {energy} kWh."),
    K.STOP_FAILED: (
        "Die Ladestation stoppt nicht",
        "Bitte im Auto oder an der Ladestation beenden.",
    ),
    K.FAULT: (
        "Laden abgebrochen",
        "{place}: Die Ladestation meldet eine Störung. Bisher {energy} kWh.",
    ),
    K.RECEIPT_READY: ("Beleg: {amount}", "{energy} kWh, {place}"),
    K.PAYMENT_FAILED: ("Zahlung fehlgeschlagen", "Bitte eine andere Karte versuchen."),
    OWED: ("Zahlung fehlgeschlagen", "{amount} sind offen. Bitte eine andere Karte wählen."),
    K.ACTION_REQUIRED: ("Bitte Zahlung bestätigen", "Ihre Bank fragt nach {hold}."),
    K.HOLD_RELEASED: (
        "Reservierung aufgehoben",
        "{hold} sind wieder frei; Ihre Bank zeigt es vielleicht erst in einigen Tagen.",
    ),
}

DUTCH: Texts = {
    K.STARTED: ("Laden gestart", "{place}"),
    K.START_FAILED: ("Laden niet gestart", "{why} Er is niets in rekening gebracht."),
    K.PLUG_REMINDER: (
        "Steek de kabel in",
        "{place}: de laadpaal wacht nog een minuut op de kabel.",
    ),
    K.NOT_DRAWING: (
        "Je auto neemt geen stroom af",
        "Kijk of er in de auto een laadschema is ingesteld.",
    ),
    K.SOC80: ("80 % bereikt", "{place}: tot nu toe {energy} kWh. Vanaf nu laadt het langzamer."),
    K.LIMIT_NEAR: ("Bijna bij je limiet", "{place}: tot nu toe {energy} kWh."),
    K.ALMOST_DONE: ("Nog ongeveer 10 minuten", "{place}: tot nu toe {energy} kWh."),
    K.IDLE_WARNING: ("Blokkeertarief begint bijna", "Verplaats je auto: {place}."),
    K.IDLE_STARTED: ("Blokkeertarief is begonnen", "Verplaats je auto: {place}."),
    K.IDLE_RUNNING: ("Blokkeertarief loopt", "Verplaats je auto: {place}."),
    K.IDLE_CAP: ("Blokkeertarief op het maximum", "{place}: het loopt niet verder op."),
    K.CABLE_STUCK: (
        "Zit de kabel vast?",
        'Ontgrendel de auto, of gebruik "Kabel ontgrendelen" in de app. Dat kost intussen niets.',
    ),
    K.LIMIT_REACHED: ("Limiet bereikt", "{place}: het laden stopt bij {energy} kWh."),
    K.COMPLETE: ("Laden klaar", "{energy} kWh bij {place}. Koppel je auto los."),
    K.INTERRUPTED: (
        "Geen contact met de laadpaal",
        "{place}: meestal gaat het laden door. Tot nu toe {energy} kWh.",
    ),
    K.RESUMED: ("Weer contact met de laadpaal", "{place}: tot nu toe {energy} kWh."),
    K.STOP_FAILED: ("De laadpaal stopt niet", "Stop in de auto of bij de laadpaal."),
    K.FAULT: ("Laden gestopt", "{place}: de laadpaal meldt een storing. Tot nu toe {energy} kWh."),
    K.RECEIPT_READY: ("Bon: {amount}", "{energy} kWh bij {place}"),
    K.PAYMENT_FAILED: ("Betaling mislukt", "Probeer een andere kaart."),
    OWED: ("Betaling mislukt", "{amount} staat open. Kies een andere kaart."),
    K.ACTION_REQUIRED: ("Bevestig je betaling", "Je bank vraagt naar {hold}."),
    K.HOLD_RELEASED: (
        "Reservering vrijgegeven",
        "{hold} is weer vrij; je bank toont dit misschien pas over een paar dagen.",
    ),
}

LANGUAGES: dict[str, Texts] = {"en": ENGLISH, "de": GERMAN, "nl": DUTCH}

WHY: dict[str, dict[str, str]] = {
    "en": {
        Reason.CABLE_NOT_IN: "The cable was not plugged in in time.",
        Reason.CHARGER_OFFLINE: "The charger has no connection.",
        Reason.FAULTED: "The charger is out of order.",
        Reason.NO_ANSWER: "The charger did not answer.",
        Reason.OCCUPIED: "Somebody else is charging there.",
        Reason.RESERVED: "The charger is reserved.",
        "": "The charger refused.",
    },
    "de": {
        Reason.CABLE_NOT_IN: "Das Kabel wurde nicht rechtzeitig eingesteckt.",
        Reason.CHARGER_OFFLINE: "Die Ladestation hat keine Verbindung.",
        Reason.FAULTED: "Die Ladestation ist gestört.",
        Reason.NO_ANSWER: "Die Ladestation hat nicht geantwortet.",
        Reason.OCCUPIED: "Dort lädt schon jemand.",
        Reason.RESERVED: "Die Ladestation ist reserviert.",
        "": "Die Ladestation hat abgelehnt.",
    },
    "nl": {
        Reason.CABLE_NOT_IN: "De kabel is niet op tijd ingestoken.",
        Reason.CHARGER_OFFLINE: "De laadpaal heeft geen verbinding.",
        Reason.FAULTED: "De laadpaal is buiten werking.",
        Reason.NO_ANSWER: "De laadpaal gaf geen antwoord.",
        Reason.OCCUPIED: "Er laadt al iemand anders.",
        Reason.RESERVED: "De laadpaal is gereserveerd.",
        "": "De laadpaal weigerde.",
    },
}


@dataclass(frozen=True, slots=True)
class Text:
    """What a phone shows."""

    title: str
    body: str


def text_of(news: News, kind: NoticeKind, language: str) -> Text:
    """One thing to tell, in a language, or in English when we do not speak it."""
    spoken = language if language in LANGUAGES else "en"
    charging, session = news.charging, news.session
    owed = kind is K.PAYMENT_FAILED and charging.state is ChargingState.SETTLEMENT_FAILED
    why = WHY[spoken]
    title, body = LANGUAGES[spoken][OWED if owed else kind]
    fields = {
        "place": news.place,
        "energy": energy_text(Kwh(Decimal(0)) if session is None else session.energy, spoken),
        "amount": money_text(charging.total or charging.hold, spoken),
        "hold": money_text(charging.hold, spoken),
        "why": why.get(charging.reason or "", why[""]),
    }
    return Text(title.format(**fields), body.format(**fields))


def energy_text(energy: Kwh, language: str) -> str:
    """With one decimal."""
    return _number(str(energy.value.quantize(Decimal("0.1"), ROUND_HALF_UP)), language)


def money_text(money: Money, language: str) -> str:
    """As it is paid."""
    return _number(str(money), language)


def _number(text: str, language: str) -> str:
    return text.replace(".", ",") if language in COMMA else text
