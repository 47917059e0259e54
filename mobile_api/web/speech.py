"""The language of a page: chosen by the visitor, else by the browser, else English.

English texts are the keys; `languages/` has the others. A text that is missing there is said in
English, and a test finds it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "roamwatt_language"
YEAR_S = 31_536_000
FOLDER = Path(__file__).parent / "languages"
NAMES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "nl": "Nederlands",
    "es": "Español",
}


@dataclass(frozen=True, slots=True)
class Speech:
    """Says texts in one language."""

    language: str
    texts: Mapping[str, str] = field(repr=False)

    def __call__(self, text: str, **fields: object) -> str:
        """The text, with what belongs into its braces."""
        said = self.texts.get(text, text)
        return said.format_map(fields) if fields else said


def _read(language: str) -> Speech:
    path = FOLDER / f"{language}.json"
    texts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Speech(language, texts)


SPEECHES = {language: _read(language) for language in NAMES}
ENGLISH = SPEECHES["en"]


def speech_of(request: Request) -> Speech:
    """The language to answer this request in."""
    chosen = SPEECHES.get(request.cookies.get(COOKIE, ""))
    return chosen or _wished(request.headers.get("accept-language", ""))


def _wished(header: str) -> Speech:
    """The first of the browser's languages that we speak (RFC 9110, 12.5.4, by weight)."""
    ranked = []
    for place, part in enumerate(header.split(",")[:20]):
        name, _, weight = part.partition(";q=")
        try:
            ranked.append((-float(weight or 1), place, name.strip()[:2].casefold()))
        except ValueError:
            continue
    return next((SPEECHES[name] for *_, name in sorted(ranked) if name in SPEECHES), ENGLISH)


def choose(answer: Response, language: str, *, secure: bool) -> None:
    """Let the browser remember it."""
    answer.set_cookie(
        COOKIE, language, max_age=YEAR_S, path="/", secure=secure, httponly=True, samesite="lax"
    )
