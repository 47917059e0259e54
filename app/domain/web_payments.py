"""Payment by the code on a charger's own display: a new one every so many seconds (OCPP 2.1, C25).

The charger and we share a secret. What the display shows is made of the secret and the time, so a
photograph or a sticker of it is worth nothing a minute later, and each is taken once.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.domain.errors import InvalidInput

VERSION = "v1"
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHORTEST_VALIDITY_S, LONGEST_VALIDITY_S = 6, 600
SHORTEST_CODE, LONGEST_CODE = 8, 32
STEPS_APART = 1
"""How many steps a charger's clock may be off, before and after ours."""

PAY_WITHIN_S = 300
"""How long a display says that somebody pays, until a transaction begins."""


@dataclass(frozen=True, slots=True)
class WebPayment:
    """How a charger makes its codes; `secrets` are sealed, the newest first.

    The one before the newest is good until the charger has said that it took the newest; `command`
    is the one that carries it there.
    """

    station_id: str
    validity_s: int
    length: int
    secrets: tuple[str, ...]
    since: datetime
    command: str
    version: str = VERSION


def check(validity_s: int, length: int) -> None:
    """Raises InvalidInput for what chargers cannot be set to."""
    if not SHORTEST_VALIDITY_S <= validity_s <= LONGEST_VALIDITY_S:
        raise InvalidInput("validity_s", f"{SHORTEST_VALIDITY_S} to {LONGEST_VALIDITY_S}")
    if not SHORTEST_CODE <= length <= LONGEST_CODE:
        raise InvalidInput("length", f"{SHORTEST_CODE} to {LONGEST_CODE}")


def secret_context(station_id: str) -> str:
    """What the secret of a charger is sealed for."""
    return f"web payment secret of charger {station_id.casefold()}"


def url_template(public_url: str) -> str:
    """What a charger fills in. Source: OCPP 2.1, WebPaymentsCtrlr.URLTemplate."""
    return f"{public_url}/q/d/{{chargingstationid}}/{{evse}}?t={{totp}}&v={{version}}"


def step_of(moment: datetime, validity_s: int) -> int:
    """The number of the code that is shown at this moment."""
    return int(moment.timestamp()) // validity_s


def totp(secret: str, step: int, length: int) -> str:
    """The code of a step. Source: OCPP 2.1 Part 2, C25, time-based one-time password, version v1.

    HMAC-SHA256 over the step as eight bytes; its last byte's lower half is where to begin, and
    each following byte, round about, gives one of 62 letters.
    """
    digest = hmac.digest(secret.encode(), step.to_bytes(8, "big"), sha256)
    begin = digest[-1] & 15
    size = len(digest)
    return "".join(LETTERS[digest[(begin + i) % size] % len(LETTERS)] for i in range(length))


def matching_step(
    secrets: Iterable[str], shown: str, now: datetime, *, validity_s: int, length: int
) -> int | None:
    """The step whose code this is, among those that may be on a display now; None if none is.

    It takes the same time whether and where it is found.
    """
    found = None
    middle = step_of(now, validity_s)
    for secret in secrets:
        for step in range(middle - STEPS_APART, middle + STEPS_APART + 1):
            same = hmac.compare_digest(totp(secret, step, length).encode(), shown.encode())
            found = step if same else found
    return found
