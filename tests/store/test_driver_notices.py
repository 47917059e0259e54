"""The ledger of persons: each thing noted once, kept back until its time, told once."""

from datetime import timedelta

from app.domain.driver_notices import DriverNoticeKind
from app.domain.drivers import Driver
from app.domain.events import DriverNoticed
from app.store.transaction import Store
from app.use_cases.driver_notices import tell_driver
from tests.support.clock import NOON

K = DriverNoticeKind
LATER = NOON + timedelta(hours=1)


async def test_a_person_is_told_a_thing_once(store: Store) -> None:
    """Product §1.6: one row per event and subject, so retries have one effect."""
    async with store.transaction() as tx:
        await tx.drivers.add(Driver("d-1", NOON))
        told = {"subject": "r-1", "fields": {"place": "Site"}, "now": NOON}
        assert await tell_driver(tx, "d-1", K.RESERVATION_SOON, **told)  # type: ignore[arg-type]
        assert not await tell_driver(tx, "d-1", K.RESERVATION_SOON, **told)  # type: ignore[arg-type]
        assert await tell_driver(tx, "d-1", K.WAITLIST_TURN, subject="r-1", fields={}, now=NOON)
        assert tx.emitted == [DriverNoticed("d-1"), DriverNoticed("d-1")]
    async with store.transaction() as tx:
        ledger = tx.drivers.driver_notices
        first, second = await ledger.untold("d-1")
        assert (first.kind, first.subject, first.fields) == (
            K.RESERVATION_SOON,
            "r-1",
            {"place": "Site"},
        )
        await ledger.keep_back(second, LATER)
        assert await ledger.mark_sent(first, NOON)
        assert not await ledger.mark_sent(first, NOON)
        assert await ledger.due(NOON, 10) == []
        assert await ledger.due(LATER, 10) == ["d-1"]
        assert [n.kind for n in await ledger.untold("d-1")] == [K.WAITLIST_TURN]
        assert [n.sent_at for n in await ledger.of_driver("d-1")] == [NOON, None]
