"""Drivers report stickers that are not ours, operators look after them.

Such a report is one of the operator's list of reports too, of the same id, and an alarm of the
charger: whoever is done with the one is done with the other.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.issues import Issue, IssueKind, IssueState, Remark, Side
from app.domain.locations import EvsePlace
from app.domain.sticker_reports import LONGEST, MOST_OPEN, StickerReport
from app.ports.clock import Clock
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.station_logs import alarm

ALARM = "sticker.doubtful"


class StickerReports:
    """Reports, and what was done about them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def report(self, code: str, *, seen: str = "", note: str = "") -> StickerReport | None:
        """Tell the operator of this EVSE; raises NotFound. None when it is well known already."""
        async with self._store.transaction() as tx:
            place = next(iter(await tx.locations.by_code(code)), None)
            if place is None:
                raise NotFound("code", code)
            if await tx.sticker_reports.count_open(code) >= MOST_OPEN:
                return None
            report = StickerReport(
                id=new_id(),
                party=place.location.party,
                location_id=place.location.id,
                evse_uid=place.evse.uid,
                code=code,
                label=place.evse.label,
                seen=_plain(seen),
                note=_plain(note),
                at=self._clock.now(),
            )
            await tx.sticker_reports.put(report)
            await _tell(tx, place, report)
        return report

    async def of_party(
        self, party: PartyId, *, only_open: bool = False, after: str | None = None, limit: int = 50
    ) -> Sequence[StickerReport]:
        """What was reported at an operator's chargers, the newest first."""
        async with self._store.reading() as tx:
            return await tx.sticker_reports.of_party(
                party, only_open=only_open, after=after, limit=limit
            )

    async def settle(
        self, party: PartyId, report_id: str, *, by: str, answer: str = ""
    ) -> StickerReport:
        """Somebody has been there; raises NotFound. Settling again changes nothing."""
        async with self._store.transaction() as tx:
            report = await tx.sticker_reports.own(party, report_id)
            if report.settled_at is not None:
                return report
            settled = await _settled(tx, report, by=by, answer=answer, now=self._clock.now())
            await _close_issue(tx, settled)
        return settled


async def settle_with(tx: Transaction, issue: Issue, *, now: datetime) -> None:
    """The operator is done with a report of the list: so it is with the sticker, if it was one."""
    report = await tx.sticker_reports.get(issue.id)
    if report is not None and report.settled_at is None:
        last = next((r.text for r in reversed(issue.remarks) if r.side is Side.OPERATOR), "")
        await _settled(tx, report, by=str(issue.party), answer=last, now=now)


async def _settled(
    tx: Transaction, report: StickerReport, *, by: str, answer: str, now: datetime
) -> StickerReport:
    settled = replace(report, settled_at=now, settled_by=by, answer=_plain(answer))
    await tx.sticker_reports.put(settled)
    return settled


async def _tell(tx: Transaction, place: EvsePlace, report: StickerReport) -> None:
    said = "\n".join(text for text in (report.seen, report.note) if text)
    await tx.drivers.issues.add(
        Issue(
            report.id,
            None,
            report.party,
            report.location_id,
            report.evse_uid,
            IssueKind.STICKER_DOUBTFUL,
            IssueState.OPEN,
            report.at,
            report.at,
            remarks=(Remark(Side.DRIVER, report.at, said),) if said else (),
            own=place.location.own,
        )
    )
    if place.evse.station_id is not None:
        await alarm(tx, place.evse.station_id, ALARM, report, now=report.at)


async def _close_issue(tx: Transaction, report: StickerReport) -> None:
    issue = await tx.drivers.issues.get(report.id, lock=True)
    if issue is None or issue.state is IssueState.CLOSED or report.settled_at is None:
        return
    said = (Remark(Side.OPERATOR, report.settled_at, report.answer),) if report.answer else ()
    closed = replace(issue, remarks=(*issue.remarks, *said), state=IssueState.CLOSED)
    await tx.drivers.issues.save(replace(closed, changed_at=report.settled_at))


def _plain(text: str) -> str:
    """One line of text without signs that nobody sees."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST]
