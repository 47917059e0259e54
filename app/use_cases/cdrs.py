"""Partners' bills for our drivers' sessions: kept for ever, tied to the session, checked."""

from dataclasses import replace

from app.domain.cdr_checks import findings
from app.domain.cdrs import Cdr
from app.domain.errors import NotFound
from app.domain.events import CdrReceived
from app.domain.identifiers import PartyId
from app.domain.partners import Partner, Role
from app.domain.reservations import ReservationState
from app.domain.sessions import Session
from app.store.cdrs import cdr_key
from app.store.transaction import Store, Transaction
from app.use_cases.card_bills import billed_in
from app.use_cases.card_tokens import driver_of
from app.use_cases.contracts import meant_token
from app.use_cases.reservation_fees import owe
from app.use_cases.roaming import start_of
from app.use_cases.tokens import owned_by


class Cdrs:
    """Accepts CDRs, and shows them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def accept(self, partner: Partner, cdr: Cdr) -> bool:
        """Keep a partner's CDR; whether it is new. The same one again changes nothing (C-157).

        Whatever does not add up is taken all the same and noted as a finding (C-162). Raises
        Conflict for another content under a known id, NotFound for a party that is not the
        partner's. A credit note is told to nobody: a person decides what to pay back.
        """
        owned_by(partner, cdr.party, Role.CPO)
        async with self._store.transaction() as tx:
            cdr, session = await self._tied(tx, replace(cdr, own=False))
            cdr = replace(cdr, findings=(*cdr.findings, *findings(cdr, session)))
            if not await tx.cdrs.add_new(cdr):
                await tx.cdrs.add(cdr)
                return False
            charging_id = None if cdr.credit_of else cdr.charging_id
            tx.emit(CdrReceived(cdr_key(cdr), charging_id))
        return True

    async def _tied(self, tx: Transaction, cdr: Cdr) -> tuple[Cdr, Session | None]:
        """The CDR with the driver's session it is for, by our copy of the session or the start."""
        token = await meant_token(tx, cdr.party, cdr.token)
        cdr = cdr if token is None else replace(cdr, token=token)
        session = (
            await tx.sessions.get_foreign(cdr.party, cdr.session_id) if cdr.session_id else None
        )
        charging_id = session.charging_id if session else None
        if charging_id is None:
            start = await start_of(tx, cdr.party, cdr.authorization_reference, cdr.token)
            charging_id = start.charging_id if start else None
        location = await tx.locations.get(cdr.party, cdr.place.location_id)
        place = replace(cdr.place, zone=location.time_zone) if location else cdr.place
        cdr = replace(cdr, charging_id=charging_id, place=place)
        return (await self._owed(tx, cdr) if charging_id is None else cdr), session

    async def _owed(self, tx: Transaction, cdr: Cdr) -> Cdr:
        """A bill for a reservation of our driver that nobody came for, to be paid by the driver.

        The same bill again finds the first one and owes nothing twice.
        """
        found = await tx.reservations.by_tag(cdr.token.uid)
        if found is None or found.remote_party != cdr.party or cdr.credit_of is not None:
            return await self._by_card(tx, cdr)
        if found.state is ReservationState.USED:
            return cdr
        known = await tx.cdrs.get(cdr_key(cdr))
        if known is not None:
            return replace(cdr, charging_id=known.charging_id)
        if cdr.tariff is None or not cdr.bill.total.due:
            return cdr
        charging = await owe(tx, found, cdr, cdr.tariff, now=cdr.issued_at)
        return replace(cdr, charging_id=charging.id if charging else None)

    async def _by_card(self, tx: Transaction, cdr: Cdr) -> Cdr:
        """A bill for what a driver's card began, without a session that we were told of."""
        driver_id = await driver_of(tx, cdr.token)
        if driver_id is None or cdr.credit_of is not None:
            return cdr
        known = await tx.cdrs.get(cdr_key(cdr))
        if known is not None:
            return replace(cdr, charging_id=known.charging_id)
        charging = await billed_in(tx, cdr, driver_id, now=cdr.issued_at)
        return replace(cdr, charging_id=charging.id)

    async def get(self, party: PartyId, cdr_id: str) -> Cdr:
        """A partner's CDR; raises NotFound."""
        async with self._store.reading() as tx:
            found = await tx.cdrs.of_party(party, cdr_id)
        if found is None:
            raise NotFound("CDR", cdr_id)
        return found
