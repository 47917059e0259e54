"""The journal of exchanges for operators: by the platform's keys only, without secrets."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.console.api.access import OperatorServices
from app.domain.exchanges import Direction, Pushed
from app.store.transaction import Store
from tests.edge.console.conftest import refused
from tests.store.test_exchanges import BARE, WHOLE
from tests.support.roaming_objects import a_partner

CARD = replace(WHOLE, id="x-003", pushed=Pushed("ocpi.token", "NL-RWM/RFID/04SECRET"))


@pytest.fixture
async def kept(services: OperatorServices, store: Store) -> None:
    """A partner, and three exchanges, one of which is a stranger's."""
    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
    await services.exchanges.keep([WHOLE, BARE, CARD])


async def listed(api: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await api.get("/exchanges", params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()]


@pytest.mark.usefixtures("kept")
async def test_exchanges_are_searched(api: httpx.AsyncClient) -> None:
    assert await listed(api) == ["x-003", "x-001", "x-000"]
    assert await listed(api, partner="p-1", limit=1) == ["x-003"]
    assert await listed(api, partner=a_partner().name, before="x-003") == ["x-000"]
    assert await listed(api, correlation_id="c2") == ["x-001"]
    assert await listed(api, direction="out", failed="false") == ["x-003", "x-000"]
    assert await listed(api, failed="true") == ["x-001"]
    refused(await api.get("/exchanges?partner=nobody"), 404, "not_found")
    for wrong in ("direction=up", "failed=7", "limit=0", "limit=201", f"before={'x' * 37}"):
        refused(await api.get(f"/exchanges?{wrong}"), 422, "invalid_input")


@pytest.mark.usefixtures("kept")
async def test_an_exchange_is_shown_whole(api: httpx.AsyncClient) -> None:
    short = (await api.get("/exchanges?partner=p-1&before=x-001")).json()[0]
    assert short == {
        "id": "x-000", "partner": "p-1", "direction": "out", "at": "2026-05-04T12:00:00Z",
        "method": "PUT", "url": "https://them.example/x", "version": "2.2.1",
        "module": "locations", "request_id": "r", "correlation_id": "c", "sender": "NL-RW1",
        "receiver": "DE-PRT", "http": 200, "status": 1000, "duration_ms": 1234, "failed": False,
        "failure": None, "told": "ocpi.location", "subject": "NL-RW1/L-1",
    }  # fmt: skip
    whole = (await api.get("/exchanges/x-000")).json()
    assert whole.items() >= short.items()
    assert whole["request"] == {
        "headers": dict(WHOLE.request.headers), "body": WHOLE.request.body, "size": 24,
    }  # fmt: skip
    assert whole["answer"]["body"] == "{}… (more)"
    stranger = (await api.get("/exchanges/x-001")).json()
    assert (stranger["partner"], stranger["answer"]) == (None, None)
    assert stranger["failure"] == "the caller did not wait"
    refused(await api.get("/exchanges/none"), 404, "not_found")


@pytest.mark.usefixtures("kept")
async def test_a_cards_name_is_not_shown(api: httpx.AsyncClient) -> None:
    shown = await api.get("/exchanges/x-003")
    assert (shown.json()["told"], shown.json()["subject"]) == ("ocpi.token", None)
    assert "04SECRET" not in shown.text + (await api.get("/exchanges")).text


@pytest.mark.usefixtures("kept")
async def test_a_push_is_sent_again(api: httpx.AsyncClient, store: Store) -> None:
    answer = await api.post("/exchanges/x-000/resend")
    assert answer.status_code == 202
    assert answer.json() == {"partner": "p-1", "told": "ocpi.location", "correlation_id": "c"}
    async with store.reading() as tx:
        pending = await tx.deliveries.pending("partner:p-1")
    assert pending is not None
    assert (pending.delivery.kind, pending.delivery.subject) == ("ocpi.location", "NL-RW1/L-1")


@pytest.mark.usefixtures("kept")
async def test_what_cannot_be_sent_again_is_a_problem_with_the_reason(
    api: httpx.AsyncClient, services: OperatorServices
) -> None:
    question = replace(WHOLE, id="x-q", method="GET", pushed=None)
    old = replace(
        WHOLE, id="x-r", pushed=Pushed("ocpi.command_result", "c", every=True),
        at=WHOLE.at - timedelta(hours=1),
    )  # fmt: skip
    theirs = replace(WHOLE, id="x-i", direction=Direction.IN)
    await services.exchanges.keep([question, old, theirs])
    for exchange, why in ((question, "only asked"), (old, "too old"), (theirs, "partner sent")):
        answer = await api.post(f"/exchanges/{exchange.id}/resend")
        assert why in refused(answer, 409, "cannot_resend")["detail"]
    refused(await api.post("/exchanges/none/resend"), 404, "not_found")


@pytest.mark.usefixtures("kept")
async def test_partners_are_the_platforms_business(
    api: httpx.AsyncClient, other: dict[str, str], store: Store
) -> None:
    """Another operator's key sees and sends nothing, and learns not even whether it is there."""
    for path in ("/exchanges", "/exchanges/x-000", "/exchanges/none"):
        refused(await api.get(path, headers=other), 403, "forbidden")
        refused(await api.get(path, headers={"Authorization": ""}), 401, "unauthenticated")
    refused(await api.post("/exchanges/x-000/resend", headers=other), 403, "forbidden")
    async with store.reading() as tx:
        assert await tx.deliveries.waiting() == 0
