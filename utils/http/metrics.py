"""What Prometheus may ask: counted here, at no cost where nobody asks (see `enable`).

Names begin with `lightwell_`; each sample says of which process it is, so that a restart does not look
like a sudden rush and one scrape of any process tells of all that share a Redis.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# family name, help, type, samples (name, labels, value): what travels between processes as JSON
Family = list[Any]

_DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Recorder:
    """The metrics of this process."""

    def __init__(self) -> None:
        from prometheus_client import (  # noqa: PLC0415 - 80 ms that only those pay who measure
            CollectorRegistry,
            Counter,
            Histogram,
            ProcessCollector,
        )

        self.registry = CollectorRegistry()
        self.common = CollectorRegistry()
        """What every process would say alike."""
        ProcessCollector(registry=self.registry)

        def count(name: str, text: str, *labels: str) -> Any:
            return Counter(f"lightwell_{name}", text, labels, registry=self.registry)

        def spread(name: str, text: str, *labels: str) -> Any:
            return Histogram(f"lightwell_{name}", text, labels, registry=self.registry, buckets=_DURATIONS)

        self.requests = count("http_requests", "Requests answered.", "method", "route", "status")
        self.durations = spread("http_request_duration_seconds", "Until an answer begins.", "method", "route")
        self.queries = count("database_queries", "Statements sent to the database.")
        self.query_seconds = count("database_seconds", "Time spent waiting for the database.")
        self.calls = count("provider_requests", "Requests sent to model providers.", "outcome")
        self.call_seconds = spread("provider_seconds", "Until a provider begins to answer.")
        self.tokens = count("tokens", "Tokens as providers counted them.", "model", "kind")


_on: list[Recorder] = []


def enable() -> None:
    """Begins to count."""
    if not _on:
        _on.append(Recorder())


def enabled() -> bool:
    """Whether anything is counted."""
    return bool(_on)


def request(method: str, route: str, status: int, seconds: float) -> None:
    """A request was answered; `route` is the rule, not the path, which may hold ids."""
    for recorder in _on:
        recorder.requests.labels(method, route, str(status)).inc()
        recorder.durations.labels(method, route).observe(seconds)


def query(seconds: float) -> None:
    """The database answered a statement."""
    for recorder in _on:
        recorder.queries.inc()
        recorder.query_seconds.inc(seconds)


def provider(outcome: str, seconds: float) -> None:
    """A provider was asked; `outcome` is its status, or `unreachable`."""
    for recorder in _on:
        recorder.calls.labels(outcome).inc()
        recorder.call_seconds.observe(seconds)


def tokens(model: str, usage: dict[str, Any] | None) -> None:
    """A reply is complete; `usage` as the message keeps it."""
    for recorder in _on:
        for kind in ("input", "output"):
            value = (usage or {}).get(f"{kind}_tokens")
            if isinstance(value, (int, float)) and value > 0:
                recorder.tokens.labels(model, kind).inc(value)


def gauge(name: str, text: str, value: Callable[[], Any], *, label: str = "kind", common: bool = False) -> None:
    """A figure that is read when somebody asks: a number, or numbers by `label`. One that is `common` to all
    processes is told once, so that a sum over processes does not count it several times."""
    for recorder in _on:
        registry = recorder.common if common else recorder.registry
        registry.register(_Read(f"lightwell_{name}", text, value, label))  # type: ignore[arg-type]


class _Read:
    """A collector of one gauge."""

    def __init__(self, name: str, text: str, value: Callable[[], Any], label: str) -> None:
        self.name, self.text, self.value, self.label = name, text, value, label

    def describe(self) -> list[Any]:
        return []

    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

        value = self.value()
        if not isinstance(value, dict):
            yield GaugeMetricFamily(self.name, self.text, value=value)
            return
        family = GaugeMetricFamily(self.name, self.text, labels=[self.label])
        for one, number in value.items():
            family.add_metric([one], number)
        yield family


def families(process: str) -> list[Family]:
    """This process's figures, each labelled with its name."""
    return [one for recorder in _on for one in _collected(recorder.registry, {"process": process})]


def common() -> list[Family]:
    """The figures of all processes together."""
    return [one for recorder in _on for one in _collected(recorder.common, {})]


def _collected(registry: Any, labels: dict[str, str]) -> list[Family]:
    return [
        [
            family.name,
            family.documentation,
            family.type,
            [
                [sample.name, {**sample.labels, **labels}, sample.value]
                for sample in family.samples
                if not sample.name.endswith("_created")
            ],
        ]
        for family in registry.collect()
    ]


def exposition(everybody: Iterable[list[Family]]) -> bytes:
    """The figures of several processes in Prometheus's text format."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - as above
    from prometheus_client.core import Metric  # noqa: PLC0415

    merged: dict[str, Any] = {}
    for one in everybody:
        for name, text, kind, samples in one:
            family = merged.setdefault(name, Metric(name, text, kind))
            for sample, labels, value in samples:
                family.add_sample(sample, labels, value)

    class Merged:
        """A collector of what was merged."""

        def collect(self) -> Iterable[Any]:
            return merged.values()

    registry: CollectorRegistry = CollectorRegistry()
    registry.register(Merged())  # type: ignore[arg-type]
    return generate_latest(registry)
