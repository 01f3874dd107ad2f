"""The takeover drill against the real server: both on one database, traffic shifted, stepped back.

    python tests/takeover/drill.py PEER_PYTHON [--postgres URL --redis URL] [--keep]

PEER_PYTHON is the interpreter of an environment in which Open WebUI 0.12.4 is installed. Without
`--postgres` the drill runs on one SQLite file; with it (a server's URL, a database of its own is made
there) on PostgreSQL and Redis, where live events have to cross too. Not in the default test run: it
needs the real server, 600 MB and a minute.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import requests  # noqa: E402
import socketio  # noqa: E402
from provider import Provider  # noqa: E402

SECRET = "one-secret-for-both-servers-0123456789"
PASSWORD = "correct-horse-1"


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One of the two; `name` is how the report calls it."""

    def __init__(self, name, command, environ, folder):
        self.name, self.command, self.environ, self.folder = name, command, environ, folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        environ = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        log = (self.folder / f"{self.name}.log").open("ab")
        self.process = subprocess.Popen(
            [part.replace("{port}", str(self.port)) for part in self.command],
            cwd=ROOT,
            env=environ | self.environ | {"PORT": str(self.port), "HOST": "127.0.0.1"},
            stdout=log,
            stderr=log,
        )
        begun = time.time()
        while time.time() - begun < 300:
            with contextlib.suppress(requests.RequestException):
                if requests.get(self.url + "/health", timeout=2).ok:
                    return round(time.time() - begun, 1)
            time.sleep(0.1)
        raise SystemExit(f"{self.name} did not start, see {self.folder}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            self.process.kill()


class Person:
    """An account that calls either server with one token."""

    def __init__(self, token):
        self.headers = {"Authorization": f"Bearer {token}"}
        self.token = token

    def call(self, server, method, path, body=None, files=None):
        return requests.request(method, server.url + path, headers=self.headers, json=body, files=files, timeout=60)

    def listen(self, server):
        client = socketio.Client(reconnection=False)
        client.heard = []
        client.on("events", client.heard.append)
        client.connect(server.url, socketio_path="/ws/socket.io", transports=["websocket"], auth={"token": self.token})
        client.call("user-join", {"auth": {"token": self.token}}, timeout=10)
        return client


class Drill:
    """The steps, in order; `failures` are the sentences that did not hold."""

    def __init__(self, real, ours, provider, *, live):
        self.real, self.ours, self.provider, self.live = real, ours, provider, live
        self.failures = []

    def holds(self, sentence, truth):
        say(f"  {'ok' if truth else 'NO'}  {sentence}")
        if not truth:
            self.failures.append(sentence)

    def run(self):
        say(f"the real server began in {self.real.start()} s")
        made = requests.post(
            self.real.url + "/api/v1/auths/signup",
            json={"name": "Ada", "email": "ada@example.com", "password": PASSWORD, "profile_image_url": "/user.png"},
            timeout=60,
        )
        self.ada = Person(made.json()["token"])
        self.chat, self.last = self.talk(self.real, "what was asked first")
        say(f"Lightwell began beside it in {self.ours.start()} s")
        self.accounts()
        self.conversation()
        self.files()
        self.settings()
        if self.live:
            self.events()
        self.deletions()
        self.shift()
        return self.failures

    def accounts(self):
        ada = self.ada.call(self.ours, "GET", "/api/v1/auths/")
        self.holds("a session begun on the real server holds on Lightwell", ada.ok and ada.json()["name"] == "Ada")
        form = {"name": "Ben", "email": "ben@example.com", "password": PASSWORD, "role": "user"}
        made = self.ada.call(self.ours, "POST", "/api/v1/auths/add", form)
        self.holds("an account is made on Lightwell", made.ok)
        signed = requests.post(
            self.real.url + "/api/v1/auths/signin", json={k: form[k] for k in ("email", "password")}, timeout=60
        )
        self.holds("it signs in on the real server", signed.ok)
        ben = Person(signed.json().get("token", ""))
        self.holds("and its session holds on Lightwell", ben.call(self.ours, "GET", "/api/v1/auths/").ok)
        ben.call(self.ours, "POST" if self.live else "GET", "/api/v1/auths/signout")
        if self.live:
            self.holds(
                "signed out on Lightwell is signed out on the real server",
                ben.call(self.real, "GET", "/api/v1/auths/").status_code == 401,
            )

    def conversation(self):
        here = self.messages(self.ours, self.chat)
        self.holds("a chat begun on the real server reads the same on Lightwell", here == self.messages(self.real))
        self.talk(self.ours, "what was asked second", self.chat, self.last)
        there = self.messages(self.real)
        self.holds("continued on Lightwell, it reads on on the real server", _said(there, "what was asked second") == 2)
        self.holds("and both agree on every message", there == self.messages(self.ours))
        self.talk(self.real, "what was asked third", self.chat, self.last)
        self.holds(
            "continued on the real server, it reads on on Lightwell",
            _said(self.messages(self.ours), "what was asked third") == 2,
        )

    def files(self):
        for writer, reader in ((self.ours, self.real), (self.real, self.ours)):
            text = f"a file that {writer.name} stored".encode()
            sent = {"file": ("words.txt", text, "text/plain")}
            made = self.ada.call(writer, "POST", "/api/v1/files/", files=sent).json()
            read = self.ada.call(reader, "GET", f"/api/v1/files/{made['id']}/content")
            self.holds(f"a file stored by {writer.name} is read on {reader.name}", read.content == text)

    def settings(self):
        for writer, reader, text in ((self.ours, self.real, "from Lightwell"), (self.real, self.ours, "from the real")):
            banner = {"id": "b", "type": "info", "content": text, "dismissible": True, "timestamp": 1}
            self.ada.call(writer, "POST", "/api/v1/configs/banners", {"banners": [banner]})
            found = self.ada.call(reader, "GET", "/api/v1/configs/banners").json()
            self.holds(
                f"a setting saved on {writer.name} holds on {reader.name}",
                [one["content"] for one in found] == [text],
            )

    def events(self):
        for worker, hearer in ((self.ours, self.real), (self.real, self.ours)):
            ear = self.ada.listen(hearer)
            self.talk(worker, f"heard from {worker.name}")
            end = time.time() + 20
            kinds = []
            while time.time() < end:
                kinds = [one["data"].get("type") for one in ear.heard]
                if "chat:active" in kinds and any(
                    one["data"].get("data", {}) and one["data"]["data"].get("done")
                    for one in ear.heard
                    if one["data"].get("type") == "chat:completion"
                ):
                    break
                time.sleep(0.1)
            ear.disconnect()
            self.holds(
                f"a reply made on {worker.name} streams to a socket on {hearer.name}", "chat:completion" in kinds
            )

    def deletions(self):
        for worker, other in ((self.ours, self.real), (self.real, self.ours)):
            chat, _ = self.talk(self.real, "soon gone")
            self.ada.call(worker, "DELETE", f"/api/v1/chats/{chat}")
            listed = [one["id"] for one in self.ada.call(other, "GET", "/api/v1/chats/?page=1").json()]
            gone = self.ada.call(other, "GET", f"/api/v1/chats/{chat}").status_code in (401, 404)
            self.holds(f"a chat deleted on {worker.name} is gone on {other.name}", chat not in listed and gone)

    def shift(self):
        self.real.stop()
        chat, _ = self.talk(self.ours, "asked while the real server is away")
        self.holds("with the real server stopped Lightwell serves alone", bool(chat))
        self.ours.stop()
        self.real.start()
        self.holds(
            "stepped back: the real server finds what was said meanwhile",
            _said(self.messages(self.real, chat), "asked while the real server is away") == 2,
        )

    # -- one turn, as the page does it

    def talk(self, server, text, chat=None, parent=None):
        question, reply = str(uuid.uuid4()), str(uuid.uuid4())
        ear = self.ada.listen(server)
        message = {"id": question, "parentId": parent, "childrenIds": [reply], "role": "user", "content": text}
        body = {
            "model": "gpt-test",
            "stream": True,
            "messages": [{"role": "user", "content": text}],
            "params": {},
            "session_id": ear.get_sid(),
            "id": reply,
            "parent_id": parent,
            "user_message": {**message, "timestamp": int(time.time()), "models": ["gpt-test"]},
            "background_tasks": {},
        }
        answer = self.ada.call(server, "POST", "/api/chat/completions", body | ({"chat_id": chat} if chat else {}))
        if not answer.ok:
            raise SystemExit(f"{server.name} refused a turn: {answer.status_code} {answer.text[:300]}")
        chat = answer.json().get("chat_id") or chat
        end = time.time() + 30
        while time.time() < end:
            if self.messages(server, chat).get(reply, ("", "", False))[2]:
                break
            time.sleep(0.1)
        ear.disconnect()
        if chat == getattr(self, "chat", chat):
            self.last = reply
        return chat, reply

    def messages(self, server, chat=None):
        """id → (role, text, whether it is complete) of a chat."""
        answer = self.ada.call(server, "GET", f"/api/v1/chats/{chat or self.chat}")
        if not answer.ok:
            return {}
        history = answer.json()["chat"]["history"]["messages"]
        return {key: (one["role"], _text(one), bool(one.get("done"))) for key, one in history.items()}


def _text(message):
    parts = [part for item in message.get("output") or [] for part in item.get("content") or []]
    return "".join(part.get("text", "") for part in parts) or message.get("content") or ""


def _said(messages, text):
    """How many messages hold the text: the question, and its echo."""
    return sum(text in one[1] for one in messages.values())


def arguments(description):
    """The command line that drill and stress share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer_python")
    parser.add_argument("--postgres", help="URL of a PostgreSQL server, without a database")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    parser.add_argument("--keep", action="store_true", help="keep the data folder")
    return parser


@contextlib.contextmanager
def both(given, provider):
    """The real server and ours, not started yet, with one database in common; stopped at the end."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="takeover-"))
    name = f"takeover_{os.getpid()}"
    shared = {
        "DATA_DIR": str(folder),
        "WEBUI_SECRET_KEY": SECRET,
        "OPENAI_API_BASE_URLS": provider.url + "/v1",
        "OPENAI_API_KEYS": "x",
        "ENABLE_OLLAMA_API": "false",
        "OFFLINE_MODE": "true",
    }
    if given.postgres:
        subprocess.run(["psql", "-qc", f"CREATE DATABASE {name}", given.postgres + "/postgres"], check=True)
        shared |= {"DATABASE_URL": f"{given.postgres}/{name}", "REDIS_URL": given.redis, "REDIS_KEY_PREFIX": name}
    of_the_real = {
        "WEBSOCKET_MANAGER": "redis" if given.postgres else "",
        "STATIC_DIR": str(folder / "static"),
        "FROM_INIT_PY": "true",
        "CORS_ALLOW_ORIGIN": "*",
        "USE_SLIM_DOCKER": "true",
        "HF_HUB_OFFLINE": "1",
        "RAG_EMBEDDING_ENGINE": "openai",
    }
    (folder / "static").mkdir()
    uvicorn = [given.peer_python, "-m", "uvicorn", "open_webui.main:app", "--host", "127.0.0.1", "--port", "{port}"]
    real = Server("the real server", uvicorn, shared | of_the_real, folder)
    ours = Server("Lightwell", [sys.executable, "-m", "gunicorn"], shared, folder)
    try:
        yield real, ours
    finally:
        real.stop()
        ours.stop()
        if given.postgres:
            subprocess.run(["psql", "-qc", f"DROP DATABASE {name} WITH (FORCE)", given.postgres + "/postgres"])
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    given = arguments(__doc__).parse_args()
    provider = Provider()
    with both(given, provider) as (real, ours):
        failures = Drill(real, ours, provider, live=bool(given.postgres)).run()
    say(f"{len(failures)} of the drill's sentences did not hold" if failures else "the takeover holds")
    raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
