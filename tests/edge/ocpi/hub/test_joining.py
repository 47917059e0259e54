"""What a platform learns of the hub when it joins."""

import pytest

from tests.edge.ocpi.hub.conftest import HubHouse

ROUTED = {"cdrs", "chargingprofiles", "commands", "locations", "sessions", "tariffs", "tokens"}


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
async def test_both_sides_of_every_module(hub_house: HubHouse, version: str) -> None:
    """C-055: whoever joins finds what it sends to, and what it asks."""
    member = await hub_house.join("CPA", "CPO", version=version)
    assert member.peer is not None
    served = set(member.peer.endpoints)
    for module in ROUTED:
        assert {(module, "SENDER"), (module, "RECEIVER")} <= served, module
    assert ("hubclientinfo", "SENDER") in served
    assert ("hubclientinfo", "RECEIVER") not in served


async def test_the_credentials_of_a_hub_of_230(hub_house: HubHouse) -> None:
    """C-087: its own party is a field; no role is called HUB, and there is always one."""
    member = await hub_house.join("CPA", "CPO", version="2.3.0")
    credentials = await hub_house.credentials(member)
    assert credentials["hub_party_id"] == "NLRWH"
    assert [role["role"] for role in credentials["roles"]] == ["OTHER"]
