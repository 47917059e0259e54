"""OCPI 2.2.1 for partners whose bills leave out where they were made.

Some platforms were written by a table in which a CdrLocation names no EVSE. What is missing is
taken for not available, which OCPI allows for other bills (CDRs, CdrLocation class).
"""

from ocpi.models.common import NOT_AVAILABLE
from ocpi.versions.rung import Json, Kind, Rung, Surroundings, within
from ocpi.versions.v221 import RUNG

_NAMES = ("evse_uid", "evse_id", "connector_id")


def _cdr(cdr: Json, around: Surroundings) -> Json:
    return RUNG.lift[Kind.CDR](within(cdr, "cdr_location", _filled), around)


def _filled(place: Json) -> Json:
    missing = {name: NOT_AVAILABLE for name in _NAMES if place.get(name) is None}
    return {**place, **missing}


WIDER = Rung(lift={**RUNG.lift, Kind.CDR: _cdr}, lower=RUNG.lower)
