"""Tools in a turn: which are offered, their calls, results and rounds (chat.md 6.1, 6.2; journey 34)."""

import json
import time

import pytest
from test_turn import ada, ask, stored  # noqa: F401
from toolserver import PIXEL, ToolServer

pytestmark = pytest.mark.live


def call(name, arguments=None, **extra):
    return {"name": name, "arguments": {} if arguments is None else arguments, **extra}


@pytest.fixture
def turn(ada, provider):  # noqa: F811
    """`turn(script, …)`: a question answered by these scripts; returns the stored reply."""

    def run(*scripts, **options):
        ada.events.clear()
        provider.say(*scripts)
        answer, _, reply = ask(ada, "go", **options)
        ada.wait_kind("chat:active", active=False)
        return stored(ada, answer.json()["chat_id"])["messages"][reply]

    return run


@pytest.fixture
def ships(live):
    """A tool server that the administrator has connected, over OpenAPI and over MCP."""
    server = ToolServer()
    base = {"key": "secret", "auth_type": "bearer", "config": {"enable": True, "access_grants": []}}
    connections = [
        {**base, "url": server.url, "path": "openapi.json", "type": "openapi", "info": {"id": "ships"}},
        {**base, "url": server.url + "/mcp", "type": "mcp", "info": {"id": "sea"}},
    ]
    connections[0]["headers"] = {"X-Who": "{{USER_ID}}"}
    configure(live, "tool_server.connections", connections)
    yield server
    configure(live, "tool_server.connections", [])
    server.close()


def configure(live, key, value):
    live.backend.execute("UPDATE config SET value = ? WHERE key = ?", json.dumps(value), key)


def results(reply):
    """(status, text) of each result."""
    return [(i["status"], i["output"][0]["text"]) for i in reply["output"] if i["type"] == "function_call_output"]


def offered(body):
    return [tool["function"]["name"] for tool in body.get("tools", [])]


BUILT_IN = [
    "get_current_timestamp",
    "calculate_timestamp",
    "ask_user",
    "search_chats",
    "view_chat",
    "create_tasks",
    "update_task",
]


OTHERS = ["moved", "huge", "get_current_timestamp"]


def test_a_browser_is_offered_the_built_in_tools(turn, provider):
    turn("hello")
    assert [name for name in offered(provider.chats()[0]) if name in BUILT_IN] == BUILT_IN


def test_an_api_client_gets_the_tools_it_named_and_nothing_else(ada, ships, provider):  # noqa: F811
    body = {"model": "gpt-test", "messages": [{"role": "user", "content": "q"}]}
    ada.post("/api/chat/completions", body)
    ada.post("/api/chat/completions", {**body, "tool_ids": ["server:ships"]})
    first, second = provider.chats()
    assert "tools" not in first
    assert offered(second) == ["crew_size", "launch", "page", "picture", "fail", "listing", "slow", *OTHERS]


def test_tools_of_the_caller_are_passed_unchanged(turn, provider):
    own = [{"type": "function", "function": {"name": "mine", "parameters": {}}}]
    turn("hello", tools=own)
    assert provider.chats()[0]["tools"] == own


def test_a_call_is_run_and_the_model_asked_again(turn, ada, provider):  # noqa: F811
    reply = turn({"tool_calls": [call("get_current_timestamp")]}, "It is late.")
    assert [item["type"] for item in reply["output"]] == ["function_call", "function_call_output", "message"]
    assert reply["content"] == "It is late." and reply["done"] is True
    first, second = provider.chats()
    assert second["tools"] == first["tools"] and second["stream"] is True
    question, asked, result = second["messages"]
    assert asked["tool_calls"][0]["function"] == {"name": "get_current_timestamp", "arguments": "{}"}
    assert result["tool_call_id"] == asked["tool_calls"][0]["id"]
    assert set(json.loads(result["content"])) == {"current_timestamp", "current_iso"}
    told = [
        (p["data"]["data"]["type"], p["data"]["data"].get("output_index"))
        for e, p in ada.events
        if e == "events" and p["data"]["type"] == "response:completion" and "type" in p["data"]["data"]
    ]
    assert told == [
        ("response.output_item.added", 0),
        ("response.function_call_arguments.delta", 0),
        ("response.function_call_arguments.done", 0),
        ("response.output_item.done", 0),
        ("response.output_item.done", 0),
        ("response.output_item.done", 0),
        ("response.output_item.done", 1),
        *[("response.output_text.delta", 2)] * (len(told) - 7),
    ]


def test_several_calls_go_back_in_one_message(turn, provider):
    turn({"tool_calls": [call("get_current_timestamp", id="a"), call("no_such_tool", {"x": 1}, id="b")]}, "ok")
    asked, *answers = provider.chats()[1]["messages"][1:]
    assert [one["id"] for one in asked["tool_calls"]] == ["a", "b"]
    assert [one["tool_call_id"] for one in answers] == ["a", "b"]
    assert answers[1]["content"].startswith("Error: ")


def test_an_id_used_before_is_replaced(turn):
    once = {"tool_calls": [call("get_current_timestamp", id="same")]}
    reply = turn(once, once, "done")
    first, second = [item["call_id"] for item in reply["output"] if item["type"] == "function_call"]
    assert first == "same" and second.startswith("fc_")


@pytest.mark.parametrize("arguments", ['"no object"', "[1]", "not json", "{broken"])
def test_arguments_that_are_no_object_are_an_error_for_the_model(turn, arguments):
    frames = [frame({"tool_calls": [piece("c1", "get_current_timestamp", arguments)]}), b"data: [DONE]\n\n"]
    ((status, text),) = results(turn({"frames": frames}, "ok"))
    assert status == "failed" and text.startswith("Error: ")


def test_a_python_literal_is_taken_as_arguments(turn):
    frames = [frame({"tool_calls": [piece("c1", "calculate_timestamp", "{'days_ago': 1}")]}), b"data: [DONE]\n\n"]
    assert results(turn({"frames": frames}, "ok"))[0][0] == "completed"


def test_objects_back_to_back_are_calls_of_their_own(turn, provider):
    text = '{"days_ago": 1}{"days_ago": 2}'
    frames = [frame({"tool_calls": [piece("c1", "calculate_timestamp", text)]}), b"data: [DONE]\n\n"]
    reply = turn({"frames": frames}, "ok")
    assert [status for status, _ in results(reply)] == ["completed"] * 2
    asked = provider.chats()[1]["messages"][1]
    assert len(asked["tool_calls"]) == 2 and "c1" not in [one["id"] for one in asked["tool_calls"]]
    assert [(one["id"], one["status"]) for one in reply["output"][:1]] == [("c1", "completed")]


def test_pieces_of_two_calls_may_alternate(turn):
    frames = [
        frame({"tool_calls": [piece("a", "calculate_timestamp", '{"days', 0)]}),
        frame({"tool_calls": [piece("b", "calculate_timestamp", '{"weeks', 1)]}),
        frame({"tool_calls": [piece(None, None, '_ago": 1}', 0), piece(None, None, '_ago": 2}', 1)]}),
        b"data: [DONE]\n\n",
    ]
    reply = turn({"frames": frames}, "ok")
    calls = [item["arguments"] for item in reply["output"] if item["type"] == "function_call"]
    assert [json.loads(one) for one in calls] == [{"days_ago": 1}, {"weeks_ago": 2}]


def test_two_calls_in_one_place_are_two(turn, provider):
    frames = [
        frame({"tool_calls": [piece("a", "get_current_timestamp", "{}")]}),
        frame({"tool_calls": [piece("b", "calculate_timestamp", '{"days')]}),
        frame({"tool_calls": [piece("b", "calculate_timestamp", '_ago": 1}')]}),
        b"data: [DONE]\n\n",
    ]
    reply = turn({"frames": frames}, "ok")
    calls = [(one["id"], one["name"]) for one in reply["output"] if one["type"] == "function_call"]
    assert calls == [("a", "get_current_timestamp"), ("b", "calculate_timestamp")]
    assert [set(json.loads(text)) for _, text in results(reply)] == [
        {"current_timestamp", "current_iso"},
        {"current_timestamp", "current_iso", "calculated_timestamp", "calculated_iso"},
    ]


def test_the_page_is_told_of_all_that_the_round_brought(turn, ada, provider):  # noqa: F811
    spoken = {"frames": [frame({"content": "Wait."}), frame({"tool_calls": [piece("a", "calculate_timestamp", "")]})]}
    turn(spoken, {"tool_calls": [call("get_current_timestamp", id="b")]}, "ok")
    told = [p["data"]["data"] for e, p in ada.events if e == "events" and p["data"]["type"] == "response:completion"]
    places = [one["output_index"] for one in told if one.get("type") == "response.output_item.done"]
    # the call is complete; before it runs; after it ran, with its result; then the second round's
    assert places == [1, 0, 1, 0, 1, 2, 3, 3, 3, 4]


def frame(delta):
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}).encode() + b"\n\n"


def piece(call_id, name, arguments, index=0):
    return {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_a_failing_round_is_told_and_the_turn_still_ends(turn, ada, provider):  # noqa: F811
    reply = turn({"tool_calls": [call("get_current_timestamp")]}, {"error": 500, "message": "second failed"})
    assert ada.wait_kind("chat:message:error")["data"]["data"] == {"error": {"content": "second failed"}}
    assert ada.wait_kind("chat:completion", done=True)
    assert reply["done"] is True and reply["error"] == {"content": "second failed"}
    assert results(reply)[0][0] == "completed"


def test_a_server_is_called_as_its_description_says(turn, ada, ships, provider):  # noqa: F811
    arguments = {"ship": "A b/c", "all": True, "unknown": 1}
    script = {"tool_calls": [call("crew_size", arguments), call("launch", {"name": "n", "other": 1})]}
    reply = turn(script, "ok", tool_ids=["server:ships"])
    crew, launch = ships.calls()
    assert crew["path"] == "/crew/A%20b%2Fc?all=true" and crew["headers"]["Authorization"] == "Bearer secret"
    assert crew["headers"]["X-Who"] == ada.id
    assert launch["method"] == "POST" and launch["body"] == {"name": "n"}
    assert [(status, json.loads(text)) for status, text in results(reply)] == [
        ("completed", {"crew": 12}),
        ("completed", {"launched": {"name": "n"}}),
    ]


def test_results_of_every_kind(turn, ships, provider):
    script = {"tool_calls": [call("page"), call("picture"), call("fail"), call("listing")]}
    reply = turn(script, "ok", tool_ids=["server:ships"])
    page, picture, failed, listed = [i for i in reply["output"] if i["type"] == "function_call_output"]
    assert page["embeds"] == ["<h1>Hi</h1>"] and json.loads(page["output"][0]["text"])["status"] == "success"
    assert picture["output"][1]["type"] == "input_image" and PIXEL not in json.dumps(picture)
    assert failed["status"] == "failed" and "it broke" in json.loads(failed["output"][0]["text"])["error"]
    assert json.loads(listed["output"][0]["text"]) == {"results": [1, 2]}
    shown = provider.chats()[1]["messages"][-1]
    assert shown["role"] == "user" and shown["content"][1]["image_url"]["url"] == f"data:image/png;base64,{PIXEL}"


def test_a_server_over_mcp(turn, ships, provider):
    reply = turn({"tool_calls": [call("sea_depth", {"any": 1})]}, "ok", tool_ids=["server:mcp:sea"])
    assert offered(provider.chats()[0])[0] == "sea_depth"
    assert results(reply) == [("completed", "eleven fathoms")]
    asked = [one for one in ships.calls() if (one["body"] or {}).get("method") == "tools/call"][0]
    assert asked["body"]["params"] == {"name": "depth", "arguments": {"any": 1}}
    assert asked["headers"]["Mcp-Session-Id"] == "session-1"


def test_tasks_are_kept_with_the_chat_and_shown(ada, provider):  # noqa: F811
    script = {"tool_calls": [call("create_tasks", {"tasks": [{"content": "row"}, {"content": "sail", "id": "s"}]})]}
    provider.say(script, {"tool_calls": [call("update_task", {"id": "s"})]}, "ok")
    answer, _, _ = ask(ada, "plan")
    ada.wait_kind("chat:active", active=False)
    shown = [p["data"]["data"] for e, p in ada.events if e == "events" and p["data"]["type"] == "chat:message:tasks"]
    assert [[task["status"] for task in one["tasks"]] for one in shown] == [["pending"] * 2, ["pending", "completed"]]
    kept = ada.get(f"/api/v1/chats/{answer.json()['chat_id']}").json()["tasks"]
    assert kept == shown[1]["tasks"]


def test_earlier_chats_are_found_and_read_by_their_owner_only(turn, ada, enter, provider):  # noqa: F811
    provider.say("An albatross is a bird.")
    answer, _, _ = ask(ada, "what is an albatross")
    ada.wait_kind("chat:active", active=False)
    chat_id = answer.json()["chat_id"]
    reply = turn(
        {"tool_calls": [call("search_chats", {"query": "albatross"}), call("view_chat", {"chat_id": chat_id})]}, "ok"
    )
    found, read = [json.loads(text) for _, text in results(reply)]
    assert chat_id in [one["id"] for one in found]
    assert [one["content"] for one in read["messages"]] == ["what is an albatross", "An albatross is a bird."]


def test_a_tool_that_only_the_page_reaches(turn, ada, live, provider):  # noqa: F811
    configure(live, "direct.integrations.enable", True)
    ada.answers["execute:tool"] = [{"x": 1}, {"content-type": "application/json"}]
    spec = {"name": "local", "description": "d", "parameters": {"type": "object", "properties": {"a": {}}}}
    server = {"url": "http://localhost:1", "specs": [spec]}
    reply = turn({"tool_calls": [call("local", {"a": 1, "b": 2})]}, "ok", tool_servers=[server])
    asked = ada.wait_kind("execute:tool")["data"]["data"]
    assert asked["params"] == {"a": 1} and asked["server"] == {"url": "http://localhost:1"}
    assert asked["session_id"] == ada.sid
    assert json.loads(results(reply)[0][1]) == {"x": 1}


@pytest.mark.parametrize(("said", "status"), [(None, "failed"), ([None, {}], "completed")])
def test_a_page_that_gives_no_result(turn, ada, live, said, status):  # noqa: F811
    configure(live, "direct.integrations.enable", True)
    ada.answers["execute:tool"] = said
    spec = {"name": "local", "parameters": {"type": "object", "properties": {}}}
    reply = turn({"tool_calls": [call("local")]}, "ok", tool_servers=[{"url": "http://x", "specs": [spec]}])
    assert [one for one, _ in results(reply)] == [status] and reply["content"] == "ok"


def test_a_page_that_is_not_the_users_is_never_called(turn, ada, enter, live):  # noqa: F811
    configure(live, "direct.integrations.enable", True)
    other = enter("bob").connect()
    spec = {"name": "local", "description": "d", "parameters": {"type": "object", "properties": {}}}
    server = {"url": "http://localhost:1", "specs": [spec]}
    reply = turn({"tool_calls": [call("local")]}, "ok", tool_servers=[server], session_id=other.sid)
    assert results(reply)[0][0] == "failed" and "execute:tool" not in other.kinds()


def test_tools_of_a_model_that_knows_none(turn, ada, ships, provider):  # noqa: F811
    chosen = 'Sure: {"tool_calls": [{"name": "crew_size", "parameters": {"ship": "A", "x": 1}}, {"name": "nope"}]}.'
    options = {"params": {"function_calling": "legacy"}, "tool_ids": ["server:ships"]}
    reply = turn(chosen, "Twelve.", **options)
    asked, sent = provider.chats()
    assert "tools" not in asked and "tools" not in sent and asked["stream"] is False
    assert '"crew_size"' in asked["messages"][0]["content"] and asked["messages"][1]["content"] == "Query: go"
    (source,) = reply["sources"]
    assert source["source"] == {"name": "server:ships/crew_size"} and source["tool_result"] is True
    assert source["metadata"] == [{"source": "server:ships/crew_size", "parameters": {"ship": "A"}}]
    question = sent["messages"][-1]["content"]
    assert '<source id="1" name="server:ships/crew_size">' in question and question.endswith("\ngo")
    assert ada.wait_kind("chat:completion", sources=reply["sources"])


def test_a_model_that_knows_no_tools_may_need_none(turn, ships, provider):
    turn('{"tool_calls": []}', "ok", params={"function_calling": "legacy"}, tool_ids=["server:ships"])
    assert provider.chats()[1]["messages"] == [{"role": "user", "content": "go"}]


def test_stopping_does_not_wait_for_a_tool(ada, ships, provider):  # noqa: F811
    provider.say({"tool_calls": [call("slow")]})
    answer, _, reply = ask(ada, "go", tool_ids=["server:ships"])
    chat_id = answer.json()["chat_id"]
    while not any(one["path"] == "/slow" for one in ships.calls()):
        time.sleep(0.02)
    ada.post(f"/api/tasks/chat/{chat_id}/stop")
    ada.wait_kind("chat:active", seconds=5, active=False)
    (item,) = stored(ada, chat_id)["messages"][reply]["output"]
    assert item["status"] == "incomplete" and len(provider.chats()) == 1
