"""Where a charger's configuration holds the public keys of its meters.

Source: OCA, Signed Meter Values in OCPP: OCPP 1.6's keys MeterPublicKey[n]; OCPP 2.x's
FiscalMetering, PublicKey.
"""

import re
from collections.abc import Iterable

from app.domain.device_model import Variable, VariableName
from app.domain.errors import InvalidInput
from app.domain.public_keys import read_public_key

_KEY_V16 = re.compile(r"meterpublickey(?:\[?(\d{1,3})\]?)?")
_COMPONENT, _VARIABLE = "fiscalmetering", "publickey"


def meter_keys(variables: Iterable[Variable]) -> dict[int, str]:
    """The keys among these variables, by the number of their EVSE, 0 for all of the charger.

    What is no key, or empty, is left out: chargers without such a meter have the setting, too.
    """
    found = {}
    for variable in variables:
        place, given = _place(variable.name), (variable.value or "").strip()
        if place is None or not given:
            continue
        try:
            read_public_key(given)
        except InvalidInput:
            continue
        found[place] = given
    return found


def _place(name: VariableName) -> int | None:
    if not name.component:
        key = _KEY_V16.fullmatch(name.variable.strip().casefold())
        return None if key is None else int(key[1] or 0)
    if (name.component.casefold(), name.variable.casefold()) != (_COMPONENT, _VARIABLE):
        return None
    said = (each.strip() for each in (name.component_instance, name.instance))
    numbers = [int(each) for each in said if each.isascii() and each.isdecimal()]
    return name.evse or next(iter(numbers), 0)
