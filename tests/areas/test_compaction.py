"""Long conversations made shorter, and what a model is told of them (chat.md section 10, Context compaction)."""

import pytest
from test_tools import configure
from test_turn import ada, ask, stored  # noqa: F401

pytestmark = pytest.mark.live

LONG = "lorem ipsum " * 12


@pytest.fixture
def compacting(live):
    configure(live, "chat.context_compaction.enable", True)
    configure(live, "chat.context_compaction.token_threshold", 100)
    yield
    configure(live, "chat.context_compaction.enable", False)
    configure(live, "chat.context_compaction.token_threshold", 80000)


class Conversation:
    """Turns of one chat; `messages` are the stored ones in order of their turns."""

    def __init__(self, person, provider):
        self.person, self.provider, self.chat_id, self.last = person, provider, None, None

    def say(self, text, *scripts):
        self.person.events.clear()
        self.provider.requests.clear()
        self.provider.say(*scripts)
        answer, self.question, self.last = ask(self.person, text, chat_id=self.chat_id, parent_id=self.last)
        self.chat_id = answer.json()["chat_id"]
        self.person.wait_kind("chat:active", active=False)
        return self

    def message(self, message_id):
        return stored(self.person, self.chat_id)["messages"][message_id]

    def usage(self):
        return self.person.get(f"/api/v1/chats/{self.chat_id}").json()["context_usage"]


@pytest.fixture
def chat(ada, provider):  # noqa: F811
    return Conversation(ada, provider)


def test_older_messages_give_way_to_a_summary(chat, provider, compacting):
    chat.say("first " + LONG, "reply " + LONG)
    assert len(provider.chats()) == 1
    chat.say("second " + LONG, "They spoke of Latin.", "done")
    asked, sent = provider.chats()
    assert "first lorem" in asked["messages"][0]["content"] and asked["max_tokens"] == 1000 and not asked["stream"]
    system, question = sent["messages"]
    assert "They spoke of Latin." in system["content"] and question["content"].startswith("second")
    begun, ended = [
        p["data"]["data"] for e, p in chat.person.events if e == "events" and p["data"]["type"] == "context_compaction"
    ]
    assert begun["done"] is False and ended["done"] is True
    assert ended["checkpoint_message_id"] == chat.question and ended["context_summary"] == "They spoke of Latin."
    assert chat.message(chat.question)["contextSummary"] == "They spoke of Latin."


def test_the_summary_is_sent_with_every_later_turn(chat, provider, live, compacting):
    chat.say("first " + LONG, "reply " + LONG).say("second " + LONG, "Summary one.", "short")
    configure(live, "chat.context_compaction.enable", False)
    chat.say("third", "ok")
    roles = [one["role"] for one in provider.chats()[0]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "Summary one." in provider.chats()[0]["messages"][0]["content"]


def test_without_a_summary_the_beginnings_of_messages_stand_for_them(chat, compacting):
    chat.say("first " + LONG, "reply").say("second " + LONG * 3, {"error": 500, "message": "busy"}, "done")
    assert chat.message(chat.question)["contextSummary"].startswith("- user: first lorem")
    assert chat.message(chat.last)["content"] == "done"


def test_how_full_the_context_is(chat, live, compacting):
    chat.say("x" * 40, "y" * 40)
    usage = chat.usage()
    assert set(usage) == {"tokens", "estimated_tokens", "threshold", "percent", "source"}
    assert usage["threshold"] == 100 and usage["percent"] == usage["tokens"] and 28 < usage["tokens"] < 90
    configure(live, "chat.context_compaction.enable", False)
    assert chat.usage() is None


def test_a_chat_is_made_shorter_on_request(chat, ada, enter, live, compacting, provider):  # noqa: F811
    chat.say("first " + LONG, "reply " + LONG)
    path = f"/api/v1/chats/{chat.chat_id}/compact"
    assert enter("bob").post(path, {}).status_code == 401
    provider.say("In short.")
    told = ada.post(path).json()
    assert told["compacted"] is True and told["dropped_messages"] == 1 and told["kept_messages"] == 1
    assert told["summary_chars"] == len("In short.") and told["context_usage"]["threshold"] == 100
    assert ada.post(path, {"model": "gpt-test"}).json()["reason"] == "too_short"
    configure(live, "chat.context_compaction.enable", False)
    assert ada.post(path, {}).json() == {"ok": True, "compacted": False, "reason": "disabled", "context_usage": None}


def test_a_spoken_conversation_is_announced(ada, provider, live):  # noqa: F811
    configure(live, "task.voice.prompt_template", "Speak softly.")
    ask(ada, "hello", features={"voice": True}, messages=[{"role": "system", "content": "Mine."}])
    ada.wait_kind("chat:active", active=False)
    configure(live, "task.voice.prompt_template", "")
    assert provider.chats()[0]["messages"][0] == {"role": "system", "content": "Speak softly.\nMine."}


def test_a_reply_of_many_calls_is_cut_while_it_grows(chat, provider, compacting):
    def step(number):
        tasks = [{"id": str(number), "content": f"{number} " + LONG * 2}]
        return {"tool_calls": [{"id": f"c{number}", "name": "create_tasks", "arguments": {"tasks": tasks}}]}

    chat.say("go", step(1), step(2), "One task was made.", "done")
    assert len(provider.chats()) == 4
    asked, sent = provider.chats()[2:]
    assert "1 lorem" in asked["messages"][0]["content"] and not asked["stream"]
    output = chat.message(chat.last)["output"]
    (mark,) = [item for item in output if item["type"] == "open_webui:context_compaction"]
    assert (mark["call_id"], mark["summary"], set(mark)) == (
        "c2",
        "One task was made.",
        {"type", "id", "call_id", "summary"},
    )
    roles = ["system", "user", "assistant", "tool"]
    assert [one["role"] for one in sent["messages"]] == roles
    assert "One task was made." in sent["messages"][0]["content"] and sent["messages"][1]["content"] == "go"
    assert [call["id"] for call in sent["messages"][2]["tool_calls"]] == ["c2"]
    assert [item["call_id"] for item in output if item["type"] == "function_call"] == ["c1", "c2"]
    configure(chat.person.live, "chat.context_compaction.token_threshold", 80000)
    chat.say("next", "ok")
    (sent,) = provider.chats()
    assert [one["role"] for one in sent["messages"]] == [*roles, "assistant", "user"]
    assert "One task was made." in sent["messages"][0]["content"]
