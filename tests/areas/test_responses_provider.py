"""A provider that speaks the Responses API in a chat: rounds, ends, faults (chat.md 5, providers.md 6)."""

import pytest
from test_tools import results
from test_turn import ada, ask, stored  # noqa: F401

pytestmark = pytest.mark.live

USAGE = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7, "input_tokens_details": {"cached_tokens": 1}}
TEXT = {"type": "output_text", "text": "Hello you", "annotations": []}
SAID = {"type": "message", "id": "msg_a", "status": "completed", "role": "assistant", "content": [TEXT]}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "get_current_timestamp", "arguments": "{}"}


@pytest.fixture
def reply(ada, provider):  # noqa: F811
    """The stored reply to a question that these lists of events answer, one a round."""
    config = ada.get("/openai/config").json()
    speaking = {"0": {"enable": True, "api_type": "responses"}}
    ada.post("/openai/config/update", {**config, "OPENAI_API_CONFIGS": speaking})

    def get(*rounds):
        provider.say(*({"events": events} for events in rounds))
        answer, _, message = ask(ada, "hi")
        ada.wait_kind("chat:active", active=False)
        return stored(ada, answer.json()["chat_id"])["messages"][message]

    yield get
    ada.post("/openai/config/update", config)


def growing(item, index=0):
    """The events of one item."""
    place = {"output_index": index, "item_id": item["id"]}
    empty = {key: [] if key in ("content", "summary") else value for key, value in item.items()}
    out = [{"type": "response.output_item.added", "output_index": index, "item": empty}]
    if item["type"] == "message":
        part = {**TEXT, "text": ""}
        out.append({"type": "response.content_part.added", **place, "content_index": 0, "part": part})
        out += [
            {"type": "response.output_text.delta", **place, "content_index": 0, "delta": piece}
            for piece in ("Hello ", "you")
        ]
    elif item["type"] == "reasoning":
        out.append({"type": "response.reasoning_summary_text.delta", **place, "summary_index": 0, "delta": "hm"})
    else:
        out.append({"type": "response.function_call_arguments.delta", **place, "delta": "{}"})
    return out


def end(*output):
    return {"type": "response.completed", "response": {"id": "r", "output": list(output), "usage": USAGE, "tools": [1]}}


def done(item, index=0):
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def test_a_second_round_goes_on_behind_the_first(ada, reply, provider):  # noqa: F811
    first = [*growing(THOUGHT), done(THOUGHT), *growing(CALL, 1), done(CALL, 1), end(THOUGHT, CALL)]
    kept = reply(first, [*growing(SAID), done(SAID), end(SAID)])
    assert [one["type"] for one in kept["output"]] == ["reasoning", "function_call", "function_call_output", "message"]
    assert kept["content"] == "Hello you" and results(kept)[0][0] == "completed"
    assert {one["status"] for one in kept["output"]} == {"completed"}
    told = [p["data"]["data"] for e, p in ada.events if e == "events" and p["data"]["type"] == "response:completion"]
    assert {one["output_index"] for one in told if one.get("item_id") == "msg_a"} == {3}
    ends = [one["response"] for one in told if one["type"] == "response.completed"]
    assert ["output" in one for one in ends] == [True, False] and "tools" not in ends[0]
    assert kept["usage"]["input_tokens"] == 10 and kept["usage"]["input_tokens_details"] == {"cached_tokens": 2}
    sent = provider.requests[-1]["json"]["input"]
    assert [one["type"] for one in sent] == ["message", "function_call", "function_call_output"]


def test_an_answer_that_comes_with_its_end_alone(reply):
    kept = reply([end(THOUGHT, SAID)])
    assert kept["content"] == "Hello you" and [one["type"] for one in kept["output"]] == ["reasoning", "message"]


def test_text_that_does_not_say_where_it_belongs(reply):
    kept = reply([{"type": "response.output_text.delta", "delta": piece} for piece in ("Hello ", "you")])
    assert kept["content"] == "Hello you"
    (item,) = kept["output"]
    assert item["status"] == "completed"


def test_what_was_thought_before_the_line_ended_is_kept(reply):
    (item,) = reply(growing(THOUGHT))["output"]
    assert item["summary"] == [{"type": "summary_text", "text": "hm"}] and item["status"] == "completed"


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"type": "response.failed", "response": {"error": {"message": "broke"}}}, {"message": "broke"}),
        ({"type": "error", "code": "c", "message": "broke"}, {"type": "error", "code": "c", "message": "broke"}),
    ],
)
def test_a_failure_is_told_and_what_came_is_kept(ada, reply, event, error):  # noqa: F811
    kept = reply([*growing(SAID), event])
    assert kept["error"] == {"content": error} and kept["content"] == "Hello you" and kept["done"] is True
    assert ada.wait_kind("chat:completion", error=error)
    assert kept["output"][0]["status"] == "completed" and kept["output"][0]["content"] == [TEXT]


def test_pictures_that_a_tool_returned_go_back_as_parts(ada, provider, reply):  # noqa: F811
    picture = "data:image/png;base64,AAAA"
    parts = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": picture}}]
    messages = [{"role": "developer", "content": "d"}, {"role": "tool", "tool_call_id": "c", "content": parts}]
    ada.post("/api/chat/completions", {"model": "gpt-test", "messages": messages})
    first, second = provider.requests[-1]["json"]["input"]
    assert (first["role"], first["content"]) == ("developer", [{"type": "input_text", "text": "d"}])
    shown = {"type": "input_image", "image_url": picture, "detail": "auto"}
    assert second["output"] == [{"type": "input_text", "text": "see"}, shown]
