"""CDRs are written once: the same again is fine, another of the same id is refused."""

from dataclasses import replace

import pytest

from app.domain.errors import Conflict
from app.store.cdrs import cdr_key
from app.store.scopes import Cut, Range, Scope
from app.store.sessions import foreign_session_key
from app.store.transaction import Store
from tests.support.roaming_objects import CPO, NOON, THEIR_CPO, THEIR_EMSP, a_cdr


async def test_a_cdr_never_changes(store: Store) -> None:
    """C-156, C-157."""
    cdr = a_cdr()
    async with store.transaction() as tx:
        await tx.cdrs.add(cdr)
        await tx.cdrs.add(cdr)
        with pytest.raises(Conflict):
            await tx.cdrs.put(replace(cdr, remark="changed"))
        assert await tx.cdrs.get("c-1") == cdr


async def test_a_partners_cdr_is_compared_by_its_document(store: Store) -> None:
    """Spaces and the order of fields are no difference; a digit is."""
    first = a_cdr(
        own=False, party=THEIR_CPO, document='{"id": "9", "total": 1.50}', version="2.2.1"
    )
    async with store.transaction() as tx:
        await tx.cdrs.add(first)
        await tx.cdrs.add(replace(first, document='{"total":1.5,"id":"9"}', findings=("x",)))
        with pytest.raises(Conflict):
            await tx.cdrs.add(replace(first, document='{"total":1.51,"id":"9"}'))
        assert await tx.cdrs.of_party(THEIR_CPO, "C-1") == first


async def test_owners_have_ids_of_their_own(store: Store) -> None:
    """C-118."""
    ours, theirs = a_cdr(), a_cdr(own=False, party=THEIR_CPO, charging_id="ch-1")
    async with store.transaction() as tx:
        await tx.cdrs.add(ours)
        await tx.cdrs.add(theirs)
    assert cdr_key(ours) != cdr_key(theirs)
    async with store.reading() as tx:
        assert await tx.cdrs.need(cdr_key(theirs)) == theirs
        assert await tx.cdrs.of_charging("ch-1") == [theirs]
        assert await tx.cdrs.of_session("s-1") == [ours]
        assert await tx.cdrs.of_session(foreign_session_key(THEIR_CPO, "S-1")) == [theirs]


async def test_pages_are_for_the_tokens_issuer(store: Store) -> None:
    """C-170, C-105."""
    async with store.transaction() as tx:
        for cdr_id in ("c-3", "c-1", "c-2"):
            await tx.cdrs.add(a_cdr(cdr_id))
        await tx.cdrs.add(a_cdr("theirs", own=False, party=THEIR_CPO))
    async with store.reading() as tx:
        theirs, others = Scope((CPO,), (THEIR_EMSP,)), Scope((CPO,), (THEIR_CPO,))
        page = await tx.cdrs.page(theirs, Range(), Cut(limit=2))
        behind = await tx.cdrs.page(theirs, Range(), Cut(limit=2, after=page[-1][0]))
        none = await tx.cdrs.page(others, Range(), Cut())
        later = await tx.cdrs.page(theirs, Range(since=NOON), Cut())
        before = await tx.cdrs.page(theirs, Range(until=NOON), Cut(offset=2))
        counts = [await tx.cdrs.count(scope, Range()) for scope in (theirs, others)]
    assert [c.id for _, c in page] == ["c-3", "c-1"]
    assert [c.id for _, c in behind] == [c.id for _, c in before] == ["c-2"]
    assert (none, later, counts) == ([], [], [3, 0])
