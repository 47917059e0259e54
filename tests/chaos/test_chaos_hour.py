"""A partner is gone for an hour, or answers as it likes: in the end it knows all, in order.

The hour is the fake clock's. Planner, worker, sender, circuit and partner are the real ones.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from app.adapters.bus_local import LocalBus
from app.adapters.sealing_fernet import FernetSealer
from app.delivery.planner import DELIVERIES_SUBJECT, EVENTS_SUBJECT, Planner
from app.delivery.worker import Worker
from app.domain.events import (
    CdrIssued,
    EvseStatusChanged,
    LocationChanged,
    SessionClosed,
    SessionOpened,
    SessionProgressed,
    TariffChanged,
    TokenChanged,
)
from app.domain.locations import EvseStatus
from app.domain.partners import Role
from app.domain.sessions import Session, SessionStatus
from app.domain.stations import Activity
from app.domain.units import Kwh
from app.simulators.http_server import FaultKind
from app.simulators.partner import Partner
from app.simulators.partner_records import Told
from app.store.database import Database
from app.store.transaction import Store
from ocpi.push.audience import OcpiAudience
from ocpi.push.sender import OcpiSender
from tests.edge.ocpi.house import House, a_house
from tests.support.clock import FakeClock
from tests.support.roaming_objects import (
    CPO,
    EMSP,
    a_cdr,
    a_location,
    a_session,
    a_tariff,
    a_token,
)

HOUR = timedelta(hours=1)
STEP = timedelta(minutes=1)
STATUSES = (EvseStatus.CHARGING, EvseStatus.AVAILABLE, EvseStatus.BLOCKED)
HELD = text("SELECT count(*) FROM destinations WHERE owner IS NOT NULL")
MODULES = ("locations", "tariffs", "tokens", "sessions", "cdrs")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough; the delivery machine's own tests run on both."""
    return sqlite_url


@dataclass
class Town:
    """Our platform with its delivery machine, a partner, and a clock that is moved by hand."""

    store: Store
    clock: FakeClock
    bus: LocalBus
    house: House
    partner: Partner
    minutes: int = 0

    async def live(self, span: timedelta) -> None:
        """Time passes, and every minute of it brings news."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            self.clock.set(self.clock.now() + STEP)
            await self.news()
            await self.quiet()

    async def quiet(self) -> None:
        """All that is due now has been tried."""
        for subject in (EVENTS_SUBJECT, DELIVERIES_SUBJECT):
            await self.bus.publish(subject)

        async def nothing_is_due() -> bool:
            async with self.store.reading() as tx:
                due = await tx.deliveries.next_due()
                waits = bool(await tx.events.backlog())
            if due is not None and due <= self.clock.now():
                await self.bus.publish(DELIVERIES_SUBJECT)
                return False
            return not waits and not await self._under_way()

        async with asyncio.timeout(30):
            while not await nothing_is_due():
                await asyncio.sleep(0.003)

    async def _under_way(self) -> bool:
        """Whether a worker holds a destination: its lease must not run out by moving the clock."""
        async with self.store.database.reading() as connection:
            return bool((await connection.execute(HELD)).scalar())

    async def drained(self) -> None:
        """Time passes until nothing waits any more, not even for a later attempt."""
        for _ in range(200):
            await self.quiet()
            async with self.store.reading() as tx:
                if not await tx.deliveries.waiting():
                    return
            self.clock.set(self.clock.now() + STEP)
        raise AssertionError("something waits for ever")

    async def emptied(self) -> None:
        """All that waits is sent soon, with no time passing for another attempt."""
        async with asyncio.timeout(30):
            while True:
                await self.quiet()
                async with self.store.reading() as tx:
                    if not await tx.deliveries.waiting():
                        return

    async def news(self) -> None:
        """A minute of a CPO: statuses, a running session, now and then everything else."""
        self.minutes += 1
        number, now = self.minutes, self.clock.now()
        async with self.store.transaction() as tx:
            status = STATUSES[number % len(STATUSES)]
            await tx.locations.set_status(CPO, "L1", f"E{1 + number % 2}", status, now=now)
            tx.emit(EvseStatusChanged(CPO, "L1", f"E{1 + number % 2}"))
            session = await tx.sessions.need("s-0")
            moved = replace(session, energy=Kwh.of(number), last_updated=now)
            await tx.sessions.put(moved)
            tx.emit(SessionProgressed("s-0"))
            if number % 6 == 0:
                await tx.sessions.put(_ended(self.session(f"s-{number}"), now))
                await tx.cdrs.add(a_cdr(f"c-{number}", token=session.token, issued_at=now))
                tx.emit(SessionOpened(f"s-{number}"))
                tx.emit(SessionClosed(f"s-{number}"))
                tx.emit(CdrIssued(f"c-{number}"))
            if number % 10 == 0:
                renamed = replace(await tx.locations.need(CPO, "L1"), name=f"Minute {number}")
                await tx.locations.put(replace(renamed, last_updated=now))
                await tx.tariffs.put(a_tariff(last_updated=now))
                await tx.tokens.put(a_token(valid=number % 20 == 0, last_updated=now))
                tx.emit(LocationChanged(CPO, "L1"))
                tx.emit(TariffChanged(CPO, "T1"))
                tx.emit(TokenChanged(EMSP, "04AABBCC", "RFID"))

    def session(self, session_id: str) -> Session:
        """A session of the partner's driver that runs."""
        token = replace(a_token().ref, party=self.house_partner, uid="PRT-CARD-1")
        return a_session(session_id, token=token, partner_id=None, activity=Activity.CHARGING)

    @property
    def house_partner(self) -> Any:
        """The partner's eMSP."""
        return type(CPO)(self.partner.country, self.partner.party)


def _ended(session: Session, now: datetime) -> Session:
    return replace(session, status=SessionStatus.COMPLETED, ended_at=now, last_updated=now)


@asynccontextmanager
async def a_town(database: Database, partner: Partner) -> AsyncIterator[Town]:
    """Registered, told of what there is, and one session is running."""
    clock, bus, sealer = FakeClock(), LocalBus(), FernetSealer(["a secret of thirty-two letters"])
    store = Store(database, clock, lambda: bus.publish(EVENTS_SUBJECT))
    async with a_house(store, sealer, clock) as house:
        town = Town(store, clock, bus, house, partner)
        async with store.transaction() as tx:
            await tx.locations.put(a_location())
            await tx.tariffs.put(a_tariff())
            await tx.tokens.put(a_token())
            await tx.sessions.put(town.session("s-0"))
        await house.handshake.join(
            partner.versions_url, partner.invite(), name="Them", roles=[Role.CPO, Role.EMSP]
        )
        audience = OcpiAudience(store)
        sender = OcpiSender(store, house.calls, house.partners, clock)
        planner = Planner(store, clock, bus, [audience], before_batch=audience.look_again)
        worker = Worker(store, clock, bus, senders={"ocpi": sender}, owner="w", random=Random(1))
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(planner.run()), tasks.create_task(worker.run())]
            async with store.transaction() as tx:
                for event in (
                    LocationChanged(CPO, "L1"), TariffChanged(CPO, "T1"),
                    TokenChanged(EMSP, "04AABBCC", "RFID"), SessionOpened("s-0"),
                ):  # fmt: skip
                    tx.emit(event)
            await town.quiet()
            yield town
            for task in running:
                task.cancel()
        assert (planner.failures, worker.failures) == (0, 0)


async def converged(town: Town) -> None:
    """The partner holds what we hold, was told of nothing twice to harm, and never of the past."""
    partner = town.partner
    for module in MODULES:
        ours = {_name(each): _state(each) for each in await partner.pull(module)}
        theirs = {_name(each): _state(each) for each in partner.received.of(module)}
        assert theirs == ours, module
    assert partner.violations == []
    _never_backwards(partner.received.history)
    issued = [told.key[-1] for told in partner.received.told("cdrs")]
    assert set(issued) == {_name(each) for each in await partner.pull("cdrs")}
    again = len(issued) - len(set(issued))
    assert again == len(partner.received.repeated_cdrs)
    async with town.store.reading() as tx:
        assert await tx.deliveries.stuck(9) == []
        assert not await tx.deliveries.waiting()


def _name(document: dict[str, Any]) -> str:
    return str(document.get("id") or document["uid"])


def _state(document: dict[str, Any]) -> dict[str, Any]:
    """What of an object a PATCH brings too; a running session's periods are of its last PUT."""
    plain = json.loads(json.dumps(document, default=float))
    return {k: v for k, v in plain.items() if k not in {"charging_periods", "total_cost"}}


def _never_backwards(history: list[Told]) -> None:
    """`last_updated` of each object and part only grows in the order of arrival."""
    latest: dict[tuple[str, ...], str] = defaultdict(str)
    for told in history:
        thing = (told.module, *told.key)
        moment = told.body.get("last_updated", "").rstrip("Z")
        assert moment >= latest[thing], f"{thing}: {moment} came after {latest[thing]}"
        latest[thing] = moment


async def test_an_hour_without_the_partner(database: Database) -> None:
    """Nothing is lost, the newest state is told once, each bill once, and both tokens are good."""
    async with Partner() as partner, a_town(database, partner) as town:
        await town.live(timedelta(minutes=3))
        known = len(partner.received.history)
        partner.down()
        await town.live(HOUR)
        assert len(partner.received.history) == known
        async with town.store.reading() as tx:
            (stuck,) = await tx.deliveries.stuck(9)
        assert stuck.parked_at is None
        tokens = partner.accepted_tokens, partner.peer and partner.peer.token
        await partner.up()
        await town.live(timedelta(minutes=12))
        await town.drained()
        await converged(town)
        assert (partner.accepted_tokens, partner.peer and partner.peer.token) == tokens
        told = partner.received.history[known:]
        statuses = [each for each in told if each.module == "locations" and len(each.key) > 3]
        assert len(statuses) < HOUR / timedelta(minutes=1)
        assert partner.received.repeated_cdrs == []


async def test_its_first_call_ends_the_wait(database: Database) -> None:
    """Whoever calls us is there again: what waits is sent now, not at the next attempt."""
    async with Partner() as partner, a_town(database, partner) as town:
        partner.down()
        await town.live(HOUR / 3)
        await partner.up()
        assert len(await partner.pull("locations")) == 1
        await town.emptied()
        await converged(town)


FAULTS: tuple[FaultKind, ...] = ("reset", "error", "unavailable", "lost")


@pytest.mark.parametrize("seed", range(2))
async def test_an_hour_of_moods(database: Database, seed: int) -> None:
    """Cut connections, 500, 503, answers that get lost after the work was done; away at times."""
    dice = Random(seed)
    async with Partner() as partner, a_town(database, partner) as town:
        for _ in range(20):
            for _ in range(dice.randrange(4)):
                partner.fault(dice.choice(FAULTS), times=dice.randrange(1, 4))
            if dice.random() < 0.3:
                partner.down()
            await town.live(timedelta(minutes=3))
            await partner.up()
        partner.clear_faults()
        await town.live(timedelta(minutes=12))
        await town.drained()
        await converged(town)
