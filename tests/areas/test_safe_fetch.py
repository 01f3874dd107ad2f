"""Fetching what a user named: private networks are closed, whatever leads there (issue: hostile providers)."""

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from utils.providers import safe_fetch
from utils.providers.safe_fetch import FetchRefused


class _Site(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            return
        body = b"x" * (5000 if self.path == "/large" else 10)
        self.send_response(404 if self.path == "/absent" else 200)
        self.send_header("Content-Type", "image/PNG; charset=x")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def local(app, backend):
    """Local addresses are allowed."""
    import config
    from utils.settings import environment

    environment.use(config.load({**backend.environ, "ENABLE_LOCAL_WEB_FETCH": "true"}))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b:1::7f00:1",
        "fec0::1",
        "5f00::1",
        "3fff::1",
        "192.0.0.8",
        "192.88.99.1",
        "168.63.129.16",
    ],
)
def test_private_addresses(address):
    assert not safe_fetch.is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"])
def test_public_addresses(address):
    assert safe_fetch.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://user@127.0.0.1/",
        "http://:word@example.com/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::ffff:7f00:1]/",
        "http://[::7f00:1]/",
        "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",
        "http://",
        "http://exa mple.com/",
        "http://example.com\r\nX: 1/",
    ],
)
def test_refused(app, url):
    with pytest.raises(FetchRefused):
        safe_fetch.fetch(url, limit=1000)


def test_one_private_address_among_several_refuses_all(app, monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(safe_fetch.socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(FetchRefused):
        safe_fetch.checked_address("twofaced.example", 80)


def test_the_checked_address_is_the_one_that_is_connected_to(site, local, monkeypatch):
    port = int(site.rsplit(":", 1)[1])
    answers = [[(2, 1, 6, "", ("127.0.0.1", port))], [(2, 1, 6, "", ("192.0.2.1", port))]]
    real = safe_fetch.socket.getaddrinfo

    def changing(host, *args, **kwargs):
        return answers.pop(0) if host == "changing.example" else real(host, *args, **kwargs)

    monkeypatch.setattr(safe_fetch.socket, "getaddrinfo", changing)
    assert safe_fetch.fetch(f"http://changing.example:{port}/", limit=1000).data == b"x" * 10
    assert len(answers) == 1


def test_an_answer(site, local):
    fetched = safe_fetch.fetch(site + "/", limit=1000)
    assert (fetched.content_type, fetched.data) == ("image/png", b"x" * 10)


def test_a_redirect_is_followed(site, local):
    assert safe_fetch.fetch(f"{site}/to?{site}/", limit=1000).data == b"x" * 10


def test_a_redirect_to_a_private_address_is_refused(site, local, monkeypatch):
    real = safe_fetch.checked_address

    def check(host, port):
        if host == "10.0.0.1":
            raise FetchRefused("private")
        return real(host, port)

    monkeypatch.setattr(safe_fetch, "checked_address", check)
    with pytest.raises(FetchRefused):
        safe_fetch.fetch(f"{site}/to?http://10.0.0.1/", limit=1000)


def test_redirects_without_end(site, local):
    with pytest.raises(FetchRefused):
        safe_fetch.fetch(f"{site}/to?/to?/to?/to?/to?/to?/to?/to?/", limit=1000)


def test_an_answer_that_drips_is_given_up(site, local):
    with pytest.raises(FetchRefused, match="too long"):
        safe_fetch.fetch(site + "/slow", limit=1000, seconds=0.5)


@pytest.mark.parametrize("path", ["/large", "/absent"])
def test_too_large_and_absent(site, local, path):
    with pytest.raises(FetchRefused):
        safe_fetch.fetch(site + path, limit=1000)
