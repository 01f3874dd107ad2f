"""OpenTelemetry, over HTTP and over gRPC, to a collector of the test's own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from areas.test_turn import ask
from conftest import Backend, Live
from fakes import LivePerson

pytest.importorskip("opentelemetry.sdk")
pytestmark = pytest.mark.live

SIGNALS = ("traces", "metrics", "logs")


class Collector:
    """`received`: signal, authorization and decoded request of each export; `url` is where it listens."""

    def __init__(self):
        self.received = []

    def requests(self):
        """By signal, the class of what is exported."""
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        kinds = (ExportTraceServiceRequest, ExportMetricsServiceRequest, ExportLogsServiceRequest)
        return dict(zip(SIGNALS, kinds, strict=True))

    def of(self, signal):
        return [request for one, _, request in self.received if one == signal]

    def spans(self):
        return [
            span
            for one in self.of("traces")
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def figures(self):
        return {
            metric.name
            for one in self.of("metrics")
            for resource in one.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def lines(self):
        return [
            record
            for one in self.of("logs")
            for resource in one.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def services(self, signal):
        """Under which names it came."""
        return {
            attribute.value.string_value
            for one in self.of(signal)
            for resource in getattr(one, {"traces": "resource_spans"}.get(signal, f"resource_{signal}"))
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }


class OverHttp(Collector):
    def __init__(self):
        super().__init__()
        kinds, received = self.requests(), self.received
        sent = self.sent = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                signal = self.path.rpartition("/")[2]
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sent.append((self.path, self.headers.get("X-Team")))
                received.append((signal, self.headers.get("Authorization"), kinds[signal].FromString(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()


class OverGrpc(Collector):
    def __init__(self):
        super().__init__()
        import grpc
        from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as logs
        from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as metrics
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as traces

        self.server = grpc.server(ThreadPoolExecutor(4))
        for signal, add in (
            ("traces", traces.add_TraceServiceServicer_to_server),
            ("metrics", metrics.add_MetricsServiceServicer_to_server),
            ("logs", logs.add_LogsServiceServicer_to_server),
        ):
            add(self.servicer(signal), self.server)
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.url = f"http://127.0.0.1:{port}"
        self.server.start()

    def servicer(self, signal):
        received, reply = self.received, self.reply(signal)

        class Servicer:
            def Export(self, request, context):
                sent = dict(context.invocation_metadata())
                received.append((signal, sent.get("authorization"), request))
                return reply

        return Servicer()

    def reply(self, signal):
        kind = self.requests()[signal]
        module = __import__(kind.__module__, fromlist=["x"])
        return getattr(module, kind.__name__.replace("Request", "Response"))()

    def close(self):
        self.server.stop(0)


@pytest.mark.parametrize(("protocol", "made"), [("http", OverHttp), ("grpc", OverGrpc)])
def test_traces_metrics_and_logs_arrive(backend, provider, tmp_path, protocol, made):
    collector, backend_ = made(), Backend(backend.kind, tmp_path)
    backend_.environ = {**backend.environ, **backend_.environ}
    server = Live(
        backend_,
        ENABLE_OTEL="true",
        ENABLE_OTEL_TRACES="true",
        ENABLE_OTEL_METRICS="true",
        ENABLE_OTEL_LOGS="true",
        OTEL_OTLP_SPAN_EXPORTER=protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_METRICS_EXPORT_INTERVAL_MILLIS="500",
        OTEL_BASIC_AUTH_USERNAME="me",
        OTEL_BASIC_AUTH_PASSWORD="pw",
        OTEL_BSP_SCHEDULE_DELAY="200",
        OTEL_BLRP_SCHEDULE_DELAY="200",
        OTEL_SERVICE_NAME="lightwell-test",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment=trial",
    )
    try:
        admin = LivePerson.sign_up(server, "admin").connect()
        end = time.time() + 20
        while time.time() < end and not ("http.client" in str(collector.figures()) and in_a_trace(collector)):
            provider.say({"text": "some words", "drop_after": 1})
            ask(admin, "hello")
            time.sleep(0.3)
        assert {signal: collector.services(signal) for signal in SIGNALS} == {
            one: {"lightwell-test"} for one in SIGNALS
        }
        (asked, called), *_ = in_a_trace(collector)
        assert "/api/chat/completions" in asked.name
        assert called.kind == called.SPAN_KIND_CLIENT
        assert {"http.server.active_requests"} <= collector.figures()
        assert "http.client" in str(collector.figures())
        assert {authorization for _, authorization, _ in collector.received} == {"Basic bWU6cHc="}
        assert "trial" in str(collector.of("traces")[0])
    finally:
        server.stop()
        backend_.close()
        collector.close()


def in_a_trace(collector):
    """Requests with the provider's call that their turn made beside them, where the turn has a line of log too."""
    told = {line.trace_id for line in collector.lines()}
    spans = collector.spans()
    return [
        (asked, called)
        for asked in spans
        if "/api/chat/completions" in asked.name and asked.trace_id in told
        for called in spans
        if called.parent_span_id == asked.span_id and called.trace_id == asked.trace_id
    ]


STANDARD = {
    "ENABLE_OTEL": "true",
    "ENABLE_OTEL_TRACES": "true",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_EXPORTER_OTLP_HEADERS": "x-team=blue%20one",
    "OTEL_RESOURCE_ATTRIBUTES": "service.name=ours",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
}


@pytest.mark.parametrize("switched_off", [{}, {"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_the_standard_variables_hold(backend, tmp_path, switched_off):
    if backend.kind != "sqlite":
        pytest.skip("nothing of it touches the database")
    collector, made = OverHttp(), Backend(backend.kind, tmp_path)
    made.environ = {**backend.environ, **made.environ}
    address = collector.url + "/own/path/traces"
    server = Live(made, **STANDARD, **switched_off, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=address)
    try:
        LivePerson.sign_up(server, "admin")
        end = time.time() + (3 if switched_off else 15)
        while time.time() < end and not collector.received:
            time.sleep(0.1)
    finally:
        server.stop()
        made.close()
        collector.close()
    if switched_off:
        assert not collector.received
    else:
        assert set(collector.sent) == {("/own/path/traces", "blue one")}
        assert collector.services("traces") == {"ours"}


def test_exported_lines_hold_no_secrets():
    import logging

    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

    from utils.operations import telemetry

    provider, exporter = LoggerProvider(), InMemoryLogRecordExporter()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logger = logging.Logger("lightwell.trial")
    logger.addHandler(telemetry.log_handler(provider))
    try:
        raise RuntimeError("no answer from postgresql://me:hush-hush@db/x")
    except RuntimeError:
        logger.exception("with the key %s", "sk-very-secret-1")
    (line,) = exporter.get_finished_logs()
    told = line.to_json() if hasattr(line, "to_json") else line.log_record.to_json()
    assert "with the key ***" in told
    assert "RuntimeError" in told
    assert "hush-hush" not in told and "sk-very" not in told
