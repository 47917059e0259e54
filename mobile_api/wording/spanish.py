"""Spanish."""

from app.domain.charging import Reason
from app.domain.charging_triggers import NoticeKind as K
from app.domain.driver_notices import DriverNoticeKind as D
from app.domain.driver_notices import Security
from mobile_api.wording.phrases import Phrases, Variant

SPANISH = Phrases(
    texts={
        K.STARTED: ("La carga ha empezado", "{place}"),
        Variant.STARTED_AT: ("La carga ha empezado – {power} kW", "{place}"),
        K.START_FAILED: ("La carga no ha empezado", "{why} No se ha cobrado nada."),
        K.PLUG_REMINDER: (
            "Enchufa ahora",
            "{place}: el cargador espera el cable un minuto más.",
        ),
        K.NOT_DRAWING: (
            "Tu coche no toma corriente",
            "Comprueba si el coche tiene un horario de carga.",
        ),
        K.SOC80: (
            "80 % alcanzado",
            "{place}: {energy} kWh hasta ahora. Desde aquí carga más despacio.",
        ),
        K.LIMIT_NEAR: ("Tu límite está cerca", "{place}: {energy} kWh hasta ahora."),
        K.ALMOST_DONE: ("Quedan unos 10 minutos", "{place}: {energy} kWh hasta ahora."),
        K.LIMIT_REACHED: ("Límite alcanzado", "{place}: la carga termina en {energy} kWh."),
        K.COMPLETE: ("Carga completa", "{energy} kWh en {place}. Desenchufa el coche."),
        Variant.COMPLETE_FREE_UNTIL: (
            "Carga completa",
            "{energy} kWh en {place}. Gratis hasta las {from}, después {rate} por minuto.",
        ),
        K.IDLE_WARNING: (
            "Pronto se cobrará por ocupación",
            "Por favor, mueve el coche: {place}.",
        ),
        Variant.IDLE_FROM: (
            "Cobro por ocupación desde las {from}",
            "{place}: {rate} por minuto. Por favor, mueve el coche.",
        ),
        K.IDLE_STARTED: (
            "Ha empezado el cobro por ocupación",
            "Por favor, mueve el coche: {place}.",
        ),
        K.IDLE_RUNNING: (
            "Sigue el cobro por ocupación",
            "Por favor, mueve el coche: {place}.",
        ),
        K.IDLE_CAP: ("Cobro por ocupación en el máximo", "{place}: ya no aumenta más."),
        K.CABLE_STUCK: (
            "¿Está atascado el cable?",
            (
                "Desbloquea el coche, o usa «Soltar el cable» en la aplicación. "
                "Mientras tanto no se cobra."
            ),
        ),
        K.INTERRUPTED: (
            "Sin contacto con el cargador",
            "{place}: casi siempre la carga sigue. {energy} kWh hasta ahora.",
        ),
        K.RESUMED: ("De nuevo en contacto con el cargador", "{place}: {energy} kWh hasta ahora."),
        K.STOP_FAILED: (
            "El cargador no se detiene",
            "Detén la carga en el coche o en el cargador.",
        ),
        K.FAULT: ("Carga detenida: {fault}", "{place}: {energy} kWh hasta ahora."),
        K.RECEIPT_READY: ("Recibo: {amount}", "{energy} kWh en {place}"),
        K.PAYMENT_FAILED: ("Tu pago no se ha realizado", "Prueba con otra tarjeta."),
        Variant.OWED: (
            "Tu pago no se ha realizado",
            "Quedan {amount} por pagar. Elige otra tarjeta.",
        ),
        Variant.BY_GROUP: (
            "El pago no se ha realizado",
            "La tarjeta de tu grupo fue rechazada. También vale una tarjeta tuya.",
        ),
        Variant.OWED_BY_GROUP: (
            "El pago no se ha realizado",
            "Quedan {amount} por pagar. Se ha pedido el pago al titular de tu grupo.",
        ),
        K.ACTION_REQUIRED: ("Confirma tu pago", "Tu banco pregunta por {hold}."),
        K.HOLD_RELEASED: (
            "Importe retenido liberado",
            "{hold} vuelven a estar libres; tu banco puede tardar unos días en mostrarlo.",
        ),
        D.RESERVATION_SOON: ("Tu reserva termina a las {time}", "{place}"),
        D.RESERVATION_EXPIRED: ("Tu reserva ha caducado", "{place}"),
        D.WAITLIST_TURN: (
            "Hay un cargador libre para ti",
            "{place}: es tuyo hasta las {until}.",
        ),
        D.ISSUE_UPDATE: ("Una respuesta a tu aviso", "{place}: {answer}"),
        D.CDR_FINAL_DIFFERS: (
            "Tu recibo definitivo es distinto",
            "{place}: el operador cobra finalmente {after} en lugar de {before}.",
        ),
        D.METHOD_EXPIRES: (
            "Tu tarjeta caduca pronto",
            "{card} es válida hasta {month}. Añade otra.",
        ),
        D.AUTOCHARGE_REFUSED: (
            "{vehicle} no está cargando",
            "{place}: el precio supera tus {limit} por kWh. ¿De acuerdo? Abre la app.",
        ),
        D.GROUP_LIMIT: ("Límite de gasto de {group}", "{spent} gastados de {limit}."),
        D.GROUP_PAYMENT_FAILED: (
            "Tu tarjeta fue rechazada para {member}",
            "{group}: {amount}. Revisa tus tarjetas y paga lo pendiente en la aplicación.",
        ),
    },
    general={
        D.RESERVATION_SOON: (
            "Tu reserva termina pronto",
            "El lugar y la hora están en la aplicación.",
        ),
        D.RESERVATION_EXPIRED: ("Tu reserva ha caducado", "Ya no se te guarda el cargador."),
        D.WAITLIST_TURN: (
            "Hay un cargador libre para ti",
            "Abre la aplicación para ver cuál.",
        ),
        D.ISSUE_UPDATE: ("Una respuesta a tu aviso", "Léela en la aplicación."),
        D.CDR_FINAL_DIFFERS: (
            "Tu recibo definitivo es distinto",
            "El nuevo recibo está en la aplicación.",
        ),
        D.METHOD_EXPIRES: ("Tu tarjeta caduca pronto", "Añade otra."),
        D.AUTOCHARGE_REFUSED: ("Tu coche no está cargando", "Abre la aplicación para iniciar."),
        D.GROUP_LIMIT: (
            "Un límite de gasto está cerca",
            "Mira tu grupo en la aplicación.",
        ),
        D.GROUP_PAYMENT_FAILED: (
            "Tu tarjeta fue rechazada para tu grupo",
            "Revisa tus tarjetas y paga lo pendiente en la aplicación.",
        ),
    },
    security={
        Security.NEW_DEVICE: (
            "Nuevo acceso a tu cuenta",
            "{device}. Si no has sido tú, cierra su sesión en la aplicación.",
        ),
        Security.SIGN_IN_COPIED: (
            "Se ha cerrado la sesión de un dispositivo",
            "Su acceso se usó en dos sitios. Revisa tus dispositivos.",
        ),
        Security.OTHER: (
            "Ha cambiado la seguridad de tu cuenta",
            "Si no has sido tú, revisa tus dispositivos en la aplicación.",
        ),
    },
    why={
        Reason.CABLE_NOT_IN: "El cable no se enchufó a tiempo.",
        Reason.CHARGER_OFFLINE: "El cargador no tiene conexión.",
        Reason.FAULTED: "El cargador está fuera de servicio.",
        Reason.NO_ANSWER: "El cargador no respondió.",
        Reason.OCCUPIED: "Otra persona está cargando ahí.",
        Reason.RESERVED: "El cargador está reservado.",
        "": "El cargador lo rechazó.",
    },
    faults={
        "EmergencyStop": "botón de emergencia",
        "PowerLoss": "corte de luz",
        "DeAuthorized": "ya no está permitida",
        "GroundFault": "fallo a tierra",
        "OvercurrentFault": "demasiada corriente",
        "PowerQuality": "mal suministro eléctrico",
        "": "el cargador avisa de un fallo",
    },
    comma=True,
    footer="Recibes este correo porque has cargado, o tienes una cuenta, con nosotros.",
)
