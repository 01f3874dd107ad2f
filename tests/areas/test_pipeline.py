"""Thinking that is given back, code that runs, tools that are looked up (chat.md 4.1, 6.6, 10)."""

import json

import pytest
from test_tools import configure
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


CODE = {"features": {"code_interpreter": True}}
LEGACY = {**CODE, "params": {"function_calling": "legacy"}}


def answered(person, provider, *scripts, **options):
    """The stored reply to a question that these scripts answer."""
    provider.say(*scripts)
    answer, _, reply = ask(person, "go", **options)
    person.wait_kind("chat:active", active=False)
    return stored(person, answer.json()["chat_id"])["messages"][reply]


def test_code_in_the_text_is_run_by_the_page_and_the_model_goes_on(ada, provider):  # noqa: F811
    ada.answers["execute:python"] = {"stdout": "1\n", "stderr": "", "result": None}
    block = ("See: <code_inter", 'preter type="code" la', 'ng="python">\nprint(1)', "\n</code_interpreter> dropped")
    reply = answered(ada, provider, frames(*({"content": part} for part in block)), "It is one.", **LEGACY)
    asked = ada.wait_kind("execute:python")["data"]["data"]
    assert asked["code"] == "print(1)" and asked["session_id"] == ada.sid and asked["files"] is None
    said, code, end = reply["output"]
    assert code["type"] == "open_webui:code_interpreter" and code["status"] == "completed"
    assert code["attributes"] == {"type": "code", "lang": "python"} and code["code"] == "print(1)"
    assert code["output"] == {"stdout": "1\n", "stderr": "", "result": None}
    assert reply["content"] == "See: \nIt is one." and reply["done"] is True
    first, second = provider.chats()
    assert first["messages"][-1]["content"].startswith("go\n") and "tools" not in first
    assert second["messages"][-1]["content"].endswith("<code_interpreter_output>\n1\n\n</code_interpreter_output>")


def test_code_is_run_five_times_at_most(ada, provider):  # noqa: F811
    ada.answers["execute:python"] = {"stdout": "x", "stderr": "", "result": None}
    block = '<code_interpreter type="code" lang="python">1</code_interpreter>'
    reply = answered(ada, provider, *[frames({"content": block})] * 6, "never", **LEGACY)
    assert len(provider.chats()) == 6 and [bool(one["output"]) for one in reply["output"]] == [True] * 5 + [False]
    assert reply["output"][-1]["status"] == "completed" and reply["done"] is True


def test_code_as_a_tool(ada, provider):  # noqa: F811
    ada.answers["execute:python"] = {"stdout": "1\n", "stderr": "", "result": None}
    call = {"name": "execute_code", "arguments": {"code": "print(1)"}}
    reply = answered(ada, provider, {"tool_calls": [call]}, "ok", **CODE)
    first = provider.chats()[0]
    assert "execute_code" in [tool["function"]["name"] for tool in first["tools"]]
    assert first["messages"][0]["role"] == "system"
    shown = json.loads(reply["output"][1]["output"][0]["text"])
    assert shown == {"status": "success", "stdout": "1\n", "stderr": "", "result": None}


@pytest.mark.parametrize("options", [CODE, LEGACY])
def test_code_needs_the_permission(live, ada, enter, provider, options):  # noqa: F811
    shared = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    model = {"id": "gpt-test", "base_model_id": None, "name": "Test", "meta": {}, "params": {}}
    ada.post("/api/v1/models/create", {**model, "access_grants": [shared]})
    permissions = live.admin.get("/api/v1/users/default/permissions").json()
    permissions["features"]["code_interpreter"] = False
    assert live.admin.post("/api/v1/users/default/permissions", permissions).status_code == 200
    reply = answered(enter("bob").connect(), provider, '<code_interpreter type="code">1</code_interpreter>', **options)
    body = provider.chats()[0]
    assert "execute_code" not in [tool["function"]["name"] for tool in body.get("tools", [])]
    assert body["messages"] == [{"role": "user", "content": "go"}] and "<code_interpreter" in reply["content"]


@pytest.fixture
def searching(live):
    configure(live, "chat.tool_search.enable", True)
    yield
    configure(live, "chat.tool_search.enable", False)


def call_tool(name, params):
    given = {"tool_name": name, "params": params}
    return {"tool_calls": [{"name": "call_tool", "arguments": given}]}


def test_long_tools_are_searched_and_called_by_name(ada, provider, searching):  # noqa: F811
    search = {"tool_calls": [{"name": "search_tools", "arguments": {"query": "create_tasks"}}]}
    given = {"tasks": [{"content": "row"}]}
    reply = answered(ada, provider, search, call_tool("create_tasks", json.dumps(given)), "ok")
    first, _, last = provider.chats()
    names = [tool["function"]["name"] for tool in first["tools"]]
    assert names[-2:] == ["search_tools", "call_tool"] and "get_current_timestamp" in names
    assert "create_tasks" not in names and "<name>create_tasks</name>" in first["messages"][0]["content"]
    _, found, called, made, _ = reply["output"]
    (tool,) = json.loads(found["output"][0]["text"])["tools"]
    assert tool["name"] == "create_tasks" and "tasks" in tool["parameters"]["properties"]
    assert called["name"] == "create_tasks" and json.loads(called["arguments"]) == given
    assert called["provider_function"]["name"] == "call_tool" and made["status"] == "completed"
    assert json.loads(made["output"][0]["text"])["summary"]["total"] == 1
    assert last["messages"][-2]["tool_calls"][0]["function"]["name"] == "call_tool"


@pytest.mark.parametrize("params", [("no_such_tool", "{}"), ("create_tasks", "bad"), ("call_tool", "{}"), (1, "{}")])
def test_a_call_that_names_no_tool_is_told_to_the_model(ada, provider, searching, params):  # noqa: F811
    reply = answered(ada, provider, call_tool(*params), "ok")
    called, result, _ = reply["output"]
    assert called["name"] == "call_tool" and result["status"] == "failed"
    assert result["output"][0]["text"].startswith("Error: ")


def test_a_found_tool_waits_for_consent_under_its_own_name(ada, live, provider, searching):  # noqa: F811
    configure(live, "chat.tool_permissions.enable", True)
    provider.say(call_tool("create_tasks", '{"tasks": []}'))
    answer, _, reply = ask(ada, "go", params={"tool_approval_mode": "ask"})
    ada.wait_kind("chat:active", active=False)
    configure(live, "chat.tool_permissions.enable", False)
    (item,) = stored(ada, answer.json()["chat_id"])["messages"][reply]["output"]
    assert (item["name"], item["status"]) == ("create_tasks", "pending")


def test_a_provider_of_responses_tells_its_usage_before_the_end(ada, provider):  # noqa: F811
    config = ada.get("/openai/config").json()
    ada.post(
        "/openai/config/update", {**config, "OPENAI_API_CONFIGS": {"0": {"enable": True, "api_type": "responses"}}}
    )
    try:
        provider.say("said so")
        _, _, reply = ask(ada, "hi")
        over = {"type": "chat:active", "data": {"active": False, "folder_id": None}}
        ada.wait(lambda _, payload: payload.get("message_id") == reply and payload["data"] == over)
        told = [payload["data"] for _, payload in ada.events if payload.get("message_id") == reply]
        usage, end = [one["data"] for one in told if one["type"] == "chat:completion"]
        assert usage == {"usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}}
        assert end["done"] is True and end["usage"] == usage["usage"]
    finally:
        ada.post("/openai/config/update", config)
