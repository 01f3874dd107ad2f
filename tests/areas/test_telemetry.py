"""OpenTelemetry over HTTP to a collector of the test's own."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from conftest import Backend, Live
from fakes import LivePerson

pytest.importorskip("opentelemetry.sdk")
pytestmark = pytest.mark.live


@pytest.fixture
def collector():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, self.headers.get("Authorization"), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.received = received
    yield server
    server.shutdown()


def test_traces_and_metrics_arrive_under_the_services_name(backend, provider, collector, tmp_path):
    made = Backend(backend.kind, tmp_path)
    made.environ = {**backend.environ, **made.environ}
    server = Live(
        made,
        ENABLE_OTEL="true",
        ENABLE_OTEL_TRACES="true",
        ENABLE_OTEL_METRICS="true",
        ENABLE_OTEL_LOGS="true",
        OTEL_OTLP_SPAN_EXPORTER="http",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}",
        OTEL_METRICS_EXPORT_INTERVAL_MILLIS="500",
        OTEL_BASIC_AUTH_USERNAME="me",
        OTEL_BASIC_AUTH_PASSWORD="pw",
        OTEL_BSP_SCHEDULE_DELAY="200",
        OTEL_SERVICE_NAME="lightwell-test",
    )
    try:
        admin = LivePerson.sign_up(server, "admin")
        assert admin.get("/api/models").status_code == 200
        wanted = {"/v1/traces", "/v1/metrics"}
        end = time.time() + 20
        while wanted - {path for path, _, _ in collector.received} and time.time() < end:
            requests.get(server.url + "/api/v1/auths/", timeout=10)
            time.sleep(0.1)
        spans = b"".join(body for path, _, body in collector.received if path == "/v1/traces")
        assert b"lightwell-test" in spans
        assert b"/api/models" in spans
        assert "/v1/metrics" in {path for path, _, _ in collector.received}
        assert {authorization for _, authorization, _ in collector.received} == {"Basic bWU6cHc="}
    finally:
        server.stop()
        made.close()
