"""A reply that is being written and somebody who changes the chat meanwhile, in this tab or another: nothing is lost,
and rows say what the document says (data.md, "Two stores of one chat")."""

import copy
import json
import threading

import pytest
from test_turn import ada, ask, until

pytestmark = pytest.mark.live
__all__ = ["ada"]

CHATS = "/api/v1/chats"
SAID = " ".join(f"word{number}" for number in range(40))


def agreed(live, chat_id):
    """The chat's messages by id (role, parent, content), which rows and document must both say."""
    text = (lambda name: f"{name}::text") if live.backend.kind == "postgres" else (lambda name: name)
    document = live.backend.execute(f"SELECT {text('chat')} FROM chat WHERE id = ?", chat_id)[0][0]
    history = json.loads(document)["history"]["messages"]
    said = {key: (one["role"], one.get("parentId"), one["content"]) for key, one in history.items()}
    select = f"SELECT id, role, parent_id, {text('content')} FROM chat_message WHERE chat_id = ?"
    rows = live.backend.execute(select, chat_id)
    assert {one.removeprefix(chat_id + "-"): (r, p, json.loads(c)) for one, r, p, c in rows} == said
    return said


@pytest.fixture
def running(ada, live, provider):
    """A chat with a finished turn and one whose reply is being written: the chat as a tab saw it before the second
    question, its path, the ids of first question, first reply, second question and second reply."""
    provider.say("one")
    first, question, reply = ask(ada, "first")
    path = f"{CHATS}/{first.json()['chat_id']}"
    until(lambda: ada.get(path).json()["chat"]["history"]["messages"][reply].get("done"))
    stale = ada.get(path).json()["chat"]
    provider.say({"text": SAID, "delay": 0.03})
    _, again, answer = ask(ada, "second", chat_id=first.json()["chat_id"], parent_id=reply)
    until(lambda: ada.get(path).json()["chat"]["history"]["messages"].get(answer, {}).get("content"))
    return stale, path, (question, reply, again, answer)


def finish(ada, live, path, answer):
    until(lambda: ada.get(path).json()["chat"]["history"]["messages"][answer].get("done"), 30)
    said = agreed(live, path.rsplit("/", 1)[1])
    assert said[answer][2] == SAID
    return said


def test_another_message_is_edited_while_a_reply_is_written(ada, live, running):
    _, path, (question, reply, _, answer) = running
    assert ada.post(f"{path}/messages/{reply}", {"content": "edited"}).status_code == 200
    assert ada.post(f"{path}/messages/{question}", {"content": "asked otherwise"}).status_code == 200
    said = finish(ada, live, path, answer)
    assert said[reply][2] == "edited" and said[question][2] == "asked otherwise"


def test_the_chat_is_renamed_tagged_and_pinned_while_a_reply_is_written(ada, live, running):
    _, path, (*_, answer) = running
    assert ada.post(path, {"chat": {"title": "Another name"}}).status_code == 200
    assert ada.post(f"{path}/tags", {"name": "red"}).status_code == 200
    assert ada.post(f"{path}/pin").status_code == 200
    finish(ada, live, path, answer)
    chat = ada.get(path).json()
    assert (chat["title"], chat["pinned"], chat["meta"]["tags"]) == ("Another name", True, ["red"])


def test_a_tab_that_knows_nothing_of_the_reply_saves_the_whole_chat(ada, live, running):
    stale, path, (question, reply, again, answer) = running
    mine = copy.deepcopy(stale)
    mine["history"]["messages"][reply]["annotation"] = {"rating": 1}
    assert ada.post(path, {"chat": mine}).status_code == 200
    said = finish(ada, live, path, answer)
    assert set(said) == {question, reply, again, answer} and said[answer][1] == again
    assert ada.get(path).json()["chat"]["history"]["messages"][reply]["annotation"] == {"rating": 1}


def test_a_tab_saves_the_reply_as_far_as_it_has_seen_it(ada, live, running):
    _, path, (*_, answer) = running
    half = ada.get(path).json()["chat"]
    assert half["history"]["messages"][answer]["done"] is False
    assert ada.post(path, {"chat": half}).status_code == 200
    finish(ada, live, path, answer)
    assert ada.post(path, {"chat": half}).status_code == 200
    assert agreed(live, path.rsplit("/", 1)[1])[answer][2] == SAID, "an older state does not win later either"


def test_the_branch_beside_is_deleted_while_a_reply_is_written(ada, live, running):
    stale, path, (question, reply, _, answer) = running
    aside = {"id": "aside", "parentId": question, "role": "assistant", "content": "other", "done": True}
    beside = {**stale["history"], "messages": {"aside": aside}}
    assert ada.post(path, {"chat": {"history": beside}}).status_code == 200
    assert ada.delete(f"{path}/messages/aside").status_code == 200
    said = finish(ada, live, path, answer)
    assert "aside" not in said and reply in said


def test_the_reply_itself_is_deleted_while_it_is_written(ada, live, running):
    _, path, (question, reply, again, answer) = running
    assert ada.delete(f"{path}/messages/{answer}").status_code == 200
    until(lambda: not ada.get(f"/api/tasks/chat/{path.rsplit('/', 1)[1]}").json()["task_ids"], 30)
    assert set(agreed(live, path.rsplit("/", 1)[1])) == {question, reply, again}


def test_two_tabs_add_to_the_same_chat_at_once(ada, live, running):
    stale, path, (question, reply, again, answer) = running

    def add(name):
        for number in range(10):
            one = f"{name}{number}"
            message = {"id": one, "parentId": reply, "role": "user", "content": one}
            history = {"currentId": one, "messages": {**stale["history"]["messages"], one: message}}
            assert ada.post(path, {"chat": {**stale, "history": history}}).status_code == 200

    tabs = [threading.Thread(target=add, args=(name,)) for name in ("left", "right")]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    said = finish(ada, live, path, answer)
    added = {f"{name}{number}" for name in ("left", "right") for number in range(10)}
    assert set(said) == added | {question, reply, again, answer}
