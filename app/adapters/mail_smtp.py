"""Mail through an SMTP server, by the standard library on a thread of its own."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from app.domain.errors import InvalidInput, ProviderUnavailable
from app.ports.mail import Mail
from app.store.transaction import assert_no_transaction

TIMEOUT_S = 20
_PORTS = {"smtp": 587, "smtps": 465}
_TEMPORARY = range(400, 500)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over; `secure` from the first byte, else by STARTTLS if offered."""

    host: str
    port: int
    secure: bool
    user: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """Read `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`; raises InvalidInput."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise InvalidInput("smtp_url", "is not smtp://HOST:PORT or smtps://HOST:PORT")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            secure=parts.scheme == "smtps",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )


class SmtpMailer:
    """Hands each mail over on a connection of its own; receipts are few."""

    def __init__(self, url: str, sender: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._server = SmtpServer.parse(url)
        self._sender = sender
        self._timeout_s = timeout_s

    async def send(self, mail: Mail) -> None:
        """Hand over one mail; raises ProviderUnavailable when it should be tried again.

        An address that the server will never take raises InvalidInput.
        """
        assert_no_transaction()
        try:
            await asyncio.to_thread(self._hand_over, self.message(mail))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if any(code in _TEMPORARY for code in codes):
                raise ProviderUnavailable("the mail server does not take it now") from error
            raise InvalidInput("to", "the mail server does not take this address") from error
        except (smtplib.SMTPException, OSError) as error:
            raise ProviderUnavailable(f"mail: {type(error).__name__}") from error

    def message(self, mail: Mail) -> EmailMessage:
        """The mail as it travels; its key makes the Message-ID."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate(usegmt=True)
        domain = self._sender.rpartition("@")[2].strip("<> ") or "localhost"
        message["Message-ID"] = f"<{sha256(mail.key.encode()).hexdigest()[:32]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message

    def _hand_over(self, message: EmailMessage) -> None:
        server = self._server
        with self._connect() as connection:
            if not server.secure:
                connection.ehlo()
                if connection.has_extn("starttls"):
                    connection.starttls(context=ssl.create_default_context())
                elif server.user is not None:
                    raise smtplib.SMTPNotSupportedError("the password would be sent in the clear")
            if server.user is not None:
                connection.login(server.user, server.password or "")
            connection.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if not server.secure:
            return smtplib.SMTP(server.host, server.port, timeout=self._timeout_s)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout_s, context=context)
