"""Story 3: a partner registers in either direction, pulls page by page, and is told the rest."""

import json
from decimal import Decimal

import pytest

from app.simulators.partner import Partner
from app.simulators.partner_client import ExchangeFailedError
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import SPOTS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
both_shapes = pytest.mark.parametrize("world", [ONE, THREE], indirect=True)

DIRECTIONS = ["they-register", "we-register"]


async def _join(world: World, partner: Partner, direction: str) -> None:
    if direction == "they-register":
        token, url = await world.invite(partner)
        await partner.register(url, token)
        return
    await world.hub.verb(
        "partner", "register", "--versions-url", partner.versions_url, "--token", partner.invite()
    )


@both_shapes
@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_a_partner_joins_and_is_told_everything(world: World, direction: str) -> None:
    spot = SPOTS["ocpp2.0.1"]
    async with (
        world.partner("EMSP", registered=False) as partner,
        world.charger(spot) as charger,
    ):
        cards = [f"{partner.party}-CARD-{number}" for number in range(1, 4)]
        for card in cards:
            partner.add_token(card)
        await _join(world, partner, direction)

        # Both sides pull, page by page.
        assert len(await partner.pull("locations", "limit=1")) == 2
        assert len(await partner.pull("tariffs", "limit=1")) == 2
        await until(lambda: _pages(partner, "tokens") == ["", "2"])

        # From now on they are told.
        await charger.booted()
        await charger.plug_in()
        evse = await world.evse(spot)
        await until(lambda: _status(partner, spot.location, evse["uid"]) == "CHARGING")

        definition = (await world.operator.get("/tariffs/FAST-DC")).json()["definition"]
        definition["description"]["en"] = f"As told to {partner.name}."
        answer = await world.operator.put("/tariffs/FAST-DC", json=definition)
        assert answer.is_success, answer.text
        await until(lambda: partner.received.told("tariffs", "FAST-DC"))
        (tariff,) = partner.received.of("tariffs")
        assert tariff["tariff_alt_text"][0]["text"] == f"As told to {partner.name}."

        assert await charger.present(1, cards[2]) == "Accepted"
        session = await until(lambda: partner.received.of("sessions"))
        assert session[0]["status"] == "ACTIVE"
        await charger.meter(energy_kwh=Decimal("5.5"), power_kw=Decimal(11))
        await until(lambda: partner.received.of("sessions")[0]["kwh"] == 5.5)
        await charger.stop()
        await charger.unplug()
        (cdr,) = await until(lambda: partner.received.of("cdrs"))
        (session,) = partner.received.of("sessions")
        assert session["status"] == "COMPLETED"
        assert session["cdr_token"]["uid"] == cdr["cdr_token"]["uid"] == cards[2]
        # 5.5 kWh at 0.39 and 0.35 to start, 21 % tax
        assert cdr["total_cost"] == {"excl_vat": 2.495, "incl_vat": 3.019}
        assert session["total_cost"] == cdr["total_cost"]
        await until(lambda: _status(partner, spot.location, evse["uid"]) == "AVAILABLE")
        assert charger.violations == []


def _pages(partner: Partner, module: str) -> list[str]:
    """The offsets with which the hub has asked for a list of ours."""
    return [
        request.asked("offset")
        for request in partner.requests
        if request.path.endswith(f"/sender/{module}") and request.method == "GET"
    ]


def _status(partner: Partner, location: str, uid: str) -> str | None:
    """An EVSE's status as the partner was told it last."""
    told = [t for t in partner.received.told("locations", location) if uid in t.key]
    return str(told[-1].body["status"]) if told else None


async def test_tokens_rotate_and_leaving_ends_everything(world: World) -> None:
    async with world.partner("EMSP", registered=False) as partner:
        said = await world.hub.verb("partner", "invite", "--name", partner.name, "--roles", "EMSP")
        invited = json.loads(said)
        await partner.register(invited["versions_url"], invited["token"])
        assert partner.peer is not None
        before = partner.peer.token
        await partner.rotate()
        assert partner.peer.token != before
        assert await partner.pull("locations")  # from now on the old token is dead
        with pytest.raises(ExchangeFailedError) as refused:
            await partner.client.learn(invited["versions_url"], before)
        assert refused.value.http == 401
        last = partner.peer.token
        await partner.unregister()
        with pytest.raises(ExchangeFailedError) as refused:
            await partner.client.learn(invited["versions_url"], last)
        assert refused.value.http == 401
