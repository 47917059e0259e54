"""Transactions at CP1: the remote start before one, and its end."""

from app.domain.commands import Command, CommandChannel, CommandKind, CommandState
from app.domain.metering import ReadingContext
from app.domain.stations import Phase
from app.use_cases.live_stations import LiveStation
from app.use_cases.sessions import TransactionAnswer
from tests.support.chargers import Floor, a_token, at, shows

VIRTUAL = "RWABCDEFGH234567"
END = ReadingContext.END


def a_command(**fields: object) -> Command:
    """A partner's remote start at CP1, sent and not yet answered."""
    given = {
        "id": "k-1",
        "kind": CommandKind.START,
        "channel": CommandChannel.PARTNER,
        "state": CommandState.SENT,
        "created_at": at(0),
        "deadline": at(60),
        "station_id": "CP1",
        "token": a_token("APP-1"),
        "id_tag": VIRTUAL,
        "remote_start": 77,
        "authorization_reference": "REF-1",
    }
    return Command(**{**given, **fields})  # type: ignore[arg-type]


async def stop(
    floor: Floor, live: LiveStation, number: int | str, at_s: int, *, wh: int, **fields: object
) -> TransactionAnswer:
    """The transaction ends so many seconds after noon, at this meter value."""
    given = {"readings": (shows(at_s, wh, END),), "stop_reason": "Local", **fields}
    return await floor.tell(live, Phase.ENDED, at_s, transaction=str(number), **given)
