"""May this token charge here: a command's one-time token, our own word, or the issuer's.

The order: the id tag of a remote start is allowed at the charger the command is for, and what an
EVSE is reserved for at the charger that keeps it free, since the issuer vouched for it then; the
tokens we keep follow, by OCPI's whitelist rules, asking the issuer where they want that; an
unknown token is put to every partner that may know it. What was decided is remembered for a
minute, so a charger that asks before each start costs nothing, and forgotten at once when tokens
change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.commands import CommandKind, is_virtual
from app.domain.identifiers import PartyId, token_key
from app.domain.locations import EvsePlace
from app.domain.reservations import ReservationState
from app.domain.stations import AuthorizeAsked, PresentedToken
from app.domain.tokens import (
    AuthMethod,
    Authorization,
    Decision,
    Token,
    TokenType,
    Verdict,
    Whitelist,
    decide,
)
from app.domain.vehicles import Sighting, shown_vehicle, token_uid, vehicle_key
from app.ports.authorizer import RemoteAuthorizer
from app.ports.bus import Bus, Subscription
from app.ports.clock import Clock
from app.store.transaction import Store
from app.use_cases.live_stations import LiveStation
from app.use_cases.payers import TOO_DEAR, refusal_of, tell_too_dear

CHANGED_SUBJECT = "tokens"
REMEMBERED_S = 60.0
ASKED_FOR_S = 900.0
"""How long an issuer's word holds at the charger it was given for.

Source: OCPI 2.2.1, Commands, StartSession: no real-time check within 15 minutes.
"""
MOST_REMEMBERED = 20_000
UNKNOWN = Authorization(Verdict.UNKNOWN)
VEHICLE = "vehicle"
"""The type of a token that is a vehicle's id: partners are never asked about those."""

_OURS_TO_DECIDE = (Decision.ACCEPT, Decision.REJECT)


@dataclass(frozen=True, slots=True)
class TokenRules:
    """An operator's choices; `accept_unknown` lets any token charge, as one of `default_emsp`."""

    accept_unknown: bool
    default_emsp: PartyId


class Authorize:
    """Decides about tokens, and remembers for a minute what it decided."""

    def __init__(
        self, store: Store, issuers: RemoteAuthorizer, *, bus: Bus, clock: Clock, rules: TokenRules
    ) -> None:
        self._store = store
        self._issuers = issuers
        self._bus = bus
        self._clock = clock
        self._rules = rules
        self._remembered: dict[str, tuple[float, Authorization]] = {}
        self._seen: dict[tuple[str, str, str | None], float] = {}

    async def listen(self) -> Subscription:
        """Forget what was remembered whenever the bus says that tokens changed."""
        return await self._bus.subscribe(CHANGED_SUBJECT, self._forget)

    async def ask(self, live: LiveStation, message: AuthorizeAsked) -> Authorization:
        """The answer for a token held to this charger's reader."""
        answer = await self.check(live, message.token)
        if answer.reference is not None or answer.method is AuthMethod.AUTH_REQUEST:
            until = self._clock.monotonic() + ASKED_FOR_S
            live.asked[token_key(message.token.uid)] = (until, answer)
        return answer

    async def check(
        self,
        live: LiveStation,
        shown: PresentedToken,
        *,
        place: EvsePlace | None = None,
        past: bool = False,
    ) -> Authorization:
        """The same, for a place if it is known; `past` asks no issuer: charging began already.

        Never that the token charges elsewhere: a repeated message and the swipe that stops a
        session must not be refused.
        """
        seen = shown_vehicle(shown)
        if seen is not None or shown.vehicle is not None:
            await self._see(live, seen or vehicle_key(shown.vehicle or ""), place)
        if seen is not None:
            shown = PresentedToken(token_uid(seen), VEHICLE)
        key = token_key(shown.uid)
        known = self._remembered.get(key) or live.asked.get(key)
        if known is not None and known[0] > self._clock.monotonic():
            return known[1]
        if is_virtual(key):
            found = await self._by_command(live, key)
            if found is not None:
                return found
        if live.keeps or is_virtual(key):
            found = await self._by_reservation(live, key)
            if found is not None:
                return found
        return self._remember(key, await self._decide(live, shown, place, past=past))

    async def _by_command(self, live: LiveStation, key: str) -> Authorization | None:
        async with self._store.reading() as tx:
            command = await tx.commands.by_id_tag(key)
        if command is None or command.kind is not CommandKind.START or command.token is None:
            return None
        if (command.station_id or "").casefold() != live.id.casefold():
            return UNKNOWN
        return Authorization(
            Verdict.ALLOWED,
            command.token,
            AuthMethod.COMMAND,
            command.authorization_reference,
        )

    async def _by_reservation(self, live: LiveStation, key: str) -> Authorization | None:
        """The reserving token where its EVSE is kept free, also soon after charging began.

        Source: OCPI 2.2.1, Commands, ReserveNow object: the CPO does not check the token.
        """
        async with self._store.reading() as tx:
            kept = await tx.reservations.by_tag(key)
        if kept is None or (kept.station_id or "").casefold() != live.id.casefold():
            return None
        lately = self._clock.now() - timedelta(seconds=ASKED_FOR_S)
        begun = kept.state is ReservationState.USED and (kept.ended_at or lately) > lately
        if kept.state is not ReservationState.ACTIVE and not begun:
            return None
        reference = kept.authorization_reference
        return Authorization(Verdict.ALLOWED, kept.token, AuthMethod.COMMAND, reference)

    async def _decide(
        self, live: LiveStation, shown: PresentedToken, place: EvsePlace | None, *, past: bool
    ) -> Authorization:
        async with self._store.reading() as tx:
            tokens = await tx.tokens.by_uid(shown.uid)
        where = place or next(iter(live.layout.places), None)
        token = _most_likely(tokens)
        if token is not None:
            return await self._unless_broke(await self._by_rules(token, where, past=past), where)
        if shown.type == VEHICLE:
            return UNKNOWN
        asked = None if past else await self._issuers.authorize(shown.uid, None, where)
        if asked is not None and asked.verdict is not Verdict.UNKNOWN:
            return asked
        if self._rules.accept_unknown:
            return Authorization(Verdict.ALLOWED, self._synthetic(shown, self._clock.now()))
        return UNKNOWN

    async def _by_rules(
        self, token: Token, place: EvsePlace | None, *, past: bool
    ) -> Authorization:
        decision = decide(token)
        if decision is Decision.ACCEPT:
            return Authorization(Verdict.ALLOWED, token)
        if decision is Decision.REJECT:
            return Authorization(Verdict.BLOCKED, token)
        asks = not token.own and not past
        answer = await self._issuers.authorize(token.uid, token, place) if asks else None
        if answer is not None:
            return answer if answer.token is not None else replace(answer, token=token)
        if decision is Decision.ASK_ELSE_ACCEPT or (token.own and token.valid):
            return Authorization(Verdict.ALLOWED, token)
        return Authorization(Verdict.BLOCKED if not token.valid else Verdict.NOT_ALLOWED, token)

    async def _unless_broke(self, found: Authorization, place: EvsePlace | None) -> Authorization:
        """The answer, unless it is a driver of ours who cannot pay, or did not agree to."""
        if not found.allowed or found.token is None:
            return found
        async with self._store.reading() as tx:
            refusal = await refusal_of(tx, found.token, place, now=self._clock.now())
        if refusal is None:
            return found
        if refusal[1] == TOO_DEAR and place is not None:
            async with self._store.transaction() as tx:
                await tell_too_dear(tx, found.token, place, now=self._clock.now())
        return replace(found, verdict=refusal[0], info=refusal[1])

    async def _see(self, live: LiveStation, key: str | None, place: EvsePlace | None) -> None:
        """Note which vehicle is where: that lets its driver register it."""
        now, evse_uid = self._clock.monotonic(), place.evse.uid if place else None
        which = (live.id.casefold(), key or "", evse_uid)
        if key is None or self._seen.get(which, now) > now:
            return
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen.clear()
        self._seen[which] = now + REMEMBERED_S
        seen = Sighting(live.id, key, self._clock.now(), evse_uid)
        async with self._store.transaction() as tx:
            await tx.drivers.sightings.add(seen)

    def _synthetic(self, shown: PresentedToken, now: datetime) -> Token:
        uid = shown.uid[:36]
        return Token(
            party=self._rules.default_emsp,
            uid=uid,
            type=TokenType.RFID,
            contract_id=uid,
            issuer="test bed",
            valid=True,
            whitelist=Whitelist.ALLOWED,
            last_updated=now,
        )

    def _remember(self, key: str, answer: Authorization) -> Authorization:
        """Keep an answer that rests on lasting facts; one of the moment is asked for again."""
        lasting = answer.reference is None and answer.method is AuthMethod.WHITELIST
        drivers = answer.token is not None and answer.token.driver_id is not None
        if drivers or not lasting or answer.token is None:
            return answer
        if decide(answer.token) in _OURS_TO_DECIDE:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = (self._clock.monotonic() + REMEMBERED_S, answer)
        return answer

    async def _forget(self, subject: str, data: bytes) -> None:  # noqa: ARG002 - the bus's shape
        self._remembered.clear()


def _most_likely(tokens: Sequence[Token]) -> Token | None:
    """Of several tokens of the same text: one that is valid, else the first."""
    return next((t for t in tokens if t.valid), next(iter(tokens), None))
