"""Calls that wait for a person: consent, questions, going on (chat.md 6.4, 6.5)."""

import json
import uuid

import pytest
from fakes import kind
from test_tools import call, configure, frame, piece, results
from test_turn import ada, ask, stored  # noqa: F401

pytestmark = pytest.mark.live

QUESTION = {
    "questions": [
        {
            "id": "q1",
            "question": "Which?",
            "options": [{"label": "A", "description": "a"}, {"label": "B", "description": "b"}],
        }
    ]
}


def active(payload):
    return payload["data"]["data"]["active"]


class Waiting:
    """A stored reply and decisions about it."""

    def __init__(self, person, provider, *scripts, **options):
        self.person = person
        provider.say(*scripts)
        answer, self.question, self.reply = ask(person, "go", **options)
        self.chat_id = answer.json()["chat_id"]
        # the end of another chat's turn may come late
        person.wait(lambda e, p: kind(e, p) == "chat:active" and p["chat_id"] == self.chat_id and not active(p))

    @property
    def message(self):
        return stored(self.person, self.chat_id)["messages"][self.reply]

    def calls(self):
        return [one for one in self.message["output"] if one["type"] == "function_call"]

    def decide(self, call_id, action, by=None, **extra):
        self.person.events.clear()
        path = f"/api/v1/chats/{self.chat_id}/messages/{self.reply}/resolve"
        return (by or self.person).post(path, {"call_id": call_id, "action": action, **extra})

    def decided(self, call_id, action, **extra):
        answer = self.decide(call_id, action, **extra)
        assert answer.status_code == 200, answer.text
        self.person.wait_kind("chat:active", active=False)
        return answer.json()


@pytest.fixture
def consent(live):
    configure(live, "chat.tool_permissions.enable", True)
    yield {"params": {"tool_approval_mode": "ask"}}
    configure(live, "chat.tool_permissions.enable", False)


def test_calls_wait_one_after_another(ada, provider, consent):  # noqa: F811
    script = {"tool_calls": [call("get_current_timestamp", id="a"), call("calculate_timestamp", id="b")]}
    waiting = Waiting(ada, provider, script, "finished", **consent)
    message = waiting.message
    assert message["done"] is False and [one["status"] for one in message["output"]] == ["pending", "queued"]
    assert {"session_id", "tool_ids", "params", "features", "variables", "files"} <= set(message["meta"])
    told = waiting.decided("a", "approve")
    assert set(told) == {"status", "chat_id", "message_id", "task_ids"} and len(told["task_ids"]) == 1
    assert [one["status"] for one in waiting.calls()] == ["completed", "pending"]
    assert waiting.message["done"] is False and len(provider.chats()) == 1
    waiting.decided("b", "approve")
    assert waiting.message["done"] is True and waiting.message["content"] == "finished"
    sent = provider.chats()[1]["messages"]
    assert [one["id"] for one in sent[1]["tool_calls"]] == ["a", "b"] and len(sent) == 4


def test_a_rejected_call_is_not_run_and_the_model_hears_of_it(ada, provider, consent):  # noqa: F811
    waiting = Waiting(ada, provider, {"tool_calls": [call("create_tasks", {"tasks": []}, id="a")]}, "well", **consent)
    waiting.decided("a", "reject")
    assert results(waiting.message)[0][0] == "rejected" and waiting.message["content"] == "well"
    assert provider.chats()[1]["messages"][2]["content"].startswith("Error: ")
    assert "chat:message:tasks" not in ada.kinds()


def test_a_rejection_while_others_wait_begins_nothing(ada, provider, consent):  # noqa: F811
    script = {"tool_calls": [call("get_current_timestamp", id="a"), call("calculate_timestamp", id="b")]}
    waiting = Waiting(ada, provider, script, "finished", **consent)
    assert waiting.decide("a", "reject").json()["task_ids"] == []
    assert [one["status"] for one in waiting.calls()] == ["rejected", "pending"]
    waiting.decided("b", "reject")
    assert waiting.message["done"] is True and len(provider.chats()) == 2


def test_without_the_setting_nothing_waits(ada, provider):  # noqa: F811
    script = {"tool_calls": [call("get_current_timestamp")]}
    waiting = Waiting(ada, provider, script, "ok", params={"tool_approval_mode": "ask"})
    assert waiting.message["done"] is True


def test_a_question_waits_for_its_answer(ada, provider):  # noqa: F811
    waiting = Waiting(ada, provider, {"tool_calls": [call("ask_user", QUESTION, id="a")]}, "thanks")
    (asked,) = waiting.calls()
    assert asked["status"] == "pending" and json.loads(asked["arguments"]) == {
        "questions": [{**QUESTION["questions"][0], "header": "Question 1", "allow_other": True}],
        "allow_other": True,
        "timeout_ms": 120000,
    }
    waiting.decided("a", "answer", answers={"q1": "B"})
    assert json.loads(results(waiting.message)[0][1]) == {"status": "answered", "answers": {"q1": "B"}}
    assert waiting.message["content"] == "thanks"


def test_a_question_may_stay_open_too_long(ada, provider):  # noqa: F811
    waiting = Waiting(ada, provider, {"tool_calls": [call("ask_user", QUESTION, id="a")]}, "then not")
    waiting.decided("a", "answer", timed_out=True)
    said = json.loads(results(waiting.message)[0][1])
    assert said == {"status": "cancelled", "answers": {}, "timed_out": True}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"questions": QUESTION["questions"] * 4},
        {"questions": QUESTION["questions"] * 2},
        {"questions": [{**QUESTION["questions"][0], "id": ""}]},
        {"questions": [{"id": "x", "question": "?", "options": [{"label": "A", "description": "a"}]}]},
    ],
)
def test_a_question_that_cannot_be_asked_is_answered_at_once(ada, provider, arguments):  # noqa: F811
    waiting = Waiting(ada, provider, {"tool_calls": [call("ask_user", arguments)]}, "ok")
    assert waiting.message["done"] is True and results(waiting.message)[0][1].startswith("Error: ")


def test_a_question_among_other_calls_is_refused(ada, provider):  # noqa: F811
    script = {"tool_calls": [call("ask_user", QUESTION), call("get_current_timestamp")]}
    waiting = Waiting(ada, provider, script, "ok")
    (_, refused), (_, moment) = results(waiting.message)
    assert refused.startswith("Error: ") and "current_timestamp" in moment


def test_decisions_that_cannot_be_taken(ada, provider, enter, consent):  # noqa: F811
    waiting = Waiting(ada, provider, {"tool_calls": [call("get_current_timestamp", id="a")]}, "ok", **consent)
    assert waiting.decide("a", "answer", answers={}).status_code == 400
    assert waiting.decide("nope", "approve").status_code == 404
    assert waiting.decide("a", "approve", by=enter("bob")).status_code == 401
    assert waiting.decide("a", "perhaps").status_code == 422
    path = f"/api/v1/chats/{waiting.chat_id}/messages/nope/resolve"
    assert ada.post(path, {"call_id": "a", "action": "approve"}).status_code == 404
    waiting.decided("a", "approve")
    assert waiting.decide("a", "approve").status_code == 409
    assert len(provider.chats()) == 2


def test_stopping_ends_a_reply_that_waits(ada, provider, consent):  # noqa: F811
    waiting = Waiting(ada, provider, {"tool_calls": [call("get_current_timestamp", id="a")]}, **consent)
    ada.post(f"/api/tasks/chat/{waiting.chat_id}/stop")
    assert waiting.message["done"] is True and waiting.calls()[0]["status"] == "rejected"


def temporary(person, provider, *scripts, **options):
    """A turn of a chat that is not stored; returns the finished output."""
    provider.say(*scripts)
    reply = str(uuid.uuid4())
    body = {"stream": True, "model": "gpt-test", "session_id": person.sid, "chat_id": f"temporary:{person.sid}"}
    body |= {"id": reply, "messages": [{"role": "user", "content": "hi"}], **options}
    person.post("/api/chat/completions", body)
    return person.wait_kind("chat:completion", done=True)["data"]["data"]


@pytest.mark.parametrize(("said", "status"), [(True, "completed"), (False, "failed")])
def test_in_a_temporary_chat_the_page_asks_for_consent(ada, provider, consent, said, status):  # noqa: F811
    ada.answers["confirmation"] = said
    done = temporary(ada, provider, {"tool_calls": [call("get_current_timestamp", id="a")]}, "ok", **consent)
    assert results(done)[0][0] == status
    asked = ada.wait_kind("confirmation")["data"]["data"]
    assert asked["tool_call"] == {"id": "a", "name": "get_current_timestamp", "arguments": {}}
    ada.wait_kind("request:interaction:done", interaction_id=asked["interaction_id"])


@pytest.mark.parametrize("status", [{"status": "answered"}, {}])
def test_in_a_temporary_chat_the_page_asks_the_question(ada, provider, status):  # noqa: F811
    ada.answers["request:user_input"] = {**status, "answers": {"q1": "A"}}
    done = temporary(ada, provider, {"tool_calls": [call("ask_user", QUESTION)]}, "ok")
    assert json.loads(results(done)[0][1]) == {"status": "answered", "answers": {"q1": "A"}}


def test_text_before_a_waiting_call_is_the_messages_text(ada, provider, consent):  # noqa: F811
    frames = [frame({"content": "let me see"}), frame({"tool_calls": [piece("c1", "get_current_timestamp", "{}")]})]
    waiting = Waiting(ada, provider, {"frames": frames}, "there", **consent)
    assert waiting.message["content"] == "let me see" and waiting.message["done"] is False
    waiting.decided("c1", "approve")
    assert waiting.message["content"] == "let me see\nthere"


def test_objects_back_to_back_wait_for_consent_one_by_one(ada, provider, consent):  # noqa: F811
    text = '{"days_ago": 1}{"days_ago": 2}'
    frames = [frame({"tool_calls": [piece("c1", "calculate_timestamp", text)]}), b"data: [DONE]\n\n"]
    waiting = Waiting(ada, provider, {"frames": frames}, "ok", **consent)
    whole, first, second = waiting.calls()
    assert [one["status"] for one in (whole, first, second)] == ["completed", "pending", "queued"]
    waiting.decided(first["call_id"], "approve")
    waiting.decided(second["call_id"], "approve")
    assert [status for status, _ in results(waiting.message)] == ["completed"] * 2
    assert waiting.message["content"] == "ok"
