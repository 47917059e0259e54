"""Connections with partners in the operator's API: joined, stopped, told anew, followed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest

from app.console.api.services import OperatorServices
from app.domain.exchanges import Direction, Exchange, Side
from app.domain.partners import Partner
from app.ports.delivery import Delivery, Mode
from app.store.transaction import Store
from app.use_cases.hub_members import told_destination, write_partner
from app.use_cases.hub_telling import RESYNC, hub_destination
from tests.edge.console.conftest import Joining, refused
from tests.support.clock import NOON
from tests.support.roaming_objects import a_partner

MINUTE = timedelta(minutes=1)
KNOWN = a_partner(server_tokens=("f1",), client_token="sealed", hub=True)


@pytest.fixture
async def member(store: Store) -> Partner:
    """A member of the hub."""
    async with store.transaction() as tx:
        await write_partner(tx, KNOWN, NOON)
    return KNOWN


async def test_our_parties_join_our_hub(
    api: httpx.AsyncClient, services: OperatorServices, other: dict[str, str]
) -> None:
    refused(await api.post("/hub/membership"), 502, "partner_unavailable")
    joining = cast("Joining", services.connections.membership)
    joining.hub = a_partner(name="Roamwatt hub")
    answer = await api.post("/hub/membership")
    assert answer.json()["name"] == "Roamwatt hub"
    refused(await api.post("/hub/membership", headers=other), 403, "forbidden")


async def test_a_partner_is_stopped_and_let_go_on(
    api: httpx.AsyncClient, member: Partner, other: dict[str, str]
) -> None:
    place = f"/partners/{member.id}"
    refused(await api.post(f"{place}/suspend", headers=other), 403, "forbidden")
    assert (await api.post(f"{place}/suspend")).json()["state"] == "suspended"
    sheet = (await api.get(place)).json()
    assert {m["status"] for m in sheet["members"]} == {"SUSPENDED"}
    assert (await api.post(f"{place}/resume")).json()["state"] == "connected"
    refused(await api.post("/partners/nobody/suspend"), 404, "not_found")
    refused(await api.post("/partners/nobody/resume"), 404, "not_found")


async def test_who_left_for_good_cannot_go_on(api: httpx.AsyncClient, store: Store) -> None:
    invited = (await api.post("/partners", json={"name": "New", "roles": ["CPO"]})).json()
    place = f"/partners/{invited['id']}"
    refused(await api.post(f"{place}/suspend"), 409, "cannot_suspend")
    refused(await api.post(f"{place}/resume"), 409, "cannot_resume")
    refused(await api.post(f"{place}/resync"), 404, "not_found")


async def test_a_member_is_told_everything_again(
    api: httpx.AsyncClient, store: Store, member: Partner
) -> None:
    assert (await api.post(f"/partners/{member.id}/resync")).status_code == 202
    queues = (await api.get(f"/partners/{member.id}")).json()["queues"]
    wanted = {hub_destination(member.id), told_destination(member.id)}
    assert {queue["destination"] for queue in queues} == wanted
    assert {queue["pending"] for queue in queues} == {1}
    async with store.reading() as tx:
        everything = Delivery(
            hub_destination(member.id), "1970-01-01T00:00:00+00:00/0", Mode.LATEST, RESYNC
        )
        assert await tx.deliveries.waits(everything)


async def test_how_far_a_partner_lags_behind_is_seen(
    api: httpx.AsyncClient, store: Store, member: Partner
) -> None:
    """What waits and since when, what it refused, and why nothing goes out any more."""
    queue = hub_destination(member.id)
    waiting = [Delivery(queue, f"L{n}", Mode.LATEST, "broadcast.location") for n in range(3)]
    others = Delivery(hub_destination("p-2"), "L1", Mode.LATEST, "broadcast.location")
    async with store.transaction() as tx:
        for n, delivery in enumerate(waiting):
            await tx.deliveries.add([delivery], NOON + n * MINUTE)
        lease = await tx.deliveries.lease("w", NOON + 2 * MINUTE, NOON + 3 * MINUTE)
        first = await tx.deliveries.pending(queue)
        assert lease
        assert first
        await tx.deliveries.fail(first, "2001: what is this", NOON)
        await tx.deliveries.back_off(lease, None, "no answer in time", NOON + 5 * MINUTE)
        await tx.deliveries.add([others], NOON)
    (shown,) = (await api.get(f"/partners/{member.id}")).json()["queues"]
    assert shown == {
        "destination": queue,
        "pending": 2,
        "oldest": "2026-05-04T12:01:00Z",
        "refused": 1,
        "fails": 1,
        "parked_at": "2026-05-04T12:05:00Z",
        "trouble": "no answer in time",
    }


async def test_a_partner_is_seen_with_what_passed(
    api: httpx.AsyncClient, store: Store, member: Partner, other: dict[str, str]
) -> None:
    came = _exchange("1", Direction.IN)
    went = replace(_exchange("2", Direction.OUT), http=None, failure="no answer in time")
    async with store.transaction() as tx:
        await tx.exchanges.append([came, went])
    sheet = (await api.get(f"/partners/{member.id}")).json()
    assert sheet["partner"]["name"] == member.name
    assert [each["id"] for each in sheet["exchanges"]] == ["2", "1"]
    assert sheet["failures"] == 1
    assert sheet["queues"] == []
    assert sheet["rules"] == []
    owner = str(member.roles[0].party)
    assert sheet["groups"] == {str(role.party): ["default"] for role in member.roles}
    rule = {"effect": "deny"}
    assert (await api.put(f"/hub/rules/{owner}/*/tariffs", json=rule)).is_success
    (shown,) = (await api.get(f"/partners/{member.id}")).json()["rules"]
    assert (shown["owner"], shown["reader"], shown["effect"]) == (owner, None, "deny")
    trace: dict[str, Any] = (await api.get("/messages/c-1")).json()
    assert [(leg["depth"], leg["exchange"]["id"]) for leg in trace["legs"]] == [(0, "1"), (1, "2")]
    assert (trace["failed"], trace["took_ms"]) == (1, 0)
    assert all(leg["hub"] and leg["partner"] == member.name for leg in trace["legs"])
    refused(await api.get("/messages/c-2"), 404, "not_found")
    refused(await api.get("/messages/c-1", headers=other), 403, "forbidden")
    refused(await api.get(f"/partners/{member.id}", headers=other), 403, "forbidden")


def _exchange(ident: str, direction: Direction) -> Exchange:
    return Exchange(
        id=ident,
        direction=direction,
        at=NOON,
        method="PUT",
        url="/ocpi/hub/2.2.1/receiver/locations/DE/PRT/L1",
        request=Side(),
        request_id=f"r-{ident}",
        correlation_id="c-1",
        partner_id=KNOWN.id,
        http=200,
        status=1000,
    )
