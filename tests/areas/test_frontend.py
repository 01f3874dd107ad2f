"""Serving the built frontend (http.md 1, 12), on a small build of our own; fetching it."""

import hashlib
import zipfile

import pytest
import zstandard

SCRIPT = b"export const answer = 42;\n" * 100


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build")
    for name, content in {
        "index.html": b"<!doctype html><title>page</title>" + b" " * 600,
        "manifest.json": b"{}",
        "_app/immutable/entry.js": SCRIPT,
        "_app/version.json": b"{}",
        "static/logo.png": b"\x89PNG" + bytes(996),
        "static/custom.css": b"",
        "pyodide/pyodide.js": b"1",
        "wasm/x.wasm": b"\0asm",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "static" / "link.txt").symlink_to(folder.parent / "secret.txt")
    return folder


@pytest.fixture(scope="module")
def branding(tmp_path_factory):
    folder = tmp_path_factory.mktemp("branding")
    (folder / "custom.css").write_text("body { color: red }")
    return folder


@pytest.fixture
def page(app, backend, build, branding):
    """Asks a small application that serves the build."""
    import flask

    import config
    from utils.http import cors, errors, lifecycle, spa

    site = flask.Flask("site", static_folder=None)
    lifecycle.register(site, {}, lambda: None, lambda: None)
    cors.register(site, ("*",))
    errors.register(site)
    site.get("/api/known")(lambda: {"known": True})
    environ = {**backend.environ, "FRONTEND_BUILD_DIR": str(build), "STATIC_DIR": str(branding)}
    spa.register(site, config.load(environ))
    client = site.test_client()
    return lambda path, method="GET", **headers: client.open(
        path, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


@pytest.mark.parametrize("path", ["/", "/c/some-chat", "/api/v1/nothing", "/static", "/_app/", "/watch"])
def test_index_for_what_no_route_matched(page, path):
    answer = page(path)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert b"<title>page" in answer.data


def test_missing_scripts_and_files_of_mounted_folders_are_404(page):
    for path in ("/_app/nope.js", "/static/nope.png", "/static/", "/pyodide/nope", "/static/../index.html"):
        answer = page(path)
        assert (answer.status_code, answer.content_type) == (404, "application/json")


def test_head_of_a_page(page):
    answer = page("/c/some-chat", "HEAD")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 600


@pytest.mark.parametrize("path", ["/", "/static/logo.png", "/nothing"])
def test_other_methods(page, path):
    answer = page(path, "POST")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_types(page):
    assert page("/_app/immutable/entry.js").content_type == "text/javascript; charset=utf-8"
    assert page("/wasm/x.wasm").content_type == "application/wasm"
    assert page("/_app/version.json").content_type == "application/json"
    assert page("/static/logo.png").content_type == "image/png"


def test_validators(page):
    first = page("/static/logo.png")
    etag = first.headers["ETag"]
    assert len(etag.strip('"')) == 32
    assert first.headers["Accept-Ranges"] == "bytes"
    for given in (etag, f"W/{etag}", f'"other", {etag}'):
        again = page("/static/logo.png", If_None_Match=given)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert page("/static/logo.png", If_Modified_Since=first.headers["Last-Modified"]).status_code == 304
    assert page("/static/logo.png", If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT").status_code == 200
    assert page("/static/logo.png", If_None_Match='"other"').status_code == 200
    assert page("/", If_None_Match=page("/").headers["ETag"]).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("wanted", "status", "shown", "length"),
    [
        ("bytes=0-9", 206, "bytes 0-9/1000", 10),
        ("bytes=990-", 206, "bytes 990-999/1000", 10),
        ("bytes=-10", 206, "bytes 990-999/1000", 10),
        ("bytes=990-5000", 206, "bytes 990-999/1000", 10),
        ("bytes=1000-", 416, "bytes */1000", 0),
        ("bytes=10-5", 400, None, None),
        ("lines=1-2", 400, None, None),
    ],
)
def test_ranges(page, wanted, status, shown, length):
    answer = page("/static/logo.png", Range=wanted)
    assert (answer.status_code, answer.headers.get("Content-Range")) == (status, shown)
    if length is not None:
        assert len(answer.data) == length


def test_a_range_of_an_older_file_is_the_whole_file(page):
    assert page("/static/logo.png", Range="bytes=0-9", If_Range='"older"').status_code == 200


def test_hashed_assets_are_kept_for_ever(page):
    assert "immutable" in page("/_app/immutable/entry.js").headers["Cache-Control"]
    assert "Cache-Control" not in page("/static/logo.png").headers


def test_compressed_once(page, backend):
    answer = page("/_app/immutable/entry.js", Accept_Encoding="gzip, zstd")
    assert answer.headers["Content-Encoding"] == "zstd"
    assert answer.headers["Vary"] == "Accept-Encoding, Origin"
    assert zstandard.ZstdDecompressor().decompressobj().decompress(answer.data) == SCRIPT
    assert answer.headers["ETag"] == page("/_app/immutable/entry.js").headers["ETag"]
    (kept,) = [
        one
        for one in (backend.folder / "frontend-encoded").iterdir()
        if one.name.startswith(answer.headers["ETag"].strip('"')) and one.suffix == ".zstd"
    ]
    before = kept.stat().st_mtime_ns
    page("/_app/immutable/entry.js", Accept_Encoding="zstd")
    assert kept.stat().st_mtime_ns == before
    assert "Content-Encoding" not in page("/static/logo.png", Accept_Encoding="zstd").headers


def test_nothing_outside_the_folder(page):
    for path in ("/static/link.txt", "/../secret.txt", "/static/%2e%2e/%2e%2e/secret.txt", "/static/x%00.png"):
        assert b"secret" not in page(path).data


def test_branding_of_the_operator_wins(page):
    assert page("/static/custom.css").text == "body { color: red }"


def test_pyodide_is_open_to_other_origins(page):
    assert page("/pyodide/pyodide.js").headers["Access-Control-Allow-Origin"] == "*"
    answer = page("/pyodide/pyodide.js", Origin="https://a.example")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/?shared=two%20words", "/?q=two+words"),
        ("/api/known?shared=x", "/?q=x"),
        ("/?shared=https://a.example/b", "/?load-url=https%3A%2F%2Fa.example%2Fb"),
        ("/?shared=https://youtu.be/dQw4w9WgXcQ", "/?youtube=dQw4w9WgXcQ"),
        ("/?shared=https://www.youtube.com/watch%3Fv%3DdQw4w9WgXcQ", "/?youtube=dQw4w9WgXcQ"),
        ("/x/watch?v=abc", "/?youtube=abc"),
    ],
)
def test_redirects(page, path, target):
    answer = page(path)
    assert (answer.status_code, answer.headers["Location"]) == (307, target)
    assert page(path, "POST").status_code == 405


def test_an_empty_share_is_none(page):
    assert page("/?shared=").status_code == 200


def wheel(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """What the package registry hands out: `registry({name: content})`, or nothing."""
    from utils.http import frontend

    given = {}

    def hand_out(files):
        given["files"] = files
        monkeypatch.setattr(frontend, "SHA256", wheel(tmp_path / "expected.whl", files))

    def download(command, **_):
        class Run:
            returncode, stderr, stdout = (0, "", "") if "files" in given else (1, "no connection", "")

        if "files" in given:
            wheel(frontend.pathlib.Path(command[command.index("-d") + 1]) / "open_webui-x.whl", given["files"])
        return Run

    monkeypatch.setattr(frontend.subprocess, "run", download)
    return hand_out


def test_fetching_puts_the_whole_frontend_in_place(tmp_path, registry):
    from utils.http import frontend

    registry({"open_webui/frontend/index.html": "page", "open_webui/frontend/a/b.js": "1", "open_webui/main.py": "x"})
    frontend.fetch(tmp_path / "data" / "frontend")
    assert frontend.present(tmp_path / "data" / "frontend")
    assert (tmp_path / "data" / "frontend" / "a" / "b.js").read_text() == "1"
    assert [one.name for one in (tmp_path / "data").iterdir()] == ["frontend"]


def test_what_was_tampered_with_is_refused(tmp_path, registry, monkeypatch):
    from utils.http import frontend

    registry({"open_webui/frontend/index.html": "page"})
    monkeypatch.setattr(frontend, "SHA256", "0" * 64)
    with pytest.raises(frontend.FetchFailed):
        frontend.fetch(tmp_path / "frontend")
    assert not (tmp_path / "frontend").exists()


def test_a_file_that_would_land_elsewhere_is_refused(tmp_path, registry):
    from utils.http import frontend

    registry({"open_webui/frontend/index.html": "page", "open_webui/frontend/../../../evil": "x"})
    with pytest.raises(frontend.FetchFailed):
        frontend.fetch(tmp_path / "frontend")


def test_without_the_registry_the_service_is_an_api(tmp_path, registry):
    import config
    from utils.http import frontend

    told = frontend.ensure(config.load({"DATA_DIR": str(tmp_path)}))
    assert "API only" in told
    assert "no connection" in told
    assert "OFFLINE_MODE" in frontend.ensure(config.load({"DATA_DIR": str(tmp_path), "OFFLINE_MODE": "true"}))
