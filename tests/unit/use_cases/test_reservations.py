"""Reservations at our chargers are asked for, and changed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.commands import CommandKind, CommandOutcome, CommandResult
from app.domain.errors import ChargerRefused, InvalidInput, NotFound
from app.domain.events import ReservationChanged
from app.domain.sessions import SessionStatus
from app.domain.stations import ConnectorState
from app.domain.tokens import AuthMethod
from app.use_cases.live_stations import LiveStation
from tests.support.chargers import CPO, a_token
from tests.support.clock import NOON
from tests.support.drive import ACCEPTED, Drive
from tests.support.reserving import (
    CALLBACK,
    HALF_HOUR,
    OPERATOR,
    PARTNER,
    R,
    S,
    a_wish,
    ask,
    give_back,
    kept,
    prices,
    session_of,
    told,
)


async def test_a_charger_agrees(drive: Drive, live: LiveStation) -> None:
    """The charger gets a small number of ours, the card's tag and the expiry."""
    command = await ask(drive)
    assert command.outcome == ACCEPTED
    (sent,) = drive.chargers.told
    assert (sent.station_id, sent.number, sent.tag) == ("CP1", 1, a_token().uid)
    assert (sent.expires_at, sent.evse_uid, sent.connector_id) == (HALF_HOUR, "E1", "1")
    found = await kept(drive)
    assert (found.state, found.name, found.number, found.active_at) == (S.ACTIVE, "R1", 1, NOON)
    assert (found.partner_id, found.callback_url) == ("p-1", CALLBACK)
    assert ReservationChanged(found.id, "active") in drive.seen


async def test_it_stands_in_a_session(drive: Drive, live: LiveStation) -> None:
    """OCPI 2.2.1, Commands, ReserveNow: success creates a Session in state RESERVATION."""
    await ask(drive)
    session = await session_of(drive, await kept(drive))
    assert (session.status, session.reserved_at) == (SessionStatus.RESERVATION, NOON)
    assert (session.evse_uid, session.connector_id, session.zone) == (
        "E1", "1", "Europe/Amsterdam",
    )  # fmt: skip
    assert session.token == a_token().ref
    assert (session.auth_method, session.authorization_reference) == (
        AuthMethod.COMMAND,
        "AUTH-1",
    )
    assert session.tariff == prices()
    assert await drive.floor.count() == 1


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (R.EVSE_OCCUPIED, "evse_occupied"),
        (R.EVSE_INOPERATIVE, "evse_inoperative"),
        (R.REJECTED, "rejected"),
        (R.FAILED, "failed"),
        (R.NOT_SUPPORTED, "not_supported"),
    ],
)
async def test_a_charger_refuses(
    drive: Drive, live: LiveStation, result: CommandResult, reason: str
) -> None:
    """C-210: and there is no session, and nothing to give back."""
    drive.chargers.outcome = CommandOutcome(result)
    assert (await ask(drive)).outcome == CommandOutcome(result)
    found = await kept(drive)
    assert (found.state, found.reason, found.session_id) == (S.REFUSED, reason, None)
    assert told(drive) == [CommandKind.RESERVE]


async def test_a_charger_that_says_nothing_is_asked_to_let_go(
    drive: Drive, live: LiveStation
) -> None:
    """C-209: TIMEOUT is not knowing, so the EVSE must not stay blocked for nobody."""
    drive.chargers.outcome = CommandOutcome(R.TIMEOUT, "no answer")
    assert (await ask(drive)).outcome == CommandOutcome(R.TIMEOUT, "no answer")
    found = await kept(drive)
    assert (found.state, found.reason) == (S.REFUSED, "no_answer")
    assert told(drive) == [CommandKind.RESERVE, CommandKind.UNRESERVE]
    assert drive.chargers.told[1].number == found.number


async def test_without_an_evse_any_free_one_will_do(drive: Drive, live: LiveStation) -> None:
    """OCPI 2.2.1, Commands, ReserveNow, `evse_uid`."""
    await ask(drive, evse_uid=None)
    await ask(drive, evse_uid=None, name="R2", token=a_token("OTHER"))
    assert [c.evse_uid for c in drive.chargers.told] == ["E1", "E2"]
    assert [c.number for c in drive.chargers.told] == [1, 2]
    third = await drive.commands.request(a_wish(evse_uid=None, name="R3", token=a_token("3RD")))
    assert third.outcome is not None
    assert third.outcome.result is R.REJECTED


async def test_what_cannot_be_reserved(drive: Drive, live: LiveStation) -> None:
    """C-200: a partner gets REJECTED at once, people a reason."""
    await drive.floor.show(live, 1, ConnectorState.PREPARING)
    refused = await drive.commands.request(a_wish())
    assert refused.outcome is not None
    assert refused.outcome.result is R.REJECTED
    with pytest.raises(ChargerRefused, match="occupied"):
        await drive.commands.request(a_wish(asker=OPERATOR, name=None))
    await drive.floor.show(live, 2, ConnectorState.FAULTED)
    with pytest.raises(ChargerRefused, match="faulted"):
        await drive.commands.request(a_wish(asker=OPERATOR, name=None))
    await drive.floor.stations.disconnect(live)
    with pytest.raises(ChargerRefused, match="offline"):
        await drive.commands.request(a_wish(asker=OPERATOR, evse_uid="E2", name=None))
    with pytest.raises(NotFound):
        await drive.commands.request(a_wish(evse_uid="nope"))
    with pytest.raises(InvalidInput):
        await drive.commands.request(a_wish(expires_at=NOON - timedelta(1)))
    async with drive.store.reading() as tx:
        assert await tx.reservations.of_party(CPO, limit=10) == []


async def test_an_evse_is_kept_free_once(drive: Drive, live: LiveStation) -> None:
    """Whether or not the charger shows it: neither others nor oneself reserve it twice."""
    await ask(drive)
    for changes in ({"name": "R2"}, {"name": "R2", "token": a_token("OTHER")}):
        again = await drive.commands.request(a_wish(**changes))
        assert again.outcome is not None
        assert again.outcome == CommandOutcome(R.REJECTED, again.outcome.message)
    assert told(drive) == [CommandKind.RESERVE]


async def test_the_same_again_changes_it(drive: Drive, live: LiveStation) -> None:
    """C-206: same id and location; the charger replaces by the same number."""
    await ask(drive)
    first = await kept(drive)
    await drive.floor.show(live, 60, ConnectorState.RESERVED)
    later = NOON + timedelta(hours=2)
    asker = replace(PARTNER, callback_url="https://them.example/results/2")
    command = await ask(drive, name="r1", expires_at=later, asker=asker)
    assert command.outcome == ACCEPTED
    found = await kept(drive)
    assert (found.id, found.number, found.expires_at) == (first.id, first.number, later)
    assert (found.active_at, found.session_id) == (first.active_at, first.session_id)
    assert found.callback_url == "https://them.example/results/2"
    assert [c.number for c in drive.chargers.told] == [1, 1]
    assert await drive.floor.count() == 1


async def test_a_refused_change_changes_nothing(drive: Drive, live: LiveStation) -> None:
    await ask(drive)
    before = await kept(drive)
    for result in (R.EVSE_OCCUPIED, R.TIMEOUT):
        drive.chargers.outcome = CommandOutcome(result)
        command = await ask(drive, expires_at=NOON + timedelta(hours=2))
        assert command.outcome == CommandOutcome(result)
        assert await kept(drive) == before


async def test_a_change_to_another_evse(drive: Drive, live: LiveStation) -> None:
    """The session moves along, and the first outlet is not blocked any more: same number."""
    await ask(drive)
    await ask(drive, evse_uid="E2")
    found = await kept(drive)
    assert (found.evse_uid, found.number) == ("E2", 1)
    assert (await session_of(drive, found)).evse_uid == "E2"
    assert told(drive) == [CommandKind.RESERVE, CommandKind.RESERVE]


async def test_the_same_id_elsewhere_is_refused(drive: Drive, live: LiveStation) -> None:
    """It could not be told which of the two a cancellation means."""
    await ask(drive)
    async with drive.store.transaction() as tx:
        location = await tx.locations.need(CPO, "L1")
        await tx.locations.put(replace(location, id="L2", evses=()))
    other = await drive.commands.request(a_wish(location_id="L2"))
    assert other.outcome is not None
    assert other.outcome.result is R.REJECTED


async def test_an_id_may_be_used_again_once_it_is_over(drive: Drive, live: LiveStation) -> None:
    await ask(drive)
    await give_back(drive)
    await ask(drive)
    async with drive.store.reading() as tx:
        found = await tx.reservations.of_party(CPO, limit=10)
    assert [(r.state, r.number) for r in found] == [(S.ACTIVE, 2), (S.CANCELLED, 1)]
