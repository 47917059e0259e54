"""Which way a message takes at the hub, by its headers, its method and what it is about."""

import pytest

from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.partners import InterfaceRole, Role
from app.domain.routing import Asked, Mode, listening_roles, mode_of, serving_roles

HUB, THEM = PartyId("NL", "RWH"), PartyId("DE", "TNM")
SENDER, RECEIVER = InterfaceRole.SENDER, InterfaceRole.RECEIVER
TELL, OPEN, ALL = Mode.BROADCAST, Mode.OPEN, Mode.GET_ALL

# Module, side, method and whether an object is named; the way with TO = hub, and without TO.
CALLS = [
    ("locations", SENDER, "GET", False, ALL, ALL),
    ("locations", SENDER, "GET", True, OPEN, OPEN),
    ("locations", RECEIVER, "GET", True, OPEN, OPEN),
    ("locations", RECEIVER, "PUT", True, TELL, OPEN),
    ("locations", RECEIVER, "PATCH", True, TELL, OPEN),
    ("tariffs", SENDER, "GET", False, ALL, ALL),
    ("tariffs", RECEIVER, "PUT", True, TELL, OPEN),
    ("tariffs", RECEIVER, "DELETE", True, TELL, OPEN),
    ("tokens", SENDER, "GET", False, ALL, ALL),
    ("tokens", RECEIVER, "PUT", True, TELL, OPEN),
    ("tokens", RECEIVER, "PATCH", True, TELL, OPEN),
    ("tokens", SENDER, "POST", True, OPEN, OPEN),
    ("sessions", SENDER, "GET", False, ALL, ALL),
    ("sessions", RECEIVER, "PUT", True, OPEN, OPEN),
    ("sessions", RECEIVER, "PATCH", True, OPEN, OPEN),
    ("sessions", SENDER, "PUT", True, OPEN, OPEN),
    ("cdrs", SENDER, "GET", False, ALL, ALL),
    ("cdrs", RECEIVER, "POST", False, OPEN, OPEN),
    ("commands", RECEIVER, "POST", True, OPEN, OPEN),
    ("commands", SENDER, "POST", True, OPEN, OPEN),
    ("chargingprofiles", RECEIVER, "GET", True, OPEN, OPEN),
    ("chargingprofiles", RECEIVER, "PUT", True, OPEN, OPEN),
    ("chargingprofiles", RECEIVER, "DELETE", True, OPEN, OPEN),
    ("chargingprofiles", SENDER, "PUT", True, OPEN, OPEN),
]


@pytest.mark.parametrize(("module", "role", "method", "named", "to_hub", "to_nobody"), CALLS)
def test_the_way_of_each_call(
    module: str, role: InterfaceRole, method: str, *, named: bool, to_hub: Mode, to_nobody: Mode
) -> None:
    """C-237, C-243, C-244: TO a party is always direct; what concerns one is told to no other."""

    def way(receiver: PartyId | None) -> Mode:
        return mode_of(Asked(module, role, method, named, receiver), HUB)

    assert (way(THEM), way(HUB), way(None)) == (Mode.DIRECT, to_hub, to_nobody)


@pytest.mark.parametrize("module", ["bookings", "payments", "invoicereconciliation"])
def test_lists_that_are_one_partys(module: str) -> None:
    for receiver in (HUB, None):
        with pytest.raises(InvalidInput, match="say whose"):
            mode_of(Asked(module, SENDER, "GET", has_object=False, receiver=receiver), HUB)
    assert (
        mode_of(Asked(module, SENDER, "GET", has_object=False, receiver=THEM), HUB) is Mode.DIRECT
    )


def test_who_serves_what() -> None:
    """Source: OCPI 2.2.1, Versions, Typical implementation of modules."""
    assert serving_roles("locations", SENDER) == {Role.CPO}
    assert Role.EMSP in serving_roles("locations", RECEIVER)
    assert Role.CPO not in serving_roles("tokens", SENDER)
    assert serving_roles("commands", RECEIVER) == {Role.CPO}
    assert Role.SCSP in serving_roles("chargingprofiles", SENDER)


def test_who_hears_what_is_told_to_everybody() -> None:
    """OCPI 2.2.1, Broadcast Push: a CPO tells those who provide, they tell CPOs."""
    assert Role.NAP in listening_roles(frozenset({Role.CPO}))
    assert listening_roles(frozenset({Role.EMSP})) == {Role.CPO}
    assert listening_roles(frozenset({Role.OTHER})) == {Role.CPO}
