"""Reports and ratings: drivers tell what did not work, whoever runs the charger answers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.charging import Charging
from app.domain.driver_notices import DriverNoticeKind
from app.domain.errors import Conflict, InvalidInput, NotFound, RateLimited
from app.domain.identifiers import PartyId
from app.domain.issues import (
    BEST,
    LONGEST_TEXT,
    MOST_REMARKS,
    Issue,
    IssueKind,
    IssueState,
    Rating,
    RatingKind,
    Ratings,
    Remark,
    Side,
)
from app.domain.locations import Location
from app.ports.clock import Clock
from app.store.ids import new_id
from app.store.transaction import Store, Transaction
from app.use_cases.driver_notices import tell_driver
from app.use_cases.sticker_reports import settle_with

MOST_A_DAY = 20
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a driver reports: of a session, or of an EVSE where none began."""

    kind: IssueKind
    text: str = ""
    charging_id: str | None = None
    place: tuple[PartyId, str, str] | None = None


class Issues:
    """The driver's side, the operator's, and ratings."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def report(self, driver_id: str, complaint: Complaint) -> Issue:
        """Tell that something did not work.

        Raises NotFound for a session or EVSE that is not there, RateLimited after too many.
        """
        now = self._clock.now()
        async with self._store.transaction() as tx:
            await tx.drivers.hold(driver_id)
            await _refuse_floods(tx, driver_id, now)
            party, location_id, evse_uid = await _where(tx, driver_id, complaint)
            location = await tx.locations.need(party, location_id)
            said = complaint.text.strip()[:LONGEST_TEXT]
            issue = Issue(
                new_id(),
                driver_id,
                party,
                location_id,
                evse_uid,
                complaint.kind,
                IssueState.OPEN,
                now,
                now,
                remarks=(Remark(Side.DRIVER, now, said),) if said else (),
                charging_id=complaint.charging_id,
                own=location.own,
            )
            await tx.drivers.issues.add(issue)
        return issue

    async def of_driver(self, driver_id: str, *, before: str | None, limit: int) -> list[Issue]:
        """A page of a driver's reports, the newest first."""
        async with self._store.reading() as tx:
            return await tx.drivers.issues.of_driver(driver_id, before=before, limit=limit)

    async def get(self, driver_id: str, issue_id: str) -> Issue:
        """One of them; raises NotFound."""
        async with self._store.reading() as tx:
            issue = await tx.drivers.issues.get(issue_id)
        if issue is None or issue.driver_id != driver_id:
            raise NotFound("report", issue_id)
        return issue

    async def write_back(self, driver_id: str, issue_id: str, text: str) -> Issue:
        """Say more; an answered report is open again. Raises NotFound, Conflict when closed."""
        async with self._store.transaction() as tx:
            issue = await tx.drivers.issues.get(issue_id, lock=True)
            if issue is None or issue.driver_id != driver_id:
                raise NotFound("report", issue_id)
            now = self._clock.now()
            after = _with(issue, Side.DRIVER, text, state=IssueState.OPEN, now=now)
            return await tx.drivers.issues.save(after)

    async def page(
        self,
        party: PartyId | None,
        *,
        state: IssueState | None,
        after: str | None,
        limit: int,
    ) -> list[Issue]:
        """Reports about an operator's chargers, or without `party` about partners'."""
        async with self._store.reading() as tx:
            return await tx.drivers.issues.page(party=party, state=state, after=after, limit=limit)

    async def need(self, party: PartyId | None, issue_id: str) -> Issue:
        """One of them; raises NotFound."""
        async with self._store.reading() as tx:
            return _theirs(await tx.drivers.issues.get(issue_id), party, issue_id)

    async def answer(
        self, party: PartyId | None, issue_id: str, text: str, *, close: bool = False
    ) -> Issue:
        """Answer the driver, who is told; raises NotFound, Conflict when it is closed."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            found = await tx.drivers.issues.get(issue_id, lock=True)
            issue = _theirs(found, party, issue_id)
            state = IssueState.CLOSED if close else IssueState.ANSWERED
            said = _with(issue, Side.OPERATOR, text, state=state, now=now)
            after = await tx.drivers.issues.save(said)
            await _tell(tx, after, now)
            if close:
                await settle_with(tx, after, now=now)
        return after

    async def close(self, party: PartyId | None, issue_id: str) -> Issue:
        """Be done with it; the driver is told. Raises NotFound."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            found = await tx.drivers.issues.get(issue_id, lock=True)
            issue = _theirs(found, party, issue_id)
            if issue.state is IssueState.CLOSED:
                return issue
            closed = replace(issue, state=IssueState.CLOSED, changed_at=now)
            after = await tx.drivers.issues.save(closed)
            await _tell(tx, after, now)
            await settle_with(tx, after, now=now)
        return after

    async def rate(
        self,
        driver_id: str,
        party: PartyId,
        location_id: str,
        *,
        stars: int,
        kinds: tuple[RatingKind, ...] = (),
    ) -> Rating:
        """What a driver thinks of a station they charged at; a later one takes its place.

        Raises NotFound, InvalidInput, Conflict for who never charged there.
        """
        if not 1 <= stars <= BEST:
            raise InvalidInput("stars", f"from 1 to {BEST}")
        async with self._store.transaction() as tx:
            location = await tx.locations.need(party, location_id)
            been = await tx.charging.last_at(driver_id, location.party, location.id)
            if been is None:
                raise Conflict("only who charged at a station can rate it")
            rating = Rating(
                driver_id,
                location.party,
                location.id,
                stars,
                self._clock.now(),
                kinds=tuple(sorted(set(kinds))),
                charging_id=been.id,
            )
            await tx.drivers.ratings.put(rating)
        return rating

    async def unrate(self, driver_id: str, party: PartyId, location_id: str) -> None:
        """Take a rating back."""
        async with self._store.transaction() as tx:
            await tx.drivers.ratings.delete(driver_id, party, location_id)

    async def ratings(
        self, driver_id: str | None, party: PartyId, location_id: str
    ) -> tuple[Ratings, Rating | None]:
        """What all think of a station, and what this driver does; raises NotFound."""
        async with self._store.reading() as tx:
            location: Location = await tx.locations.need(party, location_id)
            found = await tx.drivers.ratings.of_station(location.party, location.id)
            mine = None
            if driver_id is not None:
                mine = await tx.drivers.ratings.mine(driver_id, location.party, location.id)
            return found, mine


async def _refuse_floods(tx: Transaction, driver_id: str, now: datetime) -> None:
    newest = await tx.drivers.issues.of_driver(driver_id, limit=MOST_A_DAY)
    if len(newest) == MOST_A_DAY and now - newest[-1].created_at < _DAY:
        wait = newest[-1].created_at + _DAY - now
        raise RateLimited(int(wait.total_seconds()) + 1)


async def _where(
    tx: Transaction, driver_id: str, complaint: Complaint
) -> tuple[PartyId, str, str]:
    if complaint.charging_id is not None:
        charging: Charging | None = await tx.charging.get(complaint.charging_id)
        if charging is None or charging.driver_id != driver_id:
            raise NotFound("session", complaint.charging_id)
        return charging.cpo, charging.location_id, charging.evse_uid
    if complaint.place is None:
        raise InvalidInput("evse_uid", "a session or an EVSE is needed")
    party, location_id, evse_uid = complaint.place
    location = await tx.locations.need(party, location_id)
    if location.evse(evse_uid) is None:
        raise NotFound("EVSE", evse_uid)
    return location.party, location.id, evse_uid


def _theirs(issue: Issue | None, party: PartyId | None, issue_id: str) -> Issue:
    """A report about this operator's charger, or without `party` about a partner's."""
    mine = issue is not None and (issue.party == party if issue.own else party is None)
    if issue is None or not mine:
        raise NotFound("report", issue_id)
    return issue


def _with(issue: Issue, side: Side, text: str, *, state: IssueState, now: datetime) -> Issue:
    said = text.strip()[:LONGEST_TEXT]
    if not said:
        raise InvalidInput("text", "is empty")
    if issue.state is IssueState.CLOSED:
        raise Conflict("the report is closed")
    if len(issue.remarks) >= MOST_REMARKS:
        raise Conflict("the conversation is too long; please write to the helpdesk")
    remarks = (*issue.remarks, Remark(side, now, said))
    return replace(issue, remarks=remarks, state=state, changed_at=now)


async def _tell(tx: Transaction, issue: Issue, now: datetime) -> None:
    """The driver hears once of every answer and of the end."""
    if issue.driver_id is None:
        return
    location = await tx.locations.get(issue.party, issue.location_id)
    last = next((r.text for r in reversed(issue.remarks) if r.side is Side.OPERATOR), "")
    fields = {
        "place": (location.name or location.address) if location else issue.location_id,
        "state": issue.state.value,
        "answer": last[:200],
        "issue": issue.id,
    }
    await tell_driver(
        tx, issue.driver_id, DriverNoticeKind.ISSUE_UPDATE,
        subject=f"{issue.id}:{issue.version}", fields=fields, now=now,
    )  # fmt: skip
