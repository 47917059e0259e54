"""The pages and the driver API on a real server, a charger behind them, and a browser in front."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from pytest_asyncio import fixture, is_async_test
from starlette.applications import Starlette
from starlette.routing import Mount

from app.domain.locations import Location, OpeningTimes
from app.domain.tariffs import Dimension, Restrictions, Tariff, TariffElement
from app.domain.units import Kw
from app.queries.codes import Codes
from app.queries.history import History
from app.queries.map import Map
from app.store.database import Database
from app.store.transaction import Store
from app.use_cases.drivers import Drivers
from app.use_cases.finding import Finding
from app.use_cases.people import people_of
from app.use_cases.push_targets import PushTargets
from app.use_cases.repeats import Repeats
from app.use_cases.sticker_reports import StickerReports
from app.use_cases.told import ToldList
from app.use_cases.web_payments import WebPayments
from mobile_api.access import AccessTokens
from mobile_api.guests import Guests
from mobile_api.identity import IdTokens
from mobile_api.limits import Limits
from mobile_api.live import Live
from mobile_api.site import DriverDependencies, build_driver_api
from mobile_api.web.site import PageDependencies, build_pages
from tests.support.browser import running_chromium
from tests.support.chargers import CPO, a_connector, a_floor, a_location, an_evse
from tests.support.clock import FakeClock
from tests.support.drive import Drive
from tests.support.priced import a_component, a_tariff, energy_at
from tests.support.site_server import served

CODE, OTHER_CODE, FAST_CODE = "7Q4M9XKD", "C3V8T2PA", "F45TDC01"
PHONE = {"width": 390, "height": 844}


def a_site() -> Location:
    """Two chargers by a street; the second one is a fast one with two cables."""
    fast = [
        replace(c, standard=kind, format="CABLE", power_type="DC", max_power=Kw.of(power))
        for c, kind, power in (
            (a_connector(1), "IEC_62196_T2_COMBO", "150"),
            (a_connector(2), "CHADEMO", "50"),
        )
    ]
    evses = (
        an_evse(1, code=CODE, physical_reference="UTR-1"),
        an_evse(2, code=OTHER_CODE, physical_reference="UTR-2"),
        an_evse(3, "CP2", code=FAST_CODE, physical_reference="UTR-3", connectors=tuple(fast)),
    )
    return replace(
        a_location(*evses),
        name="Lange Viestraat",
        postal_code="3511 BK",
        operator_name="Roamwatt Example Charging",
        help_phone="+31201234567",
        opening_times=OpeningTimes(always=True),
    )


def prices() -> Tariff:
    """0.50 EUR and 20 % VAT per kWh, less at night, and idle time after an hour."""
    night = energy_at("0.40", start_time=time(22), end_time=time(6))
    late = Restrictions(min_duration=timedelta(hours=1))
    idle = TariffElement((a_component(Dimension.PARKING_TIME, "6.00"),), late)
    return a_tariff(night, energy_at("0.50"), idle, party=CPO, id="T1")


class Nobody:
    """No identity provider is ever asked."""

    async def request(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("nobody is to be asked")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder share one event loop, and so what drives the browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents and is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@fixture(loop_scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """As everywhere, in the loop of this folder."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@fixture(loop_scope="session")
async def drive(store: Store, clock: FakeClock) -> AsyncIterator[Drive]:
    """The site is there, and its first charger is known; it is not connected."""
    async with a_floor(store, clock) as floor:
        made = Drive(floor)
        await floor.furnish(a_site(), prices())
        yield made


@dataclass
class Site:
    """The server under test; `url` is its public address too."""

    url: str
    drive: Drive
    live: Live


def build(drive: Drive, live: Live, url: str) -> Starlette:
    """The driver API and the pages, as the process mounts them."""
    store, clock = drive.store, drive.clock
    history, places, limits = History(store), Map(store), Limits(clock)
    guests = Guests(drive.chargings, url)
    deps = DriverDependencies(
        drivers=Drivers(store, clock, drive.floor.sealer),
        people=people_of(store, clock, drive.floor.sealer, mailer=drive.mailer, platform="R"),
        cards=drive.cards,
        chargings=drive.chargings,
        wishes=drive.wishes,
        session_wishes=drive.session_wishes,
        payments=drive.payments,
        receipts=drive.receipts,
        reservations=drive.reservations,
        belongings=drive.belongings,
        finding=Finding(store, clock),
        push_targets=PushTargets(store, clock, accepts=bool),
        push_key="BKey",
        notices=ToldList(store),
        repeats=Repeats(store, clock, drive.floor.sealer),
        codes=Codes(store, url),
        sticker_reports=StickerReports(store, clock),
        map=places,
        history=history,
        live=live,
        guests=guests,
        tokens=AccessTokens(["a secret of thirty-two characters"], url, clock),
        id_tokens=IdTokens({}, Nobody(), clock),
        clock=clock,
        limits=limits,
        public_url=url,
    )
    pages = build_pages(
        PageDependencies(
            api=deps,
            web_payments=WebPayments(store, clock, drive.floor.sealer, public_url=url),
            platform_name="Roamwatt",
            test_cards=drive.bank,
        )
    )
    api = build_driver_api(deps)
    return Starlette(routes=[Mount("/api/v1", app=api), Mount("/", app=pages)])


@fixture(loop_scope="session")
async def site(drive: Drive) -> AsyncIterator[Site]:
    """The pages on a loopback port."""
    live = Live(History(drive.store), drive.floor.bus, drive.clock)
    async with served(lambda url: build(drive, live, url)) as url:
        drive.bank._page = f"{url}/sandbox/confirm"
        drive.bank._guest_url = f"{url}/q/s/{{charging}}/back"
        yield Site(url, drive, live)
        await live.close()


@dataclass
class Visitor:
    """A browser at phone size; what it complains about and whom it contacts is written down."""

    page: Page
    context: BrowserContext
    home: str
    troubles: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    """Hosts besides ours that a test sends its visitor to."""

    def watch(self) -> None:
        """Listen to the console, to errors of scripts, and to every request."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def _said(self, message: Any) -> None:
        ours = urlsplit(message.location["url"]).netloc not in self.elsewhere
        if ours and message.type in {"error", "warning"}:
            self.troubles.append(message.text)

    async def go(self, path: str) -> None:
        """Open a page of ours."""
        answer = await self.page.goto(self.home + path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy, policy
        assert "unsafe" not in policy, policy

    async def shown(self, selector: str = "main") -> str:
        """The text that is to be seen."""
        return await self.page.inner_text(selector)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A browser for the whole run; every visitor has a profile of their own in it."""
    with running_chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """What drives it; starting that takes as long as a short journey."""
    async with async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(chromium)
        yield connected
        await connected.close()


@fixture(loop_scope="session")
async def visitor(site: Site, browser: Browser) -> AsyncIterator[Visitor]:
    """Somebody with a phone, who must not be told of any trouble or be sent elsewhere."""
    context = await browser.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    visitor = Visitor(await context.new_page(), context, site.url)
    visitor.watch()
    yield visitor
    await context.close()
    assert visitor.troubles == []
    assert visitor.hosts == {urlsplit(site.url).netloc} | visitor.elsewhere
