"""What Prometheus reads."""

import re
import socket
import time

import pytest
import requests
from conftest import Backend, Live
from fakes import LivePerson


@pytest.fixture(scope="module")
def measured(backend, tmp_path_factory):
    made = Backend(backend.kind, tmp_path_factory.mktemp("metrics"))
    made.environ = {**backend.environ, **made.environ, "METRICS_TOKEN": "scrape-me"}
    server = Live(made)
    server.admin = LivePerson.sign_up(server, "admin")
    yield server
    server.stop()
    made.close()


def scrape(server, token="scrape-me"):
    return requests.get(server.url + "/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=10)


def figure(text, name, **labels):
    """The sum of all samples of this name that have these labels."""
    total = 0.0
    for line in text.splitlines():
        if match := re.fullmatch(rf"{name}(?:{{(.*)}})? (\S+)", line):
            given = dict(re.findall(r'(\w+)="([^"]*)"', match.group(1) or ""))
            if all(given.get(key) == value for key, value in labels.items()):
                total += float(match.group(2))
    return total


@pytest.mark.live
def test_requests_are_counted_by_route_and_status(measured):
    before = scrape(measured).text
    for _ in range(3):
        requests.get(measured.url + "/api/v1/auths/", timeout=10)
    after = scrape(measured).text
    labels = {"method": "GET", "route": "/api/v1/auths/", "status": "401"}
    name = "lightwell_http_requests_total"
    assert figure(after, name, **labels) - figure(before, name, **labels) == 3
    assert figure(after, "lightwell_database_queries_total") > 0
    assert figure(after, "process_resident_memory_bytes") > 10_000_000


@pytest.mark.live
def test_open_sockets_are_told(measured):
    before = figure(scrape(measured).text, "lightwell_sockets")
    measured.admin.connect()
    try:
        measured.admin.socket.call("user-join", {"auth": {"token": measured.admin.token}})
        assert figure(scrape(measured).text, "lightwell_sockets") == before + 1
    finally:
        measured.admin.leave()


@pytest.mark.live
def test_a_reply_counts_its_tokens_and_its_provider(measured, provider):
    before = scrape(measured).text
    body = {
        "model": "gpt-test",
        "messages": [{"role": "user", "content": "hello"}],
        "chat_id": "temporary:x",
        "id": "m",
    }
    assert measured.admin.post("/api/chat/completions", body).status_code == 200
    after = scrape(measured).text
    answered = "lightwell_provider_requests_total"
    assert figure(after, answered, outcome="200") > figure(before, answered, outcome="200")
    tokens = "lightwell_tokens_total"
    assert figure(after, tokens, model="gpt-test") > figure(before, tokens, model="gpt-test")


@pytest.mark.live
def test_token_is_wanted(measured):
    assert scrape(measured, "wrong").status_code == 401
    assert requests.get(measured.url + "/metrics", timeout=10).status_code == 401


def test_without_a_token_there_is_no_such_route(app):
    assert all(rule.rule != "/metrics" for rule in app.url_map.iter_rules())


def test_request_id_goes_on_to_the_provider(admin, provider):
    headers = {"X-Request-ID": "trace-me-42"}
    body = {"model": "gpt-test", "messages": [{"role": "user", "content": "hello"}]}
    answer = admin.post("/api/chat/completions", body, headers=headers)
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (200, "trace-me-42")
    assert provider.requests[-1]["headers"].get("X-Request-ID") == "trace-me-42"


@pytest.mark.live
def test_a_port_of_its_own(backend, tmp_path):
    made = Backend(backend.kind, tmp_path)
    made.environ = {**backend.environ, **made.environ}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Live(made, METRICS_PORT=str(port))
    try:
        requests.get(server.url + "/api/v1/auths/", timeout=10)
        # who connects and asks nothing keeps nobody waiting
        silent = socket.create_connection(("127.0.0.1", port))
        text = requests.get(f"http://127.0.0.1:{port}/", timeout=10).text
        assert figure(text, "lightwell_http_requests_total", route="/api/v1/auths/") == 1
        assert requests.get(server.url + "/metrics", timeout=10).status_code == 404
        silent.close()
    finally:
        server.stop()
        made.close()


@pytest.mark.live
def test_one_scrape_tells_of_all_workers(backend, tmp_path):
    if backend.kind != "postgres":
        pytest.skip("several workers need Redis")
    made = Backend(backend.kind, tmp_path)
    made.environ = {**backend.environ, **made.environ}
    server = Live(made, WEB_CONCURRENCY="2", METRICS_TOKEN="scrape-me")
    try:
        name, labels = "lightwell_http_requests_total", {"route": "/api/v1/auths/", "status": "401"}
        for _ in range(40):
            requests.get(server.url + "/api/v1/auths/", timeout=10)
        end = time.time() + 25
        while True:
            text = scrape(server).text
            processes = set(re.findall(r'process="([^"]+)"', text))
            # the second worker may still be starting when the first has answered everything
            if figure(text, name, **labels) == 40 and len(processes) == 2:
                break
            assert time.time() < end, text
            time.sleep(0.5)
        for one in processes:
            assert figure(text, "process_cpu_seconds_total", process=one) > 0
        for there in ("request_duration_seconds_count", "database_seconds_total", "provider_seconds_count", "sockets"):
            assert re.search(rf"^lightwell_\w*{there}", text, re.MULTILINE), there
        waiting = re.findall(r"^lightwell_jobs_waiting{(.*)}", text, re.MULTILINE)
        assert waiting and len(waiting) == len(set(waiting)) and "process=" not in str(waiting)
        assert re.search(r"^lightwell_streams", text, re.MULTILINE)

        # one that ends takes its sockets and streams with it, at once
        other = Live(made, METRICS_TOKEN="scrape-me")
        end = time.time() + 25
        while len(set(re.findall(r'process="([^"]+)"', scrape(server).text))) != 3:
            assert time.time() < end
            time.sleep(0.5)
        other.stop()
        assert len(set(re.findall(r'process="([^"]+)"', scrape(server).text))) == 2
    finally:
        server.stop()
        made.close()
