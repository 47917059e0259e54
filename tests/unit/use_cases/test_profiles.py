"""Charging profiles from the wish to what is in force: kept, told when news, looked after."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.errors import ChargerRefused, Conflict, NotFound, RateLimited
from app.domain.events import ProfileChanged, ProfileDoubtful
from app.domain.profiles import (
    ActiveProfile,
    ChargingProfile,
    ProfilePeriod,
    ProfileSource,
    RateUnit,
    SessionProfile,
    profile_number,
)
from app.domain.stations import Address, Booted, BootFacts, Phase, Station
from app.store.transaction import Store
from app.use_cases.command_requests import Asker
from app.use_cases.commands import Commands
from app.use_cases.profile_requests import LimitRequest, ScheduleRequest, UnlimitRequest
from app.use_cases.profiles import Profiles
from tests.support.chargers import Floor, shows
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import (
    CPO,
    EMSP,
    THEIR_CPO,
    THEIR_EMSP,
    a_location,
    a_session,
    an_evse,
)

ZERO, MINUTE = timedelta(), timedelta(minutes=1)
FOUR_KW = ChargingProfile(RateUnit.WATT, (ProfilePeriod(ZERO, Decimal("4000.0")),))
PARTNER = Asker(
    channel=CommandChannel.PARTNER,
    partner_id="p-1",
    emsp=THEIR_EMSP,
    callback_url="https://them.example/back",
)
OPERATOR = Asker(channel=CommandChannel.OPERATOR, cpo=CPO)
OK = CommandOutcome(CommandResult.ACCEPTED)
FULL = Decimal(22000)


def schedule(clock: FakeClock, limit: Decimal) -> CommandOutcome:
    """What the charger says is in force for the next hour."""
    periods = (ProfilePeriod(ZERO, limit),)
    profile = ChargingProfile(RateUnit.WATT, periods, duration=timedelta(hours=1))
    return CommandOutcome(CommandResult.ACCEPTED, schedule=ActiveProfile(clock.now(), profile))


class Charger:
    """Answers every command; by default it does what it is asked and tells the truth."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.told = clock, list[Command]()
        self.limit = FULL
        self.answers: dict[CommandKind, CommandOutcome | Callable[[], CommandOutcome]] = {}

    async def execute(self, command: Command) -> CommandOutcome:
        self.told.append(command)
        if command.kind in self.answers:
            answer = self.answers[command.kind]
            return answer if isinstance(answer, CommandOutcome) else answer()
        if command.kind is CommandKind.LIMIT and command.profile is not None:
            self.limit = command.profile.periods[0].limit
        if command.kind is CommandKind.UNLIMIT:
            self.limit = FULL
        if command.kind is CommandKind.SCHEDULE:
            return schedule(self.clock, self.limit)
        return OK


class Desk:
    """A session of a partner's driver at our charger, and what carries commands."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.charger = Charger(clock)
        self.profiles = Profiles(store, clock)
        self.commands = Commands(store, clock, self.charger, random=Random(1))
        self.seen = 0

    async def furnish(self, **session: Any) -> None:
        able = an_evse("E1", capabilities=("CHARGING_PROFILE_CAPABLE",))
        given = {"station_id": "ST-1", "transaction": "12", **session}
        async with self.store.transaction() as tx:
            await tx.locations.put(a_location(evses=(able,)))
            await tx.stations.add(Station("ST-1", CPO, "hash", node="n1"))
            await tx.sessions.put(a_session(**given))

    async def limit(self, asker: Asker = PARTNER, profile: ChargingProfile = FOUR_KW) -> Command:
        request = LimitRequest(asker=asker, session_key="s-1", profile=profile)
        return await self._done(await self.profiles.request(request))

    async def unlimit(self, asker: Asker = PARTNER) -> Command:
        request = UnlimitRequest(asker=asker, session_key="s-1")
        return await self._done(await self.profiles.request(request))

    async def look(self, asker: Asker = PARTNER) -> Command:
        request = ScheduleRequest(asker=asker, session_key="s-1", horizon=5 * MINUTE)
        return await self._done(await self.profiles.request(request))

    async def _done(self, command: Command) -> Command:
        await self.commands.send(command.id)
        await self.carry()
        return await self.commands.get(command.id)

    async def carry(self) -> None:
        """Send what waits, and what follows from it."""
        while waiting := await self._waiting():
            for command in waiting:
                await self.commands.send(command.id)

    async def _waiting(self) -> list[Command]:
        async with self.store.reading() as tx:
            asked = await tx.commands.of_party(CPO, limit=100)
        return [command for command in asked if command.state is CommandState.REQUESTED]

    async def row(self) -> SessionProfile:
        return await self.profiles.of_session("s-1")

    async def news(self) -> list[type]:
        """The events about profiles since the last look."""
        async with self.store.reading() as tx:
            recorded = await tx.events.unplanned(1_000)
        new = [r.event for r in recorded if r.id > self.seen]
        self.seen = max((r.id for r in recorded), default=0)
        return [type(e) for e in new if isinstance(e, ProfileChanged | ProfileDoubtful)]

    def asked(self) -> list[CommandKind]:
        kinds = [command.kind for command in self.charger.told]
        self.charger.told.clear()
        return kinds


@pytest.fixture
async def desk(store: Store, clock: FakeClock) -> Desk:
    made = Desk(store, clock)
    await made.furnish()
    return made


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


async def test_what_a_boot_may_have_cost_comes_back(desk: Desk) -> None:
    """A mere reconnect costs nothing: the charger is only asked what holds."""
    await desk.limit()
    desk.asked()
    await desk.profiles.review("s-1")
    await desk.carry()
    assert desk.asked() == [CommandKind.SCHEDULE]
    await desk.clock.advance(60)
    async with desk.store.transaction() as tx:
        station = await tx.stations.need("ST-1")
        await tx.stations.put(replace(station, booted_at=desk.clock.now()))
    await desk.clock.advance(1)
    await desk.profiles.review("s-1")
    await desk.carry()
    assert desk.asked() == [CommandKind.LIMIT, CommandKind.SCHEDULE]
    row = await desk.row()
    assert (row.source, row.watcher) == (ProfileSource.PARTNER, "p-1")
    await desk.profiles.review("s-1")
    await desk.carry()
    assert desk.asked() == [CommandKind.SCHEDULE]


async def test_reviews_go_on_while_somebody_watches(desk: Desk) -> None:
    """A charger of 1.6 never says that it is limited from elsewhere; so it is asked."""
    await desk.limit()
    await desk.news()
    assert await desk.profiles.review_due() == 0
    await desk.clock.advance(15 * 60)
    desk.charger.limit = Decimal(2000)
    assert await desk.profiles.review_due() == 1
    await desk.carry()
    assert await desk.news() == [ProfileChanged]
    async with desk.store.transaction() as tx:
        await tx.sessions.put(a_session(stopped_at=NOON, station_id="ST-1"))
    await desk.clock.advance(15 * 60)
    assert await desk.profiles.review_due() == 1
    assert (await desk.row()).review_at is None
    assert await desk.profiles.review_due() == 0
    await desk.profiles.review("nobody's")


async def test_a_charger_that_is_away_is_told_of_as_far_as_we_know(desk: Desk) -> None:
    await desk.limit()
    async with desk.store.transaction() as tx:
        station = await tx.stations.need("ST-1")
        await tx.stations.put(replace(station, node=None, booted_at=NOON + MINUTE))
    await desk.clock.advance(15 * 60)
    await desk.profiles.review("s-1")
    desk.asked()
    await desk.carry()
    assert desk.asked() == []
    with pytest.raises(ChargerRefused, match="offline"):
        await desk.limit()


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


# ---------------------------------------------------------------- what makes us look


FACTS = Booted(BootFacts("Vendor", "Model"))


async def _doubts(floor: Floor) -> list[str]:
    events = await floor.events()
    return [e.session_key for e in events if isinstance(e, ProfileDoubtful)]


async def test_a_session_that_outlives_a_boot_is_looked_at(floor: Floor) -> None:
    """Once, when it is heard of again; and also when our process forgot all about it."""
    await floor.furnish()
    live = await floor.connect()
    await floor.stations.boot(live, FACTS)
    number = str((await floor.start(live)).number)
    readings = (shows(10, 1_010),)
    await floor.tell(live, Phase.UPDATED, 10, transaction=number, readings=readings)
    live = await floor.connect()
    await floor.tell(live, Phase.UPDATED, 20, transaction=number, readings=readings)
    assert await _doubts(floor) == []
    floor.clock.set(NOON + timedelta(seconds=30))
    await floor.stations.boot(live, FACTS)
    floor.restart()
    live = await floor.connect()
    for seconds in (40, 50):
        await floor.tell(live, Phase.UPDATED, seconds, transaction=number, readings=readings)
    session = await floor.session(live, number)
    assert await _doubts(floor) == [session.id]


async def test_a_limit_from_elsewhere_is_looked_at(floor: Floor) -> None:
    await floor.furnish()
    live = await floor.connect("ocpp2.0.1")
    await floor.tell(
        live, Phase.STARTED, 0, transaction="tx-1", address=Address(1, 1), token=None, seq_no=0
    )
    session = await floor.session(live, "tx-1")
    await floor.stations.limits_moved(live, 2)
    assert await _doubts(floor) == []
    await floor.stations.limits_moved(live, 1)
    await floor.stations.limits_moved(live, None)
    assert await _doubts(floor) == [session.id] * 2
