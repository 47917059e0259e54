"""The pages without barriers, as axe sees them: every page, light and dark, phone and desktop."""

from typing import Any

import pytest
from pytest_asyncio import fixture

from app.domain.stations import ConnectorState
from tests.edge.web.browsing import journey_of_a_driver, sign_in_by_mail
from tests.edge.web.conftest import (
    CODE,
    Site,
    Visitor,
    browser,
    chromium,
    database,
    database_url,
    drive,
    site,
    visitor,
)
from tests.foreign.kits import KitFailed, NodeKit

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.timeout(300),
]
__all__ = ["browser", "chromium", "database", "database_url", "drive", "site", "visitor"]
DESKTOP = {"width": 1280, "height": 800}
LOOK = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
  each => [each.id, each.nodes.map(node => `${node.target.join(" ")}: ${node.failureSummary}`)])"""


@fixture(loop_scope="session")
async def looked_at(visitor: Visitor) -> Visitor:
    """A browser in which axe is loaded; fails, never skips, when it cannot be had."""
    try:
        script = NodeKit("axe", "").modules() / "axe-core" / "axe.min.js"
    except KitFailed as error:
        pytest.fail(f"axe cannot be installed here: {error}", pytrace=False)
    await visitor.context.add_init_script(path=script)
    return visitor


async def look(visitor: Visitor, name: str) -> list[Any]:
    """What axe finds on the page as it is, in both colour schemes and at both sizes."""
    found = []
    phone = visitor.page.viewport_size
    for scheme in ("light", "dark"):
        await visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for size in (DESKTOP, phone):
            await visitor.page.set_viewport_size(size)
            violations = await visitor.page.evaluate(LOOK)
            found += [(name, scheme, size["width"], *each) for each in violations]
    return found


async def test_pages_of_anybody(site: Site, looked_at: Visitor) -> None:
    """Issue D1: axe without violations."""
    live = await site.drive.floor.connect()
    await site.drive.floor.show(live, 0, ConnectorState.AVAILABLE)
    found = []
    for path in ("/", f"/q/{CODE}", f"/q/{CODE}/sticker", "/account", "/offline", "/paid"):
        await looked_at.go(path)
        if path == "/":
            await looked_at.page.wait_for_selector("#map[data-ready][data-shown='1']")
            found += await look(looked_at, "map")
            await looked_at.page.click(".pin")
            await looked_at.page.wait_for_selector("#sheet:not([hidden])")
        found += await look(looked_at, path)
    assert found == []
    await looked_at.page.evaluate("document.documentElement.removeAttribute('lang')")
    assert [each[3] for each in await look(looked_at, "broken")] == ["html-has-lang"] * 4


async def test_pages_of_a_driver(site: Site, looked_at: Visitor) -> None:
    """From the account through a session to its receipt."""
    found = []
    await sign_in_by_mail(site, looked_at)
    async for step in journey_of_a_driver(site, looked_at):
        found += await look(looked_at, step)
    assert found == []
