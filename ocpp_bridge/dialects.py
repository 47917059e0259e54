"""The OCPP versions spoken here, newest first: the order in which one is picked for a charger."""

from collections.abc import Iterable

from ocpp_bridge.dialect import Dialect
from ocpp_bridge.v2.delta_v21 import V21
from ocpp_bridge.v2.station import V201
from ocpp_bridge.v16.station import V16

DIALECTS = (V21, V201, V16)


def pick(offered: Iterable[str]) -> tuple[str, Dialect] | None:
    """The best version a charger offers, and how it wrote it; None when there is none in common.

    Compared without regard to case, since some write `OCPP1.6`.
    """
    spellings = {name.lower(): name for name in offered}
    for dialect in DIALECTS:
        spelling = spellings.get(dialect.subprotocol)
        if spelling is not None:
            return spelling, dialect
    return None
