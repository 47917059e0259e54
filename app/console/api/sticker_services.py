"""What the operator's API about stickers is made of."""

from dataclasses import dataclass

from app.queries.stickers import Stickers
from app.use_cases.sticker_reports import StickerReports


@dataclass(frozen=True, slots=True)
class StickerServices:
    """Sheets to print, and reports of drivers."""

    sheets: Stickers
    reports: StickerReports
