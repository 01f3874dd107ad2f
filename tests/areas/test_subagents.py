"""Sub-agents and timers: tasks handed on, prompts for later, what they bring back (chat.md 6.7)."""

import datetime
import json

import pytest
from test_tools import call, configure, offered, results
from test_turn import ada, ask, stored, until  # noqa: F401

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True)
def enabled(live):
    configure(live, "subagents.enable", True)
    configure(live, "subagents.background_enabled", True)
    yield
    for key, value in (("enable", False), ("max_async", 20), ("max_iterations", 30), ("max_output", 30000)):
        configure(live, f"subagents.{key}", value)


class Parent:
    """A question whose answer hands tasks on."""

    def __init__(self, person, provider, *scripts, wait=True, **options):
        self.person = person
        person.events.clear()
        # what a test before this one has left to be done must not take the first script
        first = {"text": scripts[0]} if isinstance(scripts[0], str) else scripts[0]
        provider.say({"to": "go", **first}, *scripts[1:])
        answer, self.question, self.reply_id = ask(person, "go", **options)
        self.chat_id = answer.json()["chat_id"]
        if wait:
            person.wait_kind("chat:active", active=False)

    @property
    def history(self):
        return stored(self.person, self.chat_id)

    @property
    def reply(self):
        return self.history["messages"][self.reply_id]

    def children(self, live):
        """The inner chats, as the API tells of them."""
        found = live.backend.execute("SELECT id, meta FROM chat")
        metas = {one: meta if isinstance(meta, dict) else json.loads(meta) for one, meta in found}
        ids = [one for one, meta in metas.items() if meta.get("parent_chat_id") == self.chat_id]
        return [self.person.get(f"/api/v1/chats/{one}").json() for one in ids]

    def later(self, until_done=True):
        """The turn that began by itself: its question and its reply."""

        def found():
            messages = self.history["messages"]
            questions = [one for one in messages.values() if (one.get("meta") or {}).get("internal")]
            answered = [one for one in questions if any(messages[c].get("done") for c in one["childrenIds"])]
            return (answered[-1], messages[answered[-1]["childrenIds"][0]]) if answered else None

        until(found, 15)
        return found()


def delegate(task, call_id="d1", **arguments):
    return call("delegate_task", {"task": task, **arguments}, id=call_id)


def test_a_task_is_done_in_a_chat_of_its_own(ada, live, provider):  # noqa: F811
    system = [{"role": "system", "content": "Be brief."}]
    task = "Count the ships in the harbour, then the boats, then all that swims"
    script = {"tool_calls": [delegate(task, context="Oslo")]}
    parent = Parent(ada, provider, script, "twelve", "So: twelve.", messages=system)
    assert results(parent.reply) == [("completed", "twelve")] and parent.reply["content"] == "So: twelve."
    above, inside, after = provider.chats()
    assert {"delegate_task", "timer"} <= set(offered(above))
    assert set(offered(above)) - set(offered(inside)) == {"delegate_task", "timer"}
    assert inside["messages"][0]["content"].startswith("Be brief.\n")
    assert inside["messages"][1]["content"] == f"{task}\n\n## Context\nOslo"
    assert after["messages"][-1]["content"] == "twelve"
    (child,) = parent.children(live)
    assert child["title"] == f"Sub-agent: {task[:60]}"
    meta = child["meta"]
    assert meta.pop("delegation_id").startswith("deleg_")
    assert meta == {
        "internal": True,
        "type": "subagent",
        "parent_chat_id": parent.chat_id,
        "parent_message_id": parent.reply_id,
        "mode": "foreground",
    }
    assert child["id"] not in [one["id"] for one in ada.get("/api/v1/chats/?page=1").json()]
    told = [payload for event, payload in ada.events if event == "events" and payload["chat_id"] == child["id"]]
    assert told and all(one["internal"] is True for one in told)
    kinds = [one["data"]["type"] for one in told]
    assert kinds[0] == "chat:list" and kinds[-1] == "chat:completion" and "chat:active" not in kinds


def test_tasks_of_one_round_are_done_side_by_side(ada, provider):  # noqa: F811
    script = {"tool_calls": [delegate("first delay=0.1", "a"), call("get_current_timestamp"), delegate("second", "b")]}
    parent = Parent(ada, provider, script)
    first, _, second = results(parent.reply)
    assert first == ("completed", "You said: first delay=0.1") and second == ("completed", "You said: second")
    begun, ended = {}, {}
    for place, (_, payload) in enumerate(ada.events):
        if payload.get("internal"):
            begun.setdefault(payload["chat_id"], place)
            ended[payload["chat_id"]] = place
    assert len(begun) == 2 and max(begun.values()) < min(ended.values())


def test_a_failing_sub_agent_is_an_error_for_the_model(ada, live, provider):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [delegate("x")]}, {"error": 500, "message": "boom"}, "Pity.")
    assert results(parent.reply) == [("failed", "Error: boom")] and parent.reply["content"] == "Pity."


def test_a_sub_agent_has_its_own_limit_of_rounds(ada, live, provider):  # noqa: F811
    configure(live, "subagents.max_iterations", 1)
    again = {"tool_calls": [call("get_current_timestamp")]}
    parent = Parent(ada, provider, {"tool_calls": [delegate("x")]}, again, again, "Pity.")
    ((status, text),) = results(parent.reply)
    assert status == "failed" and "1 rounds" in text and len(provider.chats()) == 4


def test_a_long_report_is_cut(ada, live, provider):  # noqa: F811
    configure(live, "subagents.max_output", 20)
    parent = Parent(ada, provider, {"tool_calls": [delegate("x")]}, "word " * 30, "ok")
    assert results(parent.reply)[0][1].startswith("word " * 4 + "\n\n[") and len(results(parent.reply)[0][1]) < 60


@pytest.mark.parametrize("arguments", [{}, {"task": "  "}, {"task": "x", "file_ids": ["nope"]}])
def test_a_task_that_cannot_be_handed_on(ada, live, provider, arguments):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [call("delegate_task", arguments)]}, "ok")
    assert results(parent.reply)[0][0] == "failed" and parent.children(live) == []


def test_a_sub_agent_asks_nobody(ada, live, provider):  # noqa: F811
    option = {"label": "A", "description": "a"}
    asked = {"questions": [{"id": "q", "question": "?", "options": [option, option]}]}
    parent = Parent(
        ada, provider, {"tool_calls": [delegate("x")]}, {"tool_calls": [call("ask_user", asked)]}, "A it is"
    )
    assert results(parent.reply) == [("completed", "A it is")]


def test_stopping_the_reply_stops_its_sub_agents(ada, live, provider):  # noqa: F811
    script = {"tool_calls": [delegate("tokens=200 delay=0.05")]}
    parent = Parent(ada, provider, script, wait=False)
    ada.wait(lambda event, one: one.get("internal") and "word5" in json.dumps(one["data"]))
    ada.post(f"/api/tasks/chat/{parent.chat_id}/stop")
    ada.wait_kind("chat:active", active=False)
    assert [item["status"] for item in parent.reply["output"]] == ["incomplete"]
    (child,) = parent.children(live)
    until(lambda: ada.get(f"/api/tasks/chat/{child['id']}").json()["task_ids"] == [])
    (inside,) = [m for m in stored(ada, child["id"])["messages"].values() if m["role"] == "assistant"]
    assert inside["done"] is True and inside["error"] and inside["content"].startswith("word0")


def test_a_task_in_the_background_comes_back_by_itself(ada, live, provider):  # noqa: F811
    provider.say({"to": "count", "text": "twelve"})
    parent = Parent(ada, provider, {"tool_calls": [delegate("count", background=True)]}, "It is under way.")
    said = json.loads(results(parent.reply)[0][1])
    (child,) = parent.children(live)
    told = {"status": "dispatched", "mode": "background", "task": "count", "subagent_chat_id": child["id"]}
    assert said == {**told, "delegation_id": child["meta"]["delegation_id"]}
    question, reply = parent.later()
    assert question["parentId"] == parent.reply_id and "twelve" in question["content"]
    origin = {"delegation_id": said["delegation_id"], "subagent_chat_id": child["id"]}
    assert question["meta"] == {"internal": True, "type": "subagent", **origin}
    assert reply["content"].startswith("You said:") and parent.history["currentId"] == reply["id"]
    reload = ada.wait_kind("chat:reload")
    assert reload["chat_id"] == parent.chat_id and reload["message_id"] == reply["id"]


def test_what_comes_back_while_the_chat_is_busy_waits_and_is_one_question(ada, live, provider):  # noqa: F811
    provider.say({"to": "one", "text": "uno"}, {"to": "two", "text": "due"})
    calls = [delegate("one", "a", background=True), delegate("two", "b", background=True)]
    parent = Parent(ada, provider, {"tool_calls": calls}, {"text": "busy " * 40, "delay": 0.1}, wait=False)

    def waiting():
        return [m for m in parent.history["messages"].values() if (m.get("meta") or {}).get("status") == "pending"]

    until(lambda: len(waiting()) == 2)
    assert ada.get(f"/api/tasks/chat/{parent.chat_id}").json()["task_ids"]
    ada.wait_kind("chat:active", active=False)
    question, _ = parent.later()
    assert "uno" in question["content"] and "due" in question["content"]
    assert len(question["meta"]["delegation_ids"]) == len(question["meta"]["subagent_chat_ids"]) == 2
    assert waiting() == [] and parent.reply["childrenIds"] == [question["id"]]


def test_so_many_in_the_background_and_no_more(ada, live, provider):  # noqa: F811
    configure(live, "subagents.max_async", 1)
    calls = [delegate("tokens=3 delay=0.1", "a", background=True), delegate("two", "b", background=True)]
    parent = Parent(ada, provider, {"tool_calls": calls}, "ok")
    assert sorted(status for status, _ in results(parent.reply)) == ["completed", "failed"]
    assert len(parent.children(live)) == 1
    parent.later()


def test_without_background_the_model_is_not_told_of_it(ada, live, provider):  # noqa: F811
    configure(live, "subagents.background_enabled", False)
    parent = Parent(ada, provider, {"tool_calls": [delegate("x", background=True)]}, "done", "ok")
    spec = next(t["function"] for t in provider.chats()[0]["tools"] if t["function"]["name"] == "delegate_task")
    assert set(spec["parameters"]["properties"]) == {"task", "context", "file_ids"}
    assert results(parent.reply) == [("completed", "done")]


def test_deleting_the_chat_deletes_what_lives_in_it(ada, live, provider):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [delegate("x")]}, "done", "ok")
    (child,) = parent.children(live)
    ada.delete(f"/api/v1/chats/{parent.chat_id}")
    assert ada.get(f"/api/v1/chats/{child['id']}").status_code == 401


def test_a_background_task_is_not_forgotten_by_a_server_that_stops(ada, live, provider):  # noqa: F811
    live.extra["LIGHTWELL_GRACE_SECONDS"] = "6"
    live.restart()
    ada.connect()
    provider.say({"to": "count", "text": "word " * 400, "delay": 0.1})
    parent = Parent(ada, provider, {"tool_calls": [delegate("count", background=True)]}, "ok")
    ada.wait(lambda event, one: one.get("internal") and "word" in json.dumps(one["data"]))
    live.restart()
    ada.connect()
    question, _ = parent.later()
    assert "interrupted" in question["content"]


# -- timers


def timer(prompt, at, **more):
    return call("timer", {"prompt": prompt, "at": at, **more}, id="t1")


def test_a_timer_puts_its_prompt_into_the_chat(ada, live, provider):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [timer("wake up", "1s")]}, "It is set.", "I am awake.")
    said = json.loads(results(parent.reply)[0][1])
    assert said["status"] == "set" and said["cancel_on"] == [] and said["at"].endswith("Z")
    question, reply = parent.later()
    (child,) = parent.children(live)
    assert child["title"] == "Timer: wake up" and child["meta"]["status"] == "completed"
    assert question["content"] == "wake up" and reply["content"] == "I am awake."
    assert question["meta"] == {"internal": True, "type": "timer", "timer_id": child["id"]}
    assert provider.chats()[-1]["messages"][-1]["content"] == "wake up"


@pytest.mark.parametrize("at", ["5m", "in 5 minutes", " 2D ", "1h", "moment"])
def test_when_a_timer_may_be_set_for(ada, live, provider, at):  # noqa: F811
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    parent = Parent(ada, provider, {"tool_calls": [timer("x", moment.isoformat() if at == "moment" else at)]}, "ok")
    assert results(parent.reply)[0][0] == "completed"
    ada.delete(f"/api/v1/chats/{parent.chat_id}")


@pytest.mark.parametrize("at", ["0s", "5", "1w", "soon", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00", "99999999999d"])
def test_when_not(ada, live, provider, at):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [timer("x", at)]}, "ok")
    ((status, text),) = results(parent.reply)
    assert status == "failed" and text.startswith("Error: at ") and parent.children(live) == []


@pytest.mark.parametrize("more", [{"prompt": ""}, {"cancel_on": ["chat.gone"]}, {"cancel_on": "chat.read"}])
def test_a_timer_that_cannot_be_meant(ada, live, provider, more):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [call("timer", {"prompt": "x", "at": "5m", **more})]}, "ok")
    assert results(parent.reply)[0][0] == "failed" and parent.children(live) == []


@pytest.mark.parametrize("event", ["chat.read", "chat.user_message"])
def test_what_calls_a_timer_off(ada, live, provider, event):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [timer("x", "5m", cancel_on=[event])]}, "ok")
    state = lambda: parent.children(live)[0]["meta"]["status"]  # noqa: E731
    assert state() == "pending"
    if event == "chat.read":
        ada.socket.emit("events:chat", {"chat_id": parent.chat_id, "data": {"type": "last_read_at"}})
    else:
        ask(ada, "next", chat_id=parent.chat_id, parent_id=parent.reply_id)
    until(lambda: state() == "cancelled")
    assert parent.children(live)[0]["meta"]["timer_cancelled_by"] == event


def test_another_chat_calls_nothing_off(ada, live, provider):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [timer("x", "5m", cancel_on=["chat.user_message"])]}, "ok")
    Parent(ada, provider, "hello")
    assert parent.children(live)[0]["meta"]["status"] == "pending"
    ada.delete(f"/api/v1/chats/{parent.chat_id}")


def test_a_timer_that_became_due_while_nothing_ran(ada, live, provider):  # noqa: F811
    parent = Parent(ada, provider, {"tool_calls": [timer("late", "2s")]}, "ok", "Good morning.")
    live.stop()
    live.start()
    ada.connect()
    question, reply = parent.later()
    assert question["content"] == "late" and reply["content"] == "Good morning."


def test_a_temporary_chat_has_neither(ada, provider):  # noqa: F811
    chat_id = f"temporary:{ada.sid}"
    ada.post(
        "/api/chat/completions",
        {
            "model": "gpt-test",
            "stream": True,
            "session_id": ada.sid,
            "chat_id": chat_id,
            "id": "r",
            "messages": [{"role": "user", "content": "hi"}],
        },
    )
    ada.wait_kind("chat:completion", done=True)
    assert not {"delegate_task", "timer"} & set(offered(provider.chats()[0]))
