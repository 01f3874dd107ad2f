"""Conversations across processes: seen, stopped and recovered anywhere."""

import json
import time
import uuid

import pytest

from cluster.conftest import eventually

pytestmark = pytest.mark.live


def start(person, text="Tell me", chat_id=None):
    """Begins a turn as the page does; returns (chat id, reply's id, task id)."""
    question, reply = str(uuid.uuid4()), str(uuid.uuid4())
    message = {"id": question, "parentId": None, "childrenIds": [reply], "role": "user", "content": text}
    body = {
        "model": "gpt-test",
        "stream": True,
        "messages": [{"role": "user", "content": text}],
        "params": {},
        "session_id": person.sid,
        "id": reply,
        "parent_id": None,
        "user_message": {**message, "timestamp": int(time.time()), "models": ["gpt-test"]},
        "background_tasks": {},
    }
    if chat_id:
        body["chat_id"] = chat_id
    answer = person.post("/api/chat/completions", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["chat_id"], reply, answer.json()["task_ids"][0]


@pytest.fixture
def stored(own_backend):
    """`stored(chat_id, reply)`: the message as the database has it."""

    def read(chat_id, reply):
        (row,) = own_backend.execute("SELECT CAST(chat AS text) FROM chat WHERE id = ?", chat_id)
        return json.loads(row[0])["history"]["messages"][reply]

    return read


def text_of(message):
    parts = [part for item in message.get("output") or [] for part in item.get("content") or []]
    return "".join(part.get("text", "") for part in parts) or message.get("content", "")


def words(count):
    return " ".join(f"w{i}" for i in range(count))


def test_reply_is_seen_live_on_the_other_server(join, provider, stored):
    here, there = join("ann", 0, 1)
    provider.say({"text": words(30), "delay": 0.01})
    chat_id, reply, _ = start(here)
    for person in (here, there):
        person.wait_kind("chat:active", active=False)
    deltas = ["".join(_deltas(person, reply)) for person in (here, there)]
    assert deltas == [words(30)] * 2
    assert text_of(stored(chat_id, reply)) == words(30)


def _deltas(person, reply):
    for event, payload in person.events:
        data = payload.get("data", {}) if event == "events" and payload.get("message_id") == reply else {}
        if data.get("type") == "response:completion" and (data.get("data") or {}).get("delta"):
            yield data["data"]["delta"]


def test_running_reply_is_listed_read_and_stopped_from_the_other_server(join, provider, stored):
    here, there = join("ann", 0, 1)
    provider.say({"text": words(400), "delay": 0.05})
    chat_id, reply, task_id = start(here)
    here.wait_kind("response:completion", type="response.output_text.delta")
    assert there.get(f"/api/tasks/chat/{chat_id}").json() == {"task_ids": [task_id]}
    assert there.post(f"/api/tasks/chat/{chat_id}/stop").status_code == 200
    here.wait_kind("chat:active", active=False)
    assert text_of(stored(chat_id, reply)).startswith("w0")
    assert there.get(f"/api/tasks/chat/{chat_id}").json() == {"task_ids": []}


def test_killed_server_loses_nothing_that_was_received(cluster, join, provider, stored):
    here, there = join("ann", 0, 1)
    provider.say({"text": words(400), "delay": 0.02})
    chat_id, reply, _ = start(here)
    eventually(lambda: len(list(_deltas(here, reply))) > 40)
    cluster.servers[0].kill()
    received = "".join(_deltas(here, reply))
    cluster.servers[0].start()
    eventually(lambda: stored(chat_id, reply).get("done") is True)
    message = stored(chat_id, reply)
    assert text_of(message).startswith(received.strip())
    assert len(received.split()) > 40


def test_terminated_server_saves_what_it_has(cluster, join, provider, stored):
    here, there = join("ann", 0, 1)
    provider.say({"text": words(3000), "delay": 0.02})
    chat_id, reply, _ = start(here)
    eventually(lambda: len(list(_deltas(here, reply))) > 20)
    server = cluster.servers[0]
    server.stop()
    try:
        message = stored(chat_id, reply)
        assert message.get("done") is True
        assert text_of(message).startswith("w0 w1 w2")
    finally:
        server.start()


def test_reply_goes_on_while_redis_is_away(cluster, join, provider, stored):
    (here,) = join("ann", 0)
    provider.say({"text": words(100), "delay": 0.03})
    chat_id, reply, _ = start(here)
    eventually(lambda: len(list(_deltas(here, reply))) > 5)
    cluster.redis.shut()
    try:
        here.wait_kind("chat:active", active=False)
        assert "".join(_deltas(here, reply)) == words(100)
        assert text_of(stored(chat_id, reply)) == words(100)
    finally:
        cluster.redis.open()
        eventually(lambda: here.get("/ready").status_code == 200)


def test_reply_survives_a_short_absence_of_the_database(cluster, join, provider, stored):
    (here,) = join("ann", 0)
    provider.say({"text": words(100), "delay": 0.03})
    chat_id, reply, _ = start(here)
    eventually(lambda: len(list(_deltas(here, reply))) > 5)
    cluster.database.shut()
    time.sleep(1.0)
    cluster.database.open()
    here.wait_kind("chat:active", active=False)
    eventually(lambda: text_of(stored(chat_id, reply)) == words(100))


def test_chat_goes_on_on_the_other_server(join, provider, stored):
    here, there = join("ann", 0, 1)
    provider.say("first answer")
    chat_id, reply, _ = start(here)
    here.wait_kind("chat:active", active=False)
    provider.say("second answer")
    question, second = str(uuid.uuid4()), str(uuid.uuid4())
    user_message = {"id": question, "parentId": reply, "childrenIds": [second], "role": "user", "content": "and?"}
    body = {
        "model": "gpt-test",
        "stream": True,
        "messages": [{"role": "user", "content": "and?"}],
        "params": {},
        "session_id": there.sid,
        "chat_id": chat_id,
        "id": second,
        "parent_id": question,
        "user_message": {**user_message, "timestamp": int(time.time()), "models": ["gpt-test"]},
        "background_tasks": {},
    }
    assert there.post("/api/chat/completions", body).status_code == 200
    eventually(lambda: stored(chat_id, second).get("done") is True)
    assert text_of(stored(chat_id, second)) == "second answer"


def test_reply_of_a_host_that_never_returns_is_saved_by_another(cluster, join, provider, stored, outside):
    here, _ = join("ann", 0, 1)
    provider.say({"text": words(400), "delay": 0.02})
    chat_id, reply, task_id = start(here)
    eventually(lambda: len(list(_deltas(here, reply))) > 60)
    cluster.servers[0].kill()
    for journal in (cluster.backend.folder / "streams").glob("*.jsonl"):
        journal.unlink()
    try:
        saved = outside(
            "from utils.chat import recovery; from utils.cluster import redis\n"
            f"redis.client().delete(redis.key('tasks', {task_id!r}))\n"
            "recovery.recover_elsewhere(); print(recovery.recover_elsewhere())"
        )
        assert saved.strip() == "1"
        message = stored(chat_id, reply)
        assert message["done"] is True
        assert text_of(message).startswith("w0 w1 w2")
        assert message["error"]["content"]
    finally:
        cluster.servers[0].start()


def test_killed_servers_tasks_are_off_the_list_once_it_is_back(cluster, join, provider, stored):
    here, there = join("ann", 0, 1)
    provider.say({"text": words(400), "delay": 0.02})
    chat_id, reply, _ = start(here)
    eventually(lambda: len(list(_deltas(here, reply))) > 5)
    cluster.servers[0].kill()
    cluster.servers[0].start()
    eventually(lambda: stored(chat_id, reply).get("done") is True)
    assert there.get(f"/api/tasks/chat/{chat_id}").json() == {"task_ids": []}


def test_reply_that_ends_while_the_database_is_away_is_stored_when_it_is_back(cluster, join, provider, stored):
    (here,) = join("ann", 0)
    provider.say({"text": words(30), "delay": 0.03})
    chat_id, reply, _ = start(here)
    eventually(lambda: len(list(_deltas(here, reply))) > 5)
    cluster.database.shut()
    try:
        eventually(lambda: "".join(_deltas(here, reply)) == words(30))
        time.sleep(1.5)
    finally:
        cluster.database.open()
    here.wait_kind("chat:active", active=False)
    message = stored(chat_id, reply)
    assert (message["done"], text_of(message)) == (True, words(30))
