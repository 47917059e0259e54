"""A driver's word that a sticker is not ours."""

from typing import Annotated

from pydantic import Field

from app.domain.sticker_reports import LONGEST
from mobile_api.schemas.values import Shape

Text = Annotated[str, Field(max_length=LONGEST)]


class StickerReportIn(Shape):
    """`seen` is what the odd sticker says, as far as it can be read."""

    seen: Text = ""
    note: Text = ""


class StickerReportOut(Shape):
    """The EVSE whose operator was told."""

    code: str
