"""OCPI 2.1.1 for partners that ask for a little of 2.2.1 in it.

Some platforms that say 2.1.1 were written by later tables: they refuse a CDR without
`end_date_time`, a session without `evse_uid`, a command's answer without `timeout`, or opening
hours without `twentyfourseven`. They get these fields beside those of 2.1.1, and lose none.
"""

from ocpi.versions.rung import Json, Kind, Rung, Surroundings, within
from ocpi.versions.v211 import RUNG

_PLACE = (
    "evse_uid", "evse_id", "connector_id", "connector_standard", "connector_format",
    "connector_power_type",
)  # fmt: skip


def _session(session: Json, around: Surroundings) -> Json:
    lowered = RUNG.lower[Kind.SESSION](session, around)
    lowered = within(lowered, "location", _with_hours)
    return {**lowered, **_some(session, ("evse_uid", "connector_id"))}


def _cdr(cdr: Json, around: Surroundings) -> Json:
    lowered = RUNG.lower[Kind.CDR](cdr, around)
    place = {**_with_hours(lowered["location"]), **_some(cdr["cdr_location"], _PLACE)}
    return {**lowered, **_some(cdr, ("end_date_time",)), "location": place}


def _location(location: Json, around: Surroundings) -> Json:
    return _with_hours(RUNG.lower[Kind.LOCATION](location, around))


def _with_hours(location: Json) -> Json:
    return within(location, "opening_times", lambda hours: {"twentyfourseven": False, **hours})


def _response(response: Json, around: Surroundings) -> Json:
    lowered = RUNG.lower[Kind.COMMAND_RESPONSE](response, around)
    return {**lowered, **_some(response, ("timeout",))}


def _some(document: Json, names: tuple[str, ...]) -> Json:
    return {name: document[name] for name in names if name in document}


WIDER = Rung(
    lift=RUNG.lift,
    lower={
        **RUNG.lower,
        Kind.SESSION: _session,
        Kind.CDR: _cdr,
        Kind.LOCATION: _location,
        Kind.COMMAND_RESPONSE: _response,
    },
)
