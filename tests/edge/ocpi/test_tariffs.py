"""Tariffs: ours as partners list them, theirs as they push them (C-171 to C-180)."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.identifiers import PartyId
from app.domain.tariffs import TariffType
from tests.edge.ocpi.conftest import Peer, World, answered
from tests.support.roaming_documents import LATER, tariff_document
from tests.support.roaming_objects import a_location, a_partner, a_tariff

LIST = "/cpo/2.2.1/tariffs"
THEIRS = "/emsp/2.2.1/tariffs/DE/TNC/12"


async def test_every_referenced_tariff_is_listed(peer: Peer, world: World) -> None:
    """C-171, C-091, I-61."""
    async with world.store.transaction() as tx:
        await tx.tariffs.put(a_tariff("T1"))
        await tx.tariffs.put(a_tariff("FREE"))
        await tx.locations.put(a_location())
    response = await peer.get(f"{LIST}?limit=1")
    (tariff,) = answered(response)
    assert tariff["id"] == "T1"
    assert "tax_included" not in tariff
    assert tariff["elements"][0]["price_components"][0] == {
        "type": "ENERGY",
        "price": Decimal("0.5"),
        "vat": 19,
        "step_size": 1,
    }
    assert response.headers["x-total-count"] == "2"
    assert 'rel="next"' in response.headers["link"]
    assert answered(await peer.get(f"{LIST}/free"))["id"] == "FREE"
    answered(await peer.get(f"{LIST}/nope"), 2000, 404)


async def test_put_get_and_delete(peer: Peer, world: World) -> None:
    """C-174, C-176, C-030."""
    answered(await peer.put(THEIRS, tariff_document()), 1000, 201)
    assert answered(await peer.get(THEIRS)) == tariff_document()
    async with world.store.reading() as tx:
        kept = await tx.tariffs.need(PartyId("DE", "TNC"), "12")
    assert kept.elements[0].components[0].price == Decimal("2.5")
    answered(await peer.call("DELETE", THEIRS))
    answered(await peer.get(THEIRS), 2000, 404)
    answered(await peer.call("DELETE", THEIRS), 2000, 404)


async def test_an_older_tariff_does_not_overwrite(peer: Peer) -> None:
    """C-119."""
    await peer.put(THEIRS, tariff_document(last_updated=LATER, currency="SEK"))
    answered(await peer.put(THEIRS, tariff_document()))
    assert answered(await peer.get(THEIRS))["currency"] == "SEK"


@pytest.mark.parametrize(
    "changes",
    [
        {"elements": []},
        {"elements": [{"price_components": []}]},
        {"elements": [{"price_components": [{"type": "TIME", "price": "x", "step_size": 1}]}]},
        {"elements": [{"price_components": [{"type": "GOLD", "price": 1, "step_size": 1}]}]},
        {"currency": "EURO"},
        {"last_updated": None},
    ],
)
async def test_what_is_wrong_is_2001(peer: Peer, changes: dict[str, Any]) -> None:
    """C-177, C-015, C-017."""
    answered(await peer.put(THEIRS, tariff_document(**changes)), 2001)
    answered(await peer.get(THEIRS), 2000, 404)


async def test_the_message_names_the_field(peer: Peer) -> None:
    component = {"type": "TIME", "price": 1, "step_size": True}
    document = tariff_document(elements=[{"price_components": [component]}])
    response = await peer.put(THEIRS, document)
    answered(response, 2001)
    assert "elements.0.price_components.0.step_size" in response.json()["status_message"]


async def test_step_size_zero_and_prices_as_text_are_taken(peer: Peer, world: World) -> None:
    """C-178."""
    component = {"type": "FLAT", "price": "0.00", "step_size": 0}
    document = tariff_document(elements=[{"price_components": [component]}])
    answered(await peer.put(THEIRS, document), 1000, 201)
    assert answered(await peer.get(THEIRS)) == document


async def test_patch_works_in_211(peer: Peer, world: World) -> None:
    """C-175: and nowhere else (see test_transport)."""
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    path = THEIRS.replace("2.2.1", "2.1.1")
    document = {
        k: v for k, v in tariff_document().items() if k not in {"country_code", "party_id"}
    }
    answered(await peer.put(path, document), 1000, 201)
    answered(await peer.patch(path, {"currency": "DKK"}))
    data = answered(await peer.get(path))
    assert (data["currency"], "party_id" in data) == ("DKK", False)


async def test_230_needs_to_know_whether_taxes_are_included(peer: Peer, world: World) -> None:
    """C-180."""
    await world.put_partner(a_partner(version="2.3.0"), peer.token)
    path = THEIRS.replace("2.2.1", "2.3.0")
    answered(await peer.put(path, tariff_document()), 2001)
    answered(await peer.put(path, tariff_document(tax_included="N/A")), 1000, 201)


async def test_211_gets_the_tariffs_it_can_say(peer: Peer, world: World) -> None:
    """§6.2: tariffs for single profiles are not sent."""
    async with world.store.transaction() as tx:
        await tx.tariffs.put(a_tariff("T1"))
        await tx.tariffs.put(a_tariff("ADHOC", type=TariffType.AD_HOC_PAYMENT))
    await world.put_partner(a_partner(version="2.1.1"), peer.token)
    response = await peer.get("/cpo/2.1.1/tariffs")
    assert [tariff["id"] for tariff in answered(response)] == ["T1"]
    assert response.headers["x-total-count"] == "1"
    answered(await peer.get("/cpo/2.1.1/tariffs/ADHOC"), 2000, 404)
