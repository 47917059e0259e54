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
}


def check_params(path: str, method: str, params: Params) -> None:
    """Raises what Stripe answers to an unknown parameter of a POST."""
    if method != "POST":
        return
    known = _KNOWN.get(path.rsplit("/", 1)[-1])
    if known is None:
        return
    unknown = sorted(set(params) - known - {"expand", "metadata"})
    if unknown:
        message = f"Received unknown parameter: {unknown[0]}"
        raise invalid(message, code="parameter_unknown", param=unknown[0])


def check_redirects(params: Params) -> bool:
    """Whether payment methods that redirect may be used, so that a return URL is needed."""
    automatic = params.get("automatic_payment_methods", {})
    if params.get("payment_method_types"):
        return False
    return str(automatic.get("allow_redirects", "always")) != "never"
