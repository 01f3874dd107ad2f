"""OpenTelemetry, for `ENABLE_OTEL=true` and an installation of the extra `lightwell[otel]`.

Traces of requests and of calls to providers, metrics of both, and logs with their trace's id, each
switched on by a variable of its own and sent by OTLP over gRPC or HTTP (names and defaults: env.tsv).
"""

import base64
import copy
import logging
import os
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
    if not settings.otel or _said(settings, "OTEL_SDK_DISABLED").lower() == "true":
        return
    for name, value in settings.environ.items():
        # the SDK reads its variables by itself, and knows no .env
        if name.startswith("OTEL_"):
            os.environ.setdefault(name, value)
    try:
        _begin(app, settings)
    except ImportError as error:
        raise ConfigError(
            f"ENABLE_OTEL needs packages that are not installed ({error.name}): pip install 'lightwell[otel]', or "
            "switch it off."
        ) from error


def _begin(app: Flask, settings: Settings) -> None:
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra, and 15 MB

    resource = Resource.create()
    if str(resource.attributes.get("service.name", "unknown_service")).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "lightwell"}))
    if settings.otel_traces and _said(settings, "OTEL_TRACES_EXPORTER") != "none":
        _traces(app, settings, resource)
    if settings.otel_metrics and _said(settings, "OTEL_METRICS_EXPORTER") != "none":
        _metrics(settings, resource)
    if settings.otel_logs and _said(settings, "OTEL_LOGS_EXPORTER") != "none":
        _logs(settings, resource)


def log_handler(provider: Any) -> logging.Handler:
    """Gives lines of log to an OpenTelemetry logger provider, secrets masked as in the log itself."""
    from opentelemetry.sdk._logs import LoggingHandler  # noqa: PLC0415 - as above

    class Masked(LoggingHandler):
        def emit(self, record: logging.LogRecord) -> None:
            line = copy.copy(record)
            traceback = f"\n{_PLAIN.formatException(record.exc_info)}" if record.exc_info else ""
            line.msg, line.args = logs.masked(record.getMessage() + traceback), None
            line.exc_info = line.exc_text = None
            super().emit(line)

    return Masked(logger_provider=provider)


_PLAIN = logging.Formatter()


def _said(settings: Settings, *names: str) -> str:
    """The first of these variables that says something, else nothing."""
    return next((value for name in names if (value := settings.environ.get(name, "").strip())), "")


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
    from opentelemetry.sdk._logs import LoggerProvider  # noqa: PLC0415
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor  # noqa: PLC0415

    provider = LoggerProvider(resource=resource)
    provider.add_log_record_processor(BatchLogRecordProcessor(_exporter("LOGS", settings)))
    set_logger_provider(provider)
    handler = log_handler(provider)
    # what the exporter itself has to say would come back to it
    handler.addFilter(lambda record: not record.name.startswith(("opentelemetry", "urllib3", "grpc")))
    logging.getLogger().addHandler(handler)


def _exporter(signal: str, settings: Settings) -> Any:
    """The OTLP exporter of one signal: its own variables (the other server's names, then the standard ones), else
    those of all."""
    of_all = _said(settings, "OTEL_EXPORTER_OTLP_ENDPOINT") or "http://localhost:4317"
    base, exact = f"OTEL_{signal}_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"
    endpoint, headers = _said(settings, base, exact) or of_all, _headers(signal, settings)
    names = f"OTEL_{signal}_OTLP_SPAN_EXPORTER", f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL"
    if _said(settings, *names, "OTEL_OTLP_SPAN_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL").startswith("http"):
        path = _PATHS[signal]
        is_whole = endpoint.endswith(path) or not _said(settings, base) and _said(settings, exact)
        return _over_http(signal)(endpoint=endpoint if is_whole else endpoint.rstrip("/") + path, headers=headers)
    if is_cooperative():
        from grpc.experimental import gevent  # noqa: PLC0415 - as above

        gevent.init_gevent()
    names = f"OTEL_{signal}_EXPORTER_OTLP_INSECURE", f"OTEL_EXPORTER_OTLP_{signal}_INSECURE"
    said = _said(settings, *names, "OTEL_EXPORTER_OTLP_INSECURE")
    insecure = flag(said) if said else endpoint.startswith("http://")
    return _over_grpc(signal)(endpoint=endpoint, insecure=insecure, headers=headers)


def _headers(signal: str, settings: Settings) -> dict[str, str]:
    """What goes with every export of one signal: the standard headers, and the other server's name and password."""
    from opentelemetry.util.re import parse_env_headers  # noqa: PLC0415 - as above

    said = _said(settings, f"OTEL_EXPORTER_OTLP_{signal}_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
    headers = dict(parse_env_headers(said, liberal=True))
    if user := _said(settings, f"OTEL_{signal}_BASIC_AUTH_USERNAME", "OTEL_BASIC_AUTH_USERNAME"):
        password = _said(settings, f"OTEL_{signal}_BASIC_AUTH_PASSWORD", "OTEL_BASIC_AUTH_PASSWORD")
        headers["authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return headers


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
