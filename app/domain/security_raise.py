"""How a charger of OCPP 2.x is brought to a higher security profile: by another way to us.

It is taught the way, told to go it first, and restarted; the old ways stay behind the new one, so
a charger that cannot go it comes back. Source: OCPP 2.0.1, B09, B10 and A05.
"""

from dataclasses import dataclass

from app.domain.device_model import NetworkProfile, VariableName
from app.domain.errors import Conflict, InvalidInput
from app.domain.security import BASIC_TLS

PRIORITY = VariableName("NetworkConfigurationPriority", "OCPPCommCtrlr")
MOST_SLOTS = 10


@dataclass(frozen=True, slots=True)
class TeachSecureWay:
    """Remember a way with a higher security profile: SetNetworkProfile.

    `priority` is what the charger is told afterwards: this way first, then the others.
    """

    slot: int
    way: NetworkProfile
    priority: str


@dataclass(frozen=True, slots=True)
class PreferSecureWay:
    """Go that way first from the next restart on: NetworkConfigurationPriority."""

    priority: str


def secure_way(
    way: NetworkProfile, known_priority: str | None, slot: int | None
) -> TeachSecureWay:
    """What to teach a charger whose ways are in this order; raises InvalidInput or Conflict.

    A slot that is in use is not written over, unless it is named.
    """
    if way.security_profile >= BASIC_TLS and not way.url.startswith("wss://"):
        raise InvalidInput("url", "this profile needs wss://")
    if not known_priority:
        told = f"the charger has not told {PRIORITY.variable}; read its variables first"
        raise Conflict(told)
    used = [each.strip() for each in known_priority.split(",") if each.strip()]
    free = (number for number in range(MOST_SLOTS) if str(number) not in used)
    chosen = next(free, None) if slot is None else slot
    if chosen is None:
        raise Conflict("all slots of the charger are in use; name one")
    others = [each for each in used if each != str(chosen)]
    return TeachSecureWay(chosen, way, ",".join([str(chosen), *others]))
