"""A turn runs in one process, the page that it asks is connected to another."""

import threading
import uuid

import pytest

pytestmark = pytest.mark.live

ITEM = {"id": "own-model", "name": "Own", "direct": True}


def turn(page, here, **options):
    """A temporary chat of `page`'s socket, asked for through the server of `here`; the finished event."""
    body = {"stream": True, "session_id": page.sid, "chat_id": f"temporary:{page.sid}", "id": str(uuid.uuid4())}
    body |= {"model": "own-model", "model_item": ITEM, "messages": [{"role": "user", "content": "hi"}], **options}
    answer = here.post("/api/chat/completions", body)
    assert answer.status_code == 200, answer.text
    return page.wait_kind("chat:completion", done=True)["data"]["data"]


def test_a_direct_connection_across_processes(join):
    here, page = join("ann", 0, 1)
    pieces = [f"{n} " for n in range(100)]

    def answer(payload):
        channel = payload["data"]["data"]["channel"]

        def send():
            for piece in pieces:
                page.socket.emit(channel, {"choices": [{"index": 0, "delta": {"content": piece}}]})
            page.socket.emit(channel, {"done": True})

        threading.Thread(target=send).start()
        return {"status": True}

    page.answers["request:chat:completion"] = answer
    done = turn(page, here)
    assert done["output"][0]["content"][0]["text"] == "".join(pieces).strip()


def test_a_page_that_vanishes_ends_the_turn(join):
    here, page = join("ann", 0, 1)
    page.answers["request:chat:completion"] = {"status": True}
    threading.Timer(1.5, page.leave).start()
    body = {"stream": True, "session_id": page.sid, "chat_id": f"temporary:{page.sid}", "id": str(uuid.uuid4())}
    body |= {"model": "own-model", "model_item": ITEM, "messages": [{"role": "user", "content": "hi"}]}
    here.post("/api/chat/completions", body)
    assert here.wait_kind("chat:message:error", done=True)


def test_a_question_of_the_model_reaches_the_page(join, provider):
    here, page = join("ann", 0, 1)
    options = [{"label": label, "description": "d"} for label in ("Yes", "No")]
    questions = [{"id": "q", "header": "H", "question": "Well?", "options": options}]
    provider.say({"tool_calls": [{"name": "ask_user", "arguments": {"questions": questions}}]}, "thanks")
    page.answers["request:user_input"] = {"status": "answered", "answers": {"q": "Yes"}}
    done = turn(page, here, model="gpt-test", model_item={})
    _, result, said = done["output"]
    assert '"Yes"' in result["output"][0]["text"] and said["content"][0]["text"] == "thanks"
    assert "request:user_input" not in here.kinds()
