"""Foreign charger software at our bridge: a whole day of a charger, in three versions of OCPP.

ocpp-rpc checks all that we say by the official schemas, and refuses what does not fit.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.foreign.charger_words import Words, words_of
from tests.foreign.foreign_charger import (
    CHARGERS,
    ChargerSoftware,
    ForeignCharger,
    foreign_charger,
)
from tests.foreign.kits import KitFailed
from tests.support.patience import until
from tests.support.world import SPOTS, Spot, World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]
FIRMWARE = {"location": "https://files.example/fw.bin"}
UPLOAD = {"location": "https://files.example/up"}
PROFILE = {"unit": "A", "periods": [{"start_s": 0, "limit": "10"}]}
ACCEPTED = {"status": "Accepted"}


@pytest.fixture(params=CHARGERS, ids=str)
def software(request: pytest.FixtureRequest) -> ChargerSoftware:
    """Whose."""
    found: ChargerSoftware = request.param
    return found


@pytest.fixture
def spot(software: ChargerSoftware) -> Spot:
    """Where it stands."""
    return SPOTS[software.protocol]


@pytest.fixture
def words(software: ChargerSoftware) -> Words:
    """How it speaks."""
    return words_of(software.protocol)


@pytest_asyncio.fixture(loop_scope="session")
async def charger(
    world: World, software: ChargerSoftware, spot: Spot, tmp_path: Path
) -> AsyncIterator[ForeignCharger]:
    """The charger, connected; what its software complains of fails the test."""
    url = f"{world.hub.ocpp_url}/ocpp"
    opening = foreign_charger(software, url, spot.station, password=spot.password, folder=tmp_path)
    try:
        async with opening as connected:
            yield connected
            assert connected.wrong == []
    except KitFailed as error:
        pytest.fail(f"{software} cannot be installed here: {error}", pytrace=False)


async def _post(world: World, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await world.operator.post(path, json=body)
    assert answer.status_code in {200, 202}, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def _command(world: World, command: dict[str, Any]) -> str:
    """How it ended."""

    async def settled() -> str | None:
        found = (await world.operator.get(f"/commands/{command['id']}")).json()
        return found["result"] if found["state"] == "settled" else None

    result: str = await until(settled)
    return result


async def _session(world: World, spot: Spot, status: str) -> dict[str, Any]:
    async def found() -> dict[str, Any] | None:
        newest = next(iter(await world.sessions(spot)), None)
        return newest if newest is not None and newest["status"] == status else None

    session: dict[str, Any] = await until(found)
    return session


async def test_a_day_of_a_foreign_charger(
    world: World, charger: ForeignCharger, spot: Spot, words: Words
) -> None:
    """Boot, remote start, a profile, remote stop, and a CDR for what was drawn."""
    booted = await words.boot(charger)
    assert booted["status"] == "Accepted"
    await words.show(charger, "Available")
    await world.until_status(spot, "AVAILABLE")
    evse = await world.evse(spot)
    await charger.answer(words.start, ACCEPTED)
    start = await _post(
        world,
        "/commands/start",
        {"location_id": spot.location, "evse_uid": evse["uid"]},
    )
    asked = await charger.hears(words.start)
    assert await _command(world, start) == "ACCEPTED"
    transaction = await words.begin(charger, asked)
    await words.show(charger, "Charging" if words.upload == "GetDiagnostics" else "Occupied")
    await words.draw(charger, transaction, "1.5")
    session = await _session(world, spot, "ACTIVE")
    await charger.answer(words.profile, ACCEPTED)
    limit = await world.operator.put(f"/sessions/{session['id']}/profile", json=PROFILE)
    assert limit.status_code == 202, limit.text
    await charger.hears(words.profile)
    assert await _command(world, limit.json()) == "ACCEPTED"
    await charger.answer(words.stop, ACCEPTED)
    stop = await _post(world, "/commands/stop", {"session_id": session["id"]})
    await charger.hears(words.stop)
    assert await _command(world, stop) == "ACCEPTED"
    await words.end(charger, transaction, "2.25")
    await words.show(charger, "Available")
    done = await _session(world, spot, "COMPLETED")
    assert done["id"] == session["id"]
    assert float(done["energy"]) == pytest.approx(2.25)


async def test_reservation_firmware_and_diagnostics(
    world: World, charger: ForeignCharger, spot: Spot, words: Words
) -> None:
    """Each asked by the operator, answered and followed to its end."""
    await words.boot(charger)
    await words.show(charger, "Available")
    evse = await world.evse(spot)
    await charger.answer(words.reserve, ACCEPTED)
    await charger.answer("CancelReservation", ACCEPTED)
    until_when = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    place = {"location_id": spot.location, "evse_uid": evse["uid"], "expires_at": until_when}
    reservation = await _post(world, "/reservations", place)
    await charger.hears(words.reserve)

    async def active() -> bool:
        found = await world.operator.get(f"/reservations/{reservation['id']}")
        return bool(found.json()["state"] == "active")

    await until(active)
    given_back = await world.operator.delete(f"/reservations/{reservation['id']}")
    assert given_back.status_code in {200, 202, 204}, given_back.text
    await charger.hears("CancelReservation")

    chargers = f"/chargers/{spot.station}"
    plain = words.upload == "GetDiagnostics"
    await charger.answer("UpdateFirmware", {} if plain else ACCEPTED)
    await _post(world, f"{chargers}/firmware", FIRMWARE)
    heard = await charger.hears("UpdateFirmware")
    for status in ("Downloading", "Downloaded", "Installing", "Installed"):
        await words.firmware(charger, heard.get("requestId", 0), status)

    async def installed() -> bool:
        updates = (await world.operator.get(f"{chargers}/firmware")).json()
        return bool(updates) and updates[0]["status"] == "Installed"

    await until(installed)

    await charger.answer(words.upload, {"fileName": "x.log"} if plain else ACCEPTED)
    kind = "diagnostics" if plain else "log"
    wanted = UPLOAD if plain else {**UPLOAD, "log": "DiagnosticsLog"}
    await _post(world, f"{chargers}/uploads/{kind}", wanted)
    heard = await charger.hears(words.upload)
    await words.uploaded(charger, heard.get("requestId", 0))

    async def there() -> bool:
        uploads = (await world.operator.get(f"{chargers}/uploads/{kind}")).json()
        return bool(uploads) and uploads[0]["status"] == "Uploaded"

    await until(there)
