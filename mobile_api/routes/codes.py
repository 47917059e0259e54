"""What is printed at a charger, scanned or typed; and stickers that are not ours, reported."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.domain.errors import NotFound
from app.domain.scanned import LONGEST
from app.queries.sheets import Point, Sheet
from mobile_api.dependencies import Deps, MaybeDriver, Now, limited_by
from mobile_api.idempotency import OnceOnly
from mobile_api.schemas.locations import CodeOut, EvseOut, SheetOut
from mobile_api.schemas.stickers import StickerReportIn, StickerReportOut

router = APIRouter(tags=["places"])


@router.get("/codes", dependencies=[limited_by("codes")])
async def read_code(
    deps: Deps,
    now: Now,
    driver: MaybeDriver,
    text: Annotated[str, Query(min_length=1, max_length=LONGEST)],
) -> CodeOut:
    """The EVSE behind what was scanned or typed: our address, a code, a printed EVSE id.

    An address of another domain is refused: the sticker may have been pasted over ours.
    """
    meant = await deps.codes.find(text)
    if meant.code is not None:
        sheet, point = await deps.map.by_code(meant.code, now, guest=driver is None)
    else:
        sheet = await deps.map.sheet(meant.party, meant.location_id, now)
        point = _point(sheet, meant.evse_uid)
    return CodeOut(station=SheetOut.of(sheet), evse=EvseOut.of(point))


def _point(sheet: Sheet, uid: str) -> Point:
    found = next((point for point in sheet.points if point.evse.uid == uid), None)
    if found is None:
        raise NotFound("EVSE", uid)
    return found


@router.post(
    "/codes/{code}/sticker-reports", status_code=202, dependencies=[limited_by("reports")]
)
async def report_sticker(
    deps: Deps, code: str, asked: StickerReportIn, once: OnceOnly
) -> StickerReportOut:
    """Tell the operator that the sticker at this EVSE is not theirs."""

    async def make() -> StickerReportOut:
        meant = await deps.codes.find(code)
        if meant.code is None:
            raise NotFound("code", code[:40])
        await deps.sticker_reports.report(meant.code, seen=asked.seen, note=asked.note)
        return StickerReportOut(code=meant.code)

    return await once("guest", StickerReportOut, make)
