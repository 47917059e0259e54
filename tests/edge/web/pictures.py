"""Pictures of pages for people to look at, in light and dark; made only where they are asked for.

ROAMWATT_PICTURES=/some/folder python -m pytest tests/edge/web
"""

import os
from pathlib import Path

from playwright.async_api import Page


async def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Take the page in both colour schemes."""
    folder = os.environ.get("ROAMWATT_PICTURES")
    if not folder:
        return
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=str(Path(folder) / f"{name}-{scheme}.png"), full_page=whole)
