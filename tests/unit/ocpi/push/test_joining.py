"""A hub that we join is told everything of ours that is for everybody, and nobody else is."""

from dataclasses import replace

import pytest

from app.domain.events import PartnerLeft, PartnerRegistered
from app.domain.partners import Endpoint, InterfaceRole, Partner, PartnerRole, Role
from app.domain.tokens import TokenType
from app.store.transaction import Store
from ocpi.push.joining import JoiningAudience
from tests.support.roaming_objects import (
    AN_OPERATOR,
    PartyId,
    a_location,
    a_partner,
    a_tariff,
    a_token,
)

MODULES = ("tariffs", "locations", "tokens")
TAKES = tuple(
    Endpoint(module, InterfaceRole.RECEIVER, f"https://hub.example/{module}") for module in MODULES
)
HUB = a_partner(roles=(PartnerRole(Role.HUB, PartyId("NL", "HUB"), "Hub"),), endpoints=TAKES)


async def _planned(store: Store, partner: Partner) -> list[tuple[str, str]]:
    async with store.transaction() as tx:
        await tx.operators.put(AN_OPERATOR)
        await tx.partners.put(partner)
        await tx.tariffs.put(a_tariff())
        await tx.locations.put(a_location())
        await tx.locations.put(replace(a_location(), id="HIDDEN", publish=False))
        await tx.tokens.put(a_token())
        await tx.tokens.put(replace(a_token(), uid="ONCE", type=TokenType.APP_USER))
    deliveries = await JoiningAudience(store).plan(PartnerRegistered(partner.id))
    assert {each.destination for each in deliveries} <= {f"partner:{partner.id}"}
    return [(each.kind, each.subject) for each in deliveries]


async def test_a_hub_is_told_everything(store: Store) -> None:
    location, tariff, token = a_location(), a_tariff(), a_token()
    assert await _planned(store, HUB) == [
        ("ocpi.tariff", f"{tariff.party}/{tariff.id}"),
        ("ocpi.location", f"{location.party}/{location.id}"),
        ("ocpi.token", f"{token.party}/RFID/{token.uid}"),
    ]


async def test_only_what_it_takes(store: Store) -> None:
    planned = await _planned(store, replace(HUB, endpoints=TAKES[:1]))
    assert [kind for kind, _ in planned] == ["ocpi.tariff"]


@pytest.mark.parametrize("other", [a_partner(), replace(HUB, hub=True)])
async def test_others_pull(store: Store, other: Partner) -> None:
    assert await _planned(store, other) == []


async def test_only_when_it_begins(store: Store) -> None:
    await _planned(store, HUB)
    assert await JoiningAudience(store).plan(PartnerLeft(HUB.id)) == ()
    assert await JoiningAudience(store).plan(PartnerRegistered("nobody")) == ()
