"""Nothing that lets somebody in, or names a person or a card, stands in the hub's log (43)."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from httpx import AsyncClient

from app.simulators.charger_link import HandshakeRefusedError
from app.simulators.partner_client import ExchangeFailedError
from app.simulators.phone import CallFailedError
from tests.support.driving import in_state, save_card, started
from tests.support.hub import SECRET_KEY
from tests.support.patience import until
from tests.support.shapes import ONE, THREE
from tests.support.world import SPOTS, WEBHOOK_SECRET, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRONG_PASSWORD, WRONG_KEY = "a-password-that-is-wrong", "rwk_a-key-that-is-wrong"
CARD, STRANGE_CARD, GUEST = "DE-SECRET-CARD-7", "04A1B2C3D4E5F6", "guest.person@example.com"


def forms(secrets: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    """Every secret as it is, and as it travels in an Authorization header."""
    for name, secret in secrets.items():
        assert secret, name
        yield name, secret
        yield f"{name} in base64", base64.b64encode(secret.encode()).decode().rstrip("=")


@pytest.mark.parametrize("world", [ONE, THREE], indirect=True)
async def test_a_day_of_work_and_trouble_leaves_no_secret_in_the_log(world: World) -> None:
    """Things go well, and each goes wrong once, for it is then that too much is told."""
    spot = SPOTS["ocpp1.6"]
    secrets: dict[str, str | None] = {
        "secret key": SECRET_KEY,
        "operator's key": world.key,
        "wrong key": WRONG_KEY,
        "charger's password": spot.password,
        "wrong password": WRONG_PASSWORD,
        "provider's key": world.provider.api_key,
        "webhook secret": WEBHOOK_SECRET,
        "partner's card": CARD,
        "unknown card": STRANGE_CARD,
        "guest's address": GUEST,
    }
    secrets |= await _partners_and_cards(world)
    secrets |= await _drivers(world)
    await _strangers(world)
    log = "".join(world.hub.log_of(role).read_text() for role in world.hub.plan.roles)
    told = [name for name, secret in forms(secrets) if secret in log]
    assert told == []
    journal = await _journal(world)
    assert [name for name, secret in forms(secrets) if secret in journal] == []


async def _journal(world: World) -> str:
    """All exchanges with partners, as an operator may read them, once they are written down."""
    headers = {"Authorization": f"Bearer {world.key}"}
    async with AsyncClient(base_url=f"{world.hub.url}/operator/api/v1", headers=headers) as http:

        async def listed() -> list[dict[str, str]]:
            found: list[dict[str, str]] = (await http.get("/exchanges?limit=200")).json()
            return found

        async def written() -> bool:
            return {"tokens", "credentials"} <= {each["module"] for each in await listed()}

        await until(written)
        whole = [await http.get(f"/exchanges/{each['id']}") for each in await listed()]
    return "\n".join(answer.text for answer in whole)


async def _partners_and_cards(world: World) -> dict[str, str | None]:
    """A partner's driver shows a card that its platform cannot answer for, then one it can."""
    spot = SPOTS["ocpp1.6"]
    async with world.partner("EMSP") as partner, world.charger(spot) as charger:
        partner.add_token(CARD, whitelist="NEVER")
        await partner.push_token(CARD)
        assert partner.peer is not None
        tokens = {
            "token they show": partner.peer.token,
            "token we show": next(iter(partner.accepted_tokens)),
        }
        with suppress(ExchangeFailedError):
            await partner.client.ask(
                "PUT",
                partner.peer.endpoints["tokens", "RECEIVER"] + f"/NL/RW1/{CARD}",
                token=partner.peer.token,
                body=partner.tokens[CARD],
            )
        await charger.booted()
        partner.fault("error", path="tokens")
        for card in (CARD, STRANGE_CARD, CARD):
            await charger.present(1, card)
            await charger.stop()
    return tokens


async def _drivers(world: World) -> dict[str, str | None]:
    """A driver pays and charges; another's session is asked for, and a used token used again."""
    spot = SPOTS["ocpp1.6"]
    async with world.charger(spot) as charger, world.driver("Secret") as phone:
        await charger.booted()
        used = phone.refresh_token
        await phone.refresh()
        await save_card(world, phone)
        await charger.plug_in()
        session = await started(world, phone, spot)
        await in_state(phone, session["id"], "charging")
        await phone.post(f"/sessions/{session['id']}/stop")
        await until(lambda: charger.running() is None)
        await charger.unplug()
        await in_state(phone, session["id"], "completed")
        code = (await world.evse(spot))["qr_url"].rsplit("/", 1)[-1]
        async with AsyncClient(base_url=world.api_url, trust_env=False) as guest:
            answer = await guest.post("/guest/quotes", json={"code": code, "email": GUEST})
            quote = answer.json() if answer.status_code == 201 else {"secret": "none was given"}
        with suppress(CallFailedError):
            await phone.get("/sessions/not-mine")
        return {
            "access token": phone.access_token,
            "refresh token": phone.refresh_token,
            "used refresh token": used,
            "push token": phone.push_token,
            "driver's address": f"secret-{len(world.idp.users) - 1}@example.com",
            "guest's secret": quote["secret"],
        }


async def _strangers(world: World) -> None:
    """Keys, passwords and tokens that are wrong."""
    spot = SPOTS["ocpp1.6"]
    with suppress(HandshakeRefusedError, ExceptionGroup):
        async with world.charger(replace(spot, password=WRONG_PASSWORD)) as charger:
            await charger.booted()
    async with AsyncClient(base_url=world.hub.url, trust_env=False) as http:
        headers = {"Authorization": f"Bearer {WRONG_KEY}"}
        assert (await http.get("/operator/api/v1/stations", headers=headers)).status_code == 401
        body = json.dumps({"refresh_token": WRONG_KEY, "device_id": "a-device-id"})
        answer = await http.post(
            "/api/v1/auth/refresh", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 401
        token = base64.b64encode(WRONG_KEY.encode()).decode()
        answer = await http.get("/ocpi/versions", headers={"Authorization": f"Token {token}"})
        assert answer.status_code == 401
