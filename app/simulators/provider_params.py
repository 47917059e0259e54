"""Which parameters Stripe knows where; anything else it refuses, and so do we."""

from app.simulators.provider_wire import Params, invalid

_INTENT = {
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "confirmation_method",
    "currency",
    "customer",
    "description",
    "error_on_requires_action",
    "off_session",
    "payment_method",
    "payment_method_options",
    "payment_method_types",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
}
_SETUP = {
    "automatic_payment_methods",
    "confirm",
    "customer",
    "description",
    "payment_method",
    "payment_method_options",
    "payment_method_types",
    "return_url",
    "usage",
}
_CONFIRM = {"off_session", "payment_method", "payment_method_options", "return_url"}
_KNOWN = {
    "customers": {"email", "name", "phone", "description", "preferred_locales"},
    "setup_intents": _SETUP,
    "payment_intents": _INTENT | {"amount"},
    "refunds": {"amount", "charge", "payment_intent", "reason"},
    "attach": {"customer"},
    "detach": set[str](),
    "confirm": _CONFIRM | {"capture_method", "setup_future_usage", "receipt_email"},
    "capture": {"amount_to_capture", "statement_descriptor_suffix", "final_capture"},
    "cancel": {"cancellation_reason"},
    "sessions": {
        "cancel_url",
        "client_reference_id",
        "customer",
        "customer_email",
        "expires_at",
        "line_items",
        "locale",
        "mode",
        "payment_intent_data",
        "payment_method_types",
        "setup_intent_data",
        "submit_type",
        "success_url",
    },
    "expire": set[str](),
}


def check_params(path: str, method: str, params: Params) -> None:
    """Raises what Stripe answers to an unknown parameter of a POST."""
    if method != "POST":
        return
    known = _KNOWN.get(path.rsplit("/", 1)[-1])
    if known is None:
        return
    refuse_unknown(params, known | {"expand", "metadata"})


def refuse_unknown(params: Params, known: set[str], *, within: str = "") -> None:
    """Raises what Stripe answers to a parameter it does not know; `within` is where it stands."""
    unknown = sorted(set(params) - known)
    if unknown:
        name = f"{within}[{unknown[0]}]" if within else unknown[0]
        message = f"Received unknown parameter: {name}"
        raise invalid(message, code="parameter_unknown", param=name)


def check_redirects(params: Params) -> bool:
    """Whether payment methods that redirect may be used, so that a return URL is needed."""
    automatic = params.get("automatic_payment_methods", {})
    if params.get("payment_method_types"):
        return False
    return str(automatic.get("allow_redirects", "always")) != "never"
