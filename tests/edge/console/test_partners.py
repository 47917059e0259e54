"""Partners in the operator's API: what they need, whether they answer, how far they are pulled."""

from datetime import timedelta
from typing import Any

import httpx

from app.console.api.access import OperatorServices
from app.domain.circuits import Circuit
from app.domain.identifiers import PartyId
from app.domain.pulls import Progress
from tests.edge.console.conftest import refused
from tests.support.clock import NOON, FakeClock


async def test_quirks_are_seen_and_switched(api: httpx.AsyncClient, other: dict[str, str]) -> None:
    partner = (await api.post("/partners", json={"name": "Them", "roles": ["CPO"]})).json()["id"]
    quirks = f"/partners/{partner}/quirks"
    on = {"raw-token": "", "page-size": "20"}
    assert (await api.patch(quirks, json={"quirks": on})).json()["quirks"] == on
    assert (await api.get("/partners")).json()[0]["quirks"] == on
    off = await api.patch(quirks, json={"quirks": {"raw-token": None}})
    assert off.json()["quirks"] == {"page-size": "20"}
    for wrong in ({"page-size": "x"}, {"humming": ""}, {"no-patch": "3"}):
        refused(await api.patch(quirks, json={"quirks": wrong}), 422, "invalid_input")
    refused(await api.patch(quirks, json={"quirks": {}}, headers=other), 403, "forbidden")
    refused(await api.patch("/partners/none/quirks", json={"quirks": {}}), 404, "not_found")
    assert (await api.get("/quirks")).json().keys() >= on.keys()


async def test_partners_that_do_not_answer_are_seen(
    api: httpx.AsyncClient, services: OperatorServices, clock: FakeClock
) -> None:
    """Any process' word counts, until it says that all is well, or nothing for ten minutes."""
    partner = (await api.post("/partners", json={"name": "Them", "roles": ["CPO"]})).json()["id"]
    circuits, woken = services.circuits, list[str]()
    listening = await circuits.listen(woken.append)
    gone = Circuit().failed(NOON, "silence", most=1)

    async def shown() -> dict[str, Any]:
        found: dict[str, Any] = (await api.get("/partners")).json()[0]["circuit"]
        return found

    assert (await shown())["state"] == "closed"
    await circuits.tell(partner, gone)
    seen = await shown()
    assert (seen["state"], seen["why"], seen["failures"]) == ("open", "silence", 1)
    await circuits.tell(partner, gone.answered())
    assert (await shown())["state"] == "closed"
    await circuits.tell(partner, gone)
    clock.set(NOON + timedelta(minutes=11))
    assert (await shown())["state"] == "closed"
    await circuits.alive(partner)
    assert woken == [partner]
    for subscription in listening:
        await subscription.close()


async def test_how_far_lists_are_pulled_is_seen(
    api: httpx.AsyncClient, services: OperatorServices
) -> None:
    partner = (await api.post("/partners", json={"name": "Them", "roles": ["CPO"]})).json()["id"]
    assert (await api.get(f"/partners/{partner}/pulls")).json() == []
    progress = Progress(partner, "tariffs", PartyId("DE", "TNC"))
    await services.pulls.note(progress.failed(NOON, "the list never ends", passing=False))
    (shown,) = (await api.get(f"/partners/{partner}/pulls")).json()
    assert (shown["module"], shown["party"]) == ("tariffs", "DE-TNC")
    assert shown["trouble"] == "the list never ends"
    refused(await api.get("/partners/nobody/pulls"), 404, "not_found")
