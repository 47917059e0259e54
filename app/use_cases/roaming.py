"""Our drivers' sessions at partners' chargers: what partners tell of them, tied to who asked."""

from collections.abc import Callable
from dataclasses import replace

from app.domain.charging import Charging
from app.domain.commands import Command, CommandKind
from app.domain.errors import InvalidInput, NotFound
from app.domain.events import SessionClosed, SessionEvent, SessionOpened, SessionProgressed
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Role
from app.domain.plans import bounds_of
from app.domain.points import Point
from app.domain.reservations import Reservation, used
from app.domain.sessions import Session, SessionStatus
from app.domain.timeline import extend
from app.domain.tokens import TokenRef
from app.ports.bus import Bus, word
from app.store.ids import new_id
from app.store.sessions import session_key
from app.store.transaction import Store, Transaction
from app.use_cases.card_tokens import driver_of
from app.use_cases.contracts import meant_token, names_contract
from app.use_cases.reservation_moves import save
from app.use_cases.tokens import owned_by

UNKNOWN_TOKEN = "unknown_token"  # noqa: S105 - a flag
"""Flag of a session whose token we do not know; it is kept for people to look at (C-150)."""

_COME = frozenset({SessionStatus.ACTIVE, SessionStatus.COMPLETED})

FINAL = frozenset({SessionStatus.COMPLETED, SessionStatus.INVALID})

Change = Callable[[Session], Session | None]
"""Makes the new session of the stored one; None when what was sent is older than that. Pure."""


async def start_of(
    tx: Transaction, party: PartyId, reference: str | None, token: TokenRef | None
) -> Command | None:
    """The start of ours that a partner's session or CDR comes from, or None.

    By the authorization_reference it repeats, which is the command's id where we had no other, or
    by the token, which is a one-time one for starts from the app. A late start after a TIMEOUT is
    found the same way (C-213).
    """
    found: Command | None = None
    if reference:
        found = await tx.commands.by_reference(reference) or await tx.commands.get(reference)
    if found is None and token is not None:
        found = await tx.commands.by_id_tag(token.uid)
    if found is None or found.kind is not CommandKind.START or found.remote_party != party:
        return None
    return found


class PartnerSessions:
    """Accepts partners' sessions."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus

    async def accept_put(self, partner: Partner, session: Session) -> bool:
        """A partner's whole session (PUT, or one of a pulled page); whether it is new.

        An older state than ours, or any after the end, is not written (C-119, C-145). Raises
        NotFound when the partner does not speak for the session's owner.
        """
        owned_by(partner, session.party, Role.CPO)
        async with self._store.transaction() as tx:
            await tx.partners.hold(partner.id)
            before = await tx.sessions.get_foreign(session.party, session.id)
            after = await self._write(tx, before, session)
        await self._tell(after)
        return before is None

    async def accept_patch(
        self, partner: Partner, party: PartyId, session_id: str, change: Change
    ) -> None:
        """A partner's change of a part of its session (PATCH).

        Raises NotFound for a session we do not know, which makes the sender PUT it (C-113).
        """
        owned_by(partner, party, Role.CPO)
        async with self._store.transaction() as tx:
            await tx.partners.hold(partner.id)
            before = await tx.sessions.get_foreign(party, session_id)
            if before is None:
                raise NotFound("session", session_id)
            changed = change(before)
            if changed is None:
                return
            if session_key(changed) != session_key(before):
                raise InvalidInput("id", "an object's owner and id never change")
            after = await self._write(tx, before, changed)
        await self._tell(after)

    async def get(self, party: PartyId, session_id: str) -> Session:
        """A partner's session as it is now; raises NotFound."""
        async with self._store.reading() as tx:
            found = await tx.sessions.get_foreign(party, session_id)
        if found is None:
            raise NotFound("session", session_id)
        return found

    async def _write(self, tx: Transaction, before: Session | None, session: Session) -> Session:
        if before is not None:
            if before.status in FINAL or session.last_updated < before.last_updated:
                return before
            if before.status is SessionStatus.RESERVATION and session.status in _COME:
                before = await _come(tx, before, session)
            after = _continued(before, session)
        else:
            after = await _tied(tx, session)
        after = _with_point(after)
        key = await tx.sessions.put_foreign(after)
        for event in _events(before, after):
            tx.emit(event(key, after.charging_id))
        return after

    async def _tell(self, session: Session) -> None:
        await self._bus.publish(f"session.{word(session_key(session))}")


def _continued(before: Session, session: Session) -> Session:
    """What a partner says now, with what only we know of the session."""
    return replace(
        session,
        id=before.id,
        own=False,
        token=before.token if names_contract(session.token) else session.token,
        zone=before.zone,
        tariff=before.tariff,
        command_id=before.command_id,
        charging_id=before.charging_id,
        flags=before.flags,
        timeline=before.timeline,
    )


async def _tied(tx: Transaction, session: Session) -> Session:
    """A new session with whoever asked for it."""
    session = replace(session, token=await meant_token(tx, session.party, session.token))
    start = await start_of(tx, session.party, session.authorization_reference, session.token)
    charging = await tx.charging.get(start.charging_id) if start and start.charging_id else None
    reserved = await _reserved(tx, session)
    if start is None and reserved is None and not await _knows(tx, session.token):
        session = replace(session, flags=session.flags | {UNKNOWN_TOKEN})
    return replace(
        session,
        own=False,
        command_id=start.id if start else None,
        charging_id=charging.id if charging else await _followed(tx, session, start),
        zone=await _zone(tx, session, charging),
        tariff=charging.tariff if charging else None,
    )


async def _followed(tx: Transaction, session: Session, start: Command | None) -> str | None:
    """The id of the driver's session that is to be made of what their card began there."""
    mine = start is None and await driver_of(tx, session.token) is not None
    return new_id() if mine else None


async def _zone(tx: Transaction, session: Session, charging: Charging | None) -> str:
    if charging is not None:
        return charging.zone
    location = (
        await tx.locations.get(session.party, session.location_id) if session.location_id else None
    )
    return location.time_zone if location else session.zone


async def _knows(tx: Transaction, token: TokenRef | None) -> bool:
    if token is None:
        return False
    known = await tx.tokens.find(token.party, token.uid, token.type)
    return known is not None and known.own


async def _come(tx: Transaction, before: Session, session: Session) -> Session:
    """What stood for a reservation goes on as the session of the start on it."""
    tied = await _tied(tx, replace(session, id=before.id))
    return replace(
        before,
        tariff=tied.tariff or before.tariff,
        command_id=tied.command_id,
        charging_id=tied.charging_id,
        zone=tied.zone,
    )


async def _reserved(tx: Transaction, session: Session) -> Reservation | None:
    """The reservation of ours at the partner's charger that a new session is for.

    In the partner's RESERVATION state it only stands for it; then somebody came.
    """
    if session.token is None:
        return None
    found = await tx.reservations.by_tag(session.token.uid)
    if found is None or found.remote_party != session.party:
        return None
    if session.status in _COME:
        now = session.last_updated
        await save(tx, found, used(found, session_key(session), now=now), now=now)
    return found


def _with_point(session: Session) -> Session:
    """The session with this moment in its timeline, which our own price is computed from."""
    point = Point(session.last_updated, session.energy, session.activity, session.power)
    return replace(session, timeline=extend(session, point, bounds_of(session.tariff)))


def _events(before: Session | None, after: Session) -> list[type[SessionEvent]]:
    opened: list[type[SessionEvent]] = [SessionOpened] if before is None else []
    if after.status in FINAL:
        return [*opened, SessionClosed]
    return opened or [SessionProgressed]
