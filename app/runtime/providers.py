"""Payments, push and mail: which of their two implementations this process uses."""

from importlib import import_module

from app.adapters.companies_sandbox import SandboxRegister
from app.adapters.companies_vies import URL, ViesRegister
from app.adapters.mail_log import LogMailer
from app.adapters.mail_smtp import SmtpMailer
from app.adapters.payments_sandbox import SandboxPayments
from app.adapters.payments_stripe import StripePayments
from app.adapters.push_log import LogBrowserPush, LogPush
from app.adapters.push_web import WebPush
from app.domain.errors import InvalidInput
from app.ports.companies import CompanyRegister
from app.ports.mail import Mailer
from app.ports.payments import PaymentProvider
from app.ports.push import BrowserSender, PushSender
from app.runtime.outside import Outside
from app.runtime.settings import Settings
from app.runtime.vapid import push_hosts, read_vapid

SANDBOX_BOOKS = "sandbox-payments.json"


def build_payments(outside: Outside) -> PaymentProvider:
    """Stripe, or books of our own; raises InvalidInput without what Stripe needs."""
    settings = outside.settings
    if settings.payments == "sandbox":
        folder = outside.data_folder
        return SandboxPayments(
            outside.clock,
            file=folder / SANDBOX_BOOKS if folder else None,
            page=f"{settings.public_url}/sandbox/confirm",
            guest_url=_guest_url(settings),
        )
    key = settings.stripe_key.get_secret_value()
    if not key:
        raise InvalidInput("ROAMWATT_STRIPE_KEY", "is needed when payments is stripe")
    secrets = settings.stripe_webhook_secrets.get_secret_value().split(",")
    return StripePayments(
        key,
        webhook_secrets=[secret.strip() for secret in secrets if secret.strip()],
        url=settings.stripe_url,
        return_url=f"{settings.public_url}/paid",
        guest_url=_guest_url(settings),
    )


def _guest_url(settings: Settings) -> str:
    """Where a guest comes back to from the provider's page."""
    return f"{settings.public_url}/q/s/{{charging}}/back"


def build_register(outside: Outside) -> CompanyRegister | None:
    """Where VAT numbers are looked up, None when nowhere."""
    settings = outside.settings
    if settings.company_register == "off":
        return None
    if settings.company_register == "sandbox":
        return SandboxRegister()
    return ViesRegister(outside.rare, settings.vies_url or URL)


def build_push(outside: Outside) -> PushSender:
    """Firebase, or the log."""
    settings = outside.settings
    if settings.push == "log":
        return LogPush()
    if settings.fcm_credentials is None:
        raise InvalidInput("ROAMWATT_FCM_CREDENTIALS", "is needed when push is fcm")
    # Importing firebase-admin takes a second; who does not use it should not wait for it.
    fcm = import_module("app.adapters.push_fcm")
    try:
        sender: PushSender = fcm.FcmPush(
            settings.fcm_credentials, outside.messages, outside.clock, url=settings.fcm_url
        )
    except (OSError, ValueError) as error:
        raise InvalidInput("ROAMWATT_FCM_CREDENTIALS", str(error)) from error
    return sender


def build_browser_push(outside: Outside) -> BrowserSender:
    """Browsers' push services, or the log."""
    if outside.settings.web_push == "log":
        return LogBrowserPush()
    return WebPush(outside.messages, outside.clock, read_vapid(outside), hosts=push_hosts(outside))


def build_mailer(settings: Settings) -> Mailer:
    """SMTP, or the log."""
    if settings.mail == "log":
        return LogMailer()
    url = settings.smtp_url.get_secret_value()
    if not url:
        raise InvalidInput("ROAMWATT_SMTP_URL", "is needed when mail is smtp")
    return SmtpMailer(url, settings.mail_from)
