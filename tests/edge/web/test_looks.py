"""Words for everything, and colours that can be read: in light and in dark."""

import re

import pytest

from app.domain.charging import ENDED, ChargingState, Reason
from app.domain.locations import EvseStatus
from mobile_api.web.assets import OURS
from mobile_api.web.render import TEMPLATES
from mobile_api.web.wording import LOOKS, PHASES, REASONS, StepName, phase_of, why

CSS = (OURS / "page.css").read_text()
READABLE = 4.5
PAIRS = [
    ("ink", "ground"), ("ink", "card"), ("quiet", "ground"), ("quiet", "card"), ("link", "card"),
    ("on-accent", "accent"), ("accent", "ground"), ("danger", "card"), ("on-danger", "danger"),
    *((tone, f"{tone}-bg") for tone in (
        "free", "mine", "used", "blocked", "paused", "reserved", "fault", "unknown"
    )),
]  # fmt: skip


def colours(scheme: str) -> dict[str, str]:
    """The variables of a colour scheme."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    block = blocks[("light", "dark").index(scheme)]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block))
    return {name: value if len(value) == 7 else _long(value) for name, value in found.items()}


def _long(value: str) -> str:
    return "#" + "".join(digit * 2 for digit in value[1:])


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out(scheme: str) -> None:
    """Product, colour semantics: contrast of at least 4.5 to 1."""
    found = colours(scheme)
    for text, ground in PAIRS:
        dark, bright = sorted(luminance(found[name]) for name in (text, ground))
        contrast = (bright + 0.05) / (dark + 0.05)
        assert contrast >= READABLE, f"{text} on {ground} ({scheme}): {contrast:.2f}"


def test_every_state_status_and_reason_has_words() -> None:
    assert set(PHASES) == set(ChargingState)
    assert set(LOOKS) == set(EvseStatus)
    assert set(REASONS) == set(Reason)
    assert why(None) == why("something else") == ""


def test_a_member_is_not_told_of_a_card_of_their_own() -> None:
    """A family or fleet pays: whose card was declined is its owner, who is asked."""
    owed = phase_of(ChargingState.SETTLEMENT_FAILED, by_group=True)
    assert "your group" in owed.headline
    assert owed != phase_of(ChargingState.SETTLEMENT_FAILED)
    assert phase_of(ChargingState.CHARGING, by_group=True) == PHASES[ChargingState.CHARGING]
    for reason in (Reason.OWED, Reason.PAYMENT_DECLINED):
        assert "of your group" in why(reason, by_group=True)
        assert "group" not in why(reason)


def test_bad_ends_are_problems_and_only_they() -> None:
    problems = {state for state, phase in PHASES.items() if phase.step is StepName.PROBLEM}
    assert problems == ENDED - {ChargingState.COMPLETED}


def test_every_tone_has_a_colour() -> None:
    """And an icon and a word, so that colour is never alone."""
    for look in LOOKS.values():
        assert f".tone-{look.tone} {{" in CSS
        assert look.icon
        assert look.word


def test_templates_have_what_screen_readers_need() -> None:
    """Cheap checks; axe looks at the pages themselves (tests/foreign/test_axe.py)."""
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text()
        for field in re.findall(r"<(?:input|select)\b[^>]*>", text):
            if 'type="hidden"' not in field:
                found = re.search(r'\bid="([\w-]+)"', field)
                assert found, f"{path.name}: {field}"
                assert f'for="{found[1]}"' in text, f"{path.name}: {field} has no label"
        for drawn in re.findall(r"<svg\b[^>]*>", text):
            assert "aria-hidden" in drawn or "aria-label" in drawn, f"{path.name}: {drawn}"
        for table in re.findall(r"<table\b.*?</table>", text, re.DOTALL):
            assert "<caption" in table, path.name
        if "{% extends" in text:
            headed = "<h1" in text or "session_live.html" in text
            assert headed, f"{path.name} has no heading"


def test_movement_stops_for_who_wants_none() -> None:
    """Product, charts: reduced motion; every animation is within the wish for it."""
    allowed = CSS[CSS.index("prefers-reduced-motion: no-preference") :]
    assert CSS.count("animation:") == allowed.count("animation:")
    assert "prefers-reduced-motion" in (OURS / "map.js").read_text()


def test_every_pin_of_the_map_has_a_shape_of_its_own() -> None:
    """Product, colour semantics: never colour alone."""
    script = (OURS / "map.js").read_text()
    marks = re.findall(r'(\w+): "(.)"', script[script.index("MARKS = {") :].split("}")[0])
    tones = re.findall(r'[A-Z]+: \["(\w+)"', script)
    assert len({mark for _, mark in marks}) == len(marks)
    assert set(tones) == {tone for tone, _ in marks}
