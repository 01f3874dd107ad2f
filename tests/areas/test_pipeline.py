"""What goes beside text and tool calls: thinking that is given back, code that runs (chat.md 4.1, 6.6)."""

import json

import pytest
from test_turn import ada, ask, stored  # noqa: F401

pytestmark = pytest.mark.live


def frames(*deltas):
    """A provider's stream of these deltas."""
    lines = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return {"frames": [*(b"data: " + json.dumps(one).encode() + b"\n\n" for one in lines), b"data: [DONE]\n\n"]}


THOUGHT = (
    {"reasoning": "Let ", "reasoning_details": [{"type": "reasoning.text", "text": "Let ", "index": 0}]},
    {"reasoning": "me.", "reasoning_details": [{"type": "reasoning.text", "text": "me.", "index": 0}]},
    {"content": "", "reasoning_details": [{"type": "reasoning.text", "signature": "s1", "index": 0}]},
    {"content": "", "reasoning_details": [{"type": "reasoning.encrypted", "data": "x", "index": 1}]},
)
DETAILS = [
    {"type": "reasoning.text", "text": "Let me.", "index": 0, "signature": "s1"},
    {"type": "reasoning.encrypted", "data": "x", "index": 1},
]


@pytest.mark.parametrize(("model", "given"), [("gpt-test", DETAILS), ("gpt-small", None)])
def test_thinking_in_the_providers_form_goes_back_to_the_same_model(ada, provider, model, given):  # noqa: F811
    provider.say(frames(*THOUGHT, {"content": "Hello"}), "ok")
    answer, _, first = ask(ada, "hi")
    ada.wait_kind("chat:active", active=False)
    chat_id = answer.json()["chat_id"]
    thought, text = stored(ada, chat_id)["messages"][first]["output"]
    assert thought["reasoning_details"] == DETAILS and thought["content"][0]["text"] == "Let me."
    assert thought["attributes"] == {"type": "reasoning_content"} and text["content"][0]["text"] == "Hello"
    ada.events.clear()
    ask(ada, "and now", chat_id=chat_id, parent_id=first, model=model)
    ada.wait_kind("chat:active", active=False)
    assert provider.chats()[1]["messages"][1].get("reasoning_details") == given


def test_thinking_that_only_the_provider_can_read_goes_back_with_its_calls(ada, provider):  # noqa: F811
    call = {"index": 0, "id": "c1", "function": {"name": "get_current_timestamp", "arguments": "{}"}}
    hidden = {"type": "reasoning.encrypted", "data": "y", "index": 0}
    provider.say(frames({"content": "", "reasoning_details": [hidden]}, {"tool_calls": [call]}), "ok")
    ask(ada, "hi")
    ada.wait_kind("chat:active", active=False)
    said = provider.chats()[1]["messages"][1]
    assert said["tool_calls"][0]["id"] == "c1" and said["reasoning_details"] == [hidden]
