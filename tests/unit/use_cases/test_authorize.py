"""Who may charge: commands, our tokens, partners' tokens by the whitelist rules, strangers."""

from dataclasses import replace

import pytest

from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.identifiers import PartyId
from app.domain.stations import AuthorizeAsked, PresentedToken
from app.domain.tokens import AuthMethod, Authorization, Verdict, Whitelist
from app.use_cases.authorize import Authorize, TokenRules
from app.use_cases.live_stations import LiveStation
from tests.support.chargers import TAG, Floor, a_token, at

ISSUER_SAYS = Authorization(Verdict.ALLOWED, None, AuthMethod.AUTH_REQUEST, "REF-9")


async def ask(floor: Floor, live: LiveStation, uid: str = TAG.uid) -> Authorization:
    return await floor.authorize.ask(live, AuthorizeAsked(PresentedToken(uid)))


@pytest.mark.parametrize("uid", ["0412ABCD", "0412abcd", "04:12:AB:CD", "04-12 ab cd"])
async def test_case_and_separators_do_not_matter(floor: Floor, uid: str) -> None:
    """P-086, P-088."""
    await floor.furnish(None, None, a_token(group_id="G1"))
    live = await floor.connect()
    answer = await ask(floor, live, uid)
    assert answer.allowed
    assert answer.token is not None
    assert answer.token.group_id == "G1"


async def test_an_unknown_token_is_put_to_all_partners(floor: Floor) -> None:
    """P-087: refused when none of them knows it."""
    await floor.furnish()
    live = await floor.connect()
    assert (await ask(floor, live, "STRANGER")).verdict is Verdict.UNKNOWN
    known = a_token("STRANGER", whitelist=Whitelist.NEVER)
    floor.issuers.answer = replace(ISSUER_SAYS, token=known)
    answer = await ask(floor, live, "STRANGER")
    assert (answer.allowed, answer.reference) == (True, "REF-9")
    assert [a[0] for a in floor.issuers.asked] == ["STRANGER"] * 2
    assert floor.issuers.asked[0][2] is not None


@pytest.mark.parametrize(
    ("whitelist", "valid", "reachable", "verdict", "asks"),
    [
        (Whitelist.ALWAYS, True, True, Verdict.ALLOWED, False),
        (Whitelist.ALWAYS, False, True, Verdict.BLOCKED, False),
        (Whitelist.ALLOWED, True, True, Verdict.ALLOWED, False),
        (Whitelist.ALLOWED, False, True, Verdict.ALLOWED, True),
        (Whitelist.ALLOWED, False, False, Verdict.BLOCKED, True),
        (Whitelist.ALLOWED_OFFLINE, True, True, Verdict.ALLOWED, True),
        (Whitelist.ALLOWED_OFFLINE, True, False, Verdict.ALLOWED, True),
        (Whitelist.ALLOWED_OFFLINE, False, False, Verdict.BLOCKED, True),
        (Whitelist.NEVER, True, True, Verdict.ALLOWED, True),
        (Whitelist.NEVER, True, False, Verdict.NOT_ALLOWED, True),
    ],
)
async def test_the_whitelist_rules(  # noqa: PLR0917 - a table
    floor: Floor,
    whitelist: Whitelist,
    valid: bool,  # noqa: FBT001
    reachable: bool,  # noqa: FBT001
    verdict: Verdict,
    asks: bool,  # noqa: FBT001
) -> None:
    """C-192, C-193, C-194, I-30. Source: OCPI 2.2.1, Tokens, WhitelistType enum."""
    token = a_token(whitelist=whitelist, valid=valid)
    await floor.furnish(None, None, token)
    floor.issuers.answer = ISSUER_SAYS if reachable else None
    live = await floor.connect()
    answer = await ask(floor, live)
    assert (answer.verdict, bool(floor.issuers.asked)) == (verdict, asks)
    assert answer.token == token


async def test_own_tokens_need_nobody(floor: Floor) -> None:
    ours = a_token("OURS", own=True, whitelist=Whitelist.NEVER)
    await floor.furnish(None, None, ours, a_token("LOST", own=True, valid=False))
    live = await floor.connect()
    assert (await ask(floor, live, "OURS")).allowed
    assert (await ask(floor, live, "LOST")).verdict is Verdict.BLOCKED
    assert floor.issuers.asked == []


async def test_answers_are_kept_for_a_minute_and_dropped_on_the_hint(floor: Floor) -> None:
    await floor.furnish()
    await floor.authorize.listen()
    live = await floor.connect()
    assert (await ask(floor, live)).allowed
    async with floor.store.transaction() as tx:
        await tx.tokens.put(a_token(valid=False))
    assert (await ask(floor, live)).allowed
    await floor.bus.publish("tokens")
    assert not (await ask(floor, live)).allowed
    async with floor.store.transaction() as tx:
        await tx.tokens.put(a_token())
    await floor.bus.publish("tokens")
    assert (await ask(floor, live)).allowed
    async with floor.store.transaction() as tx:
        await tx.tokens.put(a_token(valid=False))
    floor.clock.set(at(61))
    assert not (await ask(floor, live)).allowed


async def test_an_issuers_word_holds_for_the_start_that_follows(floor: Floor) -> None:
    """P-090, C-195: and its reference reaches the session."""
    await floor.furnish(None, None, a_token(whitelist=Whitelist.NEVER))
    floor.issuers.answer = ISSUER_SAYS
    live = await floor.connect()
    await ask(floor, live)
    answer = await floor.start(live, 10)
    session = await floor.session(live, str(answer.number))
    assert (session.authorization_reference, session.auth_method) == (
        "REF-9",
        AuthMethod.AUTH_REQUEST,
    )
    assert len(floor.issuers.asked) == 1
    assert (await ask(floor, live)).allowed


async def test_a_commands_tag_is_good_at_its_charger_only(floor: Floor) -> None:
    tag = "RWABCDEFGH234567"
    command = Command(
        "k-1",
        CommandKind.START,
        CommandChannel.DRIVER,
        CommandState.SENT,
        at(0),
        at(60),
        station_id="cp1",
        token=a_token("APP"),
        id_tag=tag,
    )
    await floor.furnish()
    await floor.stations.register("CP2", PartyId("NL", "RW1"), "correct horse battery staple")
    async with floor.store.transaction() as tx:
        await tx.commands.add(command)
    here, there = await floor.connect(), await floor.connect(station_id="CP2")
    answer = await ask(floor, here, tag.lower())
    assert (answer.allowed, answer.method) == (True, AuthMethod.COMMAND)
    assert (await ask(floor, there, tag)).verdict is Verdict.UNKNOWN
    assert (await ask(floor, here, "RWABCDEFGH234568")).verdict is Verdict.UNKNOWN


async def test_a_test_bed_accepts_strangers(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect()
    rules = TokenRules(accept_unknown=True, default_emsp=PartyId("NL", "RWM"))
    authorize = Authorize(
        floor.store, floor.issuers, bus=floor.bus, clock=floor.clock, rules=rules
    )
    answer = await authorize.ask(live, AuthorizeAsked(PresentedToken("ANY")))
    assert answer.allowed
    assert answer.token is not None
    assert answer.token.party == PartyId("NL", "RWM")
    assert await authorize.ask(live, AuthorizeAsked(PresentedToken("any"))) == answer
