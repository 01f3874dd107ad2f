"""Several servers on one PostgreSQL and one Redis, each behind a gate that can be shut."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import pytest
from conftest import REDIS, REQUIRED, Backend, Live
from fakes import LivePerson

from cluster.gate import Gate


def through(gate, url):
    """`url` with the gate's address in place of the server's."""
    parts = urlsplit(url)
    credentials = parts.netloc.rpartition("@")[0]
    place = f"127.0.0.1:{gate.port}"
    return urlunsplit(parts._replace(netloc=f"{credentials}@{place}" if credentials else place))


def address(url, default_port):
    parts = urlsplit(url)
    return parts.hostname, parts.port or default_port


def eventually(check, seconds=15, every=0.1):
    """Waits until `check()` is true; fails after so many seconds."""
    end = time.time() + seconds
    while time.time() < end:
        with contextlib.suppress(Exception):
            if check():
                return
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s")


class Cluster:
    """`servers` behind `balancer`; `database` and `redis` are the gates before these."""

    def __init__(self, backend, provider, count=2):
        self.backend = backend
        self.database = Gate(address(backend.environ["DATABASE_URL"], 5432))
        self.redis = Gate(address(REDIS, 6379))
        environ = {
            "DATABASE_URL": through(self.database, backend.environ["DATABASE_URL"]),
            "REDIS_URL": through(self.redis, REDIS),
            "OPENAI_API_BASE_URLS": provider.url + "/v1",
            "OPENAI_API_KEYS": "provider-key",
            "BYPASS_MODEL_ACCESS_CONTROL": "true",
            "LIGHTWELL_GRACE_SECONDS": "8",
            "OLLAMA_BASE_URLS": provider.url,
        }
        self.environ = environ
        self.servers = []
        try:
            for _ in range(count):
                self.servers.append(Live(backend, **environ))
            self.balancer = Gate(*[("127.0.0.1", server.port) for server in self.servers])
            self.url = f"http://127.0.0.1:{self.balancer.port}"
            self.admin = LivePerson.sign_up(self.servers[0], "admin")
        except BaseException:
            self.close()
            raise

    def enter(self, name, server=0):
        return LivePerson.sign_up(self.servers[server], f"{name}-{time.time_ns()}")

    def close(self):
        self.database.shut(), self.database.open()
        for server in self.servers:
            server.stop()


@pytest.fixture(scope="session")
def own_backend(backend, tmp_path_factory):
    if backend.kind != "postgres":
        pytest.skip("one process owns a SQLite file's sockets: several need PostgreSQL and Redis")
    made = Backend("postgres", tmp_path_factory.mktemp("cluster"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def cluster(own_backend, provider_server):
    made = Cluster(own_backend, provider_server)
    yield made
    made.close()


@pytest.fixture
def join(cluster):
    """`join("ann", 0, 1)`: one account with a socket on each of these servers; a person per socket."""
    arrived = []

    def enter(name, *servers):
        first = cluster.enter(name)
        people = []
        for number in servers:
            person = LivePerson(cluster.servers[number], first.user)
            # a socket is open before it is bound; the answer to this says that it is
            person.connect().socket.call("user-join", {"auth": {"token": person.token}}, timeout=10)
            people.append(person)
        arrived.extend(people)
        return people

    yield enter
    for person in arrived:
        person.leave()


class OwnRedis:
    """A Redis of the test's own, to be killed."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )
        eventually(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def own_redis(tmp_path):
    if shutil.which("redis-server") is None:
        if REQUIRED:
            raise RuntimeError("redis-server is required here")
        pytest.skip("no redis-server on this machine")
    made = OwnRedis(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def outside(cluster):
    """Runs a few lines of Python in a process of its own that has no sockets, as a worker does; they
    find `emit`, `server` and `sessions`."""

    def run(code, seconds=60):
        # where it stands, should it hang
        head = f"import faulthandler; faulthandler.dump_traceback_later({seconds - 5}, exit=True)\n"
        head += "import config, app; app.create_app(config.load())\nfrom utils.realtime import emit, server, sessions\n"
        tail = "\nfrom utils.realtime import keeper; keeper.stop()\n"
        environ = {**{k: os.environ[k] for k in ("PATH", "HOME") if k in os.environ}}
        environ |= cluster.backend.environ | cluster.environ | {"GLOBAL_LOG_LEVEL": "error"}
        root = pathlib.Path(__file__).resolve().parents[2]
        done = subprocess.run(
            [sys.executable, "-c", head + code + tail], cwd=root, env=environ, capture_output=True, timeout=seconds
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    return run
