"""Mail that is written to the log: the default where no mail server is set up."""

from collections import deque
from logging import getLogger

from app.ports.mail import Mail

log = getLogger(__name__)

KEPT = 100


class LogMailer:
    """Logs that a mail would leave, without its text; keeps the newest for the demo and tests."""

    def __init__(self) -> None:
        self.sent: deque[Mail] = deque(maxlen=KEPT)

    async def send(self, mail: Mail) -> None:
        """Note the mail; one of the same key only once."""
        if all(known.key != mail.key for known in self.sent):
            self.sent.append(mail)
        log.info("mail.sent", extra={"key": mail.key, "subject": mail.subject})
