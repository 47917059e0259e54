"""Drivers report stickers that are not ours, operators look after them."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from app.domain.errors import NotFound
from app.domain.identifiers import PartyId
from app.domain.sticker_reports import LONGEST, MOST_OPEN, StickerReport
from app.ports.clock import Clock
from app.store.transaction import Store


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
                id=str(uuid4()),
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
            now = self._clock.now()
            settled = replace(report, settled_at=now, settled_by=by, answer=_plain(answer))
            await tx.sticker_reports.put(settled)
        return settled


def _plain(text: str) -> str:
    """One line of text without signs that nobody sees."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST]
