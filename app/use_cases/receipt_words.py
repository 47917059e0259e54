"""Receipts in other languages: what is said instead of the English texts of `receipt_text`."""

from collections.abc import Mapping

from app.domain.wording import Say

GERMAN = {
    "Receipt {}: {} at {}": "Beleg {}: {}, {}",
    "Receipt {}": "Beleg {}",
    "EVSE {}, operated by {}": "EVSE {}, Betreiber {}",
    "{} to {}": "{} bis {}",
    "charging {}": "geladen {}",
    "plugged in without charging {}": "ohne Laden eingesteckt {}",
    "Total": "Summe",
    "of which taxes": "davon Steuern",
    "without taxes": "ohne Steuern",
    "Taxes are not known to us.": "Die Steuern kennen wir nicht.",
    "The price was set by {}; nothing was added to it.": (
        "Den Preis hat {} festgelegt; es kam nichts hinzu."
    ),
    "Held on your card": "Auf Ihrer Karte reserviert",
    "Charged of it": "Davon abgebucht",
    "Charged afterwards": "Danach abgebucht",
    "Returned to you": "Für Sie freigegeben",
    "Still to be paid": "Noch zu zahlen",
    "Energy": "Energie",
    "Idle time": "Standzeit",
    "Charging time": "Ladezeit",
    "Session fee": "Startgebühr",
    "Parking fee": "Parkgebühr",
    "Reservation": "Reservierung",
    "To the least price": "Bis zum Mindestpreis",
    "To the most price": "Bis zum Höchstpreis",
    "plus taxes": "zuzüglich Steuern",
    "plus {} % VAT": "zuzüglich {} % MwSt.",
    "with {} % VAT": "inklusive {} % MwSt.",
    "The meter values are unsigned.": "Die Zählerwerte sind nicht signiert.",
    "The meter values are signed: {}.": "Die Zählerwerte sind signiert: {}.",
    "They show {} kWh, which is what is billed.": "Sie zeigen {} kWh, wie berechnet.",
    "They show {} kWh, which is NOT what is billed.": (
        "Sie zeigen {} kWh, berechnet wurde NICHT dasselbe."
    ),
    "valid": "gültig",
    "invalid": "ungültig",
    "unknown key": "Schlüssel unbekannt",
    "cannot be verified": "nicht prüfbar",
    "by the key that the operator registered": (
        "mit dem Schlüssel, den der Betreiber hinterlegt hat"
    ),
    "by the key in the charger's configuration": (
        "mit dem Schlüssel aus den Einstellungen der Ladestation"
    ),
    "by the key that the charger itself gave": (
        "mit dem Schlüssel, den die Ladestation selbst nennt"
    ),
}

FRENCH = {
    "Receipt {}: {} at {}": "Reçu {} : {}, {}",
    "Receipt {}": "Reçu {}",
    "EVSE {}, operated by {}": "EVSE {}, exploitant {}",
    "{} to {}": "{} à {}",
    "charging {}": "en charge {}",
    "plugged in without charging {}": "branché sans charger {}",
    "Total": "Total à payer",
    "of which taxes": "dont taxes",
    "without taxes": "hors taxes",
    "Taxes are not known to us.": "Les taxes ne nous sont pas connues.",
    "The price was set by {}; nothing was added to it.": (
        "Le prix a été fixé par {} ; rien n'y a été ajouté."
    ),
    "Held on your card": "Bloqué sur votre carte",
    "Charged of it": "Débité de ce montant",
    "Charged afterwards": "Débité ensuite",
    "Returned to you": "Libéré pour vous",
    "Still to be paid": "Reste à payer",
    "Energy": "Énergie",
    "Idle time": "Occupation",
    "Charging time": "Temps de charge",
    "Session fee": "Frais de session",
    "Parking fee": "Frais de stationnement",
    "Reservation": "Réservation",
    "To the least price": "Jusqu'au prix minimal",
    "To the most price": "Jusqu'au prix maximal",
    "plus taxes": "plus taxes",
    "plus {} % VAT": "plus {} % de TVA",
    "with {} % VAT": "dont {} % de TVA",
    "The meter values are unsigned.": "Les valeurs du compteur ne sont pas signées.",
    "The meter values are signed: {}.": "Les valeurs du compteur sont signées : {}.",
    "They show {} kWh, which is what is billed.": "Elles indiquent {} kWh, comme facturé.",
    "They show {} kWh, which is NOT what is billed.": (
        "Elles indiquent {} kWh, ce qui N'EST PAS ce qui est facturé."
    ),
    "valid": "valide",
    "invalid": "non valide",
    "unknown key": "clé inconnue",
    "cannot be verified": "non vérifiable",
    "by the key that the operator registered": "par la clé enregistrée par l'exploitant",
    "by the key in the charger's configuration": "par la clé des réglages de la borne",
    "by the key that the charger itself gave": "par la clé donnée par la borne elle-même",
}

DUTCH = {
    "Receipt {}: {} at {}": "Bon {}: {}, {}",
    "Receipt {}": "Bon {}",
    "EVSE {}, operated by {}": "EVSE {}, exploitant {}",
    "{} to {}": "{} tot {}",
    "charging {}": "geladen {}",
    "plugged in without charging {}": "aangesloten zonder te laden {}",
    "Total": "Totaal",
    "of which taxes": "waarvan belasting",
    "without taxes": "zonder belasting",
    "Taxes are not known to us.": "De belasting is ons niet bekend.",
    "The price was set by {}; nothing was added to it.": (
        "De prijs is bepaald door {}; er is niets bijgekomen."
    ),
    "Held on your card": "Gereserveerd op je kaart",
    "Charged of it": "Daarvan afgeschreven",
    "Charged afterwards": "Daarna afgeschreven",
    "Returned to you": "Voor jou vrijgegeven",
    "Still to be paid": "Nog te betalen",
    "Energy": "Energie",
    "Idle time": "Blokkeertijd",
    "Charging time": "Laadtijd",
    "Session fee": "Starttarief",
    "Parking fee": "Parkeertarief",
    "Reservation": "Reservering",
    "To the least price": "Tot de minimumprijs",
    "To the most price": "Tot de maximumprijs",
    "plus taxes": "plus belasting",
    "plus {} % VAT": "plus {} % btw",
    "with {} % VAT": "inclusief {} % btw",
    "The meter values are unsigned.": "De meterwaarden zijn niet ondertekend.",
    "The meter values are signed: {}.": "De meterwaarden zijn ondertekend: {}.",
    "They show {} kWh, which is what is billed.": "Ze tonen {} kWh, zoals berekend.",
    "They show {} kWh, which is NOT what is billed.": (
        "Ze tonen {} kWh, dat is NIET wat is berekend."
    ),
    "valid": "geldig",
    "invalid": "ongeldig",
    "unknown key": "onbekende sleutel",
    "cannot be verified": "niet te controleren",
    "by the key that the operator registered": "met de sleutel die de exploitant heeft opgegeven",
    "by the key in the charger's configuration": (
        "met de sleutel uit de instellingen van de laadpaal"
    ),
    "by the key that the charger itself gave": "met de sleutel die de laadpaal zelf gaf",
}

SPANISH = {
    "Receipt {}: {} at {}": "Recibo {}: {}, {}",
    "Receipt {}": "Recibo {}",
    "EVSE {}, operated by {}": "EVSE {}, operador {}",
    "{} to {}": "{} a {}",
    "charging {}": "cargando {}",
    "plugged in without charging {}": "enchufado sin cargar {}",
    "Total": "Total a pagar",
    "of which taxes": "impuestos incluidos",
    "without taxes": "sin impuestos",
    "Taxes are not known to us.": "No conocemos los impuestos.",
    "The price was set by {}; nothing was added to it.": (
        "El precio lo fijó {}; no se añadió nada."
    ),
    "Held on your card": "Retenido en tu tarjeta",
    "Charged of it": "Cobrado de ello",
    "Charged afterwards": "Cobrado después",
    "Returned to you": "Liberado para ti",
    "Still to be paid": "Pendiente de pago",
    "Energy": "Energía",
    "Idle time": "Ocupación",
    "Charging time": "Tiempo de carga",
    "Session fee": "Tarifa de inicio",
    "Parking fee": "Tarifa de estacionamiento",
    "Reservation": "Reserva",
    "To the least price": "Hasta el precio mínimo",
    "To the most price": "Hasta el precio máximo",
    "plus taxes": "más impuestos",
    "plus {} % VAT": "más {} % de IVA",
    "with {} % VAT": "con {} % de IVA",
    "The meter values are unsigned.": "Los valores del contador no están firmados.",
    "The meter values are signed: {}.": "Los valores del contador están firmados: {}.",
    "They show {} kWh, which is what is billed.": "Muestran {} kWh, que es lo facturado.",
    "They show {} kWh, which is NOT what is billed.": "Muestran {} kWh, que NO es lo facturado.",
    "valid": "válido",
    "invalid": "no válido",
    "unknown key": "clave desconocida",
    "cannot be verified": "no se puede comprobar",
    "by the key that the operator registered": "con la clave que registró el operador",
    "by the key in the charger's configuration": "con la clave de los ajustes del cargador",
    "by the key that the charger itself gave": "con la clave que dio el propio cargador",
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "de": GERMAN,
    "fr": FRENCH,
    "nl": DUTCH,
    "es": SPANISH,
}


def say_in(language: str) -> Say:
    """What says texts in this language, by its code with or without a region; else English."""
    words = WORDS.get(language.partition("-")[0].lower(), {})
    return lambda text: words.get(text, text)
