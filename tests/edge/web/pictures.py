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
    width = page.viewport_size["width"] if page.viewport_size else 0
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        file = Path(folder) / f"{name}-{width}-{scheme}.png"
        await page.screenshot(path=str(file), full_page=whole)
