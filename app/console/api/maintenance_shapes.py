"""What is shown and taken about errands, logs, monitors, messages and local lists."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.asks import ASKS
from app.domain.errands import Errand
from app.store.documents import pack, unpack_one
from app.store.station_log import Logged

Url = Annotated[
    str, Field(min_length=3, max_length=512, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*://\S+$")
]
Count = Annotated[int, Field(ge=0, le=100)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
Severity = Annotated[int, Field(ge=0, le=9)]
Text50 = Annotated[str, Field(min_length=1, max_length=50)]


class Given(BaseModel):
    """What operators give: nothing that is not known."""

    model_config = ConfigDict(extra="forbid")


class AttemptsIn(Given):
    """How often the charger tries by itself, and how long it waits in between."""

    retries: Count | None = None
    retry_after_s: Annotated[int, Field(ge=0, le=86_400)] | None = None

    @property
    def retry_after(self) -> timedelta | None:
        """The same as a duration."""
        return None if self.retry_after_s is None else timedelta(seconds=self.retry_after_s)


class SpanIn(AttemptsIn):
    """Where a file goes, and of which time it tells."""

    location: Url
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class StepOut(BaseModel):
    """A word of the charger, and when it came."""

    at: datetime
    status: str
    info: str | None


class ErrandOut(BaseModel):
    """Something that takes a charger a while; `asked` None when it was not asked by us."""

    request_id: int
    state: str
    status: str
    info: str | None
    at: datetime
    ended_at: datetime | None
    command_id: str | None
    filename: str | None
    locations: list[str]
    asked: dict[str, Any] | None
    steps: list[StepOut]

    @classmethod
    def of(cls, errand: Errand) -> "ErrandOut":
        """Show an errand; a signature's certificate is as public as its firmware."""
        asked = None if errand.ask is None else unpack_one(ASKS, errand.ask)
        return cls(
            request_id=errand.request_id,
            state=errand.state.value,
            status=errand.status,
            info=errand.info,
            at=errand.at,
            ended_at=errand.ended_at,
            command_id=errand.command_id,
            filename=errand.filename,
            locations=list(errand.locations),
            asked=None if asked is None else {type(asked).__name__: json.loads(pack(asked))},
            steps=[StepOut(at=s.at, status=s.status, info=s.info) for s in errand.steps],
        )


class LoggedOut(BaseModel):
    """An entry of a charger's log; `at` is the charger's time, `heard_at` ours."""

    id: str
    kind: str
    severity: int | None
    at: datetime
    heard_at: datetime
    value: dict[str, Any]

    @classmethod
    def of(cls, logged: Logged) -> "LoggedOut":
        """Show an entry."""
        return cls(
            id=logged.id,
            kind=logged.kind,
            severity=logged.severity,
            at=logged.at,
            heard_at=logged.heard_at,
            value=json.loads(logged.document),
        )


def shown(value: object) -> dict[str, Any]:
    """A small domain object as it is kept."""
    said: dict[str, Any] = json.loads(pack(value))
    return said
