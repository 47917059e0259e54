"""The web server, health and metrics over a loopback socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.adapters.bus_local import LocalBus
from app.adapters.clock_system import SystemClock
from app.runtime.health import Health, bus_check, database_check, workers_check
from app.runtime.metrics import Metrics
from app.runtime.web import WebServer, build_web
from app.store.database import Database
from app.store.transaction import Store

CLOCK = SystemClock()


async def _wake() -> None:
    """Nobody waits."""


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


async def where(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"{scope['root_path']} {scope['path']}")(scope, receive, send)


@asynccontextmanager
async def serving(store: Store, bus: LocalBus) -> AsyncIterator[httpx.AsyncClient]:
    health = Health(
        {
            "database": database_check(store),
            "bus": bus_check(bus),
            "workers": workers_check(store, CLOCK),
        }
    )
    metrics = Metrics(store, {"roamwatt_things": lambda: 3}, {})
    sites = {"/": hello, "/x/y": hello, "/ocpi": where}
    server = WebServer(build_web(sites, health, metrics), "127.0.0.1:0")
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(server.run())
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
            yield client
        running.cancel()


async def test_it_says_how_it_is(database: Database) -> None:
    async with serving(Store(database, CLOCK, _wake), LocalBus()) as client:
        assert (await client.get("/healthz")).json() == {"status": "alive"}
        ready = await client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["parts"] == {"database": "ok", "bus": "ok", "workers": "ok"}
        page = (await client.get("/metrics")).text
        assert "roamwatt_things_total 3.0" in page
        assert "roamwatt_deliveries_waiting 0.0" in page
        assert (await client.get("/x/y/z")).text == "hello"


async def test_the_busiest_site_is_found_before_the_others(database: Database) -> None:
    async with serving(Store(database, CLOCK, _wake), LocalBus()) as client:
        assert (await client.get("/ocpi/hub/versions")).text == "/ocpi /ocpi/hub/versions"
        assert (await client.get("/ocpi")).text == "hello"
        assert (await client.get("/ocpis/x")).text == "hello"


async def test_it_does_not_claim_to_be_ready_when_it_is_not() -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    async with serving(Store(gone, CLOCK, _wake), LocalBus()) as client:
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        parts = ready.json()["parts"]
        assert parts["bus"] == "ok"
        assert parts["database"] != "ok"
        assert (await client.get("/healthz")).status_code == 200
    await gone.close()


async def test_an_answer_does_not_wait_for_the_clients_acknowledgement(database: Database) -> None:
    """Nagle's algorithm would hold the body of each answer back for 40 ms."""
    async with serving(Store(database, CLOCK, _wake), LocalBus()) as client:
        taken = []
        for _ in range(40):
            began = CLOCK.monotonic()
            await client.get("/")
            taken.append(CLOCK.monotonic() - began)
        assert min(taken[-10:]) < 0.03
