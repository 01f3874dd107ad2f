"""What a request on chats costs, at the size of years of use: `python tests/bench/chats.py [chats]`.

Starts a gunicorn on a database of its own, fills it (20,000 chats unless told otherwise, one of 500
messages), and prints for each request the CPU time of the server's processes, from
/proc, over a few hundred calls, beside the time until the answer. `--url` measures a server that runs
already (with `--pid`, `--email`, `--password`, and its SQLite file as `--database`).
"""

import argparse
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORDS = [line.strip() for line in (ROOT / "README.md").read_text().split() if line.strip().isalpha()] or ["word"]
TICKS = os.sysconf("SC_CLK_TCK")


def text(rng, length):
    """About so many characters of words."""
    return " ".join(rng.choice(WORDS) for _ in range(length // 7))


def document(rng, count, length, title):
    """A chat of `count` messages of about `length` characters."""
    messages, previous = {}, None
    for i in range(count):
        one = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        role = "assistant" if i % 2 else "user"
        messages[one] = {
            "id": one,
            "parentId": previous,
            "childrenIds": [],
            "role": role,
            "content": text(rng, length),
            "timestamp": 1_700_000_000 + i,
            **({"model": "m", "done": True} if i % 2 else {"models": ["m"]}),
        }
        if previous:
            messages[previous]["childrenIds"].append(one)
        previous = one
    return {
        "id": "",
        "title": title,
        "models": ["m"],
        "history": {"currentId": previous, "messages": messages},
        "messages": [],
        "tags": [],
        "timestamp": 1_700_000_000_000,
    }


def fill(path, user_id, count, seed=1):
    """Writes `count` chats straight into the database."""
    rng = random.Random(seed)
    base = sqlite3.connect(path, timeout=60)
    folder = str(uuid.uuid4())
    base.execute(
        "INSERT INTO folder (id, user_id, name, is_expanded, created_at, updated_at) VALUES (?, ?, 'F', 0, 1, 1)",
        (folder, user_id),
    )
    for i in range(count):
        chat_id = str(uuid.uuid4())
        made = document(rng, rng.choice((2, 4, 4, 6, 10)), 700, f"Chat {i} {text(rng, 20)}")
        if i == count // 2:
            first = next(iter(made["history"]["messages"].values()))
            first["content"] += " xylophonic"
        stamp = 1_600_000_000 + i * 3600
        tags = {"tags": ["red"]} if i % 100 == 0 else {}
        base.execute(
            "INSERT INTO chat (id, user_id, title, created_at, updated_at, archived, chat, pinned, meta, folder_id,"
            " last_read_at, current_message_id, variables) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, '{}')",
            (
                chat_id,
                user_id,
                made["title"],
                stamp,
                stamp,
                json.dumps(made, separators=(",", ":"), ensure_ascii=False),
                i % 1000 == 0,
                json.dumps(tags, separators=(",", ":")),
                folder if i % 50 == 0 else None,
                stamp - (i % 500 == 0),
                made["history"]["currentId"],
            ),
        )
        base.executemany(
            "INSERT INTO chat_message (id, chat_id, user_id, role, parent_id, content, done, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
            [
                (f"{chat_id}-{k}", chat_id, user_id, m["role"], m["parentId"], json.dumps(m["content"]), stamp, stamp)
                for k, m in made["history"]["messages"].items()
            ],
        )
    if base.execute("SELECT 1 FROM tag WHERE id = 'red' AND user_id = ?", (user_id,)).fetchone() is None:
        base.execute("INSERT INTO tag (id, name, user_id) VALUES ('red', 'red', ?)", (user_id,))
    base.commit()
    base.close()


class Server:
    """A gunicorn of our own, or one that runs already."""

    def __init__(self, options):
        self.options, self.process = options, None
        if options.url:
            self.url, self.pid, self.database = options.url, options.pid, options.database
            return
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lightwell-bench-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url, self.database = f"http://127.0.0.1:{port}", str(self.folder / "webui.db")
        environ = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": str(self.folder)}
        environ |= {"WEBUI_SECRET_KEY": "bench-secret-key-0123456789abcdef01", "GLOBAL_LOG_LEVEL": "warning"}
        self.process = subprocess.Popen([sys.executable, "-m", "gunicorn"], cwd=ROOT, env=environ)
        self.pid = self.process.pid
        for _ in range(200):
            try:
                if requests.get(self.url + "/health", timeout=1).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise SystemExit("the server did not start")

    def enter(self):
        """A session of the first account; its id."""
        known = {"email": self.options.email, "password": self.options.password}
        self.http = requests.Session()
        answer = self.http.post(self.url + "/api/v1/auths/signin", json=known)
        if not answer.ok:
            answer = self.http.post(self.url + "/api/v1/auths/signup", json={**known, "name": "Bench"})
        self.token = answer.json()["token"]
        self.http.headers["Authorization"] = "Bearer " + self.token
        self.http.headers["Accept-Encoding"] = "identity"
        return answer.json()["id"]

    def pids(self):
        """The server's processes."""
        found, level = [self.pid], [self.pid]
        while level:
            level = [
                int(one)
                for pid in level
                for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children")
                for one in path.read_text().split()
            ]
            found += level
        return found

    def cpu(self):
        """Seconds of processor time so far."""
        ticks = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(40)


def measure(server, name, goal, call, seconds=2.0):
    """Prints CPU and wall time a call."""
    for _ in range(3):
        call()
    times, began, before = [], time.perf_counter(), server.cpu()
    while time.perf_counter() - began < seconds or len(times) < 10:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    spent = (server.cpu() - before) / len(times) * 1000
    print(f"{name:44} {spent:8.2f} ms CPU {statistics.median(times) * 1000:8.2f} ms  (goal {goal})", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chats", nargs="?", type=int, default=20_000)
    parser.add_argument("--url")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--database")
    parser.add_argument("--email", default="bench@example.com")
    parser.add_argument("--password", default="correct-horse-1")
    options = parser.parse_args()
    server = Server(options)
    try:
        run(server, options)
    finally:
        server.stop()


def run(server, options):
    user_id = server.enter()
    get = lambda path, **params: server.http.get(server.url + "/api/v1/" + path, params=params).content  # noqa: E731
    for count, goals in ((200, ("10",)), (2000, ("20",)), (20000, ("100",))):
        if count > options.chats:
            break
        have = len(json.loads(get("chats/", include_folders=True, include_pinned=True)))
        fill(server.database, user_id, max(count - have, 0), seed=count)
        for word in ("xylophonic", WORDS[0], "nowheretobefound"):
            measure(server, f"search of {count} chats: {word}", goals[0], lambda w=word: get("chats/search", text=w))
    measure(server, "first page", "1", lambda: get("chats/", page=1))
    measure(server, "page 100", "1", lambda: get("chats/", page=100))
    measure(server, "pinned", "1", lambda: get("chats/pinned"))
    measure(server, "all tags", "1", lambda: get("chats/all/tags"))
    measure(
        server,
        "chats of a tag",
        "1",
        lambda: server.http.post(server.url + "/api/v1/chats/tags", json={"name": "red", "limit": 50}).content,
    )
    measure(server, "folders with unread counts", "1", lambda: get("folders/"))
    measure(server, "smallest answer", "-", lambda: get("chats/archived/count"))
    for count, length, goal, saving in ((10, 700, "0.9", "-"), (500, 2000, "3.5", "10")):
        made = document(random.Random(count), count, length, f"{count} messages")
        answer = server.http.post(server.url + "/api/v1/chats/new", json={"chat": made}).json()
        path = "chats/" + answer["id"]
        measure(server, f"get a chat of {count} messages", goal, lambda p=path: get(p))
        sent = answer["chat"]
        last = sent["history"]["messages"][sent["history"]["currentId"]]
        turns = iter(range(10**9))

        def save(p=path, chat=sent, message=last, turns=turns):
            message["content"] = f"changed {next(turns)}"
            server.http.post(server.url + "/api/v1/" + p, json={"chat": chat}).content  # noqa: B018

        measure(server, f"save a chat of {count} messages", saving, save)


if __name__ == "__main__":
    main()
