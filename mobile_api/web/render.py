"""Pages from templates: formatting for people, and problems as pages."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.domain.errors import DomainError, RateLimited
from mobile_api.faults import status_of
from mobile_api.web.assets import Assets
from mobile_api.web.dependencies import PageDependencies
from mobile_api.web.script_words import script_words
from mobile_api.web.speech import NAMES, speech_of
from mobile_api.web.wording import TROUBLES, UNEXPECTED

TEMPLATES = Path(__file__).parent / "templates"
FORBIDDEN, NOT_FOUND = 403, 404


class Renderer:
    """Fills templates in; every one knows the platform's name and where the files are."""

    def __init__(self, deps: PageDependencies, assets: Assets) -> None:
        self._deps = deps
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "asset": assets.url,
            "platform": deps.platform_name,
            "public_url": deps.public_url,
            "host": deps.public_url.partition("://")[2],
            "languages": NAMES,
            "running": None,
        }
        self._templates.filters |= {
            "clock": clock_text,
            "day": day_text,
            "instant": instant,
            "figure": figure,
        }

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> Response:
        """A page in the visitor's language; `now` is there for ages and countdowns."""
        say = speech_of(request)
        shown = self._templates.get_template(template).render(
            now=self._deps.api.clock.now(),
            _=say,
            language=say.language,
            script_words=script_words(say),
            here=request.url.path,
            **context,
        )
        headers = {"Content-Language": say.language, "Vary": "Accept-Language, Cookie"}
        return HTMLResponse(shown, status, headers)

    async def trouble(self, request: Request, error: Exception) -> Response:
        """A refusal of the domain as a page."""
        if not isinstance(error, DomainError):
            raise error
        headline, advice = TROUBLES.get(error.code, UNEXPECTED)
        answer = self.page(
            request,
            "trouble.html",
            status_of(error),
            headline=headline,
            advice=advice,
            code=error.code,
        )
        if isinstance(error, RateLimited):
            answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer

    def refused(self, request: Request, why: str) -> Response:
        """A page that says why not, and what to do."""
        headline, advice = TROUBLES[why]
        return self.page(
            request, "trouble.html", FORBIDDEN, headline=headline, advice=advice, code=why
        )

    async def missing(self, request: Request, _error: Exception) -> Response:
        """No such page."""
        headline, advice = TROUBLES["not_found"]
        return self.page(
            request, "trouble.html", NOT_FOUND, headline=headline, advice=advice, code="not_found"
        )


def clock_text(moment: datetime, zone: str) -> str:
    """The time on the wall of a place."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def day_text(moment: datetime, zone: str) -> str:
    """The date at a place, in the order that sorts and nobody misreads."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def instant(moment: datetime) -> str:
    """For scripts and `datetime` attributes."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def figure(number: Decimal, decimals: int) -> str:
    """A number with so many decimals, rounded half up."""
    return str(number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
