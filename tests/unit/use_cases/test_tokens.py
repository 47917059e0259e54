"""Our cards are issued and blocked, partners' tokens are kept, our answer is given."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.adapters.bus_local import LocalBus
from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.errors import InvalidInput, NotFound
from app.domain.events import TokenChanged
from app.domain.partners import PartnerRole, Role
from app.domain.tokens import Token, TokenType, Verdict, Whitelist
from app.store.transaction import Store
from app.use_cases.tokens import CHANGED_SUBJECT, Tokens
from tests.support.clock import FakeClock
from tests.support.roaming_objects import (
    EARLIER,
    EMSP,
    NOON,
    THEIR_CPO,
    THEIR_EMSP,
    a_foreign_token,
    a_partner,
    a_token,
)

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def bus() -> LocalBus:
    return LocalBus()


@pytest.fixture
def tokens(store: Store, bus: LocalBus, clock: FakeClock) -> Tokens:
    return Tokens(store, bus, clock, emsp=EMSP, issuer="Drive")


async def test_a_card_is_issued_blocked_and_unblocked(
    tokens: Tokens, store: Store, clock: FakeClock
) -> None:
    """C-189: each change is told; a blocked card is never deleted."""
    card = await tokens.issue("04AABBCC", "NL-RWD-C1", driver_id="d-1")
    assert card.whitelist is Whitelist.ALLOWED_OFFLINE
    await clock.advance(5)
    blocked = await tokens.block("04aabbcc")
    assert (blocked.valid, blocked.last_updated) == (False, clock.now())
    assert await tokens.block("04AABBCC") == blocked
    assert (await tokens.unblock("04AABBCC")).valid
    async with store.reading() as tx:
        events = [r.event for r in await tx.events.unplanned(10)]
    assert events == [TokenChanged(EMSP, "04AABBCC", "RFID")] * 3


@pytest.mark.parametrize("uid", ["", " ", "x" * 37, "käse"])
async def test_unfit_uids_are_refused(tokens: Tokens, uid: str) -> None:
    with pytest.raises(InvalidInput):
        await tokens.issue(uid, "NL-RWD-C1")


async def test_a_uid_is_issued_once(tokens: Tokens) -> None:
    await tokens.issue("AB", "NL-RWD-C1")
    with pytest.raises(InvalidInput):
        await tokens.issue("ab", "NL-RWD-C2")
    with pytest.raises(NotFound):
        await tokens.block("other")


async def test_partners_tokens_are_kept(tokens: Tokens, bus: LocalBus) -> None:
    """C-108, C-119, C-122: new, the same, older, newer."""
    heard: list[str] = []

    async def hear(subject: str, _: bytes) -> None:
        heard.append(subject)

    await bus.subscribe(CHANGED_SUBJECT, hear)
    token = a_foreign_token(driver_id="not theirs to say")
    assert await tokens.accept_put(a_partner(), token)
    assert not await tokens.accept_put(a_partner(), token)
    await tokens.accept_put(a_partner(), replace(token, valid=False, last_updated=NOON))
    await tokens.accept_put(a_partner(), replace(token, issuer="old"))
    kept = await tokens.find(THEIR_EMSP, token.uid, TokenType.RFID)
    assert (kept.valid, kept.own, kept.driver_id) == (False, False, None)
    assert heard


async def test_others_tokens_are_refused(tokens: Tokens) -> None:
    """C-117: a platform speaks for its own parties; a hub for all it connects."""
    with pytest.raises(NotFound):
        await tokens.accept_put(a_partner(), a_token())
    hub = a_partner(roles=(PartnerRole(Role.HUB, THEIR_CPO, "Hub"),))
    assert await tokens.accept_put(hub, a_foreign_token())
    await tokens.issue("AA", "c")
    with pytest.raises(NotFound):
        await tokens.accept_put(hub, a_token("AA"))


async def test_a_patch_changes_what_it_says(tokens: Tokens) -> None:
    """C-111, C-113, C-120."""
    partner, key = a_partner(), (THEIR_EMSP, "DEADBEEF", TokenType.RFID)
    with pytest.raises(NotFound):
        await tokens.accept_patch(partner, key, lambda t: t)
    await tokens.accept_put(partner, a_foreign_token())

    def blocked(token: Token) -> Token:
        return replace(token, valid=False, last_updated=NOON)

    await tokens.accept_patch(partner, key, blocked)
    await tokens.accept_patch(partner, key, lambda _: None)
    kept = await tokens.find(*key)
    assert (kept.valid, kept.contract_id) == (False, "DE-TNM-C1")
    with pytest.raises(InvalidInput):
        await tokens.accept_patch(partner, key, lambda t: replace(t, uid="other"))


async def test_our_answer_about_a_card(tokens: Tokens) -> None:
    """C-182..C-185."""
    await tokens.issue("AB", "NL-RWD-C1")
    answer = await tokens.authorize("ab")
    assert (answer.verdict, answer.token is not None) == (Verdict.ALLOWED, True)
    assert answer.reference is not None
    with pytest.raises(NotFound):
        await tokens.authorize("AB", TokenType.APP_USER)
    with pytest.raises(NotFound):
        await tokens.authorize("unknown")
    await tokens.block("AB")
    assert (await tokens.authorize("AB")).verdict is Verdict.BLOCKED


async def test_our_answer_about_a_start_from_the_app(
    tokens: Tokens, store: Store, clock: FakeClock
) -> None:
    """C-184: the token is good for the one start it was made for."""
    app = a_token("RWABC", type=TokenType.APP_USER, whitelist=Whitelist.NEVER)
    start = Command(
        "cmd-1",
        CommandKind.START,
        CommandChannel.DRIVER,
        CommandState.SENT,
        clock.now(),
        LATER,
        remote_party=THEIR_CPO,
        token=app,
        id_tag=app.uid,
    )
    async with store.transaction() as tx:
        await tx.commands.add(start)
    answer = await tokens.authorize("RWABC", TokenType.APP_USER)
    assert (answer.verdict, answer.reference) == (Verdict.ALLOWED, "cmd-1")
    with pytest.raises(NotFound):
        await tokens.authorize("RWABC", TokenType.RFID)
    clock.set(clock.now() + timedelta(hours=25))
    assert (await tokens.authorize("RWABC", TokenType.APP_USER)).verdict is Verdict.EXPIRED
    assert start.created_at >= EARLIER
