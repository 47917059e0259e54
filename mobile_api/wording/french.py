"""French."""

from app.domain.charging import Reason
from app.domain.charging_triggers import NoticeKind as K
from app.domain.driver_notices import DriverNoticeKind as D
from app.domain.driver_notices import Security
from mobile_api.wording.phrases import Phrases, Variant

FRENCH = Phrases(
    texts={
        K.STARTED: ("La charge a commencé", "{place}"),
        Variant.STARTED_AT: ("La charge a commencé – {power} kW", "{place}"),
        K.START_FAILED: ("La charge n’a pas commencé", "{why} Rien n’a été débité."),
        K.PLUG_REMINDER: (
            "Branchez maintenant",
            "{place} : la borne attend le câble encore une minute.",
        ),
        K.NOT_DRAWING: (
            "Votre voiture ne prend pas de courant",
            "Vérifiez si une charge programmée est réglée dans la voiture.",
        ),
        K.SOC80: (
            "80 % atteints",
            "{place} : {energy} kWh jusqu’ici. La charge ralentit à partir de maintenant.",
        ),
        K.LIMIT_NEAR: ("Votre limite est proche", "{place} : {energy} kWh jusqu’ici."),
        K.ALMOST_DONE: ("Encore 10 minutes environ", "{place} : {energy} kWh jusqu’ici."),
        K.LIMIT_REACHED: ("Limite atteinte", "{place} : la charge s’arrête à {energy} kWh."),
        K.COMPLETE: (
            "Charge terminée",
            "{energy} kWh, {place}. Veuillez débrancher votre voiture.",
        ),
        Variant.COMPLETE_FREE_UNTIL: (
            "Charge terminée",
            "{energy} kWh, {place}. Gratuit jusqu’à {from}, puis {rate} par minute.",
        ),
        K.IDLE_WARNING: (
            "Bientôt des frais d’occupation",
            "Veuillez déplacer votre voiture : {place}.",
        ),
        Variant.IDLE_FROM: (
            "Frais d’occupation à partir de {from}",
            "{place} : {rate} par minute. Veuillez déplacer votre voiture.",
        ),
        K.IDLE_STARTED: (
            "Les frais d’occupation ont commencé",
            "Veuillez déplacer votre voiture : {place}.",
        ),
        K.IDLE_RUNNING: (
            "Les frais d’occupation continuent",
            "Veuillez déplacer votre voiture : {place}.",
        ),
        K.IDLE_CAP: (
            "Frais d’occupation au maximum",
            "{place} : ils n’augmentent plus.",
        ),
        K.CABLE_STUCK: (
            "Le câble est bloqué ?",
            (
                "Déverrouillez la voiture, ou touchez « Libérer le câble » dans l’application. "
                "Aucuns frais pendant ce temps."
            ),
        ),
        K.INTERRUPTED: (
            "Contact perdu avec la borne",
            "{place} : la charge continue le plus souvent. {energy} kWh jusqu’ici.",
        ),
        K.RESUMED: ("Contact rétabli avec la borne", "{place} : {energy} kWh jusqu’ici."),
        K.STOP_FAILED: (
            "La borne ne s’arrête pas",
            "Arrêtez la charge dans la voiture ou à la borne.",
        ),
        K.FAULT: ("Charge arrêtée : {fault}", "{place} : {energy} kWh jusqu’ici."),
        K.RECEIPT_READY: ("Reçu : {amount}", "{energy} kWh, {place}"),
        K.PAYMENT_FAILED: ("Votre paiement a échoué", "Veuillez essayer une autre carte."),
        Variant.OWED: (
            "Votre paiement a échoué",
            "{amount} restent à payer. Veuillez choisir une autre carte.",
        ),
        Variant.BY_GROUP: (
            "Le paiement a échoué",
            "La carte de votre groupe a été refusée. Votre propre carte convient aussi.",
        ),
        Variant.OWED_BY_GROUP: (
            "Le paiement a échoué",
            "{amount} restent à payer. Le titulaire de votre groupe a été prié de payer.",
        ),
        K.ACTION_REQUIRED: (
            "Veuillez confirmer votre paiement",
            "Votre banque demande votre accord pour {hold}.",
        ),
        K.HOLD_RELEASED: (
            "Montant bloqué libéré",
            (
                "{hold} sont de nouveau disponibles ; "
                "votre banque peut mettre quelques jours à l’afficher."
            ),
        ),
        D.RESERVATION_SOON: ("Votre réservation se termine à {time}", "{place}"),
        D.RESERVATION_EXPIRED: ("Votre réservation a expiré", "{place}"),
        D.WAITLIST_TURN: (
            "Une borne est libre pour vous",
            "{place} : elle est à vous jusqu’à {until}.",
        ),
        D.ISSUE_UPDATE: ("Une réponse à votre signalement", "{place} : {answer}"),
        D.CDR_FINAL_DIFFERS: (
            "Votre reçu définitif est différent",
            "{place} : l’exploitant facture finalement {after} au lieu de {before}.",
        ),
        D.METHOD_EXPIRES: (
            "Votre carte expire bientôt",
            "{card} est valable jusqu’à {month}. Veuillez en ajouter une autre.",
        ),
        D.AUTOCHARGE_REFUSED: (
            "{vehicle} ne charge pas",
            (
                "{place} : le prix dépasse vos {limit} par kWh. Démarrez dans l’application si "
                "vous l’acceptez."
            ),
        ),
        D.GROUP_LIMIT: ("Plafond de dépenses de {group}", "{spent} dépensés sur {limit}."),
        D.GROUP_PAYMENT_FAILED: (
            "Votre carte a été refusée pour {member}",
            "{group} : {amount}. Vérifiez vos cartes et payez ce qui reste dans l’application.",
        ),
    },
    general={
        D.RESERVATION_SOON: (
            "Votre réservation se termine bientôt",
            "Le lieu et l’heure sont dans l’application.",
        ),
        D.RESERVATION_EXPIRED: (
            "Votre réservation a expiré",
            "La borne ne vous est plus réservée.",
        ),
        D.WAITLIST_TURN: (
            "Une borne est libre pour vous",
            "Ouvrez l’application pour voir laquelle.",
        ),
        D.ISSUE_UPDATE: ("Une réponse à votre signalement", "Lisez-la dans l’application."),
        D.CDR_FINAL_DIFFERS: (
            "Votre reçu définitif est différent",
            "Le nouveau reçu est dans l’application.",
        ),
        D.METHOD_EXPIRES: ("Votre carte expire bientôt", "Veuillez en ajouter une autre."),
        D.AUTOCHARGE_REFUSED: (
            "Votre voiture ne charge pas",
            "Ouvrez l’application pour démarrer.",
        ),
        D.GROUP_LIMIT: (
            "Un plafond de dépenses est proche",
            "Voyez votre groupe dans l’application.",
        ),
        D.GROUP_PAYMENT_FAILED: (
            "Votre carte a été refusée pour votre groupe",
            "Vérifiez vos cartes et payez ce qui reste dans l’application.",
        ),
    },
    security={
        Security.NEW_DEVICE: (
            "Nouvelle connexion à votre compte",
            "{device}. Si ce n’était pas vous, déconnectez l’appareil dans l’application.",
        ),
        Security.SIGN_IN_COPIED: (
            "Un appareil a été déconnecté",
            "Sa connexion a été utilisée à deux endroits. Vérifiez vos appareils.",
        ),
        Security.OTHER: (
            "La sécurité de votre compte a changé",
            "Si ce n’était pas vous, vérifiez vos appareils dans l’application.",
        ),
    },
    why={
        Reason.CABLE_NOT_IN: "Le câble n’a pas été branché à temps.",
        Reason.CHARGER_OFFLINE: "La borne n’a pas de connexion.",
        Reason.FAULTED: "La borne est hors service.",
        Reason.NO_ANSWER: "La borne n’a pas répondu.",
        Reason.OCCUPIED: "Quelqu’un d’autre y charge déjà.",
        Reason.RESERVED: "La borne est réservée.",
        "": "La borne a refusé.",
    },
    faults={
        "EmergencyStop": "arrêt d’urgence",
        "PowerLoss": "coupure de courant",
        "DeAuthorized": "plus autorisée",
        "GroundFault": "défaut de terre",
        "OvercurrentFault": "trop de courant",
        "PowerQuality": "mauvaise alimentation",
        "": "la borne signale un défaut",
    },
    comma=True,
    footer="Vous recevez ce message car vous avez chargé, ou avez un compte, chez nous.",
)
