"""`/metrics` for Prometheus: numbers the parts keep anyway, read when they are asked for."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from app.domain.circuits import Circuit, CircuitState
from app.store.transaction import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Reading = Callable[[], float]
_CIRCUITS = {CircuitState.CLOSED: 0, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 2}


class _Numbers(Collector):
    def __init__(self, counters: Mapping[str, Reading], gauges: Mapping[str, Reading]) -> None:
        self._counters = counters
        self._gauges = gauges

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Read every number now."""
        for name, read in self._counters.items():
            yield CounterMetricFamily(name, name.replace("_", " "), value=read())
        for name, read in self._gauges.items():
            yield GaugeMetricFamily(name, name.replace("_", " "), value=read())


class _Circuits(Collector):
    """One number a partner that was called: 0 closed, 1 half open, 2 open."""

    def __init__(self, read: Callable[[], Mapping[str, Circuit]]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read every circuit now."""
        told = "0 closed, 1 half open, 2 open, by partner"
        family = GaugeMetricFamily("roamwatt_partner_circuit", told, labels=["partner"])
        for partner_id, circuit in self._read().items():
            family.add_metric([partner_id], _CIRCUITS[circuit.state])
        yield family


def _no_circuits() -> Mapping[str, Circuit]:
    return {}


class Metrics:
    """The page; the queues' lengths are asked of the database at each visit."""

    def __init__(
        self,
        store: Store,
        counters: Mapping[str, Reading],
        gauges: Mapping[str, Reading],
        *,
        circuits: Callable[[], Mapping[str, Circuit]] = _no_circuits,
    ) -> None:
        self._store = store
        self._waiting = {"roamwatt_events_waiting": 0.0, "roamwatt_deliveries_waiting": 0.0}
        queues = {name: self._reader(name) for name in self._waiting}
        self._registry = CollectorRegistry()
        self._registry.register(_Numbers(counters, {**gauges, **queues}))
        self._registry.register(_Circuits(circuits))
        ProcessCollector(registry=self._registry)

    def _reader(self, name: str) -> Reading:
        return lambda: self._waiting[name]

    async def page(self, _request: Request) -> Response:
        """All numbers in Prometheus' text form."""
        async with self._store.reading() as tx:
            self._waiting["roamwatt_events_waiting"] = await tx.events.backlog()
            self._waiting["roamwatt_deliveries_waiting"] = await tx.deliveries.waiting()
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE)
