"""Routes for QR stickers: what to print, and what drivers report of them."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.console.api.access import Asking, AskingHolder, PageAfter, Services
from app.domain.sticker_reports import LONGEST, StickerReport
from app.domain.sticker_sheets import ON_A_SHEET
from app.use_cases.sticker_art import sheet_svg, sheets, sheets_pdf, sticker_address

router = APIRouter()

LocationId = Annotated[str | None, Query(min_length=1, max_length=100)]
Sheet = Annotated[int, Query(ge=1, le=10_000)]
MOST_SHEETS = 20
"""In one PDF: it takes about a second to draw them."""


class StickerOut(BaseModel):
    """One sticker; `qr` is what its code says, `address` what stands beneath it."""

    label: str
    code: str
    qr: str
    address: str
    evse_id: str | None
    place: str
    sheet: int


class SettleIn(BaseModel):
    """What was found and done."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(max_length=LONGEST)] = ""


class ReportOut(BaseModel):
    """A driver's word that a sticker is not ours; `seen` is what it says."""

    id: str
    at: datetime
    location_id: str
    evse_uid: str
    code: str
    label: str
    seen: str
    note: str
    settled_at: datetime | None
    answer: str

    @classmethod
    def of(cls, report: StickerReport) -> "ReportOut":
        """As operators see it."""
        return cls(
            id=report.id,
            at=report.at,
            location_id=report.location_id,
            evse_uid=report.evse_uid,
            code=report.code,
            label=report.label,
            seen=report.seen,
            note=report.note,
            settled_at=report.settled_at,
            answer=report.answer,
        )


@router.get("/stickers")
async def list_stickers(
    asking: Asking, services: Services, location_id: LocationId = None
) -> list[StickerOut]:
    """Every EVSE's sticker, of one location or of all, and on which sheet it is printed."""
    stickers = services.stickers.sheets
    return [
        StickerOut(
            label=each.label,
            code=each.code,
            qr=sticker_address(stickers.public_url, each.code),
            address=each.address,
            evse_id=each.evse_id,
            place=each.place,
            sheet=number // ON_A_SHEET + 1,
        )
        for number, each in enumerate(await stickers.of(asking.party, location_id))
    ]


@router.get("/stickers.svg", response_class=Response)
async def sheet_as_svg(
    asking: Asking, services: Services, location_id: LocationId = None, sheet: Sheet = 1
) -> Response:
    """One sheet (A4, twelve stickers) as SVG."""
    stickers = services.stickers.sheets
    found = await stickers.sheets(asking.party, location_id, first=sheet)
    drawn = await asyncio.to_thread(sheets, stickers.public_url, found)
    return Response(sheet_svg(drawn[0]), media_type="image/svg+xml")


@router.get("/stickers.pdf", response_class=Response)
async def sheets_as_pdf(
    *,
    asking: Asking,
    services: Services,
    location_id: LocationId = None,
    sheet: Sheet = 1,
    most: Annotated[int, Query(ge=1, le=MOST_SHEETS)] = MOST_SHEETS,
) -> Response:
    """At most so many sheets as PDF, from this one on."""
    stickers = services.stickers.sheets
    found = await stickers.sheets(asking.party, location_id, first=sheet, most=most)
    drawn = await asyncio.to_thread(sheets, stickers.public_url, found)
    headers = {"Content-Disposition": 'attachment; filename="stickers.pdf"'}
    return Response(sheets_pdf(drawn), media_type="application/pdf", headers=headers)


@router.get("/sticker-reports")
async def list_reports(
    *,
    asking: Asking,
    services: Services,
    page: PageAfter,
    only_open: Annotated[bool, Query(alias="open")] = False,
) -> list[ReportOut]:
    """What drivers reported, the newest first; `after` is the last id of the page before."""
    found = await services.stickers.reports.of_party(
        asking.party, only_open=only_open, after=page.key, limit=page.limit
    )
    return [ReportOut.of(report) for report in found]


@router.post("/sticker-reports/{report_id}/settle")
async def settle_report(
    report_id: str, given: SettleIn, asking: AskingHolder, services: Services
) -> ReportOut:
    """Somebody has been there."""
    settled = await services.stickers.reports.settle(
        asking.operator.party, report_id, by=asking.key_id, answer=given.answer
    )
    return ReportOut.of(settled)
