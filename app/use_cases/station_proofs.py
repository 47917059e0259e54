"""Whether a charger that knocks is who it says, by its password or by its certificate."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.errors import NotFound, Unauthenticated
from app.domain.security import (
    BASIC,
    OPEN,
    Arrival,
    ClientCertificate,
    after_old_key,
    entered,
    level_of,
    names_other,
)
from app.domain.stations import Credentials, Station
from app.ports.sealing import Sealer
from app.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Knock:
    """A charger at the door: the name it goes by, what it shows, how it came, and when.

    `stranger` is what it is when nobody registered it, None when such a one may not come in.
    """

    station_id: str
    credentials: Credentials | None
    arrival: Arrival
    at: datetime
    stranger: Station | None = None


async def admitted(
    tx: Transaction, station: Station | None, knock: Knock, *, sealer: Sealer
) -> Station:
    """The station as it is to be kept once it is in; raises NotFound or Unauthenticated.

    One that nobody registered, where such are let in, has nothing to prove. The first
    connection with a new password makes that the only one; the first that reaches the profile a
    charger is raised to makes that the lowest.
    """
    if station is None or not (station.password_hash or station.security.profile != BASIC):
        if knock.stranger is None:
            raise NotFound("station", knock.station_id)
        return station or knock.stranger
    certificate = knock.arrival.certificate
    if certificate is not None:
        await _check(tx, station, certificate)
    station, is_right = _by_password(station, knock, sealer)
    if not is_right and certificate is None and station.security.profile != OPEN:
        raise Unauthenticated(f"station {station.id} did not name itself")
    level = level_of(knock.arrival, password=is_right)
    return replace(station, security=entered(station.security, level))


def _by_password(station: Station, knock: Knock, sealer: Sealer) -> tuple[Station, bool]:
    """Compare in constant time with the old and the new keys; a wrong one is never let pass."""
    credentials = knock.credentials
    if credentials is None:
        return station, False
    if credentials.user.casefold() != station.id.casefold():
        raise Unauthenticated(f"station {station.id} did not name itself")
    offered = [sealer.fingerprint(secret) for secret in credentials.secrets]
    if _matches(offered, station.password_hash):
        return replace(station, security=after_old_key(station.security, knock.at)), True
    for key in station.security.pending:
        if _matches(offered, key.hash):
            given = station.security.given or station.password_hash
            used = replace(station.security, pending=(), given=given)
            return replace(station, password_hash=key.hash, security=used), True
    if station.password_hash:
        raise Unauthenticated(f"wrong password for station {station.id}")
    return station, False


def _matches(offered: list[str], hashed: str) -> bool:
    matches = [hmac.compare_digest(each, hashed) for each in offered]
    return bool(hashed) and any(matches)


async def _check(tx: Transaction, station: Station, certificate: ClientCertificate) -> None:
    """A certificate of ours is the charger's it was made for; another names it, and its operator.

    Raises Unauthenticated.
    """
    ours = await tx.certificates.by_serial(certificate.serial)
    if ours is not None:
        if ours.station_id.casefold() != station.id.casefold():
            raise Unauthenticated(f"the certificate is of station {ours.station_id}")
        if not ours.is_valid_proof:
            raise Unauthenticated(f"the certificate is {ours.state}")
        return
    operator = await tx.operators.of(station.party)
    wrong = names_other(certificate, station.id, {operator.name} if operator else set())
    if wrong:
        raise Unauthenticated(wrong)
