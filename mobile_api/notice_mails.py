"""Mails of the notices that are worth one: short, plain, in the reader's language.

The receipt's own mail has a way of its own (`use_cases.receipts`).
"""

from logging import getLogger

from app.domain.errors import InvalidInput, Unavailable
from app.ports.clock import Clock
from app.ports.delivery import Delivery, Done, Outcome, Retry
from app.ports.mail import Mail, Mailer
from app.use_cases.notice_parts import Leg, Reach
from app.use_cases.notices import Notices
from mobile_api.push import news_for
from mobile_api.tellings import Telling, tellings_of
from mobile_api.wording.texts import phrases_of

log = getLogger(__name__)


class NoticeMails:
    """Sender of the mails to drivers and guests; `late` as in `Phones`."""

    def __init__(self, notices: Notices, mailer: Mailer, *, clock: Clock, platform: str) -> None:
        self._notices = notices
        self._mailer = mailer
        self._clock = clock
        self._platform = platform
        self.late = 0

    async def send(self, delivery: Delivery) -> Outcome:
        """Mail what was not mailed yet; one that left twice has the same Message-ID."""
        news = await news_for(self._notices, delivery, Leg.MAIL)
        if news is None:
            return Done()
        for telling in tellings_of(news):
            to = news.reach.email
            now = self._clock.now()
            if to is not None and not telling.is_moot(news.reach, now):
                try:
                    await self._mailer.send(self._mail(telling, news.reach, to))
                except Unavailable as error:
                    return Retry(f"{error.code}: {error}", error.retry_after)
                except InvalidInput as error:
                    log.warning("mail.refused", extra={"why": error.reason})
                self.late += telling.is_late(now)
            await self._notices.told(telling.notice, Leg.MAIL)
        return Done()

    def _mail(self, telling: Telling, reach: Reach, to: str) -> Mail:
        text, words = telling.text(reach.language), phrases_of(reach.language)
        body = f"{text.body}\n\n-- \n{self._platform}\n{words.footer}\n"
        return Mail(telling.key, to, text.title, body)
