"""Which of the three ways a completion goes, and what each tells (chat.md section 1)."""

import uuid

import pytest
from test_turn import ada, ask, stored  # noqa: F401

pytestmark = pytest.mark.live

HELLO = [{"role": "user", "content": "hi"}]


def complete(person, **values):
    return person.post("/api/chat/completions", {"model": "gpt-test", "messages": HELLO, **values})


@pytest.mark.parametrize("streamed", [True, False])
def test_inside_the_request_no_page_is_told_that_the_chat_is_active(ada, provider, streamed):  # noqa: F811
    reply, question = str(uuid.uuid4()), str(uuid.uuid4())
    about = {"id": question, "parentId": None, "role": "user", "content": "stored words"}
    answer = complete(ada, id=reply, parent_id=None, user_message=about, stream=streamed)
    said = "You said: stored words"
    assert answer.json() is None if streamed else answer.json()["choices"][0]["message"]["content"] == said
    done = ada.wait_kind("chat:completion", done=True)
    assert "chat:active" not in ada.kinds()
    kept = stored(ada, done["chat_id"])["messages"][reply]
    assert kept["content"] == said and kept["done"] is True
    assert ada.get(f"/api/tasks/chat/{done['chat_id']}").json() == {"task_ids": []}


@pytest.mark.parametrize("key", ["features", "files", "tool_ids", "tool_servers", "filter_ids", "skill_ids"])
def test_what_has_another_form_than_it_should_is_refused(ada, provider, key):  # noqa: F811
    for wrong in (5, "x"):
        assert complete(ada, **{key: wrong}).status_code == 400
    assert not provider.requests or not provider.chats()
    for nothing in (None, []):
        assert complete(ada, **{key: nothing}).status_code == 200


def test_a_chat_of_somebody_else_is_not_there_for_a_program_either(ada, enter, provider):  # noqa: F811
    answer, *_ = ask(ada, "mine")
    ada.wait_kind("chat:active", active=False)
    provider.requests.clear()
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    ada.post("/api/v1/models/model/access/update", {"id": "gpt-test", "name": "g", "access_grants": [everybody]})
    bob, chat_id = enter("bob"), answer.json()["chat_id"]
    assert complete(bob, chat_id=chat_id).status_code == 404
    assert complete(bob, chat_id="nope").status_code == 404
    assert not provider.chats()
    assert complete(ada, chat_id=chat_id).status_code == 200
