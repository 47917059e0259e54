"""The states of a reservation: every edge of the drawing, and nothing beyond its ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.commands import CommandChannel
from app.domain.errors import InvalidInput
from app.domain.identifiers import PartyId
from app.domain.reservations import (
    EXPIRY_GRACE,
    LONGEST,
    EndReason,
    Reservation,
    ReservationState,
    Terms,
    agreed,
    cancelled,
    check_expiry,
    expired,
    fitting_tag,
    refused,
    scope_of,
    used,
)
from app.domain.tokens import Token, TokenType
from tests.support.chargers import CPO, a_token
from tests.support.clock import NOON

S = ReservationState
LATER = NOON + timedelta(minutes=5)
UNTIL = NOON + timedelta(minutes=30)


def a_reservation(**fields: object) -> Reservation:
    """Of EVSE E1 at CP1, asked for at noon until half past."""
    token = a_token()
    given: dict[str, object] = {
        "id": "r-1",
        "state": S.REQUESTED,
        "name": "R1",
        "number": 7,
        "party": CPO,
        "location_id": "L1",
        "token": token,
        "tag": token.uid,
        "channel": CommandChannel.PARTNER,
        "created_at": NOON,
        "expires_at": UNTIL,
        "last_updated": NOON,
        "evse_uid": "E1",
        "station_id": "CP1",
        **fields,
    }
    return Reservation(**given)  # type: ignore[arg-type]


def terms(**fields: object) -> Terms:
    """The same place for an hour."""
    given: dict[str, object] = {
        "expires_at": NOON + timedelta(hours=1),
        "number": 7,
        "token": a_token(),
        "tag": a_token().uid,
        "evse_uid": "E1",
        "connector_id": "1",
        "station_id": "CP1",
        "callback_url": "https://them.example/2",
        "correlation_id": "c-2",
        "command_id": "cmd-2",
        **fields,
    }
    return Terms(**given)  # type: ignore[arg-type]


MOVES: dict[str, Callable[[Reservation], Reservation]] = {
    "agreed": lambda r: agreed(r, terms(), now=LATER),
    "refused": lambda r: refused(r, "evse_occupied", now=LATER),
    "used": lambda r: used(r, "s-1", now=LATER),
    "cancelled": lambda r: cancelled(r, EndReason.LOST, now=LATER),
    "expired": lambda r: expired(r, now=UNTIL + EXPIRY_GRACE),
}
EDGES = {
    (S.REQUESTED, "agreed"): S.ACTIVE,
    (S.REQUESTED, "refused"): S.REFUSED,
    (S.REQUESTED, "used"): S.USED,
    (S.REQUESTED, "cancelled"): S.CANCELLED,
    (S.REQUESTED, "expired"): S.EXPIRED,
    (S.ACTIVE, "agreed"): S.ACTIVE,
    (S.ACTIVE, "refused"): S.ACTIVE,
    (S.ACTIVE, "used"): S.USED,
    (S.ACTIVE, "cancelled"): S.CANCELLED,
    (S.ACTIVE, "expired"): S.EXPIRED,
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", S)
def test_every_edge(state: S, move: str) -> None:
    """From the four ends nothing leads anywhere, and nothing of them changes."""
    before = a_reservation(state=state, active_at=None if state is S.REQUESTED else NOON)
    after = MOVES[move](before)
    assert after.state is EDGES.get((state, move), state)
    if not before.open:
        assert after is before
        assert not after.is_due(UNTIL + timedelta(days=1))


def test_new_terms_take_the_place_of_the_old() -> None:
    """C-206: and the moment of the first yes stays, since it is what is paid from."""
    first = agreed(a_reservation(), terms(expires_at=UNTIL), now=NOON)
    again = agreed(first, terms(), now=LATER)
    assert (again.active_at, again.expires_at) == (NOON, NOON + timedelta(hours=1))
    assert (again.callback_url, again.command_id) == ("https://them.example/2", "cmd-2")
    assert (again.connector_id, again.correlation_id, again.last_updated) == ("1", "c-2", LATER)


def test_a_refusal_leaves_what_was_agreed_before() -> None:
    active = agreed(a_reservation(), terms(), now=NOON)
    assert refused(active, "evse_occupied", now=LATER) is active


def test_the_ends_say_why_and_when() -> None:
    active = agreed(a_reservation(), terms(expires_at=UNTIL), now=NOON)
    gone = cancelled(active, EndReason.BY_OPERATOR, now=LATER)
    assert (gone.reason, gone.ended_at) == ("by_operator", LATER)
    over = expired(active, now=UNTIL + timedelta(minutes=9))
    assert (over.reason, over.ended_at) == ("expired", UNTIL)
    early = expired(active, now=LATER, reason=EndReason.UNSEEN)
    assert (early.reason, early.ended_at) == ("unseen", LATER)
    begun = used(active, "s-1", now=LATER)
    assert (begun.reason, begun.session_id, begun.active_at) == ("used", "s-1", NOON)


def test_a_start_under_way_at_the_expiry_still_counts() -> None:
    active = agreed(a_reservation(), terms(expires_at=UNTIL), now=NOON)
    assert not active.is_due(UNTIL)
    assert active.is_due(UNTIL + EXPIRY_GRACE)


def _of_group(uid: str, group: str | None) -> Token:
    return a_token(uid, group_id=group)


@pytest.mark.parametrize(
    ("token", "fits"),
    [
        (a_token("04:12:ab:cd"), True),
        (a_token().ref, True),
        (a_token("OTHER"), False),
        (a_token("OTHER").ref, False),
        (_of_group("OTHER", "G1"), True),
        (_of_group("OTHER", "G2"), False),
        (a_token(party=PartyId("DE", "XXX")), False),
        (a_token("OTHER", driver_id="d-1"), True),
        (a_token("OTHER", driver_id="d-2"), False),
    ],
)
def test_who_may_use_it(token: Token, *, fits: bool) -> None:
    reserved = a_reservation(token=_of_group("0412ABCD", "G1"), driver_id="d-1")
    assert reserved.is_for(token) is fits


def test_nobody_shares_no_group() -> None:
    """No group and no driver is nothing in common."""
    assert not a_reservation().is_for(a_token("OTHER"))


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(seconds=-1), LONGEST + timedelta(1)])
def test_an_expiry_of_no_use(ahead: timedelta) -> None:
    with pytest.raises(InvalidInput):
        check_expiry(NOON + ahead, NOON)


def test_a_day_is_the_longest() -> None:
    check_expiry(NOON + LONGEST, NOON)


def test_what_a_charger_lets_start() -> None:
    """A card by itself where every charger can hold its number, all else by a made-up tag."""
    assert fitting_tag(a_token(), "RWX") == a_token().uid
    assert fitting_tag(a_token("0" * 21), "RWX") == "RWX"
    assert fitting_tag(a_token(type=TokenType.APP_USER), "RWX") == "RWX"


def test_numbers_are_unique_within_a_charger_or_a_cpo() -> None:
    assert scope_of("CP1", None) == scope_of("cp1", None)
    theirs = a_reservation(station_id=None, remote_party=PartyId("DE", "PRT"))
    assert (theirs.scope, theirs.own) == ("party:DE-PRT", False)
    assert replace(theirs, remote_party=None, station_id="CP1").scope == "station:cp1"
