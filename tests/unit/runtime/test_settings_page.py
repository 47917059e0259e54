"""The page of settings says what the settings are."""

from pathlib import Path

from app.runtime.settings_page import settings_page


def test_the_page_is_up_to_date() -> None:
    page = Path(__file__).parents[3] / "docs" / "settings.md"
    assert page.read_text() == settings_page(), (
        "run: python -m app.runtime.settings_page > docs/settings.md"
    )
