"""Every way to a Redis that operators have: Sentinels, TLS, one of its own for the sockets; and those that
cannot serve, which are said at the start with cause and remedy."""

import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time

import pytest
from areas.test_turn import ask, rows
from conftest import REQUIRED, ROOT, Backend, Live
from fakes import LivePerson

from cluster.conftest import eventually

pytestmark = pytest.mark.live


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    """A redis-server of the test's own, with these options; as a Sentinel with `config`."""

    def __init__(self, folder, *options, config=None):
        if shutil.which("redis-server") is None:
            if REQUIRED:
                raise RuntimeError("redis-server is required here")
            pytest.skip("no redis-server on this machine")
        self.port = free_port()
        folder = folder / str(self.port)
        folder.mkdir()
        command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(folder), *options]
        if config:
            file = folder / "sentinel.conf"
            file.write_text(f"port {self.port}\ndir {folder}\n{config}")
            command = ["redis-server", str(file), "--sentinel"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None)

    def client(self, **options):
        import redis

        return redis.Redis(port=self.port, decode_responses=True, **options)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redises(tmp_path):
    """`redises("--requirepass", "x")`: another redis-server, gone at the end."""
    started = []

    def start(*options, **how):
        started.append(Redis(tmp_path, *options, **how))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def shared(backend):
    if backend.kind != "postgres":
        pytest.skip("about Redis")
    return backend


@pytest.fixture
def servers(shared, tmp_path):
    """`servers(2, **environ)`: so many servers on one database."""
    made = Backend("postgres", tmp_path / "data")
    (tmp_path / "data").mkdir()
    made.environ = {**shared.environ, **made.environ}
    started = []

    def start(count, **environ):
        started.extend(Live(made, **environ) for _ in range(count))
        return started

    yield start
    for one in started:
        one.stop()
    made.close()


def crosses(here, there, text):
    """Whether somebody connected to another server sees the turn."""
    here.events.clear(), there.events.clear()
    answer, _, reply = ask(here, text)
    chat_id = answer.json()["chat_id"]
    for person in (here, there):
        person.wait_kind("chat:active", active=False)
    assert rows(here.live, chat_id)[reply][2]


def two_people(servers):
    here = LivePerson.sign_up(servers[0], "admin").connect()
    there = LivePerson(servers[1], here.user).connect()
    there.socket.call("user-join", {"auth": {"token": there.token}}, timeout=10)
    return here, there


def test_sentinels_name_the_master_and_a_failover_passes(redises, servers):
    master = redises()
    replica = redises("--replicaof", "127.0.0.1", str(master.port))
    watch = f"sentinel monitor mymaster 127.0.0.1 {master.port} 1\nsentinel down-after-milliseconds mymaster 1000\n"
    sentinel = redises(config=watch + "sentinel failover-timeout mymaster 3000\n")
    known = sentinel.client()
    eventually(lambda: known.sentinel_master("mymaster")["num-slaves"] == 1, 30)
    started = servers(
        2,
        REDIS_URL="redis://mymaster:6379/0",
        REDIS_SENTINEL_HOSTS="127.0.0.1",
        REDIS_SENTINEL_PORT=str(sentinel.port),
        REDIS_SOCKET_CONNECT_TIMEOUT="2",
        REDIS_RECONNECT_DELAY="50",
    )
    here, there = two_people(started)
    crosses(here, there, "before")
    answer, _, reply = ask(here, "tokens=150 delay=0.05")
    master.kill()
    eventually(lambda: known.sentinel_master("mymaster")["port"] == replica.port, 30)
    here.wait(lambda e, p: "word149" in str(p), 30)
    chat_id = answer.json()["chat_id"]
    eventually(lambda: rows(here.live, chat_id)[reply][1].count("word") == 150)
    for one in started:
        eventually(lambda one=one: LivePerson(one, here.user).get("/ready").status_code == 200, 20)
    time.sleep(2.5)
    crosses(here, there, "after")
    eventually(lambda: replica.client().exists(f"{started[0].backend.name}:session_pool"), 60)
    here.leave(), there.leave()


@pytest.mark.parametrize("inside", ["open Sentinels", "a password everywhere", "TLS everywhere"])
def test_sentinels_are_spoken_to_as_the_master_is(redises, servers, certificate, inside):
    cert, key = map(str, certificate)
    keys = {"tls-cert-file": cert, "tls-key-file": key, "tls-ca-cert-file": cert, "tls-auth-clients": "no"}
    at, mine, its, scheme, query = free_port(), {"requirepass": "hush"}, {}, "redis", ""
    if inside == "a password everywhere":
        its = {"requirepass": "hush"}
    if inside == "TLS everywhere":
        mine, its = {**keys, "requirepass": "hush", "tls-port": str(at)}, {**keys, "tls-port": str(free_port())}
        its |= {"requirepass": "hush", "tls-replication": "yes"}
        scheme, query = "rediss", f"?ssl_ca_certs={cert}"
    master = redises(*[word for name, value in mine.items() for word in (f"--{name}", value)])
    monitored = at if "tls-port" in mine else master.port
    config = "".join(f"{name} {value}\n" for name, value in its.items())
    config += f"sentinel monitor MyMaster 127.0.0.1 {monitored} 1\nsentinel auth-pass MyMaster hush\n"
    sentinel = redises(config=config)
    port = its.get("tls-port", str(sentinel.port))
    url = f"{scheme}://:hush@MyMaster:6379/0{query}"
    here, there = two_people(servers(2, REDIS_URL=url, REDIS_SENTINEL_HOSTS="127.0.0.1", REDIS_SENTINEL_PORT=port))
    assert here.get("/ready").status_code == 200
    crosses(here, there, "hello")
    here.leave(), there.leave()


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext".split()
    command += ["subjectAltName=IP:127.0.0.1", "-keyout", str(paths[1]), "-out", str(paths[0])]
    subprocess.run(command, check=True, capture_output=True)
    return paths


def encrypted(redises, certificate):
    cert, key = map(str, certificate)
    port = free_port()
    options = ("--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no")
    redises(*options, "--tls-ca-cert-file", cert)
    return port


@pytest.mark.parametrize("is_verified", [True, False])
def test_tls(redises, servers, certificate, is_verified):
    url = f"rediss://127.0.0.1:{encrypted(redises, certificate)}/0"
    known = {"REDIS_URL": f"{url}?ssl_ca_certs={certificate[0]}"}
    here, there = two_people(
        servers(2, **(known if is_verified else {"REDIS_URL": url, "LIGHTWELL_REDIS_TLS_VERIFY": "false"}))
    )
    assert here.get("/ready").status_code == 200
    crosses(here, there, "hello")
    here.leave(), there.leave()


def test_sockets_have_a_redis_of_their_own(redises, servers, shared):
    own = redises("--requirepass", "hush")
    url = f"redis://:hush@127.0.0.1:{own.port}/2"
    options = '{"client_name": "sockets-of-ours"}'
    started = servers(2, WEBSOCKET_REDIS_URL=url, WEBSOCKET_REDIS_OPTIONS=options, WEBSOCKET_MANAGER="redis")
    here, there = two_people(started)
    crosses(here, there, "hello")
    client = own.client(password="hush", db=2)
    assert client.hlen(f"{started[0].backend.name}:session_pool") == 2
    assert "sockets-of-ours" in {one["name"] for one in client.client_list()}
    here.leave(), there.leave()


def refused(folder, **environ):
    """What a start says that must not succeed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ = kept | {"DATA_DIR": str(folder), "HOST": "127.0.0.1", "PORT": "0"} | environ
    command = [sys.executable, "-m", "gunicorn"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    said = done.stdout + done.stderr
    assert done.returncode == 4, said
    assert "Traceback" not in said
    return said


@pytest.fixture
def web_server():
    """The port of something that takes Redis's commands for bad HTTP."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(4096)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_redis_that_cannot_serve_is_said(redises, tmp_path, certificate, web_server):
    plain, locked = redises(), redises("--requirepass", "hush")
    replica = redises("--replicaof", "127.0.0.1", str(plain.port))
    plain.client().acl_setuser("poor", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-eval"])
    plain.client().acl_setuser(
        "deaf", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all"], reset_channels=True
    )
    own = f"redis://127.0.0.1:{plain.port}"
    tls = encrypted(redises, certificate)
    watched = f"sentinel monitor MyMaster 127.0.0.1 {plain.port} 1\n"
    guarded = redises(config=f"requirepass other\n{watched}")
    for url, said in (
        (f"redis://127.0.0.1:{locked.port}", "asks for a password"),
        (f"redis://:wrong@127.0.0.1:{locked.port}", "refused the credentials"),
        (f"redis://poor:pw@127.0.0.1:{plain.port}", "refuses EVAL"),
        (f"redis://deaf:pw@127.0.0.1:{plain.port}", "PUBLISH, SUBSCRIBE"),
        (f"redis://127.0.0.1:{replica.port}", "read-only replica"),
        (f"rediss://127.0.0.1:{tls}", "ssl_ca_certs"),
        ("redis://127.0.0.1:many", "REDIS_URL"),
        (f"redis://127.0.0.1:{web_server}", "is no Redis"),
    ):
        text = refused(tmp_path, REDIS_URL=url)
        assert said in text, text
        assert "wrong@" not in text
    for environ, said in (
        (
            {"REDIS_SENTINEL_HOSTS": f"127.0.0.1:{guarded.port}", "REDIS_URL": "redis://:wrong@MyMaster"},
            "The Sentinels of the Redis in REDIS_URL ask for a password",
        ),
        ({"REDIS_CLUSTER": "true"}, "Cluster is not supported"),
        ({"WEBSOCKET_REDIS_OPTIONS": '{"no_such_thing": 1}'}, "no_such_thing"),
        ({"WEBSOCKET_REDIS_URL": f"redis://127.0.0.1:{locked.port}"}, "WEBSOCKET_REDIS_URL"),
    ):
        text = refused(tmp_path, **({"REDIS_URL": own} | environ))
        assert said in text, text


def test_doctor_shows_sentinels_and_no_password(redises, tmp_path):
    environ = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "REDIS_URL": "redis://:hush-hush@mymaster:6379/0",
        "REDIS_SENTINEL_HOSTS": "127.0.0.1:1",
        "REDIS_SOCKET_CONNECT_TIMEOUT": "0.3",
    }
    command = [sys.executable, "-m", "flask", "doctor"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert "Sentinels 127.0.0.1:1" in done.stdout
    assert "No master found for 'mymaster'" in done.stdout
    assert "hush-hush" not in done.stdout + done.stderr


_STOPPED_WHILE_ASKING = """
import threading, config
from utils.cluster import connect

settings = config.load()
client = connect.client(connect.of_application(settings), settings)
# as the interpreter leaves a daemon thread that stood there at the end
thread = threading.Thread(target=client.connection_pool._lock.acquire)
thread.start()
thread.join()
"""


def test_a_thread_that_asks_while_the_process_ends_does_not_hold_it_up(redises, tmp_path):
    environ = {**os.environ, "DATA_DIR": str(tmp_path), "REDIS_URL": f"redis://127.0.0.1:{redises().port}/0"}
    subprocess.run([sys.executable, "-c", _STOPPED_WHILE_ASKING], cwd=ROOT, env=environ, check=True, timeout=20)
