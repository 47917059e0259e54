"""What chargers report of a start opens a session once, tied to who pays for it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.charging import ChargingState
from app.domain.errors import Forbidden
from app.domain.sessions import SessionFlag, SessionStatus
from app.domain.stations import Address, Phase, PresentedToken, StationState
from app.domain.tokens import AuthMethod, Verdict
from app.domain.units import Kwh
from tests.support.chargers import CPO, Floor, a_token, at, shows
from tests.support.chargings import a_charging
from tests.support.priced import a_tariff, energy_at
from tests.support.transactions import VIRTUAL, a_command, stop


async def test_numbers_differ_between_connectors(floor: Floor) -> None:
    """P-092."""
    await floor.furnish()
    live = await floor.connect()
    one = await floor.start(live)
    other = await floor.start(live, address=Address(0, 2))
    assert one.number != other.number
    assert {r.session.evse_uid for r in live.running.values()} == {"E1", "E2"}


async def test_a_repeated_start_gets_the_same_answer(floor: Floor) -> None:
    """P-094, P-095, Q-20, Q-21: in the same connection, after a restart, and after the end."""
    await floor.furnish()
    live = await floor.connect()
    first = await floor.start(live)
    assert await floor.start(live) == first
    floor.restart()
    live = await floor.connect()
    again = await floor.start(live)
    assert again.number == first.number
    assert again.authorization is not None
    assert again.authorization.allowed
    assert first.number is not None
    await stop(floor, live, first.number, 60, wh=1_500)
    assert (await floor.start(live)).number == first.number
    assert await floor.count() == 1


async def test_an_unknown_token_is_refused_and_never_billed(floor: Floor) -> None:
    """P-096: Invalid plus a transactionId and no billable free ride."""
    await floor.furnish()
    live = await floor.connect()
    answer = await floor.start(live, token=PresentedToken("NOBODY"))
    assert answer.number is not None
    assert answer.authorization is not None
    assert answer.authorization.verdict is Verdict.UNKNOWN
    await stop(floor, live, answer.number, 60, wh=1_500)
    session = await floor.session(live, str(answer.number))
    assert (session.status, session.energy) == (SessionStatus.INVALID, Kwh.of("0.5"))
    assert SessionFlag.REFUSED in session.flags
    assert await floor.cdrs(session) == []
    assert await floor.kinds() == []


async def test_an_offline_start_keeps_its_time_and_is_billed(floor: Floor) -> None:
    """P-097; a token that is no longer valid still pays for what it took."""
    await floor.furnish(None, None, a_token(valid=False))
    live = await floor.connect()
    floor.clock.set(at(7_200))
    answer = await floor.start(live)
    assert answer.authorization is not None
    assert not answer.authorization.allowed
    await stop(floor, live, str(answer.number), 3_600, wh=6_000)
    session = await floor.session(live, str(answer.number))
    assert (session.started_at, session.ended_at) == (at(0), at(3_600))
    assert len(await floor.cdrs(session)) == 1
    assert floor.issuers.asked == []


@pytest.mark.parametrize("shown", [{"remote_start": 77, "token": None}, {"token": VIRTUAL}])
async def test_a_remote_start_is_tied_to_its_command(
    floor: Floor, shown: dict[str, object]
) -> None:
    """P-099, P-193."""
    await floor.furnish()
    async with floor.store.transaction() as tx:
        await tx.commands.add(a_command())
    live = await floor.connect()
    given = {**shown, "token": PresentedToken(VIRTUAL) if shown["token"] else None}
    answer = await floor.start(live, **given)
    session = await floor.session(live, str(answer.number))
    assert (session.command_id, session.auth_method) == ("k-1", AuthMethod.COMMAND)
    assert session.authorization_reference == "REF-1"
    assert session.token is not None
    assert session.token.uid == "APP-1"
    assert session.status is SessionStatus.ACTIVE


async def test_the_quoted_price_is_the_one_that_is_billed(floor: Floor) -> None:
    """A driver pays what the quote said, whatever the connector costs by now."""
    await floor.furnish()
    quoted = a_tariff(energy_at("0.10"), party=CPO, id="OLD")
    async with floor.store.transaction() as tx:
        await tx.commands.add(a_command(charging_id="c-1"))
        await tx.charging.add(
            a_charging(
                state=ChargingState.STARTING, tariff=quoted, driver_id=None, station_id=None
            )
        )
    live = await floor.connect()
    answer = await floor.start(live, token=PresentedToken(VIRTUAL))
    done = await stop(floor, live, str(answer.number), 60, wh=2_000)
    assert done.total_cost is not None
    assert (await floor.session(live, str(answer.number))).tariff == quoted
    assert done.total_cost.amount == Decimal("0.12")


async def test_another_chargers_command_is_not_taken(floor: Floor) -> None:
    await floor.furnish()
    async with floor.store.transaction() as tx:
        await tx.commands.add(a_command(station_id="CP2"))
    live = await floor.connect()
    answer = await floor.start(live, token=PresentedToken(VIRTUAL))
    assert answer.authorization is not None
    assert answer.authorization.verdict is Verdict.UNKNOWN
    assert (await floor.session(live, str(answer.number))).command_id is None


async def test_a_driver_who_watches_gets_a_hint(floor: Floor) -> None:
    await floor.furnish()
    async with floor.store.transaction() as tx:
        await tx.commands.add(a_command(charging_id="c-1"))
    heard: list[str] = []

    async def hear(subject: str, data: bytes) -> None:
        heard.append(subject)

    await floor.bus.subscribe("session.>", hear)
    live = await floor.connect()
    answer = await floor.start(live, token=PresentedToken(VIRTUAL))
    session = await floor.session(live, str(answer.number))
    assert heard == [f"session.{session.id}"]
    assert session.charging_id == "c-1"


async def test_connector_0_is_recorded_without_a_place(floor: Floor) -> None:
    """P-100, P-113."""
    await floor.furnish()
    live = await floor.connect()
    answer = await floor.start(live, address=Address(0, 0))
    session = await floor.session(live, str(answer.number))
    assert SessionFlag.NO_LOCATION in session.flags
    await floor.start(live, 5)
    await floor.tell(live, Phase.UPDATED, 60, address=Address(0, 0), readings=(shows(60, 90_000),))
    assert {r.session.energy for r in live.running.values()} == {Kwh.of(0)}


async def test_a_charger_that_waits_for_approval_books_nothing(floor: Floor) -> None:
    """P-078."""
    await floor.furnish()
    live = await floor.connect()
    live.station = replace(live.station, state=StationState.PENDING)
    with pytest.raises(Forbidden):
        await floor.start(live)
