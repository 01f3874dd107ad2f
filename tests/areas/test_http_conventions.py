"""What holds for every path: routing, order of checks, CORS, compression, headers (http.md 1, 3 to 5, 10, 11, 13)."""

import gzip
import json
import re

import pytest


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/notes", "//api/config", "/API/config"])
def test_wrong_spellings_are_nobodys(anonymous, path):
    # without a frontend there is nothing to fall back on; with one this is its page (test_frontend)
    assert anonymous.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/nothing"), ("POST", "/api/config"), ("DELETE", "/api/v1/auths/signin"), ("OPTIONS", "/api/config")],
)
def test_other_methods_are_405_of_the_catch_all(anonymous, method, path):
    answer = anonymous.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert isinstance(answer.json["detail"], str)


def test_broken_json_comes_before_everything(anonymous):
    answer = anonymous.post("/api/v1/users/default/permissions", data='{"a":', content_type="application/json")
    assert answer.status_code == 422
    (fault,) = answer.json["detail"]
    assert (fault["type"], fault["loc"], fault["input"]) == ("json_invalid", ["body", 5], {})
    broken = anonymous.post("/api/v1/users/default/permissions", data=b'{"a":"\xff"}', content_type="application/json")
    assert broken.status_code == 400


def test_role_comes_before_validation(login, anonymous):
    assert anonymous.get("/api/v1/files/?page=x").status_code == 401
    assert login("ann").post("/api/v1/users/default/permissions", {"chat": 5}).status_code == 401


def test_all_faults_of_a_query_are_listed(login):
    answer = login("ann").get("/api/v1/calendars/events")
    assert [(one["type"], one["loc"], one["input"]) for one in answer.json["detail"]] == [
        ("missing", ["query", "start"], None),
        ("missing", ["query", "end"], None),
    ]
    assert list(answer.json["detail"][0]) == ["type", "loc", "msg", "input"]


def test_the_last_of_repeated_query_keys_counts(login):
    ann = login("ann")
    assert ann.get("/api/v1/files/?page=x&page=1").status_code == 200
    answer = ann.get("/api/v1/files/?page=1&page=0")
    assert answer.json["detail"][0]["ctx"] == {"ge": 1}
    assert answer.json["detail"][0]["input"] == "0"


def test_preflight_on_every_path(anonymous):
    asked = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-one, x-two",
    }
    for path in ("/api/config", "/no/such/path"):
        answer = anonymous.request("OPTIONS", path, headers=asked)
        assert (answer.status_code, answer.text) == (200, "OK")
        assert answer.headers["Access-Control-Allow-Origin"] == "https://elsewhere.example"
        assert answer.headers["Access-Control-Allow-Headers"] == "x-one, x-two"
        assert answer.headers["Access-Control-Max-Age"] == "600"
        assert "X-Process-Time" not in answer.headers


def test_preflight_for_an_unknown_method(anonymous):
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "BREW"}
    assert anonymous.request("OPTIONS", "/api/config", headers=asked).status_code == 400


def test_the_callers_origin_is_echoed_on_answers_and_errors(anonymous):
    for path in ("/api/version", "/api/v1/files/"):
        answer = anonymous.get(path, headers={"Origin": "https://elsewhere.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "https://elsewhere.example"
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in answer.headers["Vary"]
    plain = anonymous.get("/api/version")
    assert "Access-Control-Allow-Origin" not in plain.headers
    assert plain.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("accepted", "used"),
    [
        ("gzip, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip;q=1.0, br;q=0.1", "br"),
        ("br;q=0, gzip", "gzip"),
        ("*", "zstd"),
        ("identity", None),
        ("", None),
    ],
)
def test_encoding_by_our_preference(admin, accepted, used):
    answer = admin.get("/api/events", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == used
    assert answer.headers["Vary"] == "Accept-Encoding, Origin"


def test_a_compressed_body_is_the_body(admin):
    plain = admin.get("/api/events").data
    assert gzip.decompress(admin.get("/api/events", headers={"Accept-Encoding": "gzip"}).data) == plain


def test_small_bodies_are_not_compressed(anonymous):
    answer = anonymous.get("/api/version", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


def test_every_answer_says_how_long_it_took_and_who_it_was(anonymous):
    answer = anonymous.get("/no/such/path")
    assert re.fullmatch(r"\d+\.\d{6}", answer.headers["X-Process-Time"])
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])
    given = anonymous.get("/health", headers={"X-Request-ID": "abc-123"})
    assert given.headers["X-Request-ID"] == "abc-123"
    forged = anonymous.get("/health", headers={"X-Request-ID": "a b"})
    assert forged.headers["X-Request-ID"] != "a b"


def test_errors_inside_are_json_with_the_requests_id(app, anonymous, monkeypatch):
    from models.users import User

    def fail(*_):
        raise RuntimeError("token sk-0123456789abcdef0123456789abcdef went wrong")

    monkeypatch.setattr(User, "exists_any", fail)
    answer = anonymous.get("/api/config")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.json["detail"]
    assert "sk-" not in answer.text


def test_logs_hold_no_secrets():
    import logging

    from utils.http import logs

    line = logging.LogRecord("x", logging.INFO, "", 0, "key %s at %s", (), None)
    line.args = ("sk-0123456789abcdef0123456789abcdef", "postgresql://me:password@host/db")
    for formatter in (logs._Json(), logs._Text("%(message)s")):
        text = formatter.format(line)
        assert "0123456789abcdef" not in text
        assert "password" not in text
    assert json.loads(logs._Json().format(line))["level"] == "info"


def test_security_headers_on_demand():
    from utils.http.lifecycle import security_headers

    given = security_headers({"HSTS": "nonsense", "XFRAME_OPTIONS": "SAMEORIGIN", "CONTENT_SECURITY_POLICY": "a b"})
    assert given == {
        "Strict-Transport-Security": "max-age=31536000;includeSubDomains",
        "X-Frame-Options": "SAMEORIGIN",
        "Content-Security-Policy": "a b",
    }


def test_documents_of_the_server(anonymous, login):
    from config import VERSION

    manifest = anonymous.get("/manifest.json")
    assert manifest.content_type == "application/json"
    assert manifest.json["share_target"]["params"] == {"text": "shared"}
    search = anonymous.get("/opensearch.xml")
    assert search.content_type == "application/xml"
    assert "{searchTerms}" in search.text
    changes = anonymous.get("/api/changelog").json
    assert all({"title", "content", "raw"} == set(one) for release in changes.values() for one in release["added"])
    assert login("ann").get("/api/version/updates").json == {"current": VERSION, "latest": VERSION}
    assert anonymous.get("/api/version/updates").status_code == 401


def test_files_of_the_cache_are_for_users_and_no_script(backend, login, anonymous):
    folder = backend.folder / "cache" / "image"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / "dot.png").write_bytes(b"png")
    ann = login("ann")
    assert anonymous.get("/cache/image/dot.png").status_code == 401
    page = ann.get("/cache/image/page.html")
    assert page.headers["Content-Disposition"] == "attachment; filename=page.html"
    picture = ann.get("/cache/image/dot.png", headers={"If-None-Match": "*"})
    assert (picture.status_code, picture.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert "Content-Disposition" not in picture.headers
    for path in ("/cache/none.png", "/cache/../webui.db", "/cache/%2e%2e/webui.db", "/cache//etc/passwd"):
        assert ann.get(path).status_code == 404


def test_numbers_without_end_break_nothing(admin):
    for page in ("9" * 24, "9223372036854775807", "-" + "9" * 24):
        assert admin.get(f"/api/v1/chats/?page={page}").status_code in (200, 400, 422)
        assert admin.get(f"/api/v1/users/?page={page}").status_code in (200, 400, 422)
    answer = admin.post("/api/v1/pipelines/add", {"url": "http://x", "urlIdx": 10**20})
    assert answer.status_code == 422
    assert answer.json["detail"][0]["type"] == "int_parsing_size"


def test_each_branch_of_a_field_says_why_null_is_refused(admin):
    answer = admin.post("/ollama/api/embed", {"model": "m", "input": None})
    places = {tuple(item["loc"]) for item in answer.json["detail"]}
    assert (answer.status_code, places) == (422, {("body", "input", "list[str]"), ("body", "input", "str")})
