"""What the hub remembers of its members' tokens, to say them in versions that need more of them.

Only tokens that go to a member of another version are remembered: a session of 2.1.1 comes back
with a contract, and its receiver wants to hear the token (OCPI 2.2.1, Sessions, CdrToken class).
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.hub_tokens import HeardToken, Reference
from app.domain.identifiers import PartyId
from app.ports.clock import Clock
from app.store.transaction import Store

_REMEMBERED = 20_000
_LONGEST = 255
_LONGEST_REFERENCE = 64
_LONGEST_TYPE = 64
AGAIN_AFTER = timedelta(days=30)
"""A token that is heard or needed again is written again after so long, as it is still in use."""

NEAR = timedelta(minutes=30)
"""So far apart an authorization and the beginning of its session may be."""

Key = tuple[PartyId, str, str]


class HubTokens:
    """Remembers tokens; the same one again costs nothing."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._written: OrderedDict[Key, tuple[str, datetime]] = OrderedDict()

    async def hear(self, tokens: Sequence[HeardToken]) -> None:
        """Keep what is news."""
        now = self._clock.now()
        news = {_key(t): t for t in tokens if _fits(t) and self._is_news(t, now)}
        if not news:
            return
        async with self._store.transaction() as tx:
            await tx.hub_tokens.put([replace(token, heard_at=now) for token in news.values()])
        for key, token in news.items():
            self._written[key] = token.document, now
            self._written.move_to_end(key)
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)

    def _is_news(self, token: HeardToken, now: datetime) -> bool:
        document, at = self._written.get(_key(token), (None, now))
        return document != token.document or now - at >= AGAIN_AFTER

    async def note_reference(self, given: Reference) -> None:
        """An eMSP let a contract charge at an operator by this reference."""
        if 0 < len(given.reference) <= _LONGEST_REFERENCE and _keeps(given.contract_id):
            async with self._store.transaction() as tx:
                await tx.hub_tokens.put_reference(given)

    async def reference_of(
        self, operator: PartyId, provider: PartyId, contract_id: str, began: datetime
    ) -> str | None:
        """The reference of the session that began then: one belongs to one session.

        That of a new session was given shortly before it began, or while it did.
        """
        async with self._store.reading() as tx:
            known = await tx.hub_tokens.references(operator, provider, contract_id)
        if (found := _fitting(known, began)) is None:
            return None
        if found.started_at is None:
            async with self._store.transaction() as tx:
                await tx.hub_tokens.put_reference(replace(found, started_at=began))
        return found.reference

    async def of_contract(self, owner: PartyId, contract_id: str) -> HeardToken | None:
        """The token of a contract that was heard last."""
        async with self._store.reading() as tx:
            found = await tx.hub_tokens.of_contract(owner, contract_id)
        return await self._needed(found)

    async def of_uid(self, owner: PartyId, uid: str, kind: str | None = None) -> HeardToken | None:
        """The token of a uid, of this type where one is said."""
        async with self._store.reading() as tx:
            found = await tx.hub_tokens.of_uid(owner, uid, kind)
        return await self._needed(found)

    async def _needed(self, found: HeardToken | None) -> HeardToken | None:
        """The same; what is needed is not forgotten, also if its owner never says it again."""
        now = self._clock.now()
        if found is None or now - found.heard_at < AGAIN_AFTER:
            return found
        async with self._store.transaction() as tx:
            await tx.hub_tokens.needed(found, now)
        return found


def _fitting(known: Sequence[Reference], began: datetime) -> Reference | None:
    """That of the session that began then, else the latest free one that was given near it."""
    free = (each for each in known if each.started_at is None)
    near = next((each for each in free if abs(began - each.given_at) <= NEAR), None)
    return next((each for each in known if each.started_at == began), near)


def _key(token: HeardToken) -> Key:
    return token.owner, token.uid.casefold(), token.type


def _fits(token: HeardToken) -> bool:
    """Whether it can be kept: nobody's ids are as long as that."""
    kept = _keeps(token.uid) and _keeps(token.contract_id)
    return kept and len(token.type) <= _LONGEST_TYPE


def _keeps(text: str) -> bool:
    return 0 < len(text.casefold()) <= _LONGEST
