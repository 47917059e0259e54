"""Charging profiles in tests: a session at our charger, who limits it, what the charger says."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from app.domain.commands import (
    Command,
    CommandChannel,
    CommandKind,
    CommandOutcome,
    CommandResult,
    CommandState,
)
from app.domain.events import ProfileChanged, ProfileDoubtful
from app.domain.profiles import (
    ActiveProfile,
    ChargingProfile,
    ProfilePeriod,
    RateUnit,
    SessionProfile,
)
from app.domain.stations import Station
from app.store.transaction import Store
from app.use_cases.command_requests import Asker
from app.use_cases.commands import Commands
from app.use_cases.profile_requests import LimitRequest, ScheduleRequest, UnlimitRequest
from app.use_cases.profiles import Profiles
from tests.support.clock import FakeClock
from tests.support.roaming_objects import CPO, THEIR_EMSP, a_location, a_session, an_evse

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
        """Put the site, the charger ST-1 and its session s-1 there."""
        able = an_evse("E1", capabilities=("CHARGING_PROFILE_CAPABLE",))
        given = {"station_id": "ST-1", "transaction": "12", **session}
        async with self.store.transaction() as tx:
            await tx.locations.put(a_location(evses=(able,)))
            await tx.stations.add(Station("ST-1", CPO, "hash", node="n1"))
            await tx.sessions.put(a_session(**given))

    async def limit(self, asker: Asker = PARTNER, profile: ChargingProfile = FOUR_KW) -> Command:
        """Ask for a limit; the command as it ended."""
        request = LimitRequest(asker=asker, session_key="s-1", profile=profile)
        return await self._done(await self.profiles.request(request))

    async def unlimit(self, asker: Asker = PARTNER) -> Command:
        """Ask to take the limit away; the command as it ended."""
        request = UnlimitRequest(asker=asker, session_key="s-1")
        return await self._done(await self.profiles.request(request))

    async def look(self, asker: Asker = PARTNER) -> Command:
        """Ask what is in force; the command as it ended."""
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
        """What is kept of the session's profiles."""
        return await self.profiles.of_session("s-1")

    async def news(self) -> list[type]:
        """The events about profiles since the last look."""
        async with self.store.reading() as tx:
            recorded = await tx.events.unplanned(1_000)
        new = [r.event for r in recorded if r.id > self.seen]
        self.seen = max((r.id for r in recorded), default=0)
        return [type(e) for e in new if isinstance(e, ProfileChanged | ProfileDoubtful)]

    def asked(self) -> list[CommandKind]:
        """What the charger was asked since the last look."""
        kinds = [command.kind for command in self.charger.told]
        self.charger.told.clear()
        return kinds


async def a_desk(store: Store, clock: FakeClock, **session: Any) -> Desk:
    """A desk whose session runs."""
    made = Desk(store, clock)
    await made.furnish(**session)
    return made
