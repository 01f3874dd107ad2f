"""Fixtures: two backends (SQLite alone; PostgreSQL with Redis), an app in this process, and a live one.

`LIGHTWELL_TEST_REQUIRE=1` (CI) turns a missing backend from a skip into a failure.
"""

import itertools
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests"))

from provider import Provider  # noqa: E402

import config  # noqa: E402

POSTGRES = os.environ.get("LIGHTWELL_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
REDIS = os.environ.get("LIGHTWELL_TEST_REDIS", "redis://127.0.0.1:6379/9")
REQUIRED = os.environ.get("LIGHTWELL_TEST_REQUIRE") == "1"
SECRET = "a-secret-key-for-tests-0123456789abcdef"
PASSWORD = "correct-horse-1"


def _postgres_reachable():
    try:
        import psycopg2

        psycopg2.connect(POSTGRES + "/postgres", connect_timeout=2).close()
        import redis

        redis.Redis.from_url(REDIS).ping()
        return True
    except Exception as error:
        if REQUIRED:
            raise RuntimeError("PostgreSQL and Redis are required here") from error
        return False


def _postgres_admin(statement):
    import psycopg2

    connection = psycopg2.connect(POSTGRES + "/postgres")
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()


BACKENDS = ["sqlite", "postgres"] if _postgres_reachable() else ["sqlite"]
_counter = itertools.count()


class Backend:
    """Where a server under test keeps its things: the environment that points there."""

    def __init__(self, kind, folder):
        self.kind, self.folder = kind, folder
        self.name = f"lightwell_test_{os.getpid()}_{next(_counter)}"
        self.environ = {"DATA_DIR": str(folder), "WEBUI_SECRET_KEY": SECRET, "GLOBAL_LOG_LEVEL": "warning"}
        if kind == "postgres":
            _postgres_admin(f'CREATE DATABASE "{self.name}"')
            self.environ |= {
                "DATABASE_URL": f"{POSTGRES}/{self.name}",
                "REDIS_URL": REDIS,
                "REDIS_KEY_PREFIX": self.name,
            }

    def execute(self, statement, *parameters):
        """Runs SQL (`?` for parameters) on the backend's database; returns rows where there are any."""
        if self.kind == "postgres":
            import psycopg2

            connection = psycopg2.connect(self.environ["DATABASE_URL"])
            cursor = connection.cursor()
            cursor.execute(statement.replace("%", "%%").replace("?", "%s"), parameters)
            rows = cursor.fetchall() if cursor.description else []
        else:
            import sqlite3

            connection = sqlite3.connect(self.folder / "webui.db", timeout=30)
            cursor = connection.execute(statement, parameters)
            rows = cursor.fetchall()
        connection.commit()
        connection.close()
        return rows

    def close(self):
        if self.kind == "postgres":
            _postgres_admin(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            import redis

            client = redis.Redis.from_url(REDIS)
            for key in client.scan_iter(f"{self.name}:*"):
                client.delete(key)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def provider_server():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(provider_server):
    """The scripted provider that every server under test is connected to, forgetting everything first."""
    provider_server.reset()
    return provider_server


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request, tmp_path_factory, provider_server):
    made = Backend(request.param, tmp_path_factory.mktemp(request.param))
    made.environ |= {
        "OPENAI_API_BASE_URLS": provider_server.url + "/v1",
        "OPENAI_API_KEYS": "provider-key",
        "OLLAMA_BASE_URLS": provider_server.url,
    }
    yield made
    made.close()


@pytest.fixture(scope="session")
def built_app(backend):
    from app import create_app
    from utils.cluster import redis
    from utils.jobs import drain

    redis.forget()
    yield create_app(config.load(backend.environ))
    # its timers must not outlive its database
    drain.run(0)
    drain.reset()


def empty_database():
    """Deletes every row but the version, and seeds the configuration anew."""
    from models import database
    from models.base import database as handle
    from models.schema import all_tables
    from utils.settings import setting

    with database.write():
        for table in all_tables():
            if table._meta.table_name != "alembic_version":
                handle.execute_sql(f'DELETE FROM "{table._meta.table_name}"')
    setting.seed_missing()
    database.release()


@pytest.fixture
def app(built_app, backend):
    """The application in this process, on an empty database."""
    import fakes

    from utils.auth import identity
    from utils.cluster import limits, redis
    from utils.settings import environment

    environment.use(config.load(backend.environ))
    empty_database()
    limits.reset()
    identity._stamped.clear()
    if (client := redis.client()) is not None:
        for key in client.scan_iter(redis.key("*")):
            client.delete(key)
    fakes.forget()
    yield built_app
    environment.use(config.load(backend.environ))


class Caller:
    """Somebody who calls the API: `ann.get("/api/…")`; `.id`, `.token` where he has an account."""

    def __init__(self, client, token=None, user=None):
        self.client, self.token, self.user = client, token, user or {}
        self.id = self.user.get("id")

    def request(self, method, path, **kwargs):
        headers = dict(kwargs.pop("headers", None) or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.open(path, method=method, headers=headers, **kwargs)

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path, json=None, **kwargs):
        return self.request("POST", path, **({"json": json} if json is not None else {}), **kwargs)

    def put(self, path, json=None, **kwargs):
        return self.request("PUT", path, json=json, **kwargs)

    def patch(self, path, json=None, **kwargs):
        return self.request("PATCH", path, json=json, **kwargs)

    def delete(self, path, **kwargs):
        return self.request("DELETE", path, **kwargs)


@pytest.fixture
def anonymous(app):
    return Caller(app.test_client(use_cookies=False))


@pytest.fixture
def login(app):
    """`login("ann", role="user")`: a caller with an account of that name; the same one when asked again."""
    from models import database
    from models.users import User
    from utils.auth import accounts, tokens

    callers = {}

    def enter(name="ann", role="user"):
        if name not in callers:
            user = accounts.open_account(email=f"{name}@example.com", password=PASSWORD, name=name.title(), role=role)
            stamp = User.for_session(user.id)["session_stamp"]
            with app.app_context():
                issued = tokens.issue(user.id, stamp, auth_method="password")
            database.release()
            callers[name] = Caller(
                app.test_client(use_cookies=False),
                issued.token,
                {"id": user.id, "name": user.name, "email": user.email},
            )
        return callers[name]

    return enter


@pytest.fixture
def admin(login):
    return login("admin", role="admin")


class Live:
    """A gunicorn on a backend of its own; `url`, `restart()`, `kill()`."""

    def __init__(self, backend, **environ):
        self.backend, self.extra, self.process = backend, environ, None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://{environ.get('HOST', '127.0.0.1')}:{self.port}"
        self.start()

    def start(self):
        environ = {
            **{k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")},
            **self.backend.environ,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **self.extra,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn"],
            cwd=ROOT,
            env=environ,
            start_new_session=True,
            stdout=(self.backend.folder / "server.log").open("ab"),
            stderr=subprocess.STDOUT,
        )
        self.wait_ready()

    def wait_ready(self, seconds=20):
        import requests

        end = time.time() + seconds
        while time.time() < end:
            try:
                if requests.get(self.url + "/health", timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + self.log())

    def log(self):
        return (self.backend.folder / "server.log").read_text()

    def stop(self, how=signal.SIGTERM, wait=40):
        if self.process.poll() is None:
            os.killpg(self.process.pid, how) if how == signal.SIGKILL else self.process.send_signal(how)
            self.process.wait(wait)

    def kill(self):
        self.stop(signal.SIGKILL)

    def restart(self):
        self.stop()
        self.start()


@pytest.fixture(scope="module")
def live_backend(backend, tmp_path_factory):
    made = Backend(backend.kind, tmp_path_factory.mktemp("live"))
    made.environ = {**backend.environ, **made.environ}
    yield made
    made.close()


@pytest.fixture(scope="module")
def live(live_backend):
    """A running server with one administrator (`live.admin`), everybody else by `enter`."""
    from fakes import LivePerson

    server = Live(live_backend)
    server.admin = LivePerson.sign_up(server, "admin")
    yield server
    server.stop()


@pytest.fixture
def enter(live):
    """`enter("ann")`: a person with an account on the live server, with HTTP and a socket."""
    from fakes import LivePerson

    people = []

    def arrive(name="ann"):
        person = LivePerson.sign_up(live, f"{name}-{next(_counter)}")
        people.append(person)
        return person

    yield arrive
    for person in people:
        person.leave()
