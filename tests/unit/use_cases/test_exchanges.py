"""People search the journal and send again what can be sent again: its object, as it is now."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.errors import NotFound
from app.domain.exchanges import CannotResend, Direction, Exchange, Pushed
from app.domain.identifiers import PartyId
from app.domain.operators import Holder, Operator
from app.domain.partners import PartnerState
from app.ports.delivery import Delivery, Mode
from app.store.exchanges import Wanted
from app.store.transaction import Store
from app.use_cases.exchanges import FORGET_AT_ONCE, Exchanges, JournalRules
from tests.store.test_exchanges import WHOLE, numbered
from tests.support.clock import NOON, FakeClock
from tests.support.roaming_objects import a_partner

BY = Holder(Operator(PartyId("NL", "RW1"), "House", NOON), platform=True, key_id="key-7")
CDR = replace(WHOLE, id="cdr", method="POST", pushed=Pushed("ocpi.cdr", "c-1", every=True))
RESULT = replace(WHOLE, pushed=Pushed("ocpi.command_result", "cmd-1", every=True))
LOCATION = Delivery("partner:p-1", "NL-RW1/L-1", Mode.LATEST, "ocpi.location")


@pytest.fixture
def tried() -> list[str]:
    """Partners that are to be called at once."""
    return []


@pytest.fixture
async def exchanges(store: Store, clock: FakeClock, tried: list[str]) -> Exchanges:
    async def try_now(partner_id: str) -> None:
        tried.append(partner_id)

    async with store.transaction() as tx:
        await tx.partners.put(a_partner())
    return Exchanges(store, clock, rules=JournalRules(timedelta(hours=1), 3), try_now=try_now)


async def waiting(store: Store, clock: FakeClock) -> list[tuple[Delivery, str | None]]:
    """What goes to the partner, in order; each is taken as sent."""
    found = []
    async with store.transaction() as tx:
        lease = await tx.deliveries.lease("test", clock.now(), clock.now() + timedelta(seconds=1))
        while lease and (pending := await tx.deliveries.pending(lease.destination)):
            found.append((pending.delivery, pending.correlation))
            await tx.deliveries.settle(pending)
    return found


async def kept(exchanges: Exchanges, exchange: Exchange) -> str:
    await exchanges.keep([exchange])
    return exchange.id


async def test_a_push_is_sent_again_in_its_turn(
    exchanges: Exchanges, store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It waits behind what waits already, under the correlation id it had, and it is noted."""
    before = replace(LOCATION, subject="NL-RW1/OTHER")
    async with store.transaction() as tx:
        await tx.deliveries.add([before], clock.now())
    with caplog.at_level(logging.INFO):
        assert await exchanges.resend(await kept(exchanges, WHOLE), BY) == WHOLE
    assert await waiting(store, clock) == [(before, None), (LOCATION, "c")]
    (record,) = [r for r in caplog.records if r.getMessage() == "exchange.resent"]
    said = vars(record)
    assert (said["by"], said["by_id"]) == ("NL-RW1", "key-7")
    assert (said["exchange"], said["kind"]) == (WHOLE.id, "ocpi.location")
    assert "NL-RW1/L-1" not in str(said)


async def test_what_waits_already_is_sent_once(
    exchanges: Exchanges, store: Store, clock: FakeClock
) -> None:
    for exchange in (WHOLE, CDR):
        await kept(exchanges, exchange)
        for _ in range(3):
            await exchanges.resend(exchange.id, BY)
    sent = [delivery for delivery, _ in await waiting(store, clock)]
    assert sent == [LOCATION, Delivery("partner:p-1", "c-1", Mode.EVERY, "ocpi.cdr")]


async def test_a_partner_in_trouble_is_tried_at_once(
    exchanges: Exchanges, store: Store, clock: FakeClock, tried: list[str]
) -> None:
    async with store.transaction() as tx:
        await tx.deliveries.add([LOCATION], clock.now())
        lease = await tx.deliveries.lease("w", clock.now(), clock.now())
        assert lease is not None
        await tx.deliveries.back_off(lease, None, "gone", clock.now())
    assert await waiting(store, clock) == []
    await exchanges.resend(await kept(exchanges, WHOLE), BY)
    assert len(await waiting(store, clock)) == 1
    assert tried == ["p-1"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"direction": Direction.IN}, "the partner sent this"),
        ({"pushed": None, "method": "GET"}, "only asked"),
        ({"pushed": None, "module": "credentials", "method": "POST"}, "registration"),
        ({"pushed": None, "module": "commands", "method": "POST"}, "once only"),
        ({"pushed": None, "module": "tokens", "method": "POST"}, "anew when the driver"),
        ({"pushed": None, "module": None, "method": "POST"}, "nothing"),
        ({"partner_id": None}, "not registered"),
        ({"partner_id": "gone"}, "not registered"),
    ],
)
async def test_what_cannot_be_sent_again_is_refused_with_the_reason(
    exchanges: Exchanges, store: Store, clock: FakeClock, *, changes: dict[str, Any], why: str
) -> None:
    await kept(exchanges, replace(WHOLE, **changes))
    with pytest.raises(CannotResend, match=why):
        await exchanges.resend(WHOLE.id, BY)
    assert await waiting(store, clock) == []


async def test_a_partner_that_left_is_sent_nothing(exchanges: Exchanges, store: Store) -> None:
    async with store.transaction() as tx:
        await tx.partners.put(replace(a_partner(), state=PartnerState.SUSPENDED))
    with pytest.raises(CannotResend, match="not registered"):
        await exchanges.resend(await kept(exchanges, WHOLE), BY)


async def test_a_result_is_of_use_for_ten_minutes(
    exchanges: Exchanges, store: Store, clock: FakeClock
) -> None:
    await kept(exchanges, RESULT)
    clock.set(NOON + timedelta(minutes=10))
    await exchanges.resend(RESULT.id, BY)
    assert len(await waiting(store, clock)) == 1
    clock.set(NOON + timedelta(minutes=10, seconds=1))
    with pytest.raises(CannotResend, match="too old"):
        await exchanges.resend(RESULT.id, BY)


async def test_exchanges_are_searched_by_a_partners_id_or_name(exchanges: Exchanges) -> None:
    await kept(exchanges, WHOLE)
    await kept(exchanges, replace(WHOLE, id="x-9", partner_id=None))
    for named in (a_partner().id, a_partner().name):
        assert [e.id for e in await exchanges.find(Wanted(partner_id=named))] == [WHOLE.id]
    assert len(await exchanges.find(Wanted())) == 2
    for missing in (exchanges.find(Wanted(partner_id="x")), exchanges.get("x")):
        with pytest.raises(NotFound):
            await missing
    with pytest.raises(NotFound):
        await exchanges.resend("x", BY)


async def test_the_journal_stays_within_its_bounds(exchanges: Exchanges, clock: FakeClock) -> None:
    """However much it is, and each partner (and all strangers) for itself."""
    many = FORGET_AT_ONCE + 50
    await exchanges.keep(
        [*numbered(many), *numbered(5, partner_id=None), *numbered(2, partner_id="p-2")]
    )
    assert await exchanges.forget() == many - 3 + 2
    assert len(await exchanges.find(Wanted(limit=200))) == 8
    clock.set(NOON + timedelta(hours=1, seconds=1))
    assert await exchanges.forget() == 8
    assert await exchanges.find(Wanted()) == []
