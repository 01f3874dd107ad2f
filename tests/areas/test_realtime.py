"""The pools that both servers share: sockets and models in use (data.md section 6, realtime.md 13)."""

import json
import time

import pytest

from utils.cluster import clock, locks, members, redis
from utils.realtime import sessions, usage


@pytest.fixture(autouse=True)
def fresh(app):
    sessions._local.clear()
    usage._local.clear()
    usage._told.clear()
    yield
    sessions._local.clear()


@pytest.fixture
def shared(app):
    if redis.socket_client() is None:
        pytest.skip("about Redis")
    return redis.socket_client()


def user(user_id="u1"):
    return {"id": user_id, "name": "Ann", "email": "ann@example.com", "role": "user"}


def test_socket_is_known_by_its_user_and_its_chats():
    sessions.bind("s1", user(), "token")
    sessions.bind("s2", user("u2"), "token")
    sessions.enter_chat("s1", "c1")
    sessions.enter_chat("s2", "c1")
    sessions.leave_chat("s2", "c1")
    assert sessions.owner_of("s2") == "u2"
    assert sessions.of_user("u1") == ["s1"]
    assert sessions.in_chat("c1") == [{"id": "u1", "name": "Ann"}]
    assert sessions.in_chat("c") == []
    sessions.forget("s1")
    assert sessions.in_chat("c1") == []
    assert sessions.owner_of("s1") is None


def test_entry_has_the_other_servers_shape(shared):
    sessions.bind("s1", user(), "secret-token")
    sessions.enter_chat("s1", "c1")
    text = shared.hget(redis.key("session_pool"), "s1")
    entry = json.loads(text)
    assert "secret-token" not in text
    assert (entry["id"], entry["chat_ids"]) == ("u1", ["c1"])
    assert abs(entry["last_seen_at"] - time.time()) < 5
    expected = """id email username role name timezone presence_state status_emoji status_message status_expires_at info
        settings oauth scim last_active_at updated_at created_at last_seen_at chat_ids"""
    assert set(entry) == set(expected.split())


def test_entries_of_the_other_server_count(shared):
    entry = {"id": "u9", "name": "Zoe", "last_seen_at": int(time.time()), "chat_ids": ["c1"]}
    shared.hset(redis.key("session_pool"), "theirs", json.dumps(entry))
    sessions.bind("s1", user(), "token")
    sessions.enter_chat("s1", "c1")
    assert sessions.in_chat("c1") == [{"id": "u1", "name": "Ann"}, {"id": "u9", "name": "Zoe"}]
    assert sessions.owner_of("theirs") == "u9"


def test_sockets_of_a_dead_process_are_swept_up_and_their_chats_told(shared):
    dead = {"id": "u9", "name": "Zoe", "last_seen_at": int(time.time()) - 500, "chat_ids": ["c1", "c2"]}
    shared.hset(redis.key("session_pool"), "dead", json.dumps(dead))
    sessions.bind("s1", user(), "token")
    told = []
    sessions.on_gone(told.append)
    try:
        assert sessions.in_chat("c1") == []
        sessions.reap()
    finally:
        sessions._on_gone.remove(told.append)
    assert shared.hkeys(redis.key("session_pool")) == ["s1"]
    assert told == [{"c1", "c2"}]


def test_living_sockets_are_not_swept_up(shared):
    session = sessions.bind("s1", user(), "token")
    session.last_seen = time.time() - 500
    sessions.refresh()
    sessions.reap()
    assert sessions.of_user("u1") == ["s1"]


def test_last_activity_is_due_once_in_an_interval():
    session = sessions.bind("s1", user(), "token")
    assert session.is_stamp_due(60)
    sessions.touch("s1")
    assert not session.is_stamp_due(60)
    session.last_seen += 61
    assert session.is_stamp_due(60)


def test_models_in_use_are_forgotten_after_three_seconds(monkeypatch):
    usage.touch("gpt", "s1")
    usage.touch("llama", "s2")
    assert sorted(usage.active_models()) == ["gpt", "llama"]
    later = clock.now() + usage.LIFE + 1
    monkeypatch.setattr(clock, "now", lambda: later)
    usage.touch("llama", "s2")
    assert usage.active_models() == ["llama"]
    usage.reap()
    assert usage.active_models() == ["llama"]


def test_models_in_use_on_the_other_server_count(shared):
    shared.hset(redis.key("usage_pool"), "theirs", json.dumps({"x": {"updated_at": int(time.time())}}))
    usage.touch("theirs", "s1")
    assert usage.active_models() == ["theirs"]
    assert set(json.loads(shared.hget(redis.key("usage_pool"), "theirs"))) == {"x", "s1"}


def test_one_of_several_leads_and_another_takes_over(shared):
    first, second = locks.Leadership("session_cleanup_lock"), locks.Leadership("session_cleanup_lock")
    shared.delete(redis.key("session_cleanup_lock"))
    assert first.held()
    assert not second.held()
    assert first.held()
    assert 0 < shared.ttl(redis.key("session_cleanup_lock")) <= locks.held_seconds()
    first.release()
    assert second.held()
    second.release()


@pytest.mark.parametrize(
    ("trait", "said"), [("version", "finish the update"), ("schema", "revision"), ("rooms", "ROOM")]
)
def test_a_process_that_does_not_fit_is_named(shared, caplog, trait, said):
    name = redis.key("lightwell", "members")
    members.announce("secret")
    mine = json.loads(shared.hget(name, members.own_name()))
    shared.hset(name, "stranger:1", json.dumps({**mine, trait: "another"}))
    (misfit,) = members.announce("secret")
    assert "stranger:1" in misfit and said in misfit
    assert misfit in caplog.text
    assert members.misfits("") == [misfit]
    shared.delete(name)
