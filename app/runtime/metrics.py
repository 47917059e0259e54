"""`/metrics` for Prometheus: numbers the parts keep anyway, read when they are asked for."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from app.store.transaction import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Reading = Callable[[], float]


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


class Metrics:
    """The page; the queues' lengths are asked of the database at each visit."""

    def __init__(
        self, store: Store, counters: Mapping[str, Reading], gauges: Mapping[str, Reading]
    ) -> None:
        self._store = store
        self._waiting = {"roamwatt_events_waiting": 0.0, "roamwatt_deliveries_waiting": 0.0}
        queues = {name: self._reader(name) for name in self._waiting}
        self._registry = CollectorRegistry()
        self._registry.register(_Numbers(counters, {**gauges, **queues}))
        ProcessCollector(registry=self._registry)

    def _reader(self, name: str) -> Reading:
        return lambda: self._waiting[name]

    async def page(self, _request: Request) -> Response:
        """All numbers in Prometheus' text form."""
        async with self._store.reading() as tx:
            self._waiting["roamwatt_events_waiting"] = await tx.events.backlog()
            self._waiting["roamwatt_deliveries_waiting"] = await tx.deliveries.waiting()
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE)
