"""Signed meter values and event streams, whole: as a simulated charger sends them, and stored."""

from decimal import Decimal

import pytest

from app.domain.device_model import ReadVariables, VariableName
from app.domain.event_streams import AdjustStream, ListStreams, StreamPace
from app.domain.signed_meters import KeyTrust, SignedVerdict
from app.store.transaction import Store
from tests.support.chargers import TAG
from tests.support.clock import FakeClock
from tests.support.kept_charger import a_kept_charger

V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for an edge; the store's own tests run on both."""
    return sqlite_url


@pytest.mark.parametrize("version", [V16, V201, V21])
async def test_p118_p192_a_meter_signs(store: Store, clock: FakeClock, version: str) -> None:
    """P-118, P-192: checked by the key that the charger is configured with, which was read."""
    name = VariableName("PublicKey", "FiscalMetering")
    if version == V16:
        name = VariableName("MeterPublicKey[1]")
    async with a_kept_charger(store, clock, version, signs_meter=True) as kept:
        assert (await kept.ask(ReadVariables((name,)))).outcome.accepted  # type: ignore[union-attr]
        charger = kept.charger
        await charger.plug_in()
        await charger.present(1, TAG.uid)
        await charger.meter(energy_kwh=Decimal("1.5"))
        await charger.stop()
        await charger.settled()
        async with store.reading() as tx:
            values = await tx.signed_values.of_station("CP1", before=None, limit=10)
            keys = await tx.meter_keys.of_station("CP1")
    assert [value.nature for value in reversed(values)] == ["Start", "End"]
    said = {(value.judgement.verdict, value.judgement.trust) for value in values}
    assert said == {(SignedVerdict.VALID, KeyTrust.CONFIGURED)}
    assert [key.trust for key in keys] == [KeyTrust.CONFIGURED]


async def test_p225_a_stream_from_a_simulated_charger(store: Store, clock: FakeClock) -> None:
    """P-225, P-066: opened, sent without answers, adjusted, listed and closed."""
    async with a_kept_charger(store, clock, V21) as kept:
        streaming = kept.dialect.streaming
        assert await streaming.begin(4, 71, interval_s=5, values=10)
        await streaming.send(4, "230.1", "229.9", pending=3)

        async def told() -> list[str]:
            async with store.reading() as tx:
                return [fact.document for fact in await tx.station_facts.told("CP1")]

        async def heard() -> bool:
            return any("229.9" in document for document in await told())

        await kept.until(heard)
        for ask in (AdjustStream(4, StreamPace(60, None)), ListStreams()):
            assert (await kept.ask(ask)).outcome.accepted  # type: ignore[union-attr]
        assert streaming.open[4]["params"] == {"interval": 60, "values": 10}
        assert any('"interval_s":60' in d.replace(" ", "") for d in await told())
        await streaming.end(4)
        assert (await kept.ask(ListStreams())).outcome.accepted  # type: ignore[union-attr]
