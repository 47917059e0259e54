"""How members of our hub stand by what becomes of their platforms, and who may know."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.hub_clients import ClientStatus
from app.domain.hub_members import (
    HubMember,
    Told,
    by_key,
    changed,
    farewell,
    hosted,
    is_of_use,
    merged,
    news,
    readers_of,
)
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, PartnerRole, PartnerState, Role
from tests.support.roaming_objects import CPO, EMSP, NOON, THEIR_CPO, THEIR_EMSP, a_partner

LATER = NOON + timedelta(minutes=1)
OPERATOR = HubMember(THEIR_CPO, Role.CPO, "p-1", ClientStatus.CONNECTED, NOON, came=True)
PROVIDER = replace(OPERATOR, party=THEIR_EMSP, role=Role.EMSP)
BOTH = by_key([OPERATOR, PROVIDER])


def after(known: dict[object, HubMember], partner: Partner) -> list[HubMember]:
    return list(changed(known, partner, LATER))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (PartnerState.INVITED, ClientStatus.PLANNED),
        (PartnerState.OFFLINE, ClientStatus.OFFLINE),
        (PartnerState.SUSPENDED, ClientStatus.SUSPENDED),
    ],
)
def test_all_parties_of_a_platform_change_together(
    state: PartnerState, status: ClientStatus
) -> None:
    """C-269, C-270: with a new `last_updated`, whatever they were."""
    found = after(BOTH, a_partner(state=state))
    assert {m.key for m in found} == set(BOTH)
    assert {(m.status, m.last_updated) for m in found} == {(status, LATER)}
    assert after(by_key(found), a_partner(state=state)) == []
    back = after(by_key(found), a_partner())
    assert {m.status for m in back} == {ClientStatus.CONNECTED}


def test_who_never_came_is_new() -> None:
    """C-270: and remembered to have come once it did."""
    planned = after({}, a_partner(state=PartnerState.INVITED))
    assert {(m.status, m.came) for m in planned} == {(ClientStatus.PLANNED, False)}
    assert {m.came for m in after(by_key(planned), a_partner())} == {True}


def test_a_change_is_later_than_the_one_before() -> None:
    """C-268: also where the clock that saw the last one was ahead."""
    ahead = replace(OPERATOR, last_updated=LATER + timedelta(hours=1))
    (found,) = after(
        by_key([ahead]), a_partner(state=PartnerState.OFFLINE, roles=a_partner().roles[1:])
    )
    assert found.last_updated > ahead.last_updated


def test_who_is_not_hosted_any_more_is_suspended() -> None:
    """C-269: a renewal may name other roles; nobody is deleted."""
    (gone,) = after(BOTH, a_partner(roles=a_partner().roles[:1]))
    assert (gone.party, gone.status) == (THEIR_CPO, ClientStatus.SUSPENDED)
    assert after(by_key([gone, PROVIDER]), a_partner(roles=a_partner().roles[:1])) == []


def test_who_is_planned_may_come_with_a_later_renewal() -> None:
    planned = replace(OPERATOR, status=ClientStatus.PLANNED, came=False)
    only_provider = a_partner(roles=a_partner().roles[:1])
    assert after(by_key([planned, PROVIDER]), only_provider) == []
    (returning,) = after(by_key([replace(planned, came=True), PROVIDER]), only_provider)
    assert returning.status is ClientStatus.SUSPENDED
    dropped = replace(only_provider, state=PartnerState.INVITED)
    assert {m.status for m in after(by_key([planned]), dropped) if m.party == THEIR_CPO} == {
        ClientStatus.SUSPENDED
    }


def test_a_platform_takes_a_party_over_once_it_registers() -> None:
    """A party that left one platform comes back on another: one entry, not two."""
    gone = by_key([replace(OPERATOR, status=ClientStatus.SUSPENDED)])
    roles = a_partner().roles[1:]
    invited = a_partner(id="p-2", state=PartnerState.INVITED, roles=roles)
    (planned,) = after(gone, invited)
    assert (planned.partner_id, planned.status) == ("p-2", ClientStatus.PLANNED)
    assert after(by_key([OPERATOR]), invited) == []
    (taken,) = after(gone, a_partner(id="p-2", roles=roles))
    assert (taken.partner_id, taken.status) == ("p-2", ClientStatus.CONNECTED)
    former = a_partner(state=PartnerState.SUSPENDED, roles=roles)
    assert after(by_key([taken]), former) == []


def test_a_connection_for_one_counterpart_is_an_entry_of_its_own() -> None:
    virtual = a_partner(id="p-2", counterpart=CPO, version="2.1.1")
    assert {key[2] for key in hosted(virtual)} == {CPO}
    assert len(after(BOTH, virtual)) == 2
    found = after({}, virtual)
    assert {is_of_use(m, CPO, Role.CPO) for m in found if m.role is Role.EMSP} == {True}
    assert not any(is_of_use(m, EMSP, Role.SCSP) for m in found)


def test_a_hub_is_no_member() -> None:
    hub = PartnerRole(Role.HUB, PartyId("NL", "HUB"), "A hub")
    assert hosted(a_partner(roles=(hub,))) == ()


@pytest.mark.parametrize(
    ("reader", "role", "useful"),
    [
        (Role.EMSP, Role.CPO, True), (Role.CPO, Role.EMSP, True), (Role.CPO, Role.CPO, False),
        (Role.EMSP, Role.EMSP, False), (Role.NSP, Role.EMSP, False), (Role.NAP, Role.CPO, True),
        (Role.SCSP, Role.CPO, True), (Role.EMSP, Role.SCSP, True), (Role.OTHER, Role.CPO, True),
        (Role.OTHER, Role.OTHER, True),
    ],
)  # fmt: skip
def test_who_can_have_to_do_with_whom(reader: Role, role: Role, *, useful: bool) -> None:
    """C-271: §3.7, by contract and by the usefulness of roles."""
    assert is_of_use(replace(OPERATOR, role=role), EMSP, reader) is useful


def test_nobody_reads_of_itself() -> None:
    """C-271: not of a party in another role either, nor of what shares its platform."""
    reader = a_partner(id="p-9", roles=(PartnerRole(Role.EMSP, EMSP, "x"),))
    assert readers_of(OPERATOR, reader) == (EMSP,)
    assert readers_of(OPERATOR, a_partner()) == ()
    same = replace(reader, roles=(PartnerRole(Role.EMSP, THEIR_CPO, "x"), *reader.roles))
    assert readers_of(OPERATOR, same) == ()
    assert not is_of_use(OPERATOR, THEIR_CPO, Role.EMSP)


def test_a_party_is_as_reachable_as_its_best_connection() -> None:
    """C-274: roles stay apart, connections for several counterparts do not."""
    away = replace(OPERATOR, status=ClientStatus.OFFLINE, last_updated=LATER)
    assert merged([away, PROVIDER, OPERATOR]) == [
        replace(OPERATOR, last_updated=LATER), PROVIDER
    ]  # fmt: skip


def test_what_was_told_is_no_news() -> None:
    """C-266, C-268: each change is told once, and never with an older time."""
    first = news(OPERATOR, None)
    assert first == Told(THEIR_CPO, Role.CPO, ClientStatus.CONNECTED, NOON)
    assert news(OPERATOR, first) is None
    back = news(replace(OPERATOR, last_updated=LATER), first)
    assert back is not None
    assert back.last_updated == LATER
    ahead = Told(THEIR_CPO, Role.CPO, ClientStatus.PLANNED, LATER)
    again = news(OPERATOR, ahead)
    assert again is not None
    assert (again.status, again.last_updated > LATER) == (ClientStatus.CONNECTED, True)


def test_who_is_nobodys_business_any_more_is_planned() -> None:
    """C-271: §3.7, no contract between the two parties."""
    told = Told(THEIR_CPO, Role.CPO, ClientStatus.CONNECTED, LATER)
    last = farewell(told, NOON)
    assert last is not None
    assert (last.status, last.last_updated > LATER) == (ClientStatus.PLANNED, True)
    assert farewell(last, NOON) is None
    assert farewell(replace(told, status=ClientStatus.SUSPENDED), NOON) is None
