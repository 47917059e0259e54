"""What makes the page an app on the home screen: its manifest, its worker, its page offline."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mobile_api.web.assets import Assets
from mobile_api.web.dependencies import PageDependencies
from mobile_api.web.render import Renderer
from mobile_api.web.speech import speech_of

KEPT = {"Cache-Control": "public, max-age=3600"}
ASKED_EVERY_TIME = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
WORKER = "worker.js"


class Installing:
    """Routes that browsers ask for by themselves."""

    def __init__(self, deps: PageDependencies, assets: Assets, renderer: Renderer) -> None:
        self._deps = deps
        self._assets = assets
        self._renderer = renderer

    async def manifest(self, request: Request) -> Response:
        """Web application manifest."""
        icon = {"src": self._assets.url("icon.svg"), "sizes": "any", "type": "image/svg+xml"}
        manifest = {
            "id": "/",
            "name": self._deps.platform_name,
            "short_name": self._deps.platform_name[:12],
            "lang": speech_of(request).language,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f4f6f8",
            "theme_color": "#0b6b3a",
            "icons": [icon, icon | {"purpose": "maskable"}],
        }
        return JSONResponse(
            manifest, headers=KEPT | {"Vary": "Accept-Language, Cookie"},
            media_type="application/manifest+json",
        )  # fmt: skip

    async def worker(self, _: Request) -> Response:
        """The service worker, from the root so that it is in charge of all pages."""
        return self._assets.plain(WORKER, ASKED_EVERY_TIME)

    async def offline(self, request: Request) -> Response:
        """What is shown without a network."""
        return self._renderer.page(request, "offline.html")
