"""Charging profiles are set, looked at and cleared, here and at partners; told when news."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.commands import CommandChannel, CommandKind, CommandOutcome, CommandResult
from app.domain.errors import ChargerRefused, Conflict, NotFound, RateLimited
from app.domain.events import ProfileChanged, ProfileDoubtful
from app.domain.profiles import ActiveProfile, ProfilePeriod, ProfileSource, profile_number
from app.store.transaction import Store
from app.use_cases.command_requests import Asker
from app.use_cases.profile_requests import LimitRequest
from tests.support.clock import NOON, FakeClock
from tests.support.limiting import FOUR_KW, FULL, MINUTE, OK, OPERATOR, PARTNER, ZERO, Desk, a_desk
from tests.support.roaming_objects import EMSP, THEIR_CPO, a_location, a_session, an_evse


@pytest.fixture
async def desk(store: Store, clock: FakeClock) -> Desk:
    return await a_desk(store, clock)


async def test_a_partner_limits_looks_and_clears(desk: Desk) -> None:
    """C-220: told after a PUT of its own, when another course is in force; before, never."""
    before = await desk.look()
    assert before.outcome is not None
    assert before.outcome.schedule is not None
    assert await desk.news() == []
    assert desk.asked() == [CommandKind.SCHEDULE]

    limited = await desk.limit()
    assert desk.asked() == [CommandKind.LIMIT, CommandKind.SCHEDULE]
    assert limited.profile_number == profile_number("s-1")
    assert limited.transaction == "12"
    row = await desk.row()
    assert (row.profile, row.source, row.watcher) == (FOUR_KW, ProfileSource.PARTNER, "p-1")
    assert row.active is not None
    assert row.active == row.told
    assert row.active.profile.periods[0].limit == Decimal("4000.0")
    assert row.review_at == NOON + 15 * MINUTE
    assert await desk.news() == [ProfileChanged]

    await desk.look()
    assert await desk.news() == []
    await desk.unlimit()
    row = await desk.row()
    assert (row.profile, row.source, row.watcher) == (None, None, "p-1")
    assert row.told is not None
    assert row.told.profile.periods[0].limit == FULL
    assert await desk.news() == [ProfileChanged]


async def test_an_operators_limit_is_told_to_nobody(desk: Desk) -> None:
    await desk.limit(OPERATOR)
    row = await desk.row()
    assert (row.source, row.watcher, row.review_at) == (ProfileSource.OPERATOR, None, None)
    assert row.active is not None
    assert await desk.news() == []


async def test_a_partner_that_watches_hears_of_an_operators_limit(desk: Desk) -> None:
    """The newest profile wins, whoever asked for it."""
    await desk.limit()
    await desk.news()
    three = replace(FOUR_KW, periods=(ProfilePeriod(ZERO, Decimal(3000)),))
    await desk.limit(OPERATOR, three)
    row = await desk.row()
    assert (row.source, row.watcher) == (ProfileSource.OPERATOR, "p-1")
    assert await desk.news() == [ProfileChanged]


async def test_a_charger_that_tells_no_schedule(desk: Desk) -> None:
    """Then we tell what we know ourselves, also to who asks for it."""
    unable = CommandOutcome(CommandResult.NOT_SUPPORTED, "NotImplemented")
    desk.charger.answers[CommandKind.SCHEDULE] = unable
    await desk.limit()
    row = await desk.row()
    assert row.told is not None
    assert row.told.profile.periods == FOUR_KW.periods
    assert await desk.news() == [ProfileChanged]
    looked = await desk.look()
    assert looked.outcome is not None
    assert looked.outcome.result is CommandResult.ACCEPTED
    assert looked.outcome.schedule is not None
    assert looked.outcome.schedule.profile.duration == 5 * MINUTE
    desk.charger.answers[CommandKind.SCHEDULE] = CommandOutcome(CommandResult.REJECTED)
    looked = await desk.look()
    assert looked.outcome == CommandOutcome(CommandResult.REJECTED)


@pytest.mark.parametrize(
    ("result", "news"),
    [
        (CommandResult.REJECTED, []),
        (CommandResult.TIMEOUT, [ProfileDoubtful]),
        (CommandResult.FAILED, [ProfileDoubtful]),
    ],
)
async def test_a_limit_that_was_not_taken(
    desk: Desk, result: CommandResult, news: list[type]
) -> None:
    """When nobody knows what the charger did, it is looked at."""
    desk.charger.answers[CommandKind.LIMIT] = CommandOutcome(result)
    await desk.limit()
    assert (await desk.row()).profile is None
    assert desk.asked() == [CommandKind.LIMIT]
    assert await desk.news() == news


async def test_a_profile_that_was_not_there_is_cleared(desk: Desk) -> None:
    """P-148."""
    await desk.limit()
    gone = CommandOutcome(CommandResult.UNKNOWN_PROFILE)
    desk.charger.answers[CommandKind.UNLIMIT] = gone
    cleared = await desk.unlimit()
    assert cleared.outcome == gone
    assert (await desk.row()).profile is None


async def test_a_late_start_is_led_in(desk: Desk) -> None:
    late = replace(FOUR_KW, periods=(ProfilePeriod(MINUTE, Decimal("4000.0")),))
    await desk.limit(profile=late)
    sent = desk.charger.told[0].profile
    assert sent is not None
    assert [period.start for period in sent.periods] == [ZERO, MINUTE]
    assert sent.periods[0].limit == Decimal("22080.0")


async def test_who_may_not_ask(desk: Desk) -> None:
    """C-218; another's session is as good as none."""
    for asker in (replace(PARTNER, emsp=EMSP), replace(OPERATOR, cpo=THEIR_CPO)):
        with pytest.raises(NotFound):
            await desk.limit(asker)
    with pytest.raises(ChargerRefused, match="empty_profile"):
        await desk.limit(profile=replace(FOUR_KW, periods=()))
    async with desk.store.transaction() as tx:
        await tx.locations.put(a_location(evses=(an_evse("E1"),)))
    for asker in (PARTNER, OPERATOR):
        with pytest.raises(ChargerRefused, match="not_capable"):
            await desk.limit(asker)
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session(stopped_at=NOON))
    with pytest.raises(Conflict):
        await desk.limit()


async def test_too_often(desk: Desk) -> None:
    """C-219: a partner's questions are counted, not ours."""
    for _ in range(3):
        await desk.limit()
        await desk.look()
    with pytest.raises(RateLimited) as refused:
        await desk.unlimit()
    assert refused.value.retry_after_s == 60
    await desk.unlimit(OPERATOR)


async def test_a_partners_charger_is_asked_by_its_session(store: Store, clock: FakeClock) -> None:
    desk = Desk(store, clock)
    async with store.transaction() as tx:
        await tx.sessions.put_foreign(a_session("T/1", party=THEIR_CPO, own=False))
    key = f"{THEIR_CPO}/t/1"
    asker = Asker(channel=CommandChannel.OPERATOR)
    command = await desk.profiles.request(
        LimitRequest(asker=asker, session_key=key, profile=FOUR_KW)
    )
    assert (command.remote_party, command.session_id) == (THEIR_CPO, "T/1")
    assert command.deadline == NOON + MINUTE
    await desk.commands.settle(command.id, OK)
    row = await desk.profiles.of_session(key)
    assert (row.profile, row.source) == (FOUR_KW, ProfileSource.OPERATOR)
    told = ActiveProfile(NOON, FOUR_KW)
    await desk.profiles.accept_active([EMSP, THEIR_CPO], "t/1", told)
    assert (await desk.profiles.of_session(key)).active == told
    with pytest.raises(NotFound):
        await desk.profiles.accept_active([EMSP], "t/1", told)
    with pytest.raises(NotFound):
        await desk.profiles.of_session("nobody's")


async def test_a_partners_late_word_is_heard(store: Store, clock: FakeClock) -> None:
    """C-212 for profiles: the outcome stays TIMEOUT, but the limit is known."""
    desk = Desk(store, clock)
    async with store.transaction() as tx:
        await tx.sessions.put_foreign(a_session("t-1", party=THEIR_CPO, own=False))
    key = f"{THEIR_CPO}/t-1"
    asker = Asker(channel=CommandChannel.OPERATOR)
    request = LimitRequest(asker=asker, session_key=key, profile=FOUR_KW)
    command = await desk.profiles.request(request)
    await clock.advance(61)
    assert await desk.commands.expire() == 1
    assert (await desk.profiles.of_session(key)).profile is None
    late = await desk.commands.settle(command.id, OK)
    assert late.outcome is not None
    assert late.outcome.result is CommandResult.TIMEOUT
    assert (await desk.profiles.of_session(key)).profile == FOUR_KW
    await desk.commands.settle(command.id, CommandOutcome(CommandResult.TIMEOUT))
