"""Operators: who runs chargers here, and the keys to the operator's API."""

from dataclasses import dataclass, replace
from secrets import token_urlsafe

from app.domain.errors import NotFound, TokenRefused, Unauthenticated
from app.domain.identifiers import PartyId
from app.domain.operators import ApiKey, Holder, Operator
from app.domain.tokens import Token, TokenType, Verdict, Whitelist
from app.ports.clock import Clock
from app.ports.sealing import Sealer
from app.store.ids import new_id
from app.store.transaction import Store

PREFIX = "rwk_"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as its owner must keep it; we only keep its hash."""

    id: str
    party: PartyId
    secret: str


class Operators:
    """Add operators, make and check their API keys."""

    def __init__(self, store: Store, clock: Clock, sealer: Sealer) -> None:
        self._store = store
        self._clock = clock
        self._sealer = sealer

    async def add(
        self,
        party: PartyId,
        name: str | None = None,
        *,
        website: str | None = None,
        platform: bool | None = None,
    ) -> NewKey:
        """An operator, new or known, and a new API key; without `name` the old one stays.

        `platform` lets the key act for the whole platform; without a word the keys of the first
        operator do, since it is usually the house's own.
        """
        now = self._clock.now()
        key = NewKey(new_id(), party, PREFIX + token_urlsafe(32))
        async with self._store.transaction() as tx:
            others = [o for o in await tx.operators.list() if o.party != party]
            may_all = not others if platform is None else platform
            known = await tx.operators.of(party) or Operator(party, str(party), now)
            await tx.operators.put(
                replace(known, name=name or known.name, website=website or known.website)
            )
            fingerprint = self._sealer.fingerprint(key.secret)
            made = ApiKey(key.id, party, fingerprint, now, platform=may_all)
            await tx.operators.add_key(made)
        return key

    async def of_key(self, secret: str) -> Holder:
        """Who presents this key; raises Unauthenticated."""
        fingerprint = self._sealer.fingerprint(secret)
        async with self._store.reading() as tx:
            holder = await tx.operators.by_key(fingerprint)
        if holder is None:
            raise Unauthenticated("the API key is not valid")
        return holder

    async def revoke(self, party: PartyId, key_id: str) -> None:
        """Let a key in no more; raises NotFound."""
        async with self._store.transaction() as tx:
            if not await tx.operators.revoke_key(party, key_id, self._clock.now()):
                raise NotFound("API key", key_id)

    async def list(self) -> list[Operator]:
        """All operators, the oldest first."""
        async with self._store.reading() as tx:
            return await tx.operators.list()

    async def resend(self, destination: str) -> None:
        """Try a destination in trouble again now; raises NotFound when it is in none."""
        async with self._store.transaction() as tx:
            if not await tx.deliveries.clear(destination, self._clock.now()):
                raise NotFound("delivery in trouble", destination)

    async def charging_token(self, operator: Operator, uid: str | None) -> Token:
        """What pays for a session that an operator starts: a known card, or the operator itself.

        Raises NotFound when nobody's card has this uid, TokenRefused when it is not valid.
        """
        if uid is None:
            return _own_token(operator)
        async with self._store.reading() as tx:
            found = await tx.tokens.by_uid(uid)
        if not found:
            raise NotFound("token", uid)
        if not found[0].valid:
            raise TokenRefused(Verdict.BLOCKED.value)
        return found[0]


def _own_token(operator: Operator) -> Token:
    """Charging at the operator's own cost, for tests and for people who were let down."""
    return Token(
        party=operator.party,
        uid="OPERATOR",
        type=TokenType.OTHER,
        contract_id=f"{operator.party.country}-{operator.party.code}-OPERATOR",
        issuer=operator.name,
        valid=True,
        whitelist=Whitelist.NEVER,
        last_updated=operator.created_at,
    )
