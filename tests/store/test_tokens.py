"""Tokens are found as readers show them, and listed in the order they came."""

import pytest

from app.domain.errors import NotFound
from app.domain.tokens import TokenType
from app.store.transaction import Store
from tests.support.roaming_objects import (
    EARLIER,
    EMSP,
    NOON,
    THEIR_EMSP,
    a_foreign_token,
    a_token,
)


async def test_owner_uid_and_type_are_the_key(store: Store) -> None:
    """C-118, C-191: equal uids of two owners or two types are different tokens."""
    ours, theirs = a_token("ABCD"), a_foreign_token("ABCD")
    app = a_token("ABCD", type=TokenType.APP_USER)
    async with store.transaction() as tx:
        for token in (theirs, app, ours):
            await tx.tokens.put(token)
    async with store.reading() as tx:
        assert await tx.tokens.find(EMSP, "abcd", TokenType.RFID) == ours
        assert await tx.tokens.find(EMSP, "ABCD", TokenType.APP_USER) == app
        assert await tx.tokens.find(THEIR_EMSP, "ABCD", TokenType.RFID) == theirs
        assert await tx.tokens.find(THEIR_EMSP, "ABCD", TokenType.OTHER) is None
        with pytest.raises(NotFound):
            await tx.tokens.need_token(THEIR_EMSP, "other", TokenType.RFID)


async def test_readers_write_uids_differently(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.tokens.put(a_foreign_token("04AABBCC"))
        await tx.tokens.put(a_token("04:AA:BB:CC"))
    async with store.reading() as tx:
        found = await tx.tokens.by_uid("04-aa-bb-cc")
    assert [token.own for token in found] == [True, False]


async def test_the_index_holds_own_cards(store: Store) -> None:
    """C-181, C-190, C-098: no app tokens, no foreign ones; an update moves nothing."""
    async with store.transaction() as tx:
        for uid in ("C", "A", "B"):
            await tx.tokens.put(a_token(uid))
        await tx.tokens.put(a_token("app", type=TokenType.APP_USER))
        await tx.tokens.put(a_foreign_token("X"))
        await tx.tokens.put(a_token("C", valid=False, last_updated=NOON))
    async with store.reading() as tx:
        found = sorted(await tx.tokens.index(), key=lambda row: row.place)
        shown = await tx.tokens.shown([row.key for row in found[:2]])
        (changed,) = await tx.tokens.index([found[0].key])
        assert await tx.tokens.index([]) == []
    assert [row.key for row in found] == [f"{EMSP}/RFID/{uid}" for uid in "cab"]
    assert [(t.uid, t.valid) for _, t in sorted(shown.items())] == [("A", True), ("C", False)]
    assert [row.moment for row in found] == [NOON, EARLIER, EARLIER]
    assert (changed.party, changed.moment) == (str(EMSP), NOON)


async def test_a_driver_has_tokens(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.tokens.put(a_token("A", driver_id="d-1"))
        await tx.tokens.put(a_token("B"))
        assert [t.uid for t in await tx.tokens.of_driver("d-1")] == ["A"]
        held = await tx.tokens.hold(EMSP, "a", TokenType.RFID)
        assert held is not None
        assert held.uid == "A"
