"""Limits of requests by account and by address, of bodies, and of a client's slowness."""

import json
import socket
import time

import pytest
import requests
from conftest import Backend, Live
from fakes import LivePerson


@pytest.fixture(scope="module")
def limited(backend, tmp_path_factory):
    made = Backend(backend.kind, tmp_path_factory.mktemp("limits"))
    made.environ = {
        **backend.environ,
        **made.environ,
        "LIGHTWELL_REQUESTS_PER_MINUTE": "5",
        "LIGHTWELL_REQUESTS_PER_MINUTE_ADDRESS": "60",
        "LIGHTWELL_TRUSTED_PROXIES": "1",
        "LIGHTWELL_SLOW_CLIENT_SECONDS": "1",
        "LIGHTWELL_MAX_BODY_MB": "1",
        "BYPASS_MODEL_ACCESS_CONTROL": "true",
    }
    server = Live(made)
    yield server
    server.stop()
    made.close()


def away_from_the_turn_of_a_minute():
    if time.time() % 60 > 50:
        time.sleep(60 - time.time() % 60)


@pytest.mark.live
def test_account_has_so_many_requests_a_minute(limited):
    away_from_the_turn_of_a_minute()
    ann, ben = (LivePerson.sign_up(limited, f"{name}-{time.time_ns()}") for name in ("ann", "ben"))
    answers = [ann.get("/api/v1/auths/") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["4", "3", "2", "1", "0", "0"]
    assert answers[0].headers["RateLimit-Limit"] == "5"
    assert 0 < int(answers[5].headers["Retry-After"]) <= 60
    assert answers[5].json()["detail"]
    assert ben.get("/api/v1/auths/").status_code == 200


@pytest.mark.live
def test_address_is_the_one_the_proxy_saw(limited):
    away_from_the_turn_of_a_minute()
    first, second = ({"X-Forwarded-For": f"made-up, 10.0.{time.time_ns() % 250}.{n}"} for n in (1, 2))
    codes = [requests.get(limited.url + "/api/config", headers=first, timeout=10).status_code for _ in range(61)]
    assert codes == [200] * 60 + [429]
    assert requests.get(limited.url + "/api/config", headers=second, timeout=10).status_code == 200
    assert requests.get(limited.url + "/health", headers=first, timeout=10).status_code == 200


@pytest.mark.live
def test_body_that_is_too_large_is_refused(limited):
    body = b'{"email": "' + b"x" * (1 << 20) + b'"}'
    headers = {"Content-Type": "application/json", "X-Forwarded-For": "10.9.9.9"}
    answer = requests.post(limited.url + "/api/v1/auths/signin", data=body, headers=headers, timeout=10)
    assert answer.status_code == 413
    assert answer.json()["detail"]


@pytest.mark.live
def test_body_of_unknown_length_that_is_too_large_is_refused(limited):
    pieces = [b'{"email": "'] + [b"x" * 100_000] * 15 + [b'"}']
    headers = {"Content-Type": "application/json", "X-Forwarded-For": "10.9.9.8"}
    answer = requests.post(limited.url + "/api/v1/auths/signin", data=iter(pieces), headers=headers, timeout=10)
    assert answer.status_code == 413
    assert answer.json()["detail"]


@pytest.mark.live
def test_body_that_comes_too_slowly_is_cut(limited):
    with socket.create_connection(("127.0.0.1", limited.port), 10) as client:
        head = "POST /api/v1/auths/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        client.sendall(head.encode() + b"X-Forwarded-For: 10.8.8.9\r\nContent-Length: 100\r\n\r\n{")
        answer = b""
        for _ in range(60):
            time.sleep(0.2)
            try:
                client.sendall(b" ")
                client.settimeout(0.01)
                answer += client.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"connection: close" in answer.lower()
        assert b'"detail"' in answer


@pytest.mark.live
def test_client_that_takes_nothing_is_cut(limited, provider):
    ann = LivePerson.sign_up(limited, f"ann-{time.time_ns()}")
    provider.say({"text": "word " * 400_000, "delay": 0})
    body = json.dumps({"model": "gpt-test", "stream": True, "messages": [{"role": "user", "content": "x"}]})
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", limited.port))
        head = f"POST /openai/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall((head + body).encode())
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        time.sleep(4)
        client.settimeout(5)
        answer = b""
        try:
            while piece := client.recv(1 << 20):
                answer += piece
        except ConnectionResetError:
            pass
    assert b"[DONE]" not in answer
    assert "Traceback" not in limited.log()
    assert requests.get(limited.url + "/health", timeout=5).status_code == 200


@pytest.mark.live
def test_body_that_drips_in_is_cut(limited):
    with socket.create_connection(("127.0.0.1", limited.port), 10) as client:
        head = (
            "POST /api/v1/auths/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n"
        )
        client.sendall(head.encode() + b"X-Forwarded-For: 10.8.8.8\r\n\r\n{")
        client.settimeout(8)
        begun = time.time()
        while client.recv(4096):
            pass
        assert time.time() - begun < 6


def test_nothing_is_limited_by_default(app, anonymous):
    answer = anonymous.get("/api/config")
    assert "RateLimit-Limit" not in answer.headers
