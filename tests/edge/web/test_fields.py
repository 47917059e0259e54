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


@pytest.mark.parametrize(("place", "field"), [("/q/NOBODYS1", "#code"), ("/", "#find")])
async def test_what_fields_ask_for_fits(
    site: Site, visitor: Visitor, place: str, field: str
) -> None:
    """The map, and where unknown codes lead; a typed text is as wide as one that asks for it."""
    page = visitor.page
    for language in NAMES:
        await visitor.context.set_extra_http_headers({"Accept-Language": language})
        await visitor.go(place)
        for width in (390, 360):
            await page.set_viewport_size({"width": width, "height": 844})
            await picture(page, f"15-{field[1:]}-{language}")
            assert not await page.locator(field).evaluate(CUT), (language, width)
    visitor.troubles = [trouble for trouble in visitor.troubles if "404" not in trouble]
