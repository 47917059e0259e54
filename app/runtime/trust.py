"""Who we are to partners' servers and whom we believe there: certificates of mutual TLS."""

import ssl
from pathlib import Path

from app.adapters.public_trust import public_trust
from app.domain.errors import InvalidInput
from app.runtime.settings import Settings


def partner_trust(settings: Settings) -> ssl.SSLContext:
    """The TLS of calls to partners; raises InvalidInput for files that are none.

    Certificates are always checked. Ours is shown to servers that ask for one.
    """
    given = (settings.partner_ca_bundle, settings.partner_client_certificate)
    if given == (None, None) and settings.partner_client_key is None:
        return public_trust()
    context = ssl.create_default_context()
    if settings.partner_ca_bundle is not None:
        _trust(context, settings.partner_ca_bundle)
    if settings.partner_client_certificate is not None:
        _show(context, settings.partner_client_certificate, settings.partner_client_key)
    elif settings.partner_client_key is not None:
        raise InvalidInput("ROAMWATT_PARTNER_CLIENT_KEY", "is of no use without a certificate")
    return context


def _trust(context: ssl.SSLContext, bundle: Path) -> None:
    try:
        context.load_verify_locations(cafile=bundle)
    except OSError as error:  # a file that is not there, or holds no certificate
        raise InvalidInput("ROAMWATT_PARTNER_CA_BUNDLE", error.strerror or str(error)) from error


def _no_passphrase() -> str:
    """Instead of asking at a terminal that a service does not have."""
    raise InvalidInput("ROAMWATT_PARTNER_CLIENT_KEY", "is protected by a passphrase")


def _show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidInput("ROAMWATT_PARTNER_CLIENT_CERTIFICATE", reason) from error
