"""Tokens: our drivers' cards, the tokens partners let us accept, and our answer about our own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from app.domain.commands import Command
from app.domain.errors import InvalidInput, NotFound
from app.domain.events import TokenChanged
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Role
from app.domain.tokens import AuthMethod, Authorization, Token, TokenType, Verdict, Whitelist
from app.ports.bus import Bus
from app.ports.clock import Clock
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.payers import refusal_of

CHANGED_SUBJECT = "tokens"
"""Bus subject that says: forget what you remember of tokens."""

LONGEST_UID = 36
ONE_TIME_USE = timedelta(hours=24)
"""How long the one-time token of a start from the app may be asked about."""

TokenName = tuple[PartyId, str, TokenType]
Change = Callable[[Token], Token | None]
"""Makes the new token of the stored one; None when what was sent is older than that. Pure."""


def owned_by(partner: Partner, party: PartyId, role: Role) -> None:
    """Refuse an object of a party that the partner does not speak for in this role.

    Raises NotFound, as OCPI answers 404 then (2.2.1, Client owned objects).
    """
    if not partner.speaks_for(party, role):
        raise NotFound(f"{role} party of this platform", str(party))


class Tokens:
    """Writes tokens and answers for our own."""

    def __init__(
        self, store: Store, bus: Bus, clock: Clock, *, emsp: PartyId, issuer: str
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._emsp = emsp
        self._issuer = issuer

    async def issue(
        self,
        uid: str,
        contract_id: str,
        *,
        driver_id: str | None = None,
        visual_number: str | None = None,
        whitelist: Whitelist = Whitelist.ALLOWED_OFFLINE,
    ) -> Token:
        """Give out a card of the driver app's eMSP; CPO partners are told.

        Raises InvalidInput when the uid is taken or unusable.
        """
        if not uid.strip() or len(uid) > LONGEST_UID or not uid.isascii():
            raise InvalidInput("uid", f"1 to {LONGEST_UID} printable ASCII characters")
        token = Token(
            self._emsp,
            uid.strip(),
            TokenType.RFID,
            contract_id,
            self._issuer,
            valid=True,
            whitelist=whitelist,
            last_updated=self._clock.now(),
            visual_number=visual_number,
            driver_id=driver_id,
        )
        async with self._store.transaction() as tx:
            if await tx.tokens.find(self._emsp, token.uid, TokenType.RFID) is not None:
                raise InvalidInput("uid", "a card of this uid was issued before")
            await self._write_own(tx, token)
        await self._bus.publish(CHANGED_SUBJECT)
        return token

    async def block(self, uid: str) -> Token:
        """Take a card out of use; it is never deleted (OCPI 2.2.1, Tokens). Raises NotFound."""
        return await self._set_valid(uid, valid=False)

    async def unblock(self, uid: str) -> Token:
        """Let a blocked card charge again. Raises NotFound."""
        return await self._set_valid(uid, valid=True)

    async def _set_valid(self, uid: str, *, valid: bool) -> Token:
        async with self._store.transaction() as tx:
            token = await tx.tokens.hold(self._emsp, uid, TokenType.RFID)
            if token is None:
                raise NotFound("token", uid)
            if token.valid is not valid:
                token = replace(token, valid=valid, last_updated=self._clock.now())
                await self._write_own(tx, token)
        await self._bus.publish(CHANGED_SUBJECT)
        return token

    async def _write_own(self, tx: Transaction, token: Token) -> None:
        await tx.tokens.put(token)
        tx.emit(TokenChanged(token.party, token.uid, token.type.value))

    async def accept_put(self, partner: Partner, token: Token) -> bool:
        """Keep a partner's token; whether it is new. An older state is not written (C-119).

        Raises NotFound when the partner does not speak for the token's owner.
        """
        owned_by(partner, token.party, Role.EMSP)
        async with self._store.transaction() as tx:
            before = await tx.tokens.hold(token.party, token.uid, token.type)
            await _accept(tx, before, token)
        await self._bus.publish(CHANGED_SUBJECT)
        return before is None

    async def vanish(self, party: PartyId, uid: str, token_type: TokenType) -> None:
        """A partner's token is gone from its list: it is not valid until it is shown again."""
        async with self._store.transaction() as tx:
            before = await tx.tokens.hold(party, uid, token_type)
            if before is None or before.own or not before.valid:
                return
            await tx.tokens.put(replace(before, valid=False))
        await self._bus.publish(CHANGED_SUBJECT)

    async def accept_patch(self, partner: Partner, key: TokenName, change: Change) -> None:
        """A partner's change of a part of its token (PATCH), made by `change` from what we keep.

        Raises NotFound for a token we do not know, which makes the sender PUT it (C-113).
        """
        party, uid, token_type = key
        owned_by(partner, party, Role.EMSP)
        async with self._store.transaction() as tx:
            before = await tx.tokens.hold(party, uid, token_type)
            if before is None or before.own:
                raise NotFound("token", uid)
            after = change(before)
            if after is None:
                return
            if _name(after) != _name(before):
                raise InvalidInput("uid", "what identifies a token cannot be changed")
            await _accept(tx, before, after)
        await self._bus.publish(CHANGED_SUBJECT)

    async def find(self, party: PartyId, uid: str, token_type: TokenType) -> Token:
        """A token by its key; raises NotFound."""
        async with self._store.reading() as tx:
            return await tx.tokens.need_token(party, uid, token_type)

    async def authorize(self, uid: str, token_type: TokenType = TokenType.RFID) -> Authorization:
        """Our answer to a CPO that asks about a token of ours, wherever it is (C-182..C-185).

        Raises NotFound for a token we did not issue: HTTP 404 with status 2004.
        """
        async with self._store.reading() as tx:
            token = await tx.tokens.find(self._emsp, uid, token_type)
            started = await tx.commands.by_id_tag(uid) if token is None else None
            now, valid = self._clock.now(), token is not None and token.valid
            refusal = await refusal_of(tx, token, None, now=now) if token and valid else None
        if started is not None and started.token is not None:
            return self._one_time(started, started.token, uid, token_type)
        if token is None or not token.own:
            raise NotFound("token", uid)
        if not token.valid:
            return Authorization(Verdict.BLOCKED, token, AuthMethod.AUTH_REQUEST)
        if refusal is not None:
            return Authorization(refusal[0], token, AuthMethod.AUTH_REQUEST, info=refusal[1])
        return Authorization(Verdict.ALLOWED, token, AuthMethod.AUTH_REQUEST, new_id())

    def _one_time(
        self, started: Command, token: Token, uid: str, token_type: TokenType
    ) -> Authorization:
        """A start from the app brought its own token, good for that one session."""
        named = (token.party, token.uid.casefold(), token.type)
        if named != (self._emsp, uid.casefold(), token_type):
            raise NotFound("token", uid)
        refused = started.outcome is not None and not started.outcome.accepted
        expired = self._clock.now() - started.created_at > ONE_TIME_USE
        if refused or expired:
            verdict = Verdict.EXPIRED if expired else Verdict.NOT_ALLOWED
            return Authorization(verdict, token, AuthMethod.AUTH_REQUEST)
        reference = started.authorization_reference or started.id
        return Authorization(Verdict.ALLOWED, token, AuthMethod.AUTH_REQUEST, reference)


def _name(token: Token) -> TokenName:
    return token.party, token.uid.casefold(), token.type


async def _accept(tx: Transaction, before: Token | None, after: Token) -> None:
    if before is not None and before.own:
        raise NotFound("token", after.uid)
    if before is None or after.last_updated >= before.last_updated:
        await tx.tokens.put(replace(after, own=False, driver_id=None))
