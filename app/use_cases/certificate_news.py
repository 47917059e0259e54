"""What becomes of what chargers tell about certificates, in the transaction that makes it known.

Source: OCPP security whitepaper (edition 3), A02, A03 and M03 to M05; OCPP 2.0.1, A02, A03, M03.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from app.domain.certificates import (
    MOST_REFUSALS,
    RENEW_BEFORE,
    CertificateDeleted,
    CertificateDelivered,
    CertificateHash,
    CertificateInstalled,
    CertificatesListed,
    CertificateState,
    ChargerCertificate,
    InstalledUse,
    PasswordRefused,
    SigningAnswer,
    SigningUse,
    SigningWanted,
    request_problem,
)
from app.domain.errors import InvalidInput
from app.domain.events import CertificateWanted
from app.domain.identifiers import PartyId
from app.domain.security import IdentityContended, without_pending
from app.domain.stations import Station
from app.store.ids import new_id
from app.store.transaction import Transaction
from app.use_cases.news_handlers import Handlers
from app.use_cases.station_logs import alarm
from app.use_cases.x509 import client_of, hash_of, read_certificate, read_request

log = logging.getLogger(__name__)

KEPT = "certificate_kept"
"""The topic of the certificates that a charger keeps."""

TRY_AGAIN = timedelta(minutes=1)
MOST_UNSIGNED = 4
"""How many requests of one charger may wait: it makes a new key for each."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A certificate that a charger keeps; `certificate` is the PEM where we sent it ourselves."""

    use: InstalledUse
    hash: CertificateHash
    children: tuple[CertificateHash, ...] = ()
    certificate: str | None = None
    subject: str = ""
    not_after: datetime | None = None


async def signing_wanted(
    tx: Transaction, station_id: str, news: SigningWanted, *, now: datetime
) -> SigningAnswer:
    """Take a request that is good; it is signed after the answer. A repeated one is one."""
    station = await tx.stations.need(station_id)
    known = await tx.certificates.of_station(station.id, limit=20)
    waiting = [each for each in known if each.state is CertificateState.WANTED]
    if any(each.csr == news.csr and each.use is news.use for each in waiting):
        return SigningAnswer(accepted=True)
    why = await _problem(tx, station, news) or (
        "too many requests wait" if len(waiting) >= MOST_UNSIGNED else ""
    )
    if why:
        log.warning("certificate.refused", extra={"station": station.id, "why": why})
        return SigningAnswer(accepted=False, reason=why)
    wanted = ChargerCertificate(
        id=new_id(),
        station_id=station.id,
        use=news.use,
        state=CertificateState.WANTED,
        wanted_at=now,
        csr=news.csr,
        request_id=news.request_id,
        due_at=now + TRY_AGAIN,
    )
    await tx.certificates.add(wanted)
    tx.emit(CertificateWanted(wanted.id))
    return SigningAnswer(accepted=True)


async def _problem(tx: Transaction, station: Station, news: SigningWanted) -> str:
    try:
        request = read_request(news.csr)
    except InvalidInput as error:
        return error.reason
    serial = station.facts.serial if station.facts is not None else None
    names = (station.id, serial) if serial else (station.id,)
    if news.use is not SigningUse.CHARGING_STATION:
        # An ISO 15118 name is the SECC's: the whole of it is checked by whoever signs.
        names = (*names, *request.common_names)
    return request_problem(request, names, await organisation_of(tx, station.party))


async def organisation_of(tx: Transaction, party: PartyId) -> str | None:
    """The name that an operator goes by, None for one that is not registered."""
    operator = await tx.operators.of(party)
    return operator.name if operator is not None else None


async def delivered(
    tx: Transaction, station_id: str, news: CertificateDelivered, *, now: datetime
) -> None:
    """The charger took its new certificate, or not: then it is tried again, not for ever."""
    certificate = await tx.certificates.get(news.certificate_id, lock=True)
    if certificate is None or certificate.station_id.casefold() != station_id.casefold():
        return
    if not news.accepted:
        await refused(tx, certificate, news.reason, now=now)
        return
    if certificate.state not in _OPEN:
        return
    await _replace_older(tx, certificate)
    renew_at = certificate.not_after - RENEW_BEFORE if certificate.not_after else None
    installed = replace(
        certificate, state=CertificateState.INSTALLED, settled_at=now, due_at=renew_at, reason=""
    )
    await tx.certificates.save(installed)


_OPEN = frozenset({CertificateState.SIGNED, CertificateState.DELIVERING, CertificateState.REFUSED})


async def refused(
    tx: Transaction,
    certificate: ChargerCertificate,
    reason: str,
    *,
    now: datetime,
    for_good: bool = False,
) -> None:
    """The charger did not take it; it is delivered again, unless that is enough: then an alarm."""
    refusals = certificate.refusals + 1
    last = for_good or refusals >= MOST_REFUSALS
    if last:
        told = CertificateDelivered(certificate.id, accepted=False, reason=reason)
        await alarm(tx, certificate.station_id, "certificate.refused", told, now=now)
    again = replace(
        certificate,
        state=CertificateState.REFUSED if last else CertificateState.SIGNED,
        refusals=refusals,
        reason=reason,
        settled_at=now if last else None,
        due_at=None if last else now + TRY_AGAIN * 2**refusals,
    )
    await tx.certificates.save(again)


async def _replace_older(tx: Transaction, newer: ChargerCertificate) -> None:
    for each in await tx.certificates.of_station(newer.station_id, use=newer.use):
        if each.state is CertificateState.INSTALLED and each.id != newer.id:
            older = replace(each, state=CertificateState.REPLACED, due_at=None)
            await tx.certificates.save(older)


async def listed(
    tx: Transaction, station_id: str, news: CertificatesListed, *, now: datetime
) -> None:
    """What the charger says it keeps replaces what was known of these uses."""
    before = {each.name: each.value for each in await kept_by(tx, station_id)}
    gone = [n for n, known in before.items() if not news.uses or known.use in news.uses]
    await tx.station_facts.forget(station_id, KEPT, gone)
    for each in news.kept:
        name = each.certificate.name
        fresh = Kept(each.use, each.certificate, each.children)
        if (known := before.get(name)) is not None:
            fresh = replace(known, use=each.use, children=each.children)
        await tx.station_facts.put(station_id, KEPT, fresh, name=name, now=now)


async def kept_by(tx: Transaction, station_id: str) -> list[Any]:
    """The facts about the certificates that a charger keeps."""
    return await tx.station_facts.all(station_id, KEPT, Kept)


async def installed(
    tx: Transaction, station_id: str, news: CertificateInstalled, *, now: datetime
) -> None:
    """The charger trusts what we sent it; a root is named by its own key."""
    certificate = read_certificate(news.certificate)
    named = hash_of(certificate, certificate)
    fresh = Kept(
        news.use,
        named,
        certificate=news.certificate,
        subject=client_of(certificate).common_name,
        not_after=certificate.not_valid_after_utc,
    )
    await tx.station_facts.put(station_id, KEPT, fresh, name=named.name, now=now)


async def deleted(
    tx: Transaction,
    station_id: str,
    news: CertificateDeleted,
    *,
    now: datetime,  # noqa: ARG001 - the handlers' shape
) -> None:
    """The charger keeps it no more."""
    await tx.station_facts.forget(station_id, KEPT, [news.certificate.name])


async def password_refused(
    tx: Transaction,
    station_id: str,
    news: PasswordRefused,
    *,
    now: datetime,  # noqa: ARG001 - the handlers' shape
) -> None:
    """A new password that the charger did not take is good no more."""
    station = await tx.stations.get(station_id, lock=True)
    if station is not None:
        kept = without_pending(station.security, news.command_id)
        await tx.stations.secure(replace(station, security=kept))


async def contended(
    tx: Transaction, station_id: str, news: IdentityContended, *, now: datetime
) -> None:
    """Two chargers of one name, or one behind routers that confuse it: people must look."""
    await alarm(tx, station_id, "identity.contended", news, now=now)


CERTIFICATE_NEWS: Handlers = MappingProxyType({
    SigningWanted: signing_wanted,
    CertificateDelivered: delivered,
    CertificatesListed: listed,
    CertificateInstalled: installed,
    CertificateDeleted: deleted,
    PasswordRefused: password_refused,
    IdentityContended: contended,
})  # fmt: skip
"""What the news of this area does, by kind."""
