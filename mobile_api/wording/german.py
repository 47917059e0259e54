"""German."""

from app.domain.charging import Reason
from app.domain.charging_triggers import NoticeKind as K
from app.domain.driver_notices import DriverNoticeKind as D
from app.domain.driver_notices import Security
from mobile_api.wording.phrases import Phrases, Variant

GERMAN = Phrases(
    texts={
        K.STARTED: ("Laden gestartet", "{place}"),
        Variant.STARTED_AT: ("Laden gestartet – {power} kW", "{place}"),
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
        K.LIMIT_REACHED: ("Grenze erreicht", "{place}: Das Laden endet bei {energy} kWh."),
        K.COMPLETE: ("Laden beendet", "{energy} kWh, {place}. Bitte ausstecken."),
        Variant.COMPLETE_FREE_UNTIL: (
            "Laden beendet",
            "{energy} kWh, {place}. Kostenlos bis {from}, danach {rate} pro Minute.",
        ),
        K.IDLE_WARNING: ("Blockiergebühr beginnt bald", "Bitte das Auto wegfahren: {place}."),
        Variant.IDLE_FROM: (
            "Blockiergebühr ab {from}",
            "{place}: {rate} pro Minute. Bitte das Auto wegfahren.",
        ),
        K.IDLE_STARTED: ("Blockiergebühr hat begonnen", "Bitte das Auto wegfahren: {place}."),
        K.IDLE_RUNNING: ("Blockiergebühr läuft", "Bitte das Auto wegfahren: {place}."),
        K.IDLE_CAP: ("Blockiergebühr am Höchstbetrag", "{place}: Sie steigt nicht weiter."),
        K.CABLE_STUCK: (
            "Steckt das Kabel fest?",
            "Auto entriegeln, oder „Kabel entriegeln“ in der App. Solange läuft keine Gebühr.",
        ),
        K.INTERRUPTED: (
            "Keine Verbindung zur Ladestation",
            "{place}: Meist lädt das Auto weiter. Bisher {energy} kWh.",
        ),
        K.RESUMED: ("Verbindung zur Ladestation ist zurück", "{place}: bisher {energy} kWh."),
        K.STOP_FAILED: (
            "Die Ladestation stoppt nicht",
            "Bitte im Auto oder an der Ladestation beenden.",
        ),
        K.FAULT: ("Laden abgebrochen: {fault}", "{place}: bisher {energy} kWh."),
        K.RECEIPT_READY: ("Beleg: {amount}", "{energy} kWh, {place}"),
        K.PAYMENT_FAILED: ("Zahlung fehlgeschlagen", "Bitte eine andere Karte versuchen."),
        Variant.OWED: (
            "Zahlung fehlgeschlagen",
            "{amount} sind offen. Bitte eine andere Karte wählen.",
        ),
        Variant.BY_GROUP: (
            "Zahlung nicht möglich",
            "Die Karte Ihrer Gruppe wurde abgelehnt. Eine eigene Karte geht auch.",
        ),
        Variant.OWED_BY_GROUP: (
            "Zahlung nicht möglich",
            "{amount} sind offen. Wer für Ihre Gruppe zahlt, wurde darum gebeten.",
        ),
        K.ACTION_REQUIRED: ("Bitte Zahlung bestätigen", "Ihre Bank fragt nach {hold}."),
        K.HOLD_RELEASED: (
            "Reservierung aufgehoben",
            "{hold} sind wieder frei; Ihre Bank zeigt es vielleicht erst in einigen Tagen.",
        ),
        D.RESERVATION_SOON: ("Ihre Reservierung endet um {time}", "{place}"),
        D.RESERVATION_EXPIRED: ("Ihre Reservierung ist abgelaufen", "{place}"),
        D.WAITLIST_TURN: (
            "Eine Ladestation ist für Sie frei",
            "{place}: Sie ist bis {until} für Sie da.",
        ),
        D.ISSUE_UPDATE: ("Antwort auf Ihre Meldung", "{place}: {answer}"),
        D.CDR_FINAL_DIFFERS: (
            "Ihr endgültiger Beleg weicht ab",
            "{place}: Der Betreiber berechnet endgültig {after} statt {before}.",
        ),
        D.METHOD_EXPIRES: (
            "Ihre Karte läuft bald ab",
            "{card} gilt bis {month}. Bitte eine andere hinzufügen.",
        ),
        D.AUTOCHARGE_REFUSED: (
            "{vehicle} lädt nicht",
            "{place}: Der Preis liegt über Ihren {limit} pro kWh. Einverstanden? App öffnen.",
        ),
        D.GROUP_LIMIT: ("Ausgabengrenze von {group}", "{spent} von {limit} sind ausgegeben."),
        D.GROUP_PAYMENT_FAILED: (
            "Ihre Karte wurde für {member} abgelehnt",
            "{group}: {amount}. Bitte prüfen Sie Ihre Karten, und zahlen Sie Offenes in der App.",
        ),
    },
    general={
        D.RESERVATION_SOON: (
            "Ihre Reservierung endet bald",
            "Ort und Zeit stehen in der App.",
        ),
        D.RESERVATION_EXPIRED: (
            "Ihre Reservierung ist abgelaufen",
            "Die Ladestation wird nicht mehr frei gehalten.",
        ),
        D.WAITLIST_TURN: (
            "Eine Ladestation ist für Sie frei",
            "In der App sehen Sie, welche.",
        ),
        D.ISSUE_UPDATE: ("Antwort auf Ihre Meldung", "Sie steht in der App."),
        D.CDR_FINAL_DIFFERS: (
            "Ihr endgültiger Beleg weicht ab",
            "Der neue Beleg steht in der App.",
        ),
        D.METHOD_EXPIRES: ("Ihre Karte läuft bald ab", "Bitte eine andere hinzufügen."),
        D.AUTOCHARGE_REFUSED: ("Ihr Auto lädt nicht", "Zum Starten die App öffnen."),
        D.GROUP_LIMIT: ("Eine Ausgabengrenze ist nahe", "Ihre Gruppe steht in der App."),
        D.GROUP_PAYMENT_FAILED: (
            "Ihre Karte wurde für Ihre Gruppe abgelehnt",
            "Bitte prüfen Sie Ihre Karten, und zahlen Sie Offenes in der App.",
        ),
    },
    security={
        Security.NEW_DEVICE: (
            "Neue Anmeldung in Ihrem Konto",
            "{device}. Waren Sie das nicht, melden Sie das Gerät in der App ab.",
        ),
        Security.SIGN_IN_COPIED: (
            "Ein Gerät wurde abgemeldet",
            "Seine Anmeldung wurde an zwei Orten benutzt. Bitte prüfen Sie Ihre Geräte.",
        ),
        Security.OTHER: (
            "Etwas an Ihrem Konto hat sich geändert",
            "Waren Sie das nicht, prüfen Sie Ihre Geräte in der App.",
        ),
    },
    why={
        Reason.CABLE_NOT_IN: "Das Kabel wurde nicht rechtzeitig eingesteckt.",
        Reason.CHARGER_OFFLINE: "Die Ladestation hat keine Verbindung.",
        Reason.FAULTED: "Die Ladestation ist gestört.",
        Reason.NO_ANSWER: "Die Ladestation hat nicht geantwortet.",
        Reason.OCCUPIED: "Dort lädt schon jemand.",
        Reason.RESERVED: "Die Ladestation ist reserviert.",
        "": "Die Ladestation hat abgelehnt.",
    },
    faults={
        "EmergencyStop": "Not-Aus",
        "PowerLoss": "Stromausfall",
        "DeAuthorized": "nicht mehr erlaubt",
        "GroundFault": "Erdschluss",
        "OvercurrentFault": "zu viel Strom",
        "PowerQuality": "schlechte Stromversorgung",
        "": "Störung der Ladestation",
    },
    comma=True,
    footer="Sie erhalten diese Mail, weil Sie bei uns geladen oder ein Konto haben.",
)
