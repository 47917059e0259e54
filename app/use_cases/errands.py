"""Errands of chargers (`domain.errands`): what was asked, how far it is, how it ended."""

from collections.abc import Iterable
from datetime import datetime

from app.domain.errands import (
    BOOTED,
    IDLE,
    Errand,
    ErrandAsked,
    ErrandKind,
    ErrandMoved,
    ErrandState,
    answered,
    begun,
    moved,
    overtaken,
)
from app.domain.firmware import FirmwareUnpublished
from app.domain.stations import BootFacts
from app.store.transaction import Transaction
from app.use_cases.station_logs import alarm

MOST_KEPT = 50
"""Errands of one kind that are kept of a charger."""
_CANCELED = "AcceptedCanceled"


def topic_of(kind: ErrandKind) -> str:
    """Where errands of a kind are kept."""
    return f"errand_{kind}"


async def errands_of(tx: Transaction, station_id: str, kind: ErrandKind) -> list[Errand]:
    """All of a kind, the newest first."""
    found = await tx.station_facts.all(station_id, topic_of(kind), Errand)
    return sorted((fact.value for fact in found), key=lambda errand: errand.at, reverse=True)


async def errand_asked(
    tx: Transaction, station_id: str, news: ErrandAsked, *, now: datetime
) -> None:
    """The charger will do it, or not; a new one may take the place of one under way."""
    await tx.stations.get(station_id, lock=True)
    known = await errands_of(tx, station_id, news.kind)
    if news.status == _CANCELED:
        over = ErrandMoved(news.kind, _CANCELED)
        for each in known:
            if each.is_open and each.request_id != news.request_id:
                await _keep(tx, station_id, moved(each, over, now=now), now)
    before = overtaken(known, news, now=now)
    await _keep(tx, station_id, answered(news, before, now=now), now)
    if before is not None and before.request_id != news.request_id:
        await tx.station_facts.forget(station_id, topic_of(news.kind), [str(before.request_id)])
    old = {str(each.request_id) for each in known[MOST_KEPT - 1 :]} - {str(news.request_id)}
    if old:
        await tx.station_facts.forget(station_id, topic_of(news.kind), old)


async def errand_moved(
    tx: Transaction, station_id: str, news: ErrandMoved, *, now: datetime
) -> None:
    """A step. One that names no errand is about the latest that is open, in 1.6 always.

    `Idle` of nothing says that nothing is under way (OCPP 2.0.1, L01.FR.25, and P-207).
    """
    await tx.stations.get(station_id, lock=True)
    known = await errands_of(tx, station_id, news.kind)
    numbered = news.request_id is not None and news.request_id > 0
    if numbered:
        before = _of(known, news.request_id)
    else:
        before = next((each for each in known if each.is_open), None)
    if before is None:
        if news.status == IDLE:
            return
        before = begun(news, now=now)
    after = moved(before, news, now=now)
    await _keep(tx, station_id, after, now)
    if after.state is ErrandState.FAILED and before.is_open:
        await alarm(tx, station_id, f"{news.kind}.{news.status}", news, now=now)


async def firmware_unpublished(
    tx: Transaction, station_id: str, news: FirmwareUnpublished, *, now: datetime
) -> None:
    """Remember when."""
    name = news.checksum
    await tx.station_facts.put(station_id, "firmware_unpublished", news, name=name, now=now)


async def booted_with(
    tx: Transaction,
    station_id: str,
    before: BootFacts | None,
    *,
    after: BootFacts,
    now: datetime,
) -> None:
    """Other firmware than before means that the update is over, whatever was said of it."""
    if before is None or before.firmware == after.firmware:
        return
    news = ErrandMoved(ErrandKind.FIRMWARE, BOOTED, info=after.firmware)
    for errand in await errands_of(tx, station_id, ErrandKind.FIRMWARE):
        if errand.is_open:
            await _keep(tx, station_id, moved(errand, news, now=now), now)


def _of(known: Iterable[Errand], request_id: int | None) -> Errand | None:
    return next((each for each in known if each.request_id == request_id), None)


async def _keep(tx: Transaction, station_id: str, errand: Errand, now: datetime) -> None:
    name, topic = str(errand.request_id), topic_of(errand.kind)
    await tx.station_facts.put(station_id, topic, errand, name=name, now=now)
