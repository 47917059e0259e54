"""A driver's wishes over HTTP: at our charger by its rules, at a partner's by the partner's."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.identifiers import PartyId
from app.domain.preferences import PreferencesAnswer, ProfileType
from app.domain.sessions import SessionStatus
from app.domain.units import Kwh
from tests.edge.mobile.conftest import STRANGER, Site, refused
from tests.support.chargers import CPO
from tests.support.drive import ME
from tests.support.roaming_objects import a_session

WISH = {"profile_type": "FAST"}


async def _put(site: Site, charging: str, me: dict[str, str], body: Any = None) -> Any:
    return await site.http.put(f"/sessions/{charging}/preferences", json=body, headers=me)


@pytest.fixture
async def charges(site: Site) -> tuple[str, dict[str, str]]:
    """The id of a session of d-1 that charges, and the driver's header."""
    me = await site.sign_in()
    live = await site.drive.floor.connect()
    quote = await site.quote(me)
    await site.post("/sessions", {"quote_id": quote["id"]}, headers=me)
    await site.drive.pump()
    charging = await site.drive.chargings.get(quote["id"], ME)
    await site.drive.plug_in(live, charging)
    return quote["id"], me


async def test_a_wish_at_our_charger(site: Site, charges: tuple[str, dict[str, str]]) -> None:
    charging, me = charges
    answer = await _put(site, charging, me, WISH)
    assert answer.json() == {"result": "NOT_POSSIBLE"}
    async with site.drive.store.transaction() as tx:
        location = await tx.locations.need(CPO, "L1")
        able = [replace(e, capabilities=("CHARGING_PREFERENCES_CAPABLE",)) for e in location.evses]
        await tx.locations.put(replace(location, evses=tuple(able)))
    assert (await _put(site, charging, me, WISH)).json() == {"result": "ACCEPTED"}
    cheap = {"profile_type": "CHEAP", "departure": "2026-05-04T18:00:00+02:00"}
    missing = await _put(site, charging, me, cheap)
    assert missing.json() == {"result": "ENERGY_NEED_REQUIRED"}
    whole = await _put(site, charging, me, cheap | {"energy_need_kwh": "12.5"})
    assert whole.json() == {"result": "ACCEPTED"}
    sessions = await _sessions(site, charging)
    async with site.drive.store.reading() as tx:
        row = await tx.profiles.need(sessions[0].id)
    assert row.preferences is not None
    assert row.preferences.energy_need == Kwh.of("12.5")


async def _sessions(site: Site, charging: str) -> Any:
    async with site.drive.store.reading() as tx:
        return await tx.sessions.of_charging(charging)


async def test_a_wish_at_a_partners_charger(
    site: Site, charges: tuple[str, dict[str, str]]
) -> None:
    charging, me = charges
    theirs = a_session(
        "t-1", party=PartyId("DE", "TNC"), own=False, charging_id=charging,
        status=SessionStatus.ACTIVE,
    )  # fmt: skip
    async with site.drive.store.transaction() as tx:
        await tx.sessions.put_foreign(theirs)
        for session in await tx.sessions.of_charging(charging):
            if session.own:
                await tx.sessions.put(replace(session, status=SessionStatus.COMPLETED))
    site.drive.cpos.answer = PreferencesAnswer.PROFILE_TYPE_NOT_SUPPORTED
    answer = await _put(site, charging, me, WISH)
    assert answer.json() == {"result": "PROFILE_TYPE_NOT_SUPPORTED"}
    site.drive.cpos.answer = PreferencesAnswer.ACCEPTED
    assert (await _put(site, charging, me, WISH)).json() == {"result": "ACCEPTED"}
    session, wish = site.drive.cpos.wished[-1]
    assert (session.id, wish.profile_type) == ("t-1", ProfileType.FAST)
    async with site.drive.store.reading() as tx:
        assert (await tx.profiles.need("DE-TNC/t-1")).preferences == wish


async def test_what_is_no_wish(site: Site, charges: tuple[str, dict[str, str]]) -> None:
    charging, me = charges
    for wrong in (
        {},
        {"profile_type": "WARP"},
        {"profile_type": "CHEAP", "departure": "2026-05-04T18:00:00"},
        {"profile_type": "CHEAP", "energy_need_kwh": "0"},
        {"profile_type": "CHEAP", "energy_need_kwh": "NaN"},
    ):
        refused(await _put(site, charging, me, wrong), 422, "malformed")
    thief = await site.sign_in("thief", STRANGER)
    refused(await _put(site, charging, thief, WISH), 404, "not_found")


async def test_nothing_goes_on_yet(site: Site) -> None:
    me = await site.sign_in()
    await site.drive.floor.connect()
    quote = await site.quote(me)
    refused(await _put(site, quote["id"], me, WISH), 409, "conflict")
