"""Random operations by several clients on one chat and on many, with the server killed in between.

At the end no acknowledged message is lost, every row agrees with its document, and the database is
sound. `LIGHTWELL_STRESS_OPERATIONS` says how many operations (400 in the default run; `make stress`
does 10,000), `LIGHTWELL_STRESS_SEED` repeats a run.
"""

import json
import os
import random
import threading
import time

import pytest
import requests
from conftest import Backend, Live
from fakes import LivePerson

OPERATIONS = int(os.environ.get("LIGHTWELL_STRESS_OPERATIONS", "400"))
SEED = int(os.environ.get("LIGHTWELL_STRESS_SEED", "0")) or random.randrange(10**6)
CLIENTS = 4
KILLS = max(OPERATIONS // 400, 1)
CHATS = "/api/v1/chats"


class Lost(Exception):
    """The answer did not come: whether it was carried out is not known."""


class Client(threading.Thread):
    """One tab. It adds to the shared chat and edits and deletes only what it added itself, so that it knows
    what must be there: `sure` maps a message to the contents it may have."""

    def __init__(self, person, shared, number, operations):
        super().__init__(daemon=True)
        self.person, self.shared, self.operations = person, shared, operations
        self.rng = random.Random(f"{SEED}-{number}")
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {person.token}"
        self.number, self.counter = number, 0
        self.sure, self.gone, self.own, self.faults = {}, set(), {}, []

    def call(self, method, path, **kwargs):
        try:
            answer = self.http.request(method, self.person.live.url + path, timeout=30, **kwargs)
        except requests.RequestException:
            time.sleep(0.2)
            raise Lost from None
        if answer.status_code >= 500:
            self.faults.append((method, path, answer.status_code, answer.text[:200]))
            raise Lost
        return answer

    def run(self):
        steps = (
            [self.add] * 6
            + [self.edit] * 3
            + [self.drop] * 2
            + [self.read, self.rename, self.tag, self.untag, self.pin, self.make, self.make, self.fork, self.remove]
        )
        for _ in range(self.operations):
            try:
                self.rng.choice(steps)()
            except Lost:
                continue

    def name(self):
        self.counter += 1
        return f"c{self.number}-{self.counter}"

    def place(self):
        """The shared chat, or one of this client's own, with what is known of it."""
        if self.own and self.rng.random() < 0.4:
            return self.rng.choice(list(self.own.items()))
        return self.shared, self.sure

    def add(self):
        chat_id, sure = self.place()
        one, content = self.name(), f"text {self.rng.random()} " + "ä" * self.rng.randrange(2000)
        role = self.rng.choice(("user", "assistant"))
        message = {"id": one, "parentId": "root", "role": role, "content": content, "done": True}
        body = {"chat": {"history": {"currentId": one, "messages": {one: message}}}}
        sure[one] = {None, content}
        if self.call("POST", f"{CHATS}/{chat_id}", json=body).status_code == 200:
            sure[one] = {content}

    def edit(self):
        chat_id, sure = self.place()
        if not sure:
            return
        one, content = self.rng.choice(list(sure)), f"edited {self.rng.random()}"
        if None in sure[one]:
            return
        sure[one] = sure[one] | {content}
        if self.call("POST", f"{CHATS}/{chat_id}/messages/{one}", json={"content": content}).status_code == 200:
            sure[one] = {content}

    def drop(self):
        chat_id, sure = self.place()
        if not sure:
            return
        one = self.rng.choice(list(sure))
        sure[one] = sure[one] | {None}
        if self.call("DELETE", f"{CHATS}/{chat_id}/messages/{one}").status_code == 200:
            del sure[one]
            self.gone.add((chat_id, one))

    def read(self):
        self.call("GET", f"{CHATS}/{self.shared}")
        self.call("GET", f"{CHATS}/?page=1")
        self.call("GET", f"{CHATS}/search?text=text")

    def rename(self):
        self.call("POST", f"{CHATS}/{self.place()[0]}", json={"chat": {"title": f"T {self.rng.random()}"}})

    def tag(self):
        self.call("POST", f"{CHATS}/{self.place()[0]}/tags", json={"name": self.rng.choice(("a", "b c", "ü"))})

    def untag(self):
        self.call("DELETE", f"{CHATS}/{self.place()[0]}/tags", json={"name": self.rng.choice(("a", "b c", "ü"))})

    def pin(self):
        self.call("POST", f"{CHATS}/{self.place()[0]}/{self.rng.choice(('pin', 'archive'))}")

    def make(self):
        self.own[self.call("POST", f"{CHATS}/new", json={"chat": rooted("Own")}).json()["id"]] = {}

    def fork(self):
        self.call("POST", f"{CHATS}/{self.place()[0]}/clone", json={})

    def remove(self):
        if len(self.own) > 3:
            chat_id = self.rng.choice(list(self.own))
            del self.own[chat_id]
            self.call("DELETE", f"{CHATS}/{chat_id}")


def rooted(title):
    root = {"id": "root", "parentId": None, "childrenIds": [], "role": "user", "content": "root"}
    return {"title": title, "history": {"currentId": "root", "messages": {"root": root}}}


@pytest.fixture
def server(backend, tmp_path_factory):
    made = Backend(backend.kind, tmp_path_factory.mktemp("stress"))
    made.environ = {**backend.environ, **made.environ}
    # two processes write where the database is made for it
    server = Live(made, WEB_CONCURRENCY="2" if backend.kind == "postgres" else "1")
    yield server
    server.stop()
    made.close()


@pytest.mark.live
def test_nothing_is_lost_and_both_stores_agree(server):
    person = LivePerson.sign_up(server, "stress")
    shared = person.post(f"{CHATS}/new", {"chat": rooted("Shared")}).json()["id"]
    clients = [Client(person, shared, number, OPERATIONS // CLIENTS) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    killer = random.Random(SEED)
    for _ in range(KILLS):
        if not any(client.is_alive() for client in clients):
            break
        time.sleep(killer.uniform(0.5, 3))
        server.kill()
        server.start()
    for client in clients:
        client.join()
    faults = [fault for client in clients for fault in client.faults]
    assert not faults, (SEED, faults[:5])
    check_contents(person, clients)
    check_agreement(server.backend)
    check_soundness(server.backend)


def check_contents(person, clients):
    """Every client finds what it knows to be there, and nothing of what it knows to be gone."""
    documents = {}
    for client in clients:
        for chat_id, sure in [(client.shared, client.sure), *client.own.items()]:
            answer = documents.get(chat_id) or person.get(f"{CHATS}/{chat_id}")
            documents[chat_id] = answer
            assert answer.status_code == 200, (SEED, chat_id, answer.text[:100])
            messages = answer.json()["chat"]["history"]["messages"]
            for one, contents in sure.items():
                found = messages[one]["content"] if one in messages else None
                assert found in contents, (SEED, chat_id, one, found)
            assert not [one for gone_in, one in client.gone if gone_in == chat_id and one in messages], SEED


def check_agreement(backend):
    """Every row says what the document says, and there is one for each message."""
    text = (lambda name: f"{name}::text") if backend.kind == "postgres" else (lambda name: name)
    rows = {}
    select = f"SELECT chat_id, id, role, parent_id, {text('content')} FROM chat_message"
    for chat_id, one, role, parent, content in backend.execute(select):
        rows.setdefault(chat_id, {})[one.removeprefix(chat_id + "-")] = (role, parent, json.loads(content))
    chats = backend.execute(f"SELECT id, {text('chat')}, title, current_message_id FROM chat")
    assert set(rows) == {chat_id for chat_id, *_ in chats}, SEED
    for chat_id, document, title, current in chats:
        history = json.loads(document)["history"]
        known = {key: (m["role"], m.get("parentId"), m["content"]) for key, m in history["messages"].items()}
        assert rows[chat_id] == known, (SEED, chat_id)
        assert json.loads(document)["title"] == title
        assert current == history["currentId"]


def check_soundness(backend):
    """No orphans; on SQLite the file and the index of the search are sound too."""
    orphans = "SELECT count(*) FROM chat_message WHERE chat_id NOT IN (SELECT id FROM chat)"
    assert backend.execute(orphans) == [(0,)]
    if backend.kind == "sqlite":
        assert backend.execute("PRAGMA integrity_check") == [("ok",)]
        texts = "SELECT count(*) FROM lightwell_text"
        there = "SELECT (SELECT count(*) FROM chat_message) + (SELECT count(*) FROM chat)"
        assert backend.execute(texts) == backend.execute(there)
        backend.execute("INSERT INTO lightwell_words(lightwell_words) VALUES ('integrity-check')")
