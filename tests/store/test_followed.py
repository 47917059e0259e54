"""What is read of followed sessions, bit by bit, costs what the whole sessions cost."""

from dataclasses import replace
from datetime import datetime

import pytest

from app.domain.excuses import failed
from app.domain.metering import Reading
from app.domain.pricing import price
from app.domain.sessions import Session, SessionStatus, open_session, progress
from app.domain.timeline import slices
from app.domain.units import Kwh
from app.queries.followed import Followed
from app.store.batch import apply
from app.store.meters import sampled
from app.store.sessions import moved, opened, saved
from app.store.transaction import Store
from tests.store.test_meters import NOW, SECOND, reading
from tests.store.test_sessions import a_session
from tests.support.priced import a_tariff, energy_at

TARIFF = a_tariff(energy_at("0.20", max_kwh=Kwh.of(3)), energy_at("0.50"))
BLANK = {"meter_start": None, "meter_base": None, "register": None, "flags": frozenset()}


class Charge:
    """A session that goes on, written as the hot path does, and how it is followed."""

    def __init__(self, store: Store, followed: Followed) -> None:
        self.store = store
        self.followed = followed
        self.session = open_session(a_session(**BLANK, tariff=TARIFF), (reading(0, "1000"),))

    async def begin(self) -> None:
        self.followed.follow("s-1", TARIFF)
        rows = sampled("CP1", None, self.session, (reading(0, "1000"),), raw="0", at=NOW)
        async with self.store.transaction() as tx:
            await apply(tx.connection, [opened(self.session), *rows])

    async def told(self, *message: Reading) -> None:
        """The charger tells something, and what is followed is what is there."""
        before, at = self.session, message[-1].at
        self.session = progress(before, message, at=at, now=at)
        rows = sampled("CP1", before, self.session, message, raw="1", at=at)
        async with self.store.transaction() as tx:
            await apply(tx.connection, [moved(self.session), *rows])
        await self.is_seen(at + 7 * SECOND)

    async def becomes(self, session: Session) -> None:
        """Something else happened to it."""
        self.session = session
        async with self.store.transaction() as tx:
            await apply(tx.connection, [saved(session)])
        await self.is_seen(NOW + 900 * SECOND)

    async def is_seen(self, at: datetime) -> None:
        async with self.store.reading() as tx:
            whole = await tx.sessions.need("s-1")
        seen = (await self.followed.read(["s-1", "s-2"]))["s-1"]
        assert replace(seen, timeline=()) == replace(whole, timeline=())
        bills = [
            price(slices(each, at), TARIFF, zone=each.zone, currency="EUR")
            for each in (seen, whole)
        ]
        assert bills[0] == bills[1]


@pytest.fixture
async def charge(store: Store) -> Charge:
    made = Charge(store, Followed(store))
    await made.begin()
    return made


async def test_a_followed_session_costs_what_the_whole_one_does(charge: Charge) -> None:
    for number in range(30):
        power = "11" if number % 7 else "4"
        await charge.told(reading(20 * number + 20, f"{1000 + number / 4:.2f}", power))
    assert len(charge.session.timeline) > 10
    [seen] = (await charge.followed.read(["s-1"])).values()
    assert len(seen.timeline) < 5
    assert (await charge.followed.read(["s-1"]))["s-1"] is seen


async def test_what_comes_late_long_after_or_otherwise_is_read_whole(charge: Charge) -> None:
    await charge.told(reading(60, "1001"), reading(120, "1002", "3"), reading(200, "1003"))
    await charge.told(reading(320, "1005"))
    await charge.told(reading(260, "1004"))
    await charge.told(reading(900, "1006"))
    excuses = failed((), NOW + 910 * SECOND)
    await charge.becomes(replace(charge.session, excuses=excuses))
    await charge.told(reading(960, "1006"))
    await charge.told(reading(1000, "1007"))
    ended = replace(charge.session, status=SessionStatus.COMPLETED, ended_at=NOW + 1100 * SECOND)
    await charge.becomes(ended)


async def test_nothing_is_kept_of_what_nobody_follows(charge: Charge) -> None:
    await charge.told(reading(60, "1001"))
    charge.followed.leave("s-1")
    assert "s-1" in await charge.followed.read(["s-1"])
    assert not charge.followed._known
