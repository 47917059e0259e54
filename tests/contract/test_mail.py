"""Mail: the log's, and SMTP to a server of our own on loopback."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from app.adapters.mail_log import LogMailer
from app.adapters.mail_smtp import SmtpMailer, SmtpServer
from app.domain.errors import InvalidInput, ProviderUnavailable
from app.ports.mail import Mail
from app.store.transaction import Store

MAIL = Mail("receipt:c-1", "driver@example.com", "Receipt: 9,38 €", "Ladestation Süd\n.\nEnde\n")


USUAL = {"DATA": "354 go", "QUIT": "221 bye"}


@dataclass
class Server:
    """A mail server that knows enough of SMTP (RFC 5321) to take a mail, or to refuse it."""

    replies: dict[str, str] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].split(":")[0].upper()
            reply = self.replies.get(
                verb, {"DATA": "354 go", "QUIT": "221 bye"}.get(verb, "250 ok")
            )
            writer.write(f"{reply}\r\n".encode())
            if verb == "DATA" and reply.startswith("354"):
                body = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(body[:-5].replace(b"\r\n..", b"\r\n."))
                writer.write(b"250 taken\r\n")
            if verb == "QUIT":
                break
        await writer.drain()
        writer.close()


@asynccontextmanager
async def a_server(**replies: str) -> AsyncIterator[Server]:
    made = Server(replies)
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield made


def mailer(server: Server, user: str = "") -> SmtpMailer:
    url = f"smtp://{user}127.0.0.1:{server.port}"
    return SmtpMailer(url, "Roamwatt <receipts@roamwatt.example>", timeout_s=5)


async def test_a_mail_arrives_whole() -> None:
    async with a_server() as server:
        await mailer(server).send(MAIL)
    (raw,) = server.mails
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert message.get_content().splitlines() == MAIL.text.splitlines()
    assert message["Message-ID"].endswith("@roamwatt.example>")


async def test_the_same_mail_has_the_same_id() -> None:
    async with a_server() as server:
        sender = mailer(server)
        ids = [sender.message(mail)["Message-ID"] for mail in (MAIL, MAIL)]
        assert ids[0] == ids[1]
        other = Mail("receipt:c-2", MAIL.to, MAIL.subject, MAIL.text)
        assert sender.message(other)["Message-ID"] != ids[0]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_a_busy_server_is_tried_again(verb: str) -> None:
    async with a_server(**{verb: "451 later"}) as server:
        with pytest.raises(ProviderUnavailable):
            await mailer(server).send(MAIL)


async def test_an_address_that_does_not_exist_is_not_tried_again() -> None:
    async with a_server(RCPT="550 nobody here") as server:
        with pytest.raises(InvalidInput):
            await mailer(server).send(MAIL)


async def test_nobody_listens() -> None:
    async with a_server() as server:
        pass
    with pytest.raises(ProviderUnavailable):
        await mailer(server).send(MAIL)


async def test_a_password_is_never_sent_in_the_clear() -> None:
    async with a_server() as server:
        with pytest.raises(ProviderUnavailable):
            await mailer(server, user="me:secret@").send(MAIL)
    assert not server.mails


async def test_nothing_is_mailed_inside_a_transaction(store: Store) -> None:
    async with a_server() as server, store.transaction():
        with pytest.raises(RuntimeError, match="transaction"):
            await mailer(server).send(MAIL)


def test_where_the_server_is() -> None:
    assert SmtpServer.parse("smtps://a%40b:p%3A@mail.example") == SmtpServer(
        "mail.example", 465, secure=True, user="a@b", password="p:"
    )
    assert SmtpServer.parse("smtp://mail.example").port == 587
    for wrong in ("mail.example", "https://mail.example", "smtp://"):
        with pytest.raises(InvalidInput):
            SmtpServer.parse(wrong)


async def test_the_log_keeps_each_mail_once() -> None:
    log = LogMailer()
    for _ in range(2):
        await log.send(MAIL)
    assert list(log.sent) == [MAIL]
