"""What the ledgers hold, as something that can be told: by its rule, and in any language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.driver_notices import DriverNotice, DriverNoticeKind
from app.domain.drivers import Notice
from app.domain.notice_rules import RULES, Rule, quiet_until
from app.use_cases.notice_parts import PersonNews, Reach, SessionNews
from mobile_api.wording.texts import Text, person_text, session_text

WITHOUT_SUBJECT = frozenset({DriverNoticeKind.ACCOUNT_SECURITY})
"""Whose subject is nobody's business but ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One row of a ledger; `over` tells that the session it is about has ended."""

    notice: Notice | DriverNotice
    rule: Rule
    subject: str
    text: Callable[[str], Text]
    over: bool = False
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def collapse(self) -> str | None:
        """The key of what it replaces on a phone."""
        return self.rule.collapse(self.subject)

    @property
    def key(self) -> str:
        """What makes a repetition of this very telling recognisable."""
        notice = self.notice
        return f"{notice.kind.value}:{self.subject}:{notice.created_at.isoformat()}"

    def is_moot(self, reach: Reach, now: datetime) -> bool:
        """Whether it is not worth telling, or not wanted."""
        rule = self.rule
        if not reach.preferences.wants(rule.category):
            return True
        if self.over and not rule.lasting:
            return True
        return rule.matters_for is not None and self.age(now) > rule.matters_for

    def age(self, now: datetime) -> timedelta:
        """How long ago it happened."""
        return now - self.notice.created_at

    def is_late(self, now: datetime) -> bool:
        """Whether it took longer than the catalogue allows."""
        since = self.notice.due_at or self.notice.created_at
        return now - since > self.rule.within

    def silent_until(self, reach: Reach, now: datetime) -> datetime | None:
        """When the quiet hours end that it has to wait for, if any."""
        quiet = reach.preferences.quiet
        if quiet is None or not self.rule.can_wait or not quiet.covers(now):
            return None
        return quiet_until(quiet, now)

    def lasts(self, now: datetime) -> timedelta | None:
        """How much longer it is worth telling."""
        if self.rule.matters_for is None:
            return None
        return self.rule.matters_for - self.age(now)


def tellings_of(news: SessionNews | PersonNews) -> list[Telling]:
    """All that is to be told, the oldest first."""
    if isinstance(news, SessionNews):
        return [_of_session(news, notice) for notice in news.notices]
    return [_of_person(notice) for notice in news.notices]


def _of_session(news: SessionNews, notice: Notice) -> Telling:
    charging = news.facts.charging

    def text(language: str) -> Text:
        return session_text(news.facts, notice.kind, language)

    return Telling(
        notice=notice,
        rule=RULES[notice.kind],
        subject=charging.id,
        text=text,
        over=charging.ended,
        data={"kind": notice.kind.value, "session_id": charging.id},
    )


def _of_person(notice: DriverNotice) -> Telling:
    def text(language: str) -> Text:
        return person_text(notice, language)

    data, subject = {"kind": notice.kind.value}, subject_of(notice)
    if notice.kind not in WITHOUT_SUBJECT:
        data["subject"] = subject
    return Telling(notice=notice, rule=RULES[notice.kind], subject=subject, text=text, data=data)


def subject_of(notice: DriverNotice) -> str:
    """What it is about; what comes after a colon tells one occasion from the next."""
    return notice.subject.partition(":")[0]
