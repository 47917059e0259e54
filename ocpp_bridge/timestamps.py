"""Times on the wire: read whatever chargers send, write one strict form."""

from datetime import UTC, datetime, timedelta

CLOCK_UNSET = datetime(2020, 1, 1, tzinfo=UTC)
TOO_FAR_AHEAD = timedelta(hours=24)


def read_time(text: str | None, now: datetime) -> datetime | None:
    """A charger's time as UTC, or None when it is of no use.

    Accepts a missing zone (taken as UTC), `+02`, blanks and any number of decimals. A time before
    2020 means that the charger's clock was never set; more than a day after `now` is nonsense.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text.strip().replace(",", "."))
        except ValueError:
            return None
    zone = moment.tzinfo
    if zone is None:
        moment = moment.replace(tzinfo=UTC)
    elif zone is not UTC:
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            return None
    if moment < CLOCK_UNSET or moment - now > TOO_FAR_AHEAD:
        return None
    return moment


def write_time(moment: datetime) -> str:
    """UTC with milliseconds and `Z`, the form every charger reads."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
