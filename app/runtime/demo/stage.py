"""Everybody who plays: the hub in this process, and its counterparts on loopback sockets."""

import json
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from app.runtime.process import Process, open_process
from app.runtime.settings import Settings, read_settings
from app.runtime.shapes import RoleName
from app.simulators.charger import Charger
from app.simulators.identity_provider import IdentityProvider
from app.simulators.ocpp_schemas import Protocol
from app.simulators.partner import Partner
from app.simulators.phone import Phone
from app.simulators.provider import Provider
from app.simulators.provider_webhooks import Hook
from app.simulators.push_service import PushService

APP = Path(__file__).parents[2]
PACKED = APP / "_example-site.json"
SITE_FILE = PACKED if PACKED.exists() else APP.parent / "docs" / "example-site.json"
"""The example inside the package when installed, else among the docs."""

PROTOCOLS: dict[str, Protocol] = {
    "RW-AMS-01": "ocpp1.6",
    "RW-AMS-02": "ocpp2.0.1",
    "RW-AMS-03": "ocpp2.1",
}
HTTP_PORT, OCPP_PORT = 8000, 9000


@dataclass(frozen=True, slots=True)
class Services:
    """Card provider, push service and identity provider."""

    cards: Provider
    push: PushService
    identity: IdentityProvider


@dataclass(frozen=True, slots=True)
class Stage:
    """The cast; `api_key` is the operator's."""

    folder: Path
    hub: Process
    services: Services
    partner: Partner

    @property
    def url(self) -> str:
        """The hub's address."""
        return self.hub.parts.settings.public_url

    @property
    def ocpp_url(self) -> str:
        """Where chargers connect."""
        return f"ws://{self.hub.parts.settings.ocpp_bind}/ocpp"

    def phone(self) -> Phone:
        """A new installation of the app."""
        return Phone(f"{self.url}/api/v1")

    def charger(self, station: dict[str, str], evses: int) -> Charger:
        """One of the site's chargers, as the import file describes it."""
        return Charger(
            self.ocpp_url,
            station["id"],
            station["password"],
            protocol=PROTOCOLS[station["id"]],
            evses=evses,
            max_power_kw=Decimal(150 if station["id"].endswith("3") else 11),
        )

    @property
    def violations(self) -> list[str]:
        """What the counterparts found wrong with us."""
        services = self.services
        return [
            *self.partner.violations,
            *services.cards.violations,
            *services.push.violations,
            *services.identity.violations,
        ]


def site_stations() -> list[tuple[dict[str, str], int]]:
    """The chargers of the example site, with how many EVSEs each has."""
    site = json.loads(SITE_FILE.read_text())
    stations = [s for location in site["locations"] for s in location["stations"]]
    return [(s, len(s["evses"])) for s in stations if s["id"] in PROTOCOLS]


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Start everybody but the hub's services, which `hub.run` does."""
    async with AsyncExitStack() as cast:
        folder = Path(cast.enter_context(tempfile.TemporaryDirectory(prefix="roamwatt-demo-")))
        services = Services(
            await cast.enter_async_context(Provider()),
            await cast.enter_async_context(PushService()),
            await cast.enter_async_context(IdentityProvider()),
        )
        partner = await cast.enter_async_context(Partner(name="Partner Mobility"))
        settings = _settings(folder, services)
        hub = await cast.enter_async_context(open_process(settings, RoleName.ALL))
        yield Stage(folder, hub, services, partner)


def _settings(folder: Path, services: Services) -> Settings:
    account = folder / "push-account.json"
    account.write_text(json.dumps(services.push.service_account()))
    http, webhook = _port(HTTP_PORT), f"whsec_{secrets.token_hex(16)}"
    url = f"http://127.0.0.1:{http}"
    services.cards.webhooks.hooks.append(Hook(f"{url}/api/v1/payments/webhook", webhook))
    identity = services.identity
    return read_settings(
        database_url=f"sqlite:///{folder}/roamwatt.db",
        nats_url=None,
        http_bind=f"127.0.0.1:{http}",
        ocpp_bind=f"127.0.0.1:{_port(OCPP_PORT)}",
        public_url=url,
        partner_networks="127.0.0.0/8",
        payments="stripe",
        stripe_key=services.cards.api_key,
        stripe_url=services.cards.origin,
        stripe_webhook_secrets=webhook,
        push="fcm",
        fcm_credentials=account,
        fcm_url=services.push.send_url,
        identity_providers=f"simulated={identity.origin}|{identity.client_id}",
    )


def free_port() -> int:
    """A port nobody uses at the moment."""
    return _port(0)


def _port(wanted: int) -> int:
    """The usual port, or a free one when it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            taken: int = probe.getsockname()[1]
            return taken
    raise OSError("no free port")
