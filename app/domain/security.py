"""How a charger proves who it is: OCPP's security profiles, and keys that are being changed.

Source: OCPP security whitepaper (edition 3), 3; OCPP 2.0.1, A, Security profiles.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.errors import Unauthenticated

OPEN, BASIC, BASIC_TLS, MUTUAL_TLS = range(4)
"""No proof; a password; a password over TLS; a client certificate (over TLS, of course)."""

PROFILES = range(OPEN, MUTUAL_TLS + 1)
MOST_PENDING = 3
OLD_KEY_WINS_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A TLS client certificate of which the chain was verified; `serial` in hex, upper case."""

    common_name: str
    organisation: str
    serial: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a connection came."""

    tls: bool = False
    certificate: ClientCertificate | None = None


PLAIN = Arrival()


@dataclass(frozen=True, slots=True)
class PendingKey:
    """A new password on its way to the charger: its keyed hash, and since when."""

    hash: str
    since: datetime
    command_id: str | None = None


@dataclass(frozen=True, slots=True)
class Security:
    """What is asked of a charger that connects.

    Below `profile` it is never let in. `wanted` is the profile it is being raised to: it becomes
    `profile` at the first connection that reaches it. `reached` is what the last one had. Until a
    key of `pending` was used, the old one is good as well. `given` is the keyed hash of the
    password that people gave the charger last, where it has rotated to another since: a site file
    that is imported again brings it once more, which must not lose the charger.
    """

    profile: int = BASIC
    wanted: int | None = None
    reached: int | None = None
    pending: tuple[PendingKey, ...] = ()
    given: str | None = None


USUAL = Security()


@dataclass(frozen=True, slots=True)
class IdentityContended:
    """Connections of one identity keep taking each other's place: a copy, or a loop of routers.

    `peer` is the address of the last one.
    """

    peer: str


def level_of(arrival: Arrival, *, password: bool) -> int:
    """The profile that a connection has, if it showed a password that is right."""
    if arrival.certificate is not None:
        return MUTUAL_TLS
    if password:
        return BASIC_TLS if arrival.tls else BASIC
    return OPEN


def entered(security: Security, level: int) -> Security:
    """The security of a charger that comes in at this level; raises Unauthenticated."""
    if level < security.profile:
        raise Unauthenticated(f"security profile {security.profile} is asked for, not {level}")
    wanted, profile = security.wanted, security.profile
    if wanted is not None and level >= wanted:
        profile, wanted = max(profile, wanted), None
    return replace(security, profile=profile, wanted=wanted, reached=level)


def asked_for(security: Security, profile: int, *, at_once: bool) -> Security:
    """The security with another profile asked for.

    Lowering holds at once; raising when the charger comes in with it, unless `at_once`.
    """
    if at_once or profile <= security.profile or profile <= (security.reached or OPEN):
        return replace(security, profile=profile, wanted=None)
    return replace(security, wanted=profile)


def with_pending(security: Security, key: PendingKey) -> Security:
    """One more key that may be in use."""
    return replace(security, pending=(*security.pending, key))


def without_pending(security: Security, command_id: str) -> Security:
    """A key that the charger certainly did not take is good no more."""
    kept = tuple(key for key in security.pending if key.command_id != command_id)
    return replace(security, pending=kept)


def after_old_key(security: Security, now: datetime) -> Security:
    """The charger came in with the old key: new ones it had a day ago already are dropped."""
    kept = tuple(key for key in security.pending if now - key.since < OLD_KEY_WINS_AFTER)
    return replace(security, pending=kept)


def names_other(certificate: ClientCertificate, station_id: str, organisations: set[str]) -> str:
    """What is wrong with the names in a certificate, empty when nothing is.

    The common name is the charger's identity, the organisation its operator. `organisations` are
    the names the operator goes by, none when any will do. Source: OCPP security whitepaper,
    A00.FR.509 to A00.FR.511.
    """
    if certificate.common_name.casefold() != station_id.casefold():
        return f"the certificate is of {certificate.common_name!r}"
    known = {name.casefold() for name in organisations}
    if known and certificate.organisation.casefold() not in known:
        return f"the certificate is of the company {certificate.organisation!r}"
    return ""
