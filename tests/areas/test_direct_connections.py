"""Models whose provider only the page reaches (chat.md section 10)."""

import threading

import pytest
from test_tools import results
from test_turn import ada, ask, stored  # noqa: F401

pytestmark = pytest.mark.live

ITEM = {"id": "own-model", "name": "Own", "direct": True, "owned_by": "openai", "urlIdx": 0}


def answering(person, *pieces, status=True):
    """The page: it agrees, then sends these pieces and says that it is done."""
    asked = []

    def answer(payload):
        data = payload["data"]["data"]
        asked.append(data)
        said = pieces[len(asked) - 1] if pieces and isinstance(pieces[0], list) else pieces

        def send():
            for piece in [*said, {"done": True}]:
                person.socket.emit(data["channel"], piece)

        threading.Thread(target=send).start()
        return {"status": status}

    person.answers["request:chat:completion"] = answer
    return asked


def text(content):
    return {"choices": [{"index": 0, "delta": {"content": content}}]}


def own(person, **options):
    answer, _, reply = ask(person, "hi", model="own-model", model_item=ITEM, **options)
    assert answer.status_code == 200
    person.wait_kind("chat:active", active=False)
    return stored(person, answer.json()["chat_id"])["messages"][reply]


def test_the_page_is_asked_and_its_pieces_become_the_reply(ada, provider):  # noqa: F811
    line = 'data: {"choices": [{"index": 0, "delta": {"content": "c"}}]}'
    asked = answering(ada, text("a "), text("b"), line, "garbage")
    reply = own(ada)
    assert reply["content"] == "a bc" and reply["done"] is True
    assert asked[0]["form_data"]["model"] == "own-model" and asked[0]["model"] == ITEM
    assert asked[0]["form_data"]["messages"] == [{"role": "user", "content": "hi"}]
    assert asked[0]["channel"].startswith(f"{ada.id}:{ada.sid}:") and asked[0]["session_id"] == ada.sid
    assert not provider.chats()


def test_its_calls_are_run_here(ada, provider):  # noqa: F811
    piece = {"index": 0, "id": "a", "function": {"name": "get_current_timestamp", "arguments": "{}"}}
    asked = answering(ada, [{"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]}], [text("late")])
    reply = own(ada)
    assert results(reply)[0][0] == "completed" and reply["content"] == "late"
    assert asked[1]["form_data"]["messages"][-1]["role"] == "tool"


def test_a_page_that_refuses_is_an_error(ada, provider):  # noqa: F811
    ada.answers["request:chat:completion"] = {"status": False, "error": "no key"}
    assert own(ada)["error"] == {"content": "no key"}


def test_a_page_that_is_gone_is_an_error(ada, provider):  # noqa: F811
    assert own(ada, session_id="no-such-socket")["error"]["content"]


def test_a_whole_answer(ada, provider):  # noqa: F811
    ada.answers["request:chat:completion"] = {"choices": [{"message": {"role": "assistant", "content": "whole"}}]}
    assert own(ada, stream=False)["content"] == "whole"


def test_without_a_chat_the_pieces_are_the_answer(ada, provider):  # noqa: F811
    answering(ada, text("a"))
    body = {"model": "own-model", "model_item": ITEM, "session_id": ada.sid, "stream": True}
    answer = ada.post("/api/chat/completions", {**body, "messages": [{"role": "user", "content": "hi"}]})
    assert answer.headers["Content-Type"].startswith("text/event-stream") and '"content":"a"' in answer.text


def test_nobody_writes_into_the_channel_of_another(ada, enter, provider):  # noqa: F811
    other = enter("bob").connect()

    def answer(payload):
        channel = payload["data"]["data"]["channel"]

        def send():
            other.socket.call("user-join", {"auth": {"token": other.token}})
            other.socket.emit(channel, text("evil"))
            other.socket.call("user-join", {"auth": {"token": other.token}})
            ada.socket.emit(channel, text("good"))
            ada.socket.emit(channel, {"done": True})

        threading.Thread(target=send).start()
        return {"status": True}

    ada.answers["request:chat:completion"] = answer
    assert own(ada)["content"] == "good"


def test_a_page_makes_no_events_of_the_message(ada):  # noqa: F811
    forged = {"event": {"type": "status", "data": {"description": "forged"}}}
    answering(ada, forged, text("a"), 'data: {"event": {"type": "status", "data": {"description": "forged"}}}')
    reply = own(ada)
    assert reply["content"] == "a" and "statusHistory" not in reply and "status" not in ada.kinds()


def test_usage_is_asked_for_where_the_page_says_that_it_is_given(ada):  # noqa: F811
    asked = answering(ada, text("a"))
    own(ada)
    assert "stream_options" not in asked[0]["form_data"]
    asked = answering(ada, text("a"))
    item = {**ITEM, "info": {"meta": {"capabilities": {"usage": True}}}}
    ada.events.clear()
    ask(ada, "hi", model="own-model", model_item=item)
    ada.wait_kind("chat:active", active=False)
    assert asked[0]["form_data"]["stream_options"] == {"include_usage": True}
