"""OpenTelemetry, for `ENABLE_OTEL=true` and an installation of the extra `lightwell[otel]`.

Traces of requests and of calls to providers, metrics of both, and logs with their trace's id, each
switched on by a variable of its own and sent by OTLP over gRPC or HTTP (names and defaults: env.tsv).
"""

import base64
import logging
from collections.abc import Callable
from typing import Any

from flask import Flask

from config import ConfigError, Settings, flag
from models.large import is_cooperative
from utils.http import logs

log = logging.getLogger("lightwell.telemetry")

_PATHS = {"TRACES": "/v1/traces", "METRICS": "/v1/metrics", "LOGS": "/v1/logs"}


def begin(app: Flask, settings: Settings) -> None:
    """Switches on what is asked for. Raises `ConfigError` where the extra is not installed."""
    if not settings.otel:
        return
    try:
        _begin(app, settings)
    except ImportError as error:
        raise ConfigError(
            f"ENABLE_OTEL needs packages that are not installed ({error.name}): pip install 'lightwell[otel]', or "
            "switch it off."
        ) from error


def _begin(app: Flask, settings: Settings) -> None:
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra, and 15 MB

    resource = Resource.create({"service.name": settings.environ.get("OTEL_SERVICE_NAME") or "lightwell"})
    if settings.otel_traces:
        _traces(app, settings, resource)
    if settings.otel_metrics:
        _metrics(settings, resource)
    if settings.otel_logs:
        _logs(settings, resource)


def _traces(app: Flask, settings: Settings, resource: Any) -> None:
    from opentelemetry import trace  # noqa: PLC0415 - as above
    from opentelemetry.instrumentation.flask import FlaskInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.requests import RequestsInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    # the sampler comes from OTEL_TRACES_SAMPLER, which the SDK reads by itself
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(_exporter("TRACES", settings)))
    trace.set_tracer_provider(provider)
    logs.on_carry(_take_context)
    FlaskInstrumentor().instrument_app(app, excluded_urls="/health,/ready,/metrics")
    RequestsInstrumentor().instrument()


def _take_context() -> Callable[[], object]:
    """The span that is under way, for work that goes on beside its request."""
    from opentelemetry import context  # noqa: PLC0415 - as above

    current = context.get_current()
    return lambda: context.attach(current)


def _metrics(settings: Settings, resource: Any) -> None:
    from opentelemetry import metrics  # noqa: PLC0415 - as above
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415

    interval = int(settings.environ.get("OTEL_METRICS_EXPORT_INTERVAL_MILLIS") or 10_000)
    reader = PeriodicExportingMetricReader(_exporter("METRICS", settings), export_interval_millis=interval)
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=[reader]))


def _logs(settings: Settings, resource: Any) -> None:
    from opentelemetry._logs import set_logger_provider  # noqa: PLC0415 - as above
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler  # noqa: PLC0415
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor  # noqa: PLC0415

    provider = LoggerProvider(resource=resource)
    provider.add_log_record_processor(BatchLogRecordProcessor(_exporter("LOGS", settings)))
    set_logger_provider(provider)
    handler = LoggingHandler(logger_provider=provider)
    # what the exporter itself has to say would come back to it
    handler.addFilter(lambda record: not record.name.startswith(("opentelemetry", "urllib3", "grpc")))
    logging.getLogger().addHandler(handler)


def _exporter(signal: str, settings: Settings) -> Any:
    """The OTLP exporter of one signal: its own variables, else those of all."""

    def given(name: str, default: str = "") -> str:
        own = name.replace("OTEL_", f"OTEL_{signal}_", 1)
        return settings.environ.get(own) or settings.environ.get(name) or default

    endpoint = given("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317")
    headers = {}
    if user := given("OTEL_BASIC_AUTH_USERNAME"):
        pair = f"{user}:{given('OTEL_BASIC_AUTH_PASSWORD')}"
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    if given("OTEL_OTLP_SPAN_EXPORTER", "grpc") == "http":
        path = _PATHS[signal]
        endpoint = endpoint if endpoint.endswith(path) else endpoint.rstrip("/") + path
        return _over_http(signal)(endpoint=endpoint, headers=headers)
    if is_cooperative():
        from grpc.experimental import gevent  # noqa: PLC0415 - as above

        gevent.init_gevent()
    said = given("OTEL_EXPORTER_OTLP_INSECURE")
    insecure = flag(said) if said else endpoint.startswith("http://")
    return _over_grpc(signal)(endpoint=endpoint, insecure=insecure, headers=headers)


def _over_http(signal: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http import _log_exporter, metric_exporter, trace_exporter  # noqa: PLC0415

    return {
        "TRACES": trace_exporter.OTLPSpanExporter,
        "METRICS": metric_exporter.OTLPMetricExporter,
        "LOGS": _log_exporter.OTLPLogExporter,
    }[signal]


def _over_grpc(signal: str) -> Any:
    from opentelemetry.exporter.otlp.proto.grpc import _log_exporter, metric_exporter, trace_exporter  # noqa: PLC0415

    return {
        "TRACES": trace_exporter.OTLPSpanExporter,
        "METRICS": metric_exporter.OTLPMetricExporter,
        "LOGS": _log_exporter.OTLPLogExporter,
    }[signal]
