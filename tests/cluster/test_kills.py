"""kill -9 in the middle of a conversation, of everything there is: nothing that was stored or received
is lost, and it goes on by itself. (Of two servers: test_turns.py; of one of two workers: test_scale.py.)
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest
from areas.test_turn import ask, rows, until
from conftest import REQUIRED, ROOT, Backend, Live
from fakes import LivePerson
from provider import Provider

from cluster.conftest import eventually

pytestmark = pytest.mark.live


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ProviderProcess:
    """A provider to be killed; `returns()` is another one at its address, in this process."""

    def __init__(self):
        self.port = free_port()
        code = f"import provider, time; provider.Provider({self.port}); time.sleep(3600)"
        self.process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT / "tests")
        eventually(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def returns(self):
        return Provider(self.port)


@pytest.fixture
def own_provider():
    made = ProviderProcess()
    yield made
    made.kill()


@pytest.fixture
def shared(backend):
    """The backend that has a Redis."""
    if backend.kind != "postgres":
        pytest.skip("about PostgreSQL and Redis")
    return backend


def serve(backend, folder, **environ):
    """A server with an administrator who is connected."""
    made = Backend(backend.kind, folder)
    made.environ = {**backend.environ, **made.environ}
    server = Live(made, **environ)
    server.admin = LivePerson.sign_up(server, "admin").connect()
    return server


def heard_before(person, word):
    person.wait(lambda e, p: word in str(p))


def error_of(server, chat_id, reply):
    rows_ = server.backend.execute("SELECT CAST(error AS text) FROM chat_message WHERE id = ?", f"{chat_id}-{reply}")
    return rows_[0][0]


def test_killed_provider(backend, own_provider, tmp_path):
    url = f"http://127.0.0.1:{own_provider.port}"
    server = serve(backend, tmp_path, OPENAI_API_BASE_URLS=url + "/v1", OLLAMA_BASE_URLS=url)
    person = server.admin
    try:
        answer, _, reply = ask(person, "tokens=400 delay=0.03")
        chat_id = answer.json()["chat_id"]
        heard_before(person, "word20 ")
        own_provider.kill()
        person.wait_kind("chat:message:error")
        person.wait_kind("chat:active", active=False)
        _, kept, done = rows(server, chat_id)[reply]
        assert done and "word19" in kept
        assert "content" in error_of(server, chat_id, reply)

        # while it is away a question is answered by an error, and kept
        person.events.clear()
        _, question, refused = ask(person, "still there?", chat_id=chat_id, parent_id=reply)
        person.wait_kind("chat:message:error")
        person.wait_kind("chat:active", active=False)
        assert rows(server, chat_id)[question][1].strip('"') == "still there?"

        back = own_provider.returns()
        try:
            person.events.clear()
            back.say("here again")
            _, _, last = ask(person, "go on", chat_id=chat_id, parent_id=reply)
            person.wait_kind("chat:active", active=False)
            assert "here again" in rows(server, chat_id)[last][1]
            assert "word19" in str(back.chats()[-1]["messages"])
        finally:
            back.close()
    finally:
        person.leave()
        server.stop()
        server.backend.close()


@pytest.mark.parametrize("moment", ["before the first word", "between words"])
def test_killed_web_process(backend, provider, tmp_path, moment):
    server = serve(backend, tmp_path)
    person = server.admin
    try:
        first = moment == "before the first word"
        provider.say({"text": "word1 word2 word3 " * 50, "delay": 0.05, **({"hang": 5} if first else {})})
        answer, question, reply = ask(person, "tell me")
        chat_id = answer.json()["chat_id"]
        until(lambda: provider.chats()) if first else heard_before(person, "word3")
        server.kill()
        provider.reset()
        server.start()
        until(lambda: rows(server, chat_id)[reply][2])
        assert "content" in error_of(server, chat_id, reply)
        assert ("word3" in rows(server, chat_id)[reply][1]) is not first
        assert rows(server, chat_id)[question][1].strip('"') == "tell me"
        person = server.admin = LivePerson(server, server.admin.user).connect()
        provider.say("on we go")
        _, _, last = ask(person, "go on", chat_id=chat_id, parent_id=reply)
        person.wait_kind("chat:active", active=False)
        assert "on we go" in rows(server, chat_id)[last][1]
    finally:
        person.leave()
        server.stop()
        server.backend.close()


def test_killed_redis(shared, own_redis, provider, tmp_path):
    server = serve(shared, tmp_path, REDIS_URL=own_redis.url)
    person = server.admin
    try:
        answer, _, reply = ask(person, "tokens=100 delay=0.03")
        chat_id = answer.json()["chat_id"]
        heard_before(person, "word20 ")
        own_redis.kill()
        person.wait_kind("chat:active", active=False)
        _, kept, done = rows(server, chat_id)[reply]
        assert done and kept.count("word") == 100
        # a whole turn without it, title included: the job runs at once
        person.events.clear()
        provider.say("no Redis needed")
        _, _, second = ask(person, "go on", chat_id=chat_id, parent_id=reply, tasks={"title_generation": True})
        person.wait_kind("chat:active", active=False)
        assert "no Redis needed" in rows(server, chat_id)[second][1]
        own_redis.start()
        eventually(lambda: person.get("/ready").status_code == 200)
        person.events.clear()
        _, _, third = ask(person, "and now", chat_id=chat_id, parent_id=second)
        person.wait_kind("chat:active", active=False)
        assert rows(server, chat_id)[third][2]
    finally:
        person.leave()
        server.stop()
        server.backend.close()


class OwnPostgres:
    """A PostgreSQL of the test's own, to be killed."""

    def __init__(self):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        tool = shutil.which("initdb") or (str(found[-1]) if found else None)
        if tool is None:
            if REQUIRED:
                raise RuntimeError("initdb is required here")
            pytest.skip("no initdb on this machine")
        # it refuses to run as root
        self.user = "postgres" if os.geteuid() == 0 else None
        self.bin = pathlib.Path(tool).resolve().parent
        self.folder, self.port = pathlib.Path(tempfile.mkdtemp(prefix="lightwell-pg-")), free_port()
        if self.user:
            shutil.chown(self.folder, self.user)
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        init = [self.bin / "initdb", "-D", self.folder, "-U", "postgres", "-A", "trust", "-N"]
        subprocess.run(init, user=self.user, check=True, capture_output=True, cwd="/")
        self.start()

    def start(self):
        command = [self.bin / "postgres", "-D", self.folder, "-p", str(self.port), "-c", "unix_socket_directories="]
        self.process = subprocess.Popen(
            [*command, "-c", "listen_addresses=127.0.0.1"], user=self.user, cwd="/", stderr=subprocess.DEVNULL
        )
        eventually(self.answers)

    def answers(self):
        import psycopg2

        psycopg2.connect(self.url, connect_timeout=2).close()
        return True

    def kill(self):
        self.process.kill()
        self.process.wait()
        # its children notice, and go; a new one refuses to start beside them
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        time.sleep(1)

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def own_postgres():
    made = OwnPostgres()
    yield made
    made.close()


def test_killed_postgres(shared, own_postgres, provider, tmp_path):
    made = Backend("postgres", tmp_path)
    made.environ = {**shared.environ, **made.environ, "DATABASE_URL": own_postgres.url}
    server = Live(made)
    person = server.admin = LivePerson.sign_up(server, "admin").connect()
    try:
        answer, _, reply = ask(person, "tokens=60 delay=0.05")
        chat_id = answer.json()["chat_id"]
        heard_before(person, "word10 ")
        own_postgres.kill()
        heard_before(person, "word59")
        assert person.get("/api/v1/auths/").status_code == 503
        own_postgres.start()
        person.wait_kind("chat:active", active=False)
        _, kept, done = rows(server, chat_id)[reply]
        assert done and kept.count("word") == 60
        person.events.clear()
        _, _, second = ask(person, "go on", chat_id=chat_id, parent_id=reply)
        person.wait_kind("chat:active", active=False)
        assert rows(server, chat_id)[second][2]
    finally:
        person.leave()
        server.stop()
        made.close()


class Worker:
    """A `flask worker`."""

    def __init__(self, server):
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environ = kept | server.backend.environ | server.extra
        command = [sys.executable, "-m", "flask", "worker", "--grace", "3"]
        log = (server.backend.folder / "worker.log").open("ab")
        self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0


def test_killed_worker(shared, provider, tmp_path):
    """The job that it had in hand is done by the next, once its lease has run out."""
    server = serve(shared, tmp_path, LIGHTWELL_WORKER="separate")
    person, original, asked = server.admin, provider.next_script, []

    def scripted(body):
        if '"title"' not in str(body["messages"][-1]["content"]):
            return original(body)
        asked.append(body)
        return {"hang": 30 if len(asked) == 1 else 0, "text": '{"title": "Made by the second"}'}

    provider.next_script = scripted
    first = Worker(server)
    try:
        answer, _, _ = ask(person, "name this", tasks={"title_generation": True})
        chat_id = answer.json()["chat_id"]
        until(lambda: asked, 20)
        first.kill()
        second = Worker(server)
        person.wait_kind("chat:title", seconds=75)
        assert server.backend.execute("SELECT title FROM chat WHERE id = ?", chat_id)[0][0] == "Made by the second"
        assert len(asked) == 2
        second.stop()
    finally:
        first.kill()
        del provider.next_script
        person.leave()
        server.stop()
        server.backend.close()
