"""A page whose socket is on another server than its request is asked all the same (chat.md 6.5 and 10)."""

import threading
import uuid

import pytest

pytestmark = pytest.mark.live

ITEM = {"id": "own-model", "name": "Own", "direct": True, "owned_by": "openai", "urlIdx": 0}
HELLO = [{"role": "user", "content": "hi"}]
OPTION = {"label": "Yes", "description": "d"}
QUESTION = {"id": "q", "header": "H", "question": "Well?", "options": [OPTION, {**OPTION, "label": "No"}]}


def complete(asking, page, **values):
    """A turn in a chat that is not stored, asked of the server where `asking` is, for the page at the other."""
    chat = {"chat_id": f"temporary:{page.sid}", "id": str(uuid.uuid4()), "session_id": page.sid}
    body = {"model": "gpt-test", "stream": True, "messages": HELLO, **chat, **values}
    answer = asking.post("/api/chat/completions", body)
    assert answer.status_code == 200, answer.text
    done = page.wait_kind("chat:completion", done=True)["data"]["data"]
    page.wait_kind("chat:active", active=False)
    return done["output"]


def serve(page, count):
    """The page answers for its own model, in `count` pieces."""

    def answer(payload):
        channel = payload["data"]["data"]["channel"]

        def send():
            for number in range(count):
                page.socket.emit(channel, {"choices": [{"index": 0, "delta": {"content": f"w{number} "}}]})
            page.socket.emit(channel, {"done": True})

        threading.Thread(target=send).start()
        return {"status": True}

    page.answers["request:chat:completion"] = answer


def test_a_model_that_only_the_page_reaches(join, provider):
    asking, page = join("ann", 0, 1)
    serve(page, 200)
    (item,) = complete(asking, page, model="own-model", model_item=ITEM)
    assert item["content"][0]["text"] == "".join(f"w{number} " for number in range(200)).strip()
    assert not provider.chats()


def test_a_page_that_goes_away_ends_the_reply(join, provider):
    asking, page = join("ann", 0, 1)

    def answer(payload):
        channel = payload["data"]["data"]["channel"]
        page.socket.emit(channel, {"choices": [{"index": 0, "delta": {"content": "so far"}}]})
        threading.Timer(0.3, page.leave).start()
        return {"status": True}

    page.answers["request:chat:completion"] = answer
    chat = {"chat_id": f"temporary:{page.sid}", "id": str(uuid.uuid4()), "session_id": page.sid}
    body = {"model": "own-model", "model_item": ITEM, "stream": True, "messages": HELLO, **chat}
    assert asking.post("/api/chat/completions", body).status_code == 200
    error = asking.wait_kind("chat:message:error")["data"]["data"]
    assert error["done"] is True and error["error"]["content"]


def test_a_question_of_the_model(join, provider):
    asking, page = join("ann", 0, 1)
    page.answers["request:user_input"] = {"status": "answered", "answers": {"q": "Yes"}}
    call = {"name": "ask_user", "arguments": {"questions": [QUESTION]}}
    provider.say({"tool_calls": [call]}, "thanks")
    _, result, said = complete(asking, page)
    assert '"Yes"' in result["output"][0]["text"] and said["content"][0]["text"] == "thanks"
    assert "request:user_input" not in asking.kinds()
