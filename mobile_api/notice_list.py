"""What a driver was told, as the app lists it."""

from dataclasses import replace

from app.domain.charging_triggers import NoticeKind
from app.use_cases.told import PersonTold, SessionTold, ToldPage
from mobile_api.paging import cursor_of
from mobile_api.schemas.push import NoticeOut, NoticesOut
from mobile_api.tellings import WITHOUT_SUBJECT, subject_of
from mobile_api.wording.texts import person_text, session_text


def notice_list(page: ToldPage) -> NoticesOut:
    """A page of them."""
    notices = [
        _of_session(row, page.language)
        if isinstance(row, SessionTold)
        else _of_person(row, page.language)
        for row in page.rows
    ]
    following = cursor_of(*page.next) if page.next is not None else None
    return NoticesOut(notices=notices, next=following)


def _of_session(row: SessionTold, language: str) -> NoticeOut:
    notice, facts = row.notice, row.facts
    if notice.kind is NoticeKind.STARTED:
        facts = replace(facts, session=None)  # its power is another one by now
    text = session_text(facts, notice.kind, language)
    return NoticeOut(
        kind=notice.kind.value,
        title=text.title,
        body=text.body,
        session_id=notice.charging_id,
        subject=None,
        at=notice.created_at,
    )


def _of_person(row: PersonTold, language: str) -> NoticeOut:
    notice = row.notice
    text = person_text(notice, language)
    return NoticeOut(
        kind=notice.kind.value,
        title=text.title,
        body=text.body,
        session_id=None,
        subject=None if notice.kind in WITHOUT_SUBJECT else subject_of(notice),
        at=notice.created_at,
    )
