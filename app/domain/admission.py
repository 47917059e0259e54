"""Which chargers may take part, and how an operator wants them to behave at the door."""

from dataclasses import dataclass
from enum import StrEnum


class Unknown(StrEnum):
    """What becomes of a charger that nobody registered."""

    REFUSE = "refuse"
    HOLD = "hold"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class ChargerRules:
    """An operator's choices; None leaves it to the platform's settings.

    `unknown` counts for the operator that unknown chargers are given to. `inventory`: a charger
    with a firmware we do not know is asked to tell all that it is set to.
    """

    unknown: Unknown | None = None
    heartbeat_s: int | None = None
    inventory: bool = False
