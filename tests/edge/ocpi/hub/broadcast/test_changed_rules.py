"""Whoever may see more is told of it, and whoever may see less hears that it is gone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.domain.events import HubRulesChanged
from app.domain.hub_rules import DEFAULT, Effect, Rule, Scope
from app.domain.identifiers import PartyId
from app.simulators.partner import Partner
from app.use_cases.hub_objects import FROM_THE_BEGINNING, PORTION
from tests.edge.ocpi.hub.broadcast.conftest import Telling
from tests.edge.ocpi.hub.broadcast.test_catching_up import LATER, a_place, away, back, put
from tests.edge.ocpi.hub.conftest import by, to
from tests.support.patience import until

CPA, EMA, EMB = PartyId("DE", "CPA"), PartyId("DE", "EMA"), PartyId("DE", "EMB")
BY = "a test"


async def change(hub: Telling, *rules: Rule) -> None:
    for rule in rules:
        await hub.rules.set_rule(rule, by=BY)
    await hub.plan()
    await hub.quiet()


def deny(module: str | None = None) -> Rule:
    return Rule(Scope(CPA, EMA, module), Effect.DENY)


def told(member: Partner, known: int) -> list[tuple[str, str]]:
    return [(r.method, r.target.split("/receiver/")[1]) for r in member.requests[known:]]


async def three(hub: Telling) -> tuple[Partner, Partner, Partner]:
    """An operator that told two providers of a location and a tariff, and one of them a token."""
    cpo = await hub.join("CPA", "CPO")
    ema, emb = await hub.join("EMA", "EMSP"), await hub.join("EMB", "EMSP")
    await put(hub, cpo, "L1")
    tariff = f"tariffs/DE/CPA/{cpo.site.tariff_id}"
    await hub.tell(cpo, "PUT", tariff, cpo.site.tariff())
    await hub.quiet()
    return cpo, ema, emb


def the(member: Partner, module: str) -> list[dict[str, Any]]:
    return [dict(each) for each in member.received.of(module)]


async def test_what_is_hidden_is_withdrawn_and_comes_back(hub: Telling) -> None:
    """C-263: DELETE for tariffs, REMOVED for EVSEs; others hear nothing of it."""
    cpo, ema, emb = await three(hub)
    known, other = len(ema.requests), len(emb.requests)
    place, uid = a_place(cpo, "L1"), cpo.site.evse_uid
    tariff = f"tariffs/DE/CPA/{cpo.site.tariff_id}"
    await change(hub, deny())
    assert sorted(told(ema, known)) == [("DELETE", tariff), ("PATCH", f"{place}/{uid}")]
    (seen,) = the(ema, "locations")
    assert [evse["status"] for evse in seen["evses"]] == ["REMOVED"]
    assert the(ema, "tariffs") == []
    known = len(ema.requests)
    await put(hub, cpo, "L2")
    await hub.quiet()
    assert told(ema, known) == []
    await hub.rules.drop_rule(deny().scope, by=BY)
    await hub.plan()
    await hub.quiet()
    assert sorted(told(ema, known)) == [
        ("PUT", place), ("PUT", a_place(cpo, "L2")), ("PUT", tariff),
    ]  # fmt: skip
    assert the(ema, "locations")[0]["evses"] == the(emb, "locations")[0]["evses"]
    assert told(emb, other) == [("PUT", a_place(cpo, "L2"))]


async def test_a_single_object_is_hidden_by_itself(hub: Telling) -> None:
    cpo, ema, _ = await three(hub)
    await put(hub, cpo, "L2")
    await hub.quiet()
    known = len(ema.requests)
    scope = Scope(CPA, EMA, "locations")
    await change(hub, Rule(scope, Effect.ALLOW, hidden=("l2",)))
    gone = ("PATCH", f"{a_place(cpo, 'L2')}/{cpo.site.evse_uid}")
    assert told(ema, known) == [gone]
    await change(hub, Rule(scope, Effect.ALLOW, shown=("L2",)))
    other = ("PATCH", f"{a_place(cpo, 'L1')}/{cpo.site.evse_uid}")
    assert sorted(told(ema, known)[1:]) == [other, ("PUT", a_place(cpo, "L2"))]


async def test_tokens_become_invalid(hub: Telling) -> None:
    """Tokens are never deleted: OCPI 2.2.1, Tokens, Flow and Lifecycle."""
    emsp, cpo = await hub.join("EMA", "EMSP"), await hub.join("CPA", "CPO")
    uid = emsp.add_token("CARD-1")["uid"]
    body = emsp.tokens[uid]
    await hub.tell(emsp, "PUT", f"tokens/DE/EMA/{uid}?type={body['type']}", body)
    await hub.quiet()
    known = len(cpo.requests)
    await change(hub, Rule(Scope(EMA, CPA), Effect.DENY))
    assert told(cpo, known) == [("PATCH", f"tokens/DE/EMA/{uid}?type={body['type']}")]
    assert [each["valid"] for each in the(cpo, "tokens")] == [False]


async def test_groups_count_like_rules(hub: Telling) -> None:
    cpo, ema, _ = await three(hub)
    known = len(ema.requests)
    await hub.rules.leave(DEFAULT, [EMA], by=BY)
    await hub.plan()
    await hub.quiet()
    assert {method for method, _ in told(ema, known)} == {"DELETE", "PATCH"}
    known = len(ema.requests)
    await hub.rules.make_group("pilot", [EMA, CPA], by=BY)
    await hub.plan()
    await hub.quiet()
    assert {method for method, _ in told(ema, known)} == {"PUT"}
    assert cpo.violations == []


async def test_what_was_never_told_is_not_taken_back(hub: Telling) -> None:
    """C-263: that would say that there is such a thing."""
    cpo, ema, _ = await three(hub)
    await change(hub, deny("locations"))
    await put(hub, cpo, "SECRET")
    await hub.quiet()
    known = len(ema.requests)
    await change(hub, deny(), Rule(Scope(CPA, None, "locations"), Effect.DENY))
    assert not any("SECRET" in target for _, target in told(ema, known))
    assert not any(method == "PUT" for method, _ in told(ema, known))


async def test_a_change_that_was_taken_back_tells_the_state_of_now(hub: Telling) -> None:
    """Never by a stale queue: what was changed while it was hidden is told."""
    cpo, ema, _ = await three(hub)
    known = len(ema.requests)
    await hub.rules.set_rule(deny("locations"), by=BY)
    news = {"id": "L1", "name": "Second", "last_updated": LATER}
    body, towards = {**cpo.site.location(), **news}, {**to("RWH", "NL"), **by(cpo.party)}
    await hub.ask(cpo, "PUT", f"receiver/{a_place(cpo, 'L1')}", body, **towards)
    await hub.rules.drop_rule(deny("locations").scope, by=BY)
    await hub.plan()
    await hub.quiet()
    assert set(told(ema, known)) == {("PUT", a_place(cpo, "L1"))}
    assert the(ema, "locations")[0]["name"] == "Second"


async def test_it_outlives_the_process_that_made_the_change(hub: Telling) -> None:
    """Only what is committed counts: nothing was planned yet when the process ended."""
    _, ema, _ = await three(hub)
    known = len(ema.requests)
    await hub.rules.set_rule(deny(), by=BY)
    async with hub.store.reading() as tx:
        waiting = [each.event for each in await tx.events.unplanned(100)]
    (event,) = [each for each in waiting if isinstance(each, HubRulesChanged)]
    (record,) = await hub.rules.changes()
    assert event == HubRulesChanged(deny().scope.key, record.id)
    assert record.objects >= 2
    await hub.plan()
    await hub.quiet()
    assert {method for method, _ in told(ema, known)} == {"DELETE", "PATCH"}


async def test_who_was_away_hears_of_it_when_it_is_back(hub: Telling) -> None:
    """Of the first change that it missed, and of all after it; as all is then."""
    cpo, ema, _ = await three(hub)
    await put(hub, cpo, "L2")
    await hub.quiet()
    known = len(ema.requests)
    await away(hub, ema)
    await change(hub, Rule(Scope(CPA, EMA, "locations"), Effect.ALLOW, hidden=("L1",)))
    await change(hub, deny("tariffs"))
    await put(hub, cpo, "L3")
    await hub.quiet()
    assert told(ema, known) == []
    await back(hub, ema)
    await hub.quiet()
    assert sorted(told(ema, known)) == sorted([
        ("PATCH", f"{a_place(cpo, 'L1')}/{cpo.site.evse_uid}"),
        ("DELETE", f"tariffs/DE/CPA/{cpo.site.tariff_id}"),
        ("PUT", a_place(cpo, "L3")),
    ])  # fmt: skip
    await back(hub, ema)
    await hub.quiet()
    assert len(told(ema, known)) == 3


async def test_who_goes_while_it_is_told_hears_the_rest_later(hub: Telling) -> None:
    cpo, ema, _ = await three(hub)
    known = len(ema.requests)
    await hub.rules.set_rule(deny(), by=BY)
    ema.down()
    await hub.plan()
    await until(lambda: hub.doubted(ema))
    await hub.house.partners.missed(await hub.id_of(ema))
    await hub.quiet()
    async with hub.store.reading() as tx:
        assert await tx.hub_objects.missed_rules(await hub.id_of(ema)) is not None
    await back(hub, ema)
    await hub.quiet()
    assert sorted(method for method, _ in told(ema, known)) == ["DELETE", "PATCH"]
    assert cpo.violations == []


async def test_many_objects_are_told_of_in_portions(hub: Telling) -> None:
    cpo, ema, _ = await three(hub)
    await change(hub, deny())
    await copies(hub, PORTION + 5)
    known = len(ema.requests)
    await hub.rules.drop_rule(deny().scope, by=BY)
    await hub.plan()
    await hub.quiet()
    paths = {target for _, target in told(ema, known)}
    assert {a_place(cpo, f"N{n}") for n in range(PORTION + 5)} <= paths


async def copies(hub: Telling, count: int) -> None:
    """As many more locations, kept without telling anybody."""
    async with hub.store.transaction() as tx:
        (mark,) = [
            m
            for m in await tx.hub_objects.touched(FROM_THE_BEGINNING, after=0, limit=9)
            if m.ref.id == "L1"
        ]
        first = await tx.hub_objects.get(mark.ref)
        assert first is not None
        for number in range(count):
            body = json.loads(first.sent) | {"id": f"N{number}"}
            ref = replace(first.ref, id=f"N{number}")
            await tx.hub_objects.put(replace(first, ref=ref, sent=json.dumps(body)))


@pytest.mark.parametrize("effect", list(Effect))
async def test_a_change_that_shows_nobody_anything_else_is_told_to_nobody(
    hub: Telling, effect: Effect
) -> None:
    _, ema, emb = await three(hub)
    known = len(ema.requests), len(emb.requests)
    await change(hub, Rule(Scope(EMA, EMB), effect))
    assert (len(ema.requests), len(emb.requests)) == known
