"""One process: opens the outside, builds the graph, and runs the services of its role."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp

from app.delivery.hints import Hints
from app.delivery.periodic import Job, Periodic
from app.delivery.planner import Planner
from app.delivery.prompt import Prompt
from app.delivery.worker import Worker
from app.ports.bus import Subscription
from app.ports.delivery import Audience
from app.runtime.charger_tls import further_entrances, main_tls, tls_proxies
from app.runtime.container import Container, build_container
from app.runtime.driver_news import build_driver_news
from app.runtime.frames import build_frames
from app.runtime.health import Health, bus_check, database_check, workers_check
from app.runtime.metrics import Metrics, Reading
from app.runtime.outside import open_outside
from app.runtime.settings import Settings, split_bind
from app.runtime.shapes import RoleName, Service, Stop, run_services
from app.runtime.sites import Sites, build_sites
from app.runtime.web import WebServer, build_web
from app.runtime.work import build_follow_ups, build_jobs
from app.store.migrations import upgrade
from ocpi.push.audience import OcpiAudience
from ocpi.push.joining import JoiningAudience
from ocpi.push.sender import OcpiSender
from ocpp_bridge.dispatch import Dispatch
from ocpp_bridge.journal import Journal
from ocpp_bridge.listener import Listener, ListenerOptions

FIRST, SECOND, THIRD, LAST = 1, 2, 3, 4
"""Stages of the end; what writes through the group commit ends before it does."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process ready to run: its graph, its servers, and everything that must go on in it."""

    parts: Container
    web: WebServer
    listener: Listener | None
    services: tuple[Service, ...]

    async def run(self, stop: Stop) -> None:
        """Run until told to stop."""
        await run_services(self.services, stop)


@asynccontextmanager
async def open_process(settings: Settings, role: RoleName) -> AsyncIterator[Process]:
    """Connect, migrate when everything is one process, and build what the role runs."""
    if role is RoleName.ALL:
        await upgrade(settings.database_url)
    async with open_outside(settings) as outside:
        yield _build(build_container(outside), role)


def node_name(settings: Settings, role: RoleName) -> str:
    """What its peers call this process; the same again after a restart where that is known.

    On SQLite there is only one process, so its leases and sockets are its predecessor's.
    """
    if settings.node:
        return settings.node
    if settings.database_url.startswith("sqlite"):
        return "local"
    return f"{socket.gethostname()}-{role}-{os.getpid()}"


def _build(parts: Container, role: RoleName) -> Process:
    node = node_name(parts.settings, role)
    sites = build_sites(parts) if role in {RoleName.ALL, RoleName.API} else Sites({})
    listener = _listener(parts, node) if role in {RoleName.ALL, RoleName.BRIDGE} else None
    services: list[Service] = []
    counters: dict[str, Reading] = {}
    gauges: dict[str, Reading] = {"roamwatt_live_streams": sites.open_streams}
    if listener is not None:
        services += _bridge_services(parts, listener, node)
        gauges["roamwatt_chargers_connected"] = lambda: len(parts.links)
        counters["roamwatt_frames_lost"] = lambda: listener.journal.lost
    if role in {RoleName.ALL, RoleName.WORKER}:
        services += _worker_services(parts, node, counters)
    if role is not RoleName.BRIDGE:
        services.append(_prompt_service(parts, counters))
    services.append(_circuits_service(parts, counters, gauges))
    services.append(Service("batch", parts.batch.run, LAST))
    counters["roamwatt_commits"] = lambda: parts.batch.commits
    services.append(Service("exchanges", parts.recorder.run, THIRD))
    counters["roamwatt_exchanges_lost"] = lambda: parts.recorder.lost
    web = _web(parts, sites, counters, gauges)
    services.append(Service("web", web.run, FIRST))
    if (bus := parts.outside.networked_bus) is not None:
        services.append(Service("bus", bus.run, LAST))
    return Process(parts, web, listener, tuple(services))


def _listener(parts: Container, node: str) -> Listener:
    settings = parts.settings
    host, port = split_bind(settings.ocpp_bind)
    return Listener(
        Dispatch(
            parts.stations,
            parts.authorize,
            parts.sessions,
            parts.driver.reservations,
            reports=parts.reports,
            vehicles=parts.guard.vehicles,
            node=node,
        ),
        parts.outside.clock,
        options=ListenerOptions(
            host=host,
            port=port,
            ping_interval_s=settings.ping_interval_s,
            messages_per_s=settings.charger_messages_per_s,
            message_burst=settings.charger_message_burst,
        ),
        links=parts.links,
        journal=_journal(parts),
        tls=main_tls(settings),
        more=further_entrances(settings, parts.guard.certificates.roots),
        proxies=tls_proxies(settings),
    )


def _journal(parts: Container) -> Journal:
    kept = parts.settings.frames_per_charger_kb > 0
    return Journal(build_frames(parts.outside).keep if kept else None)


def _bridge_services(parts: Container, listener: Listener, node: str) -> list[Service]:
    async def serve_commands() -> None:
        await _hear(
            [
                await parts.authorize.listen(),
                await parts.places.listen(),
                await parts.ocpp.serve_commands(node),
                await listener.journal.serve(parts.outside.bus, node),
            ]
        )

    return [
        Service("ocpp", listener.run, FIRST),
        Service("frames", listener.journal.run, LAST),
        Service("commands", serve_commands, SECOND),
        Service("stations", parts.stations.run, SECOND),
    ]


async def _hear(listening: Sequence[Subscription]) -> None:
    """Stay subscribed until the process ends."""
    try:
        await asyncio.Event().wait()
    finally:
        for subscription in listening:
            await subscription.close()


def _circuits_service(
    parts: Container, counters: dict[str, Reading], gauges: dict[str, Reading]
) -> Service:
    gates = parts.calls.gates
    counters["roamwatt_partner_circuit_trips"] = lambda: gates.trips
    counters["roamwatt_partner_exchanges_not_made"] = lambda: gates.turned_away
    gauges["roamwatt_partner_circuits_open"] = lambda: gates.open

    async def listen() -> None:
        await _hear(await parts.circuits.listen(gates.woken))

    return Service("circuits", listen, SECOND)


def _prompt_service(parts: Container, counters: dict[str, Reading]) -> Service:
    prompt = Prompt(parts.outside.store, parts.commands.send)
    counters["roamwatt_prompt_failures"] = lambda: prompt.failures
    return Service("prompt", prompt.run, SECOND)


def _worker_services(parts: Container, node: str, counters: dict[str, Reading]) -> list[Service]:
    outside, follow_ups = parts.outside, build_follow_ups(parts)
    store, clock, bus = outside.store, outside.clock, outside.bus
    partners = OcpiAudience(store)
    told_drivers = build_driver_news(outside, parts.driver)
    told, members = parts.hub.broadcast_audience(), parts.hub.member_audience()
    joining = JoiningAudience(store)
    audiences: list[Audience] = [
        Hints(bus), follow_ups, *told_drivers.audiences, partners, joining, told, members,
    ]  # fmt: skip

    def look_again() -> None:
        for audience in (follow_ups, told_drivers.activities, partners, told, members):
            audience.look_again()

    planner = Planner(store, clock, bus, audiences, before_batch=look_again)
    worker = Worker(
        store,
        clock,
        bus,
        senders={
            "follow": follow_ups,
            **told_drivers.senders,
            "ocpi": OcpiSender(store, parts.calls, parts.partners, clock),
            "broadcast": parts.hub.broadcast_sender(),
            "member": parts.hub.member_sender(),
        },
        owner=node,
        random=parts.random,
    )
    frames = Job("frames.forget", 600, build_frames(outside).forget)
    periodic = Periodic(store, clock, node, [*build_jobs(parts), *told_drivers.jobs, frames])
    counters.update(told_drivers.counters)
    counters["roamwatt_deliveries_sent"] = lambda: worker.sent
    counters["roamwatt_failures"] = lambda: worker.failures + planner.failures + periodic.failures
    return [
        Service("planner", planner.run, SECOND),
        Service("worker", worker.run, SECOND),
        Service("periodic", periodic.run, SECOND),
    ]


def _web(
    parts: Container,
    sites: Sites,
    counters: Mapping[str, Reading],
    gauges: Mapping[str, Reading],
) -> WebServer:
    outside = parts.outside
    health = Health(
        {
            "database": database_check(outside.store),
            "bus": bus_check(outside.bus),
            "workers": workers_check(outside.store, outside.clock),
        }
    )
    metrics = Metrics(
        outside.store, dict(counters), dict(gauges), circuits=lambda: parts.calls.gates.circuits
    )
    app: ASGIApp = build_web(sites.by_path, health, metrics)
    return WebServer(
        app,
        parts.settings.http_bind,
        end_streams=sites.end_streams,
        trusted_proxies=parts.settings.trusted_proxies,
    )
