"""Reports of what did not work, and ratings of stations."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from app.domain.identifiers import PartyId
from app.domain.issues import LONGEST_TEXT, Issue, IssueKind, Rating, RatingKind, Ratings
from app.use_cases.issues import Complaint
from mobile_api.schemas.values import Shape, number


class ReportIn(Shape):
    """What did not work: during a session, or at an EVSE where none began."""

    kind: IssueKind
    text: str = Field("", max_length=LONGEST_TEXT)
    session_id: str | None = Field(None, max_length=36)
    party: str | None = Field(None, max_length=6)
    location_id: str | None = Field(None, max_length=36)
    evse_uid: str | None = Field(None, max_length=48)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        place = (self.party, self.location_id, self.evse_uid)
        named = all(place) if self.session_id is None else not any(place)
        if not named:
            raise ValueError("either session_id, or party, location_id and evse_uid")
        return self

    def complaint(self) -> Complaint:
        """As it is kept; raises InvalidInput for what is no party."""
        place = None
        if self.session_id is None:
            party = PartyId.parse(self.party or "")
            place = (party, self.location_id or "", self.evse_uid or "")
        return Complaint(kind=self.kind, text=self.text, charging_id=self.session_id, place=place)


class RemarkIn(Shape):
    """More to say."""

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)


class RemarkOut(Shape):
    """What was said by whom: the driver or the operator."""

    by: str
    at: datetime
    text: str


class ReportOut(Shape):
    """A report: open until the operator answers, answered, or closed."""

    id: str
    kind: str
    state: str
    session_id: str | None
    party: str
    location_id: str
    evse_uid: str
    created_at: datetime
    changed_at: datetime
    remarks: list[RemarkOut]

    @classmethod
    def of(cls, issue: Issue) -> "ReportOut":
        """With the whole conversation."""
        return cls(
            id=issue.id,
            kind=issue.kind,
            state=issue.state,
            session_id=issue.charging_id,
            party=str(issue.party),
            location_id=issue.location_id,
            evse_uid=issue.evse_uid,
            created_at=issue.created_at,
            changed_at=issue.changed_at,
            remarks=[RemarkOut(by=r.side, at=r.at, text=r.text) for r in issue.remarks],
        )


class ReportsOut(Shape):
    """A driver's reports, the newest first; `next` is the cursor of the page after."""

    reports: list[ReportOut]
    next: str | None


class RatingIn(Shape):
    """From 1 to 5, and what is praised or blamed."""

    stars: int = Field(ge=1, le=5)
    kinds: list[RatingKind] = Field(default=[], max_length=len(RatingKind))


class KindOut(Shape):
    """How often something was praised or blamed lately."""

    kind: str
    count: int


class RatingOut(Shape):
    """What the caller thinks of a station."""

    stars: int
    kinds: list[str]
    at: datetime

    @classmethod
    def of(cls, rating: Rating) -> "RatingOut":
        """Without who it is."""
        return cls(stars=rating.stars, kinds=[k.value for k in rating.kinds], at=rating.at)


class RatingsOut(Shape):
    """What drivers think of a station; `mine` is the caller's own."""

    count: int
    average: str | None
    kinds: list[KindOut]
    mine: RatingOut | None

    @classmethod
    def of(cls, found: Ratings, mine: Rating | None) -> "RatingsOut":
        """The mean to one decimal."""
        return cls(
            count=found.count,
            average=number(found.average),
            kinds=[KindOut(kind=kind, count=count) for kind, count in found.kinds],
            mine=None if mine is None else RatingOut.of(mine),
        )
