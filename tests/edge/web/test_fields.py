"""What fields ask for can be read whole on small phones, in every language."""

import pytest

from mobile_api.web.speech import NAMES
from tests.edge.web.conftest import Site, Visitor
from tests.edge.web.pictures import picture

pytestmark = pytest.mark.browser

CUT = """field => {
  field.value = field.placeholder;
  const cut = field.scrollWidth > field.clientWidth;
  field.value = "";
  return cut;
}"""


async def test_the_field_for_codes_fits(site: Site, visitor: Visitor) -> None:
    """Where an unknown code leads; a typed text is as wide as the one that asks for it."""
    page = visitor.page
    for language in NAMES:
        await visitor.context.set_extra_http_headers({"Accept-Language": language})
        await visitor.go("/q/NOBODYS1")
        for width in (390, 360):
            await page.set_viewport_size({"width": width, "height": 844})
            await picture(page, f"15-code-{language}")
            assert not await page.locator("#code").evaluate(CUT), (language, width)
    visitor.troubles = [trouble for trouble in visitor.troubles if "404" not in trouble]
