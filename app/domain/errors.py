"""Everything that can be refused, each with a stable code; edges give it their own numbers.

DomainError
├── InvalidInput          a value is wrong: which path, why
│   └── InvalidFile       a file is wrong: every problem in it, with its line
├── NotFound              the named thing does not exist, or not for this caller
├── Conflict              the thing is not in a state that allows this
│   ├── StaleVersion      somebody else changed it first
│   └── AlreadyExists     a thing of this name is there
├── Unauthenticated       who is asking is not known
├── Forbidden             who is asking may not do this
├── RateLimited           asked too often; when to come back
├── Refused               a rule of charging says no: token, price, payment, charger
│   ├── TokenRefused      the token may not charge here, and why
│   ├── PaymentDeclined   the card was declined; `action_url` when the holder must confirm
│   └── ChargerRefused    the charger or EVSE cannot do this now, and why
└── Unavailable           a foreign system failed; trying later may work
    ├── ChargerOffline    no connection to the charger
    ├── PartnerUnavailable    a roaming partner did not answer as it should
    └── ProviderUnavailable   the payment, push or mail provider did not answer
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.elsewhere import Elsewhere


class DomainError(Exception):
    """Base of all expected refusals; `code` is stable and `str()` is fit for people."""

    code = "error"


class InvalidInput(DomainError):
    """A value is missing or wrong; `path` names it as the sender wrote it."""

    code = "invalid_input"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file; `line` counts from 1, `path` is such as `locations[0].city`."""

    line: int
    path: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}"
        return f"{where}, {self.path}: {self.reason}" if self.path else f"{where}: {self.reason}"


class InvalidFile(InvalidInput):
    """A file was not taken, since something in it is wrong; nothing was changed."""

    code = "invalid_file"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("", "; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class NotFound(DomainError):
    """The named thing does not exist, or is not the caller's to see."""

    code = "not_found"

    def __init__(self, noun: str, key: str) -> None:
        super().__init__(f"no {noun} {key!r}")
        self.noun = noun
        self.key = key


class Conflict(DomainError):
    """The thing exists but its state does not allow this."""

    code = "conflict"


class StaleVersion(Conflict):
    """Somebody else changed the thing between reading and writing it."""

    code = "stale_version"


class AlreadyExists(Conflict):
    """A thing of this name is there already."""

    code = "already_exists"


class Unauthenticated(DomainError):
    """The caller did not prove who they are."""

    code = "unauthenticated"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    code = "forbidden"


class RateLimited(DomainError):
    """Asked too often; `retry_after_s` seconds until it is worth asking again."""

    code = "rate_limited"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many requests, come back in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Refused(DomainError):
    """A rule of charging says no."""

    code = "refused"


class TokenRefused(Refused):
    """The token may not charge; `status` is a `tokens.Verdict` value."""

    code = "token_refused"

    def __init__(self, status: str) -> None:
        super().__init__(f"the token is not accepted: {status}")
        self.status = status


class PaymentDeclined(Refused):
    """The card was declined; `action_url` is set when its holder can confirm and try again."""

    code = "payment_declined"

    def __init__(self, reason: str, action_url: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.action_url = action_url


class ChargerRefused(Refused):
    """The charger or EVSE cannot do this now; `reason` is a stable word such as `occupied`.

    `since` is how long it has been so, where that is known, `elsewhere` the next best connector.
    """

    code = "charger_refused"

    def __init__(
        self,
        reason: str,
        *,
        since: datetime | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        super().__init__(f"the charger cannot do this: {reason}")
        self.reason = reason
        self.since = since
        self.elsewhere = elsewhere


class Unavailable(DomainError):
    """A system that is not ours failed; the same request may work later.

    `retry_after` is what it asked for, None when it did not say.
    """

    code = "unavailable"
    retry_after: timedelta | None = None


class ChargerOffline(Unavailable):
    """The charger has no connection."""

    code = "charger_offline"


class PartnerUnavailable(Unavailable):
    """A roaming partner failed, or answered what OCPI does not allow."""

    code = "partner_unavailable"


class ProviderUnavailable(Unavailable):
    """A payment, push, mail or identity provider failed; the outcome may be unknown."""

    code = "provider_unavailable"
