"""Pipelines servers: what an administrator manages there."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers["Authorization"], body))
        status, out = self.server.answers.get(self.path, (404, {"detail": "no such pipeline"}))
        data = json.dumps(out).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = answer


@pytest.fixture
def server(app):
    """A pipelines server, the second of the configured connections."""
    from utils.settings import keys

    made = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    made.asked = []
    made.answers = {
        "/models": (200, {"data": [{"id": "pipe"}], "pipelines": True}),
        "/pipelines": (200, {"data": [{"id": "p1", "name": "One", "type": "filter", "valves": True}]}),
        "/p1/valves": (200, {"depth": 3}),
        "/p1/valves/spec": (200, {"properties": {"depth": {"type": "integer"}}}),
        "/p1/valves/update": (200, {"depth": 4}),
        "/pipelines/add": (200, {"status": True}),
        "/pipelines/delete": (200, {"status": True}),
        "/pipelines/upload": (200, {"status": True}),
    }
    made.url = f"http://127.0.0.1:{made.server_port}"
    threading.Thread(target=made.serve_forever, daemon=True).start()
    with app.app_context():
        keys.OPENAI_API_BASE_URLS.set([*keys.OPENAI_API_BASE_URLS.get(), made.url])
        keys.OPENAI_API_KEYS.set(["provider-key", "pipes-key"])
    yield made
    made.shutdown()
    made.server_close()


def test_servers_are_told_by_their_model_list(server, admin, provider):
    assert admin.get("/api/v1/pipelines/list").json == {"data": [{"url": server.url, "idx": 1}]}


def test_what_is_asked_goes_on_with_the_key(server, admin):
    assert admin.get("/api/v1/pipelines/?urlIdx=1").json["data"][0]["id"] == "p1"
    assert admin.get("/api/v1/pipelines/p1/valves?urlIdx=1").json == {"depth": 3}
    assert "properties" in admin.get("/api/v1/pipelines/p1/valves/spec?urlIdx=1").json
    assert admin.post("/api/v1/pipelines/p1/valves/update?urlIdx=1", {"depth": 4}).json == {"depth": 4}
    assert admin.post("/api/v1/pipelines/add", {"url": "http://x/y.py", "urlIdx": 1}).json == {"status": True}
    gone = admin.delete("/api/v1/pipelines/delete", json={"id": "p1", "urlIdx": 1})
    assert gone.json == {"status": True}
    assert {asked[2] for asked in server.asked} == {"Bearer pipes-key"}
    assert [(asked[0], asked[1], json.loads(asked[3])) for asked in server.asked if asked[3]] == [
        ("POST", "/p1/valves/update", {"depth": 4}),
        ("POST", "/pipelines/add", {"url": "http://x/y.py"}),
        ("DELETE", "/pipelines/delete", {"id": "p1"}),
    ]


def test_a_file_is_handed_over_under_its_bare_name(server, admin):
    form = {"urlIdx": "1", "file": (BytesIO(b"print(1)"), "../up/pipe.py")}
    assert admin.post("/api/v1/pipelines/upload", data=form).json == {"status": True}
    sent = server.asked[-1][3]
    assert b'filename="pipe.py"' in sent
    assert b"print(1)" in sent


def test_only_python_files_are_taken(server, admin):
    form = {"urlIdx": "1", "file": (BytesIO(b"x"), "pipe.txt")}
    assert admin.post("/api/v1/pipelines/upload", data=form).status_code == 400
    assert not server.asked


def test_an_incomplete_form_names_what_is_missing(server, admin):
    answer = admin.post("/api/v1/pipelines/upload", data={"file": "text", "urlIdx": "x"})
    assert answer.status_code == 422
    assert [(fault["type"], fault["loc"]) for fault in answer.json["detail"]] == [
        ("int_parsing", ["body", "urlIdx"]),
        ("value_error", ["body", "file"]),
    ]
    faults = admin.post("/api/v1/pipelines/upload").json["detail"]
    assert [fault["loc"] for fault in faults] == [["body", "urlIdx"], ["body", "file"]]


def test_the_server_says_what_is_wrong(server, admin):
    answer = admin.get("/api/v1/pipelines/other/valves?urlIdx=1")
    assert (answer.status_code, answer.json) == (404, {"detail": "no such pipeline"})
    server.answers["/p1/valves"] = (500, {"detail": "broken"})
    assert admin.get("/api/v1/pipelines/p1/valves?urlIdx=1").status_code == 500


@pytest.mark.parametrize("path", ["", "?urlIdx=9", "?urlIdx=-9"])
def test_a_server_that_is_not_there(server, admin, path):
    assert admin.get("/api/v1/pipelines/" + path).status_code == 404


def test_a_server_that_does_not_answer(server, admin):
    server.shutdown()
    server.server_close()
    assert admin.get("/api/v1/pipelines/?urlIdx=1").status_code == 404


def test_only_administrators(server, login):
    assert login("ann").get("/api/v1/pipelines/list").status_code == 401
    assert not server.asked
