"""Every page in five languages: nothing is left in English, and texts keep their braces."""

import json
import re

import pytest

from app.domain.price_lines import describe
from app.domain.wording import AMOUNTS, BANDS, CLOCK, DATES, FREE, PATTERNS, WEEKDAYS, words
from mobile_api.web.render import TEMPLATES
from mobile_api.web.sandbox import CARDS
from mobile_api.web.script_words import WORDS, script_words
from mobile_api.web.session_view import COSTS
from mobile_api.web.speech import ENGLISH, FOLDER, NAMES, SPEECHES
from mobile_api.web.wording import (
    LIMITS,
    LOOKS,
    NO_CONNECTION,
    OBSTACLES,
    OF_GROUPS,
    PHASES,
    REASONS,
    TROUBLES,
    UNEXPECTED,
    UNLOCKS,
    WHY_OF_GROUPS,
    StepName,
)
from tests.edge.web.conftest import CODE, Site, prices
from tests.support.clock import NOON
from tests.support.loopback import a_client

SAME = {"OK", "{}\N{EN DASH}{}", *(text for text in LIMITS.values() if text[0].isdigit())}


def texts() -> set[str]:
    """Everything that pages say."""
    found = {
        *(phase.headline for phase in (*PHASES.values(), *OF_GROUPS.values())),
        *(phase.detail for phase in (*PHASES.values(), *OF_GROUPS.values())),
        *(step.value for step in StepName),
        *(look.word for look in (*LOOKS.values(), NO_CONNECTION)),
        *(text for pair in (*TROUBLES.values(), UNEXPECTED) for text in pair),
        *(text for spans in (CLOCK, DATES, AMOUNTS, BANDS) for text in spans),
    }
    tables = (REASONS, WHY_OF_GROUPS, OBSTACLES, LIMITS, UNLOCKS, CARDS, COSTS, PATTERNS, FREE)
    found |= {text for table in tables for text in table.values()} | {*WORDS, *WEEKDAYS}
    for path in TEMPLATES.glob("*.html"):
        found |= {text for _, text in re.findall(r"\b_\(([\"'])(.*?)\1", path.read_text())}
    scripts = (TEMPLATES.parent / "static").glob("*.js")
    found |= {text for path in scripts for text in re.findall(r'say\("(.*?)"', path.read_text())}
    return found - SAME - {""}


@pytest.mark.parametrize("language", [name for name in NAMES if name != "en"])
def test_everything_is_said_in_every_language(language: str) -> None:
    """Issue D1: en, de, fr, nl and es."""
    said = json.loads((FOLDER / f"{language}.json").read_text())
    assert texts() - set(said) == set()
    for english, other in said.items():
        assert other
        assert sorted(re.findall(r"{\w*}", english)) == sorted(re.findall(r"{\w*}", other))


def test_scripts_have_their_words_from_the_page() -> None:
    used = {
        text
        for path in (TEMPLATES.parent / "static").glob("*.js")
        for text in re.findall(r'say\("(.*?)"', path.read_text())
    }
    assert used <= set(WORDS)
    assert script_words(ENGLISH) == "{}"
    assert json.loads(script_words(SPEECHES["nl"]))["Free"] == "Vrij"


def test_prices_are_said_in_the_visitors_language() -> None:
    lines = describe(prices(), zone="Europe/Amsterdam", at=NOON)
    assert [words(line, SPEECHES["de"]) for line in lines] == [
        "0.48 EUR je kWh, 22:00\N{EN DASH}06:00",
        "0.60 EUR je kWh, sonst",
        "0.12 EUR je Minute Standzeit, nach 60 min",
    ]


@pytest.mark.parametrize(
    ("wished", "language"),
    [("fr-BE,nl;q=0.9", "fr"), ("it, de;q=0.3, es;q=0.8", "es"), ("xx", "en"), ("de;q=x", "en")],
)
async def test_a_page_speaks_as_the_browser_asks(site: Site, wished: str, language: str) -> None:
    async with a_client(base_url=site.url) as http:
        answer = await http.get(f"/q/{CODE}", headers={"Accept-Language": wished})
        assert answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
        assert SPEECHES[language]("Price") in answer.text
        chosen = {"language": "nl", "next": f"/q/{CODE}"}
        turned = await http.post("/language", data=chosen, headers={"Accept-Language": wished})
        assert turned.headers["location"] == f"/q/{CODE}"
        again = await http.get(f"/q/{CODE}", headers={"Accept-Language": wished})
        assert "Deze laadpaal heeft nu geen verbinding." in again.text
