"""Several people in one chat: what a guest leaves in it, what he may see of it, and until when."""

import time

import pytest
from test_chats import CHATS, document
from test_sharing import grant
from test_turn import ada, ask, until

pytestmark = pytest.mark.live
__all__ = ["ada"]


def share(owner, chat_id, grants, mode="continue"):
    assert owner.post(f"{CHATS}/{chat_id}/share", json={"share_mode": mode}).status_code == 200
    body = {"access_grants": grants, "share_mode": mode}
    assert owner.post(f"{CHATS}/shared/{chat_id}/access/update", json=body).status_code == 200


@pytest.fixture
def shared(ada, enter):
    """Ada's chat, which a guest may continue: its id and the guest."""
    guest = enter("guest").connect()
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    model = {"id": "gpt-test", "name": "gpt-test", "access_grants": [everybody]}
    assert ada.post("/api/v1/models/model/access/update", json=model).status_code == 200
    chat_id = ada.post(CHATS + "/new", json={"chat": document(models=["hers"], files=[])}).json()["id"]
    share(ada, chat_id, [grant("user", guest.id)])
    return chat_id, guest


def look(person, chat_id):
    return person.socket.call("events:chat", {"chat_id": chat_id, "data": {"type": "join"}})


def kinds(person, chat_id):
    return [p["data"]["type"] for _, p in person.events if p.get("chat_id") == chat_id]


def test_what_a_guest_asked_with_is_neither_the_chats_nor_the_owners(ada, shared, provider):
    chat_id, guest = shared
    provider.say("an answer")
    answer, question, reply = ask(guest, "by the guest", chat_id=chat_id, parent_id="m1", chat_variables={"his": "own"})
    assert answer.status_code == 200
    until(lambda: ada.get(f"{CHATS}/{chat_id}").json()["chat"]["history"]["messages"].get(reply, {}).get("done"))
    mine, his = (one.get(f"{CHATS}/{chat_id}").json() for one in (ada, guest))
    assert mine["chat"]["models"] == ["hers"] and mine["variables"] == {}
    messages = mine["chat"]["history"]["messages"]
    assert messages[question]["user_id"] == guest.id and "meta" not in messages[reply]
    assert his["chat"]["history"]["messages"][reply]["meta"]["task_id"]


def test_who_may_not_see_a_chat_any_more_hears_nothing_more_of_it(ada, shared):
    chat_id, guest = shared
    assert look(guest, chat_id) is True and look(ada, chat_id) is True
    share(ada, chat_id, [])
    guest.wait_kind("chat:access")
    ada.wait(lambda _, p: p.get("chat_id") == chat_id and (p["data"].get("data") or {}).get("users") == [ada_of(ada)])
    before = len(kinds(guest, chat_id))
    event = {"type": "status", "data": {"description": "secret"}}
    assert ada.post(f"{CHATS}/{chat_id}/messages/m1/event", json=event).json() is True
    ada.wait_kind("status")
    time.sleep(0.2)
    assert kinds(guest, chat_id)[before:] == []
    assert look(guest, chat_id) is False


@pytest.fixture
def filed(ada, enter):
    """A chat of Ada's in a folder inside one that a guest may read, on both their screens: its id, the folders and the
    guest."""
    guest = enter("guest").connect()
    outer = ada.post("/api/v1/folders/", json={"name": "Outer"}).json()["id"]
    inner = ada.post("/api/v1/folders/", json={"name": "Inner", "parent_id": outer}).json()["id"]
    grants = {"access_grants": [grant("user", guest.id)]}
    assert ada.post(f"/api/v1/folders/{outer}/access/update", json=grants).status_code == 200
    chat_id = ada.post(CHATS + "/new", json={"chat": document(), "folder_id": inner}).json()["id"]
    assert look(guest, chat_id) is True and look(ada, chat_id) is True
    yield chat_id, outer, inner, guest
    for folder_id in (inner, outer):
        assert ada.delete(f"/api/v1/folders/{folder_id}").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "may_stay"),
    [
        ("/api/v1/folders/{inner}/update/parent", {"parent_id": None}, False),
        ("/api/v1/folders/{outer}/access/update", {"access_grants": []}, False),
        (f"{CHATS}/archive/all", None, False),
        ("/api/v1/folders/{outer}/update", {"meta": {"icon": "x"}}, True),
    ],
)
def test_what_changes_around_a_chat_is_told_to_its_viewers(ada, filed, path, body, may_stay):
    chat_id, outer, inner, guest = filed
    other = ada.post(CHATS + "/new", json={"chat": document()}).json()["id"]
    answer = ada.post(path.format(outer=outer, inner=inner), **({} if body is None else {"json": body}))
    assert answer.status_code == 200, answer.text
    guest.wait_kind("chat:access")
    ada.wait_kind("chat:access")
    assert look(guest, chat_id) is may_stay
    assert not [
        p for _, p in guest.events + ada.events if p.get("chat_id") == other and p["data"]["type"] == "chat:access"
    ]
    if not may_stay:
        before = len(kinds(guest, chat_id))
        event = {"type": "status", "data": {"description": "secret"}}
        assert ada.post(f"{CHATS}/{chat_id}/messages/m1/event", json=event).json() is True
        ada.wait_kind("status")
        assert kinds(guest, chat_id)[before:] == []


@pytest.mark.parametrize(
    ("permissions", "mode", "where", "status"),
    [
        (("read",), "continue", "outer", 200),
        (("read", "write"), "continue", "outer", 200),
        (("read",), None, "outer", 404),
        (("read", "write"), None, "outer", 404),
        (("write",), "continue", "outer", 404),
        # the mode of a folder is not that of the folders inside it
        (("read",), "continue", "inner", 404),
    ],
)
def test_a_folders_mode_says_who_continues_its_chats(ada, shared, filed, provider, permissions, mode, where, status):
    _, outer, inner, guest = filed
    body = {"access_grants": [grant("user", guest.id, one) for one in permissions], "share_mode": mode}
    assert ada.post(f"/api/v1/folders/{outer}/access/update", json=body).status_code == 200
    folder_id = {"outer": outer, "inner": inner}[where]
    chat_id = ada.post(CHATS + "/new", json={"chat": document(), "folder_id": folder_id}).json()["id"]
    if status == 200:
        provider.say("an answer")
    answer, _, reply = ask(guest, "by the guest", chat_id=chat_id, parent_id="m1")
    assert answer.status_code == status
    if status == 200:
        until(lambda: ada.get(f"{CHATS}/{chat_id}").json()["chat"]["history"]["messages"].get(reply, {}).get("done"))
    else:
        assert reply not in ada.get(f"{CHATS}/{chat_id}").json()["chat"]["history"]["messages"]


def test_all_links_taken_back_are_told_to_who_has_one_on_screen(ada, shared):
    chat_id, guest = shared
    other = ada.post(CHATS + "/new", json={"chat": document()}).json()["id"]
    share(ada, other, [grant("user", guest.id)])
    assert look(guest, chat_id) is True and look(ada, other) is True
    assert ada.delete(f"{CHATS}/share/all").json() is True
    guest.wait(lambda _, p: p.get("chat_id") == chat_id and p["data"]["type"] == "chat:access")
    ada.wait(lambda _, p: p.get("chat_id") == other and p["data"]["type"] == "chat:access")
    assert look(guest, chat_id) is False


def ada_of(person):
    return {"id": person.id, "name": person.user["name"]}


def test_a_chat_in_which_a_reply_is_written_is_neither_forked_nor_compacted(ada, live, provider):
    provider.say({"text": "word " * 60, "delay": 0.05})
    chat_id = ask(ada, "hello")[0].json()["chat_id"]
    for caller in (ada, live.admin):
        assert caller.post(f"{CHATS}/{chat_id}/fork", json={"message_id": "none"}).status_code == 409
    assert ada.post(f"{CHATS}/{chat_id}/compact", json={}).status_code == 409
    ada.post(f"/api/tasks/chat/{chat_id}/stop")
    until(lambda: ada.get(f"/api/tasks/chat/{chat_id}").json()["task_ids"] == [])
    assert ada.post(f"{CHATS}/{chat_id}/fork", json={}).status_code == 200


def test_archiving_stops_what_is_being_written(ada, provider):
    provider.say({"text": "word " * 60, "delay": 0.05})
    answer, _, reply = ask(ada, "hello")
    chat_id = answer.json()["chat_id"]
    assert ada.post(f"{CHATS}/{chat_id}/archive").json()["archived"] is True
    ada.wait_kind("chat:tasks:cancel")
    until(lambda: ada.get(f"/api/tasks/chat/{chat_id}").json()["task_ids"] == [])
    message = ada.get(f"{CHATS}/{chat_id}").json()["chat"]["history"]["messages"][reply]
    assert message["done"] is True and message["content"].count("word") < 60
