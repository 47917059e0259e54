"""Who hears what is told to everybody."""

from dataclasses import replace

import pytest

from app.domain.hub_objects import HubNoun, HubRef, hearing, listeners, roles_of
from app.domain.identifiers import PartyId
from app.domain.partners import Endpoint, InterfaceRole, Partner, PartnerRole, PartnerState, Role
from tests.support.clock import NOON

OWNER, READER, OTHER = PartyId("DE", "CPA"), PartyId("DE", "EMA"), PartyId("DE", "EMB")
REF = HubRef(HubNoun.LOCATION, OWNER, "L1")
PROVIDERS = frozenset({Role.EMSP, Role.NSP, Role.NAP, Role.SCSP, Role.OTHER})

MEMBER = Partner(
    "p-2",
    "Them",
    PartnerState.CONNECTED,
    NOON,
    roles=(
        PartnerRole(Role.EMSP, READER, "A"),
        PartnerRole(Role.NSP, READER, "A"),
        PartnerRole(Role.EMSP, OTHER, "B"),
        PartnerRole(Role.CPO, PartyId("DE", "CPB"), "C"),
    ),
    endpoints=(Endpoint("locations", InterfaceRole.RECEIVER, "https://them.example/locations"),),
    hub=True,
)


@pytest.mark.parametrize(
    ("noun", "roles", "heard_by"),
    [
        (HubNoun.LOCATION, {Role.CPO}, PROVIDERS),
        (HubNoun.LOCATION, {Role.CPO, Role.EMSP}, PROVIDERS),
        (HubNoun.TARIFF, {Role.OTHER}, {Role.CPO}),
        (HubNoun.TARIFF, {Role.EMSP}, set()),
        (HubNoun.TOKEN, {Role.EMSP}, {Role.CPO}),
        (HubNoun.TOKEN, {Role.CPO, Role.EMSP}, {Role.CPO}),
        (HubNoun.TOKEN, {Role.CPO}, set()),
    ],
)
def test_the_other_side_hears(noun: HubNoun, roles: set[Role], heard_by: set[Role]) -> None:
    """C-240: operators are heard by all others, those by operators; OTHER by operators only."""
    assert listeners(noun, frozenset(roles)) == heard_by


@pytest.mark.parametrize(
    ("changes", "parties"),
    [
        ({}, (READER, OTHER)),
        ({"state": PartnerState.OFFLINE}, (READER, OTHER)),
        ({"state": PartnerState.INVITED}, ()),
        ({"state": PartnerState.SUSPENDED}, ()),
        ({"endpoints": ()}, ()),
        ({"counterpart": OWNER}, (READER, OTHER)),
        ({"counterpart": PartyId("DE", "CPX")}, ()),
        ({"roles": (*MEMBER.roles, PartnerRole(Role.CPO, OWNER, "O"))}, ()),
    ],
)
def test_each_party_of_a_platform_hears_once(
    changes: dict[str, object], parties: tuple[PartyId, ...]
) -> None:
    """C-240, C-242: never the owner's own platform, nor who has no place for it."""
    partner = replace(MEMBER, **changes)  # type: ignore[arg-type]
    assert hearing(partner, REF, PROVIDERS) == parties


def test_what_a_party_is() -> None:
    assert roles_of(MEMBER, READER) == {Role.EMSP, Role.NSP}
    assert roles_of(MEMBER, OWNER) == frozenset()
