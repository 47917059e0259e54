"""Numbers that are nobody's, and tokens that charge elsewhere."""

import pytest

from app.domain.sessions import SessionFlag
from app.domain.stations import Address, Phase, PresentedToken
from app.domain.tokens import Verdict
from app.domain.units import Kwh
from app.use_cases.sessions import SessionRules
from tests.support.chargers import TAG, Floor, a_token, at, shows
from tests.support.transactions import END, stop

OTHER = PresentedToken("OTHER")


async def two(floor: Floor) -> tuple[str, str]:
    """Two sessions, one at each connector, of two tokens; gives their numbers."""
    await floor.furnish(None, None, a_token(), a_token("OTHER"))
    live = await floor.connect()
    first = await floor.start(live)
    second = await floor.start(live, 1, address=Address(0, 2), token=OTHER)
    return str(first.number), str(second.number)


@pytest.mark.parametrize("wide", [0x10000, -0x10000])
async def test_a_charger_that_keeps_16_bits_of_a_number(floor: Floor, wide: int) -> None:
    """P-107: Q-04, where the number comes back short or negative."""
    one, other = await two(floor)
    live = await floor.connect()
    await stop(floor, live, int(one) + wide, 60, wh=1_500)
    assert (await floor.session(live, one)).energy == Kwh.of("0.5")
    assert list(live.running) == [other]


async def test_a_number_of_another_central_system(floor: Floor) -> None:
    """P-106: by the token, the time and the meter, or it is an orphan."""
    one, other = await two(floor)
    live = await floor.connect()
    known = (shows(30, 2_000),)
    await floor.tell(live, Phase.UPDATED, 30, transaction=one, readings=known)
    await stop(floor, live, 40_001, 60, wh=1_500, token=TAG)
    await stop(floor, live, 40_002, 60, wh=2_500)
    await stop(floor, live, 40_003, 60, wh=2_500, token=PresentedToken("NOBODY"))
    await stop(floor, live, 40_004, -60, wh=2_500, token=TAG, when=at(-60))
    await stop(floor, live, "none", 60, wh=2_500, token=TAG)
    assert list(live.running) == [one, other]
    assert SessionFlag.ORPHAN in (await floor.session(live, "40001")).flags
    await stop(floor, live, 40_005, 60, wh=2_500, token=TAG)
    assert list(live.running) == [other]
    assert (await floor.session(live, one)).energy == Kwh.of("1.5")
    await floor.tell(live, Phase.UPDATED, 70, transaction="40006", readings=(shows(70, 9_000),))
    assert (await floor.session(live, other)).energy == Kwh.of(0)
    await floor.tell(live, Phase.ENDED, 80, transaction="40007", token=OTHER)
    assert not live.running


@pytest.mark.parametrize("refused", [True, False])
async def test_a_token_that_charges_elsewhere(floor: Floor, *, refused: bool) -> None:
    """P-093: at its start only, never for a repetition, a stop or a group's other token."""
    floor.restart(sessions=SessionRules(one_at_a_time=refused))
    await floor.furnish(None, None, a_token(group_id="G"), a_token("OTHER", group_id="G"))
    live = await floor.connect()
    first = await floor.start(live)
    second = await floor.start(live, 10, address=Address(0, 2))
    assert second.authorization is not None
    expected = Verdict.CONCURRENT if refused else Verdict.ALLOWED
    assert second.authorization.verdict is expected
    again = await floor.start(live)
    assert (again.number, again.authorization) == (first.number, first.authorization)
    friend = await floor.start(live, 20, address=Address(0, 2), token=OTHER)
    assert friend.authorization is not None
    assert friend.authorization.allowed
    await stop(floor, live, str(first.number), 60, wh=1_500, token=TAG)
    last = await floor.start(live, 70)
    assert last.authorization is not None
    assert last.authorization.allowed is True
    refusal = await floor.session(live, str(second.number))
    assert (SessionFlag.REFUSED in refusal.flags) is refused
    readings = (shows(80, 1_500, END),)
    await floor.tell(live, Phase.ENDED, 80, transaction=str(second.number), readings=readings)
