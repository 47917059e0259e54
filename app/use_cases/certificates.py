"""Chargers' certificates: signed, delivered, renewed in time, revoked, and shown.

Nothing here is awaited inside a transaction but the database. A certificate's row says what is to
be done next and when (`due_at`), so whatever crashes, the next look goes on from there.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.domain.certificates import (
    CertificateState,
    ChargerCertificate,
    DeliverCertificate,
    InstallCertificate,
    InstalledUse,
    RenewCertificate,
    SigningUse,
)
from app.domain.commands import Command, CommandResult, CommandState
from app.domain.errors import Conflict, DomainError, NotFound, Unavailable
from app.domain.identifiers import PartyId
from app.ports.certificates import CertificateAuthority, SigningOrder
from app.ports.clock import Clock
from app.store.station_facts import Fact
from app.store.transaction import Store, Transaction
from app.use_cases.asks import ask_in
from app.use_cases.certificate_news import TRY_AGAIN, Kept, kept_by, organisation_of, refused
from app.use_cases.command_requests import ANSWER_WITHIN, BY_US, Asker, AskRequest

log = logging.getLogger(__name__)

ASK_AGAIN = timedelta(hours=12)
"""How long a charger has to renew a certificate before it is asked again."""

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class CertificateSheet:
    """All that is known of a charger's certificates: its own, and those it trusts."""

    own: Sequence[ChargerCertificate]
    kept: Sequence[Fact[Kept]]


class Certificates:
    """The certificates of all chargers."""

    def __init__(self, store: Store, clock: Clock, authority: CertificateAuthority) -> None:
        self._store = store
        self._clock = clock
        self._authority = authority

    async def roots(self) -> Sequence[str]:
        """The roots (PEM) that vouch for chargers."""
        return await self._authority.roots()

    async def sheet(self, party: PartyId, station_id: str) -> CertificateSheet:
        """What is known of a charger's certificates; raises NotFound."""
        async with self._store.reading() as tx:
            station = await tx.stations.own(party, station_id)
            own = await tx.certificates.of_station(station.id)
            return CertificateSheet(own, await kept_by(tx, station.id))

    async def sign(self, certificate_id: str) -> None:
        """Have a request signed and bring the certificate to its charger.

        Raises Unavailable when the authority cannot sign now.
        """
        async with self._store.reading() as tx:
            wanted = await tx.certificates.need(certificate_id)
            if wanted.state is not CertificateState.WANTED:
                return
            station = await tx.stations.need(wanted.station_id)
            company = await organisation_of(tx, station.party)
        order = SigningOrder(
            wanted.csr, wanted.use, station.party, station.id, company or str(station.party)
        )
        try:
            signed = await self._authority.sign(order)
        except Unavailable:
            raise
        except DomainError as error:
            await self._fail(certificate_id, str(error))
            return
        async with self._store.transaction() as tx:
            wanted = await tx.certificates.need(certificate_id, lock=True)
            if wanted.state is not CertificateState.WANTED:
                return
            certificate = replace(
                wanted,
                state=CertificateState.SIGNED,
                chain=signed.chain,
                serial=signed.serial,
                subject=signed.subject,
                not_before=signed.not_before,
                not_after=signed.not_after,
            )
            await self._deliver_in(tx, certificate)

    async def _fail(self, certificate_id: str, why: str) -> None:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            found = await tx.certificates.need(certificate_id, lock=True)
            log.error("certificate.not_signed", extra={"station": found.station_id, "why": why})
            failed = replace(
                found, state=CertificateState.FAILED, reason=why, settled_at=now, due_at=None
            )
            await tx.certificates.save(failed)

    async def _deliver_in(self, tx: Transaction, certificate: ChargerCertificate) -> None:
        """Send a signed certificate, or note that it is to be sent once the charger is here."""
        now = self._clock.now()
        ask = DeliverCertificate(
            certificate.id, certificate.use, certificate.chain or "", certificate.request_id
        )
        request = AskRequest(asker=BY_US, station_id=certificate.station_id, ask=ask)
        try:
            command = await ask_in(tx, request, now=now)
        except DomainError as error:
            later = replace(certificate, reason=str(error), due_at=now + TRY_AGAIN)
            await tx.certificates.save(later)
            return
        await tx.certificates.save(
            replace(
                certificate,
                state=CertificateState.DELIVERING,
                command_id=command.id,
                due_at=now + 2 * ANSWER_WITHIN,
            )
        )

    async def look(self) -> None:
        """Periodic: do what is due. One certificate's trouble is not the others'."""
        async with self._store.reading() as tx:
            due = await tx.certificates.ending(self._clock.now(), AT_ONCE)
        for certificate in due:
            try:
                await self._go_on(certificate)
            except DomainError as error:
                extra = {"station": certificate.station_id, "why": str(error)}
                log.warning("certificate.waits", extra=extra)
                await self._later(certificate.id)

    async def _later(self, certificate_id: str) -> None:
        async with self._store.transaction() as tx:
            found = await tx.certificates.need(certificate_id, lock=True)
            await tx.certificates.save(replace(found, due_at=self._clock.now() + TRY_AGAIN))

    async def _go_on(self, certificate: ChargerCertificate) -> None:
        if certificate.state is CertificateState.WANTED:
            await self.sign(certificate.id)
            return
        async with self._store.transaction() as tx:
            found = await tx.certificates.need(certificate.id, lock=True)
            match found.state:
                case CertificateState.SIGNED:
                    await self._deliver_in(tx, found)
                case CertificateState.DELIVERING:
                    await self._unanswered(tx, found)
                case CertificateState.INSTALLED:
                    await self._renew_in(tx, found)
                case _:
                    await tx.certificates.save(replace(found, due_at=None))

    async def _unanswered(self, tx: Transaction, certificate: ChargerCertificate) -> None:
        """The charger said nothing, or a CALLERROR: it may have the certificate or not."""
        now = self._clock.now()
        command = await tx.commands.get(certificate.command_id or "")
        if command is not None and command.state is not CommandState.SETTLED:
            await tx.certificates.save(replace(certificate, due_at=now + ANSWER_WITHIN))
            return
        outcome = command.outcome if command is not None else None
        why = (outcome.message if outcome is not None else None) or "no answer"
        unknown = outcome is not None and outcome.result is CommandResult.NOT_SUPPORTED
        await refused(tx, certificate, why, now=now, for_good=unknown)

    async def _renew_in(self, tx: Transaction, certificate: ChargerCertificate) -> None:
        """Ask the charger for a new key, in time before the old certificate ends."""
        now = self._clock.now()
        request = AskRequest(
            asker=BY_US, station_id=certificate.station_id, ask=RenewCertificate(certificate.use)
        )
        try:
            await ask_in(tx, request, now=now)
        except DomainError as error:
            later = replace(certificate, reason=str(error), due_at=now + TRY_AGAIN)
        else:
            later = replace(certificate, renewal_asked_at=now, reason="", due_at=now + ASK_AGAIN)
        await tx.certificates.save(later)

    async def renew(self, asker: Asker, station_id: str, use: SigningUse) -> Command:
        """Ask a charger for a new key now."""
        now = self._clock.now()
        request = AskRequest(asker=asker, station_id=station_id, ask=RenewCertificate(use))
        async with self._store.transaction() as tx:
            return await ask_in(tx, request, now=now)

    async def install_root(self, asker: Asker, station_id: str) -> Command:
        """Let a charger trust the root that the operator's certificates come from now."""
        async with self._store.reading() as tx:
            station = await tx.stations.get(station_id)
            if station is None or asker.cpo not in {None, station.party}:
                raise NotFound("charger", station_id)
            known = await tx.authorities.list(station.party)
        root = known[0].certificate if known else await self._authority.renew(station.party)
        ask = InstallCertificate(InstalledUse.CSMS_ROOT, root)
        async with self._store.transaction() as tx:
            request = AskRequest(asker=asker, station_id=station_id, ask=ask)
            return await ask_in(tx, request, now=self._clock.now())

    async def revoke(self, party: PartyId, station_id: str, certificate_id: str) -> None:
        """Believe a certificate no more; raises NotFound, Conflict when it was none yet."""
        async with self._store.transaction() as tx:
            station = await tx.stations.own(party, station_id)
            found = await tx.certificates.get(certificate_id, lock=True)
            if found is None or found.station_id.casefold() != station.id.casefold():
                raise NotFound("certificate", certificate_id)
            if found.serial is None:
                raise Conflict("the certificate has not been signed")
            now = self._clock.now()
            await tx.certificates.save(
                replace(found, state=CertificateState.REVOKED, settled_at=now, due_at=None)
            )
