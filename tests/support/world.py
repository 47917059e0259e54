"""A hub with everybody around it: operator, chargers, partners, drivers, and the services it uses.

The site is `docs/example-site.json`, with the hours of its tariffs moved so that it is day, and
stays day, for the next hours: prices can then be checked by hand.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from httpx import AsyncClient

from app.simulators.charger import Charger
from app.simulators.identity_provider import IdentityProvider
from app.simulators.ocpp_schemas import Protocol
from app.simulators.partner import Partner
from app.simulators.phone import Phone
from app.simulators.provider import Provider
from app.simulators.provider_webhooks import Hook
from app.simulators.push_service import PushService
from tests.support.hub import ROOT, Hub, HubPlan
from tests.support.patience import until

EXAMPLE = ROOT / "docs" / "example-site.json"
ZONE = ZoneInfo("Europe/Amsterdam")
PARTY = "NL-RW1"
WEBHOOK_SECRET = "whsec_journeys"
VAT = Decimal("1.21")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Spot:
    """A charger of the site and its first EVSE; `kwh_price` is net, by day."""

    station: str
    password: str
    location: str
    evse_id: str
    protocol: Protocol
    kwh_price: Decimal
    flat: Decimal
    evses: int = 1

    def cost(self, kwh: str) -> int:
        """What this energy costs with tax, in cents, worked out by hand."""
        gross = (self.kwh_price * Decimal(kwh) + self.flat) * VAT
        return int(gross.quantize(CENT, ROUND_HALF_UP) * 100)


STREET, FAST = (Decimal("0.39"), Decimal("0.35")), (Decimal("0.59"), Decimal(0))
SPOTS: dict[str, Spot] = {
    "ocpp1.6": Spot(
        "RW-AMS-01", "example-password-01", "AMS-HARBOUR", "NL*RW1*E0001*1", "ocpp1.6", *STREET, 2
    ),
    "ocpp2.0.1": Spot(
        "RW-AMS-02", "example-password-02", "AMS-HARBOUR", "NL*RW1*E0002*1", "ocpp2.0.1", *STREET
    ),
    "ocpp2.1": Spot(
        "RW-AMS-03", "example-password-03", "AMS-RING", "NL*RW1*E0003*1", "ocpp2.1", *FAST
    ),
}


def site_text(now: datetime | None = None) -> str:
    """The example site, at whose chargers it is day for hours to come."""
    local = (now or datetime.now(UTC)).astimezone(ZONE)
    night, morning = local + timedelta(hours=8), local + timedelta(hours=16)
    text = EXAMPLE.read_text()
    for begin, end in (("21:00", "07:00"), ("22:00", "06:00")):
        text = text.replace(
            f'"start_time": "{begin}", "end_time": "{end}"',
            f'"start_time": "{night:%H:%M}", "end_time": "{morning:%H:%M}"',
        )
    return text.replace(
        '"start_time": "07:00", "end_time": "21:00"',
        f'"start_time": "{morning:%H:%M}", "end_time": "{night:%H:%M}"',
    )


@dataclass
class World:
    """One hub and its surroundings, shared by the journeys of one run."""

    hub: Hub
    provider: Provider
    push: PushService
    idp: IdentityProvider
    operator: AsyncClient
    key: str
    expected: set[str] = field(default_factory=set)
    """Events of the log at level error that a journey brings about on purpose."""
    _parties: int = 0

    @property
    def api_url(self) -> str:
        """The driver API."""
        return f"{self.hub.url}/api/v1"

    def charger(self, spot: Spot, **more: Any) -> Charger:
        """The charger of a spot, to be entered with `async with`."""
        return Charger(
            self.hub.ocpp_url,
            spot.station,
            spot.password,
            protocol=spot.protocol,
            evses=spot.evses,
            longest_backoff_s=0.3,
            **more,
        )

    @asynccontextmanager
    async def driver(self, name: str = "Dana") -> AsyncIterator[Phone]:
        """A new driver's phone, signed in."""
        subject = f"{name}-{len(self.idp.users)}"
        self.idp.add_user(subject, name=name, email=f"{subject.lower()}@example.com")
        async with Phone(self.api_url) as phone:
            await phone.sign_in(
                self.idp.origin, client_id=self.idp.client_id, provider="simulated", user=subject
            )
            yield phone

    @asynccontextmanager
    async def partner(
        self, *roles: str, registered: bool = True, version: str = "2.2.1"
    ) -> AsyncIterator[Partner]:
        """Another company; it registers by our invitation, and leaves in the end."""
        self._parties += 1
        party, roles = f"P{self._parties:02}", roles or ("EMSP", "CPO")
        async with Partner(
            name=f"Partner {party}", party=party, roles=roles, version=version
        ) as partner:
            if registered:
                token, url = await self.invite(partner)
                await partner.register(url, token)
            yield partner
            if partner.peer is not None:
                await partner.unregister()
            assert partner.violations == []

    async def invite(self, partner: Partner) -> tuple[str, str]:
        """A token for a partner, and where to register with it."""
        body = {"name": partner.name, "roles": list(partner.roles)}
        answer = await self.operator.post("/partners", json=body)
        assert answer.status_code == 201, answer.text
        invited = answer.json()
        names = "versions_url" if partner.dialect.is_routed else "versions_url_2_1_1"
        return invited["token"], invited[names]

    async def evse(self, spot: Spot) -> dict[str, Any]:
        """The state of a spot's EVSE as the operator sees it."""
        answer = await self.operator.get(f"/locations/{spot.location}")
        evses: list[dict[str, Any]] = answer.raise_for_status().json()["evses"]
        return next(evse for evse in evses if evse["evse_id"] == spot.evse_id)

    async def until_status(self, spot: Spot, *wanted: str) -> None:
        """Waits for an EVSE status of OCPI."""

        async def shown() -> bool:
            return (await self.evse(spot))["status"] in wanted

        await until(shown)

    async def sessions(self, spot: Spot) -> list[dict[str, Any]]:
        """The sessions of a charger, the newest first."""
        answer = await self.operator.get("/sessions", params={"limit": 200})
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return [session for session in found if session["station_id"] == spot.station]

    def faults(self) -> list[str]:
        """What the counterparts that serve all journeys found wrong with the hub."""
        return [
            *self.provider.violations,
            *self.push.violations,
            *self.idp.violations,
            *(f"webhook {kind}: {status}" for kind, status in self.provider.webhooks.refused),
        ]


@asynccontextmanager
async def a_world(folder: Path, database_url: str, **plan: Any) -> AsyncIterator[World]:
    """A hub with the example site on an empty database, ready to be used."""
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(Provider())
        push = await stack.enter_async_context(PushService())
        idp = await stack.enter_async_context(IdentityProvider())
        account = folder / "push.json"
        account.write_text(json.dumps(push.service_account()))
        settings = {
            "PAYMENTS": "stripe",
            "STRIPE_URL": provider.origin,
            "STRIPE_KEY": provider.api_key,
            "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "PUSH": "fcm",
            "FCM_CREDENTIALS": str(account),
            "FCM_URL": push.send_url,
            "IDENTITY_PROVIDERS": f"simulated={idp.origin}|{idp.client_id}",
        }
        hub = Hub(folder, HubPlan(database_url=database_url, settings=settings, **plan))
        stack.push_async_callback(hub.stop)
        key = await _open_shop(hub)
        provider.webhooks.hooks.append(Hook(f"{hub.url}/api/v1/payments/webhook", WEBHOOK_SECRET))
        operator = AsyncClient(
            base_url=f"{hub.url}/operator/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
            timeout=15,
        )
        await stack.enter_async_context(operator)
        yield World(hub, provider, push, idp, operator, key)
        since = hub.log_position()
        codes = await hub.stop()
        assert set(codes.values()) == {0}, codes
        troubles = hub.troubles(since)
        assert troubles == [], troubles


async def _open_shop(hub: Hub) -> str:
    """Import the site, start the hub, and make the operator's key meanwhile; the key."""
    site = hub.folder / "site.json"
    site.write_text(site_text())
    await hub.verb("import", str(site))
    made, _ = await asyncio.gather(hub.verb("operator", "add", PARTY, "--json"), hub.start())
    return str(json.loads(made)["api_key"])
